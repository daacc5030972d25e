"""Building: the same files make the same store, nothing is done twice, and a good store is never lost."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from small_project import ID, run_kg, write_small_project

import kg
from kg.build.manifest import usable_build
from kg.build.pipeline import BuildOptions, build
from kg.errors import InputError
from kg.files.project import find_project

ROOT = Path(__file__).parent.parent
WHERE = "SELECT ?place { id:river-council aigov:locatedIn ?place } ORDER BY ?place"
PLACES = f"?place\n<{ID}lund>\n<{ID}sweden>\n"


@pytest.fixture
def project(tmp_path):
    return write_small_project(tmp_path / "project")


def test_a_build_reads_reasons_and_tells_what_it_did(project):
    done = run_kg(project, "build")
    assert done.returncode == 0
    assert "facts (triples) read" in done.stderr
    assert run_kg(project, "query", "text", WHERE).stdout == PLACES


def test_nothing_is_done_where_nothing_has_changed(project):
    run_kg(project, "build")
    before = (project / ".kg" / "current").read_text()
    done = run_kg(project, "build")
    assert "Nothing to do" in done.stderr
    assert (project / ".kg" / "current").read_text() == before
    assert "facts (triples) read" in run_kg(project, "build", "--force").stderr
    assert (project / ".kg" / "current").read_text() != before


def test_files_that_were_only_touched_need_no_new_store(project):
    """As git does when one goes to another branch and back."""
    run_kg(project, "build")
    before = (project / ".kg" / "current").read_text()
    os.utime(project / "data" / "facts.trig", (1, 1))
    assert "older than the files (data/facts.trig)" in run_kg(project, "query", "text", WHERE).stderr
    assert "Nothing to do" in run_kg(project, "build").stderr
    assert (project / ".kg" / "current").read_text() == before
    assert run_kg(project, "query", "text", WHERE).stderr == ""


def test_an_edit_shows_even_where_it_leaves_size_and_time(project):
    facts = project / "data" / "facts.trig"
    run_kg(project, "build")
    before = facts.stat()
    text = facts.read_text(encoding="utf-8")
    facts.write_text(text.replace("aigov:members 12", "aigov:members 13"), encoding="utf-8")
    os.utime(facts, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert facts.stat().st_size == before.st_size
    assert "facts (triples) read" in run_kg(project, "build").stderr


@pytest.mark.parametrize("broken", [False, True])
def test_a_build_reads_what_it_parses_once(project, broken):
    """Published or not; a build from nothing need not hash a file before it reads it."""
    if broken:
        facts = project / "data" / "facts.trig"
        facts.write_text(facts.read_text(encoding="utf-8").replace("id:sweden .", "id:sweden ; a aigov:Organization ."))
    count = """
import sys
opened = []
sys.addaudithook(lambda event, arguments: opened.append(str(arguments[0])) if event == "open" else None)
from kg.cli import main
try:
    main()
finally:
    print(*opened, sep="\\n", file=sys.stderr)
