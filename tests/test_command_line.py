"""The frame of the command line: help, options, settings, exit statuses."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
from small_project import run_kg, write_small_project

from kg import __version__
from kg.cli import COMMANDS, cli
from kg.files.project import FOLDERS, SHIPPED

ROOT = Path(__file__).parent.parent


def all_commands(command=cli, path=()):
    """Yield every command and group with its path."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            yield from all_commands(command.get_command(context, name), (*path, name))


EVERY_COMMAND = list(all_commands())


@pytest.mark.parametrize(("path", "command"), EVERY_COMMAND, ids=[" ".join(path) for path, _ in EVERY_COMMAND])
def test_every_help_says_what_the_command_does_and_has_an_example(path, command):
    text = command.get_help(click.Context(command, info_name=" ".join(("kg", *path))))
    assert command.help
    assert "Example" in text
    assert f"kg {' '.join(path[:1])}".strip() in text


def test_the_list_of_commands_says_what_each_command_says_of_itself():
    for name, (_, summary) in COMMANDS.items():
        command = cli.get_command(click.Context(cli), name)
        assert " ".join(command.help.split("\n\n")[0].split()) == summary


def test_the_version():
    assert run_kg(ROOT, "--version").stdout == f"kg, version {__version__}\n"


def test_no_command_shows_help():
    command = [sys.executable, "-m", "kg"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT)})
    assert "Commands:" in done.stdout + done.stderr


@pytest.fixture
def project(tmp_path):
    folder = write_small_project(tmp_path / "project")
    run_kg(folder, "build")
    return folder


def test_a_project_is_found_around_the_current_folder(project):
    command = [sys.executable, "-m", "kg", "-v", "prefixes"]
    done = subprocess.run(
        command, cwd=project / "data", capture_output=True, text=True, check=True, env={"PYTHONPATH": str(ROOT)}
    )
    assert "note\thttps://w3id.org/aigov-kg/source/note#" in done.stdout


def test_options_are_stronger_than_the_environment(project, tmp_path):
    assert run_kg(project, "stats", KG_PROJECT=str(tmp_path / "nowhere")).returncode == 0
    assert run_kg(project, "stats", KG_QUIET="1", KG_STORE=str(tmp_path / "new")).stderr == ""


def test_colours_are_for_terminals_only(project):
    query = "SELECT * { ?s aigov:seatedIn ?o }"
    plain = run_kg(project, "query", "text", query, "-f", "table").stdout
    assert "\x1b" not in plain
    coloured = run_kg(project, "query", "text", query, "-f", "table", FORCE_COLOR="1", TERM="xterm").stdout
    assert "\x1b" in coloured
    assert "\x1b" not in run_kg(project, "stats", NO_COLOR="1").stdout


def test_a_fault_of_our_own_is_told_as_such(project, monkeypatch):
    code = (
        "import kg.query.stats\n"
        "def broken(*_): raise ZeroDivisionError('oops')\n"
        "kg.query.stats.statistics = broken\n"
        "from kg.cli import main\nmain()"
    )
    command = [sys.executable, "-c", code, "--project", str(project), "stats"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT)})
    assert done.returncode == 5
    assert "Traceback" not in done.stderr
    assert "--stacktrace" in done.stderr
    command.insert(3, "--stacktrace")
    assert (
        "ZeroDivisionError"
        in subprocess.run(command, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT)}).stderr
    )


def test_a_reader_that_goes_away_is_no_error(project):
    command = f'"{sys.executable}" -m kg --project "{project}" export -f ntriples | head -1'
    done = subprocess.run(
        command,
        shell=True,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )
    assert done.stderr == ""


def test_doctor_finds_what_is_wrong(project):
    done = run_kg(project, "doctor")
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    for requirement in stated:
        name = re.match(r"[\w-]+", requirement)[0]
        assert re.search(rf"\b{name}\b", done.stdout)
    assert done.returncode == 0
    assert "problem" not in done.stdout
    (project / "data" / "facts.trig").touch()
    done = run_kg(project, "doctor")
    assert done.returncode == 1
    assert "update it with kg build" in done.stdout


def test_the_tour_goes_from_files_to_a_cited_sentence(tmp_path):
    done = run_kg(ROOT, "--store", str(tmp_path), "tour")
    assert done.returncode == 0
    for words in (
        "0 violations, 0 warnings",
        "Alibaba Group",
        "author's opinion",
        "inferred",
        "wic:p18s2",
        "kg query list",
    ):
        assert words in done.stdout


def test_the_installed_package_works_from_any_folder(tmp_path):
    """The wheel carries ontology, data and queries, and its store goes to the user's cache; a checkout has its own."""
    environment = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache"), "PATH": "/usr/bin:/bin"}

    def python(*arguments):
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=environment)

    installed = python("-c", "import kg; print(kg.__path__[0])")
    assert installed.returncode == 0, "kg is not installed in this environment: python -m pip install '.[test]'"
    package = Path(installed.stdout.strip())
    done = python("-m", "kg", "query", "run", "initiators", "-f", "csv")
    assert done.returncode == 0, f"{done.stderr}\n{package} may be old: python -m pip install '.[test]' once more"
    assert "Alibaba Group,company,reported fact" in done.stdout
    is_editable = not (package / "shipped").is_dir()
    store = package.parent / ".kg" if is_editable else tmp_path / "cache" / "aigov-kg" / "shipped"
    assert (store / "current").is_file()


def test_the_wheel_carries_the_graph_to_where_it_is_looked_for():
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    carried = build["targets"]["wheel"]["force-include"]
    assert {ROOT / place for place in carried.values()} == {SHIPPED / name for name in carried}
    assert {*FOLDERS, "kg.toml"} == set(carried)