"""
    command = [sys.executable, "-c", count, "--project", str(project), "build"]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == int(broken), done.stderr
    opened = done.stderr.splitlines()
    found = find_project(project)
    parsed = [str(path) for path in (*found.ontology_files, *found.data_files)]
    # A finding is looked for in the files, to tell its line.
    assert {opened.count(path) for path in parsed} <= ({1, 2} if broken else {1})


def test_a_change_makes_another_store_and_is_noticed_before_that(project):
    run_kg(project, "build")
    facts = project / "data" / "facts.trig"
    facts.write_text(
        facts.read_text(encoding="utf-8").replace("seatedIn id:lund", "seatedIn id:sweden"), encoding="utf-8"
    )
    stale = run_kg(project, "query", "text", WHERE)
    assert stale.stdout == PLACES
    assert "older than the files (data/facts.trig)" in stale.stderr
    run_kg(project, "build")
    fresh = run_kg(project, "query", "text", WHERE)
    assert fresh.stdout == f"?place\n<{ID}sweden>\n"
    assert fresh.stderr == ""


def test_the_same_files_make_the_same_store(project, tmp_path):
    copy = shutil.copytree(project, tmp_path / "copy")
    dumps = []
    for folder in (project, copy):
        run_kg(folder, "build")
        dumps.append(run_kg(folder, "export", "-f", "nquads", "--scope", "all").stdout)
    assert dumps[0] == dumps[1]


def test_a_build_without_reasoning_holds_what_the_files_say(project):
    run_kg(project, "build", "--reasoner", "none")
    assert run_kg(project, "query", "text", WHERE).stdout == "?place\n"


def test_a_server_cannot_reason_over_a_store_that_is_built_here(project):
    done = run_kg(project, "build", "--reasoner", "server")
    assert done.returncode == 2
    assert "needs a server, but this store is built on this machine" in done.stderr
    assert "kg publish URL --reasoner server" in done.stderr
    assert not (project / ".kg").exists()


def test_answers_without_what_reasoning_added(project):
    run_kg(project, "build")
    assert run_kg(project, "query", "text", WHERE, "--asserted").stdout == "?place\n"
    # A triple that two graphs assert is still one triple.
    count = "SELECT (COUNT(*) AS ?n) { id:lund a aigov:City }"
    assert '"1"' in run_kg(project, "query", "text", count, "--asserted").stdout
    assert '"1"' in run_kg(project, "query", "text", count).stdout


def test_the_first_command_builds_where_there_is_no_store(project):
    done = run_kg(project, "query", "text", WHERE)
    assert done.stdout == PLACES
    assert "building one" in done.stderr


def test_a_store_left_by_another_version_is_rebuilt(project):
    run_kg(project, "build")
    current = usable_build(find_project(project))
    record = json.loads((current.folder / "manifest.json").read_text(encoding="utf-8"))
    for key, value in (("version", "0.0.1"), ("format", -1)):
        (current.folder / "manifest.json").write_text(json.dumps(record | {key: value}), encoding="utf-8")
        done = run_kg(project, "query", "text", WHERE)
        assert done.stdout == PLACES
        assert "building one" in done.stderr
        current = usable_build(find_project(project))


@pytest.mark.parametrize("damage", ["pointer", "manifest", "store"])
def test_a_store_that_is_damaged_is_rebuilt(project, damage):
    run_kg(project, "build")
    current = usable_build(find_project(project))
    if damage == "pointer":
        (project / ".kg" / "current").write_text("nowhere")
    elif damage == "manifest":
        (current.folder / "manifest.json").write_text("{")
    else:
        shutil.rmtree(current.store)
    assert run_kg(project, "query", "text", WHERE).stdout == PLACES


def test_contradictions_stop_a_build(project):
    run_kg(project, "build")
    facts = project / "data" / "facts.trig"
    text = facts.read_text(encoding="utf-8").replace(
        "id:sweden a aigov:Country", "id:sweden a aigov:Country, aigov:Person"
    )
    facts.write_text(text, encoding="utf-8")
    done = run_kg(project, "build")
    assert done.returncode == 1
    assert "the classes have no member in common (cax-adc)" in done.stdout
    assert "sweden" in done.stdout
    assert "last good store is kept" in done.stderr
    assert run_kg(project, "query", "text", WHERE).stdout == PLACES


def test_two_builds_at_once(project):
    command = [sys.executable, "-m", "kg", "--project", str(project), "build"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    builds = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) for _ in range(3)]
    said = [build.communicate(timeout=120)[1] for build in builds]
    assert [build.returncode for build in builds] == [0, 0, 0]
    assert sum("facts (triples) read" in text for text in said) == 1
    assert sum("Nothing to do" in text for text in said) == 2


def test_two_builds_in_one_process(project):
    found = find_project(project)
    assert build(found).fresh
    assert build(found, BuildOptions(force=True)).fresh
    assert not build(found).fresh


def test_a_reader_goes_on_while_a_new_store_is_published(project):
    graph = kg.open(project)
    facts = project / "data" / "facts.trig"
    facts.write_text(
        facts.read_text(encoding="utf-8").replace("seatedIn id:lund", "seatedIn id:sweden"), encoding="utf-8"
    )
    assert run_kg(project, "build").returncode == 0
    assert len(graph.select(WHERE)) == 2
    assert len(kg.open(project).select(WHERE)) == 1


def test_literals_that_the_store_writes_in_another_form_are_told(project):
    (project / "data" / "more.trig").write_text(
        "GRAPH <https://w3id.org/aigov-kg/source/note#p1s1> { <https://e.example/a> <https://e.example/p> 1.10 }"
    )
    done = run_kg(project, "build")
    assert '"1.10"' in done.stderr
    assert '"1.1"' in done.stderr
    assert (
        '"1.10"' in run_kg(project, "export", "-f", "ntriples").stdout
    )  # what is asserted is exported as it was written


@pytest.mark.parametrize(
    "line",
    [
        'title = "a # b"',
        "title = 'a'",
        'title="a"',
        'title = "a" # b',
        'title = "\\u00e9 \\" "',
        '# é\n\ntitle = "北京"',
    ],
)
def test_a_configuration_is_read_as_toml(project, line):
    (project / "kg.toml").write_text(line, encoding="utf-8")
    assert find_project(project).title == tomllib.loads(line)["title"]


@pytest.mark.parametrize(
    "line", ['title = "a', 'title = "a"b"', 'title = "a"\ntitle = "b"', 'title = "\x01"', "# \x01"]
)
def test_a_configuration_that_is_not_toml_is_refused(project, line):
    (project / "kg.toml").write_text(line, encoding="utf-8")
    with pytest.raises(InputError, match="not valid TOML"):
        find_project(project)


def test_a_place_for_the_store_counts_from_where_it_was_named(project, tmp_path, monkeypatch):
    """Like every path on the command line, from the current folder; in the settings, from the project."""
    monkeypatch.chdir(tmp_path)
    (project / "kg.toml").write_text('store = "inside"')
    assert find_project(project).store_path == project / "inside"
    assert find_project(project, Path("beside")).store_path == tmp_path / "beside"
    monkeypatch.setenv("KG_STORE", "named")
    assert find_project(project).store_path == tmp_path / "named"


def test_the_store_may_be_kept_elsewhere(project, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    assert run_kg(project, "--store", str(elsewhere), "build").returncode == 0
    assert (elsewhere / "current").is_file()
    assert run_kg(project, "stats", KG_STORE=str(elsewhere)).stderr == ""
    assert not (project / ".kg").exists()
    (project / "kg.toml").write_text(f'store = "{elsewhere}"')
    assert run_kg(project, "--store", "project", "stats").stderr == ""
