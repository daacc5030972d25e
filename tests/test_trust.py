"""What a stranger's folder, file, server or query can make kg do: nothing but answer."""

import os
import shlex
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from servers import Reply, fake_server
from small_project import run_kg, write_small_project

ROOT = Path(__file__).parent.parent
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o }"
KG = (sys.executable, "-P", "-m", "kg")  # as the installed script: the current folder is not on the path

# Names of modules that kg, its libraries or Python import early or late.
POISONED = ("re", "json", "threading", "pyoxigraph", "rdflib", "numpy", "yaml", "click", "encodings", "sitecustomize")

COMMANDS = [
    "build --force",
    "validate",
    "query list",
    "query text 'SELECT * { ?s ?p ?o } LIMIT 1'",
    "query text 'SELECT * { ?s ?p ?o } LIMIT 1' --timeout 30",
    "query text 'SELECT * { ?s ?p ?o } LIMIT 1' --cite -f markdown",
    "describe Lund",
    "search lund",
    "export -f json-ld",
    "format --check",
    "sources list",
    "stats",
    "prefixes",
    "doctor",
    "diff . .",
    "link targets list",
]


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory):
    """A project whose folder holds files that are called like modules, and write a mark where they are run."""
    folder = write_small_project(tmp_path_factory.mktemp("poisoned"))
    mark = folder.parent / "executed"
    code = f"open({str(mark)!r}, 'a').write(__file__)\n"
    for place in (folder, folder / "ontology", folder / "queries"):
        place.mkdir(exist_ok=True)
        for name in POISONED:
            (place / f"{name}.py").write_text(code)
        (place / "kg").mkdir()
        (place / "kg" / "__init__.py").write_text(code)
    return folder, mark


def environment(**more):
    return {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"], "HOME": "/nonexistent", "COLUMNS": "80", **more}


@pytest.mark.parametrize("command", COMMANDS)
def test_no_file_of_the_current_folder_is_executed(command, poisoned):
    folder, mark = poisoned
    done = subprocess.run(
        [*KG, *shlex.split(command)], check=False, cwd=folder, capture_output=True, text=True, env=environment()
    )
    assert not mark.exists(), mark.read_text()
    assert done.returncode in (0, 1), done.stderr


def children(parent: int) -> set[int]:
    """Return the processes whose parent is a given one (of Linux; others have no /proc)."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        if int(fields[1]) == parent:
            found.add(int(status.parent.name))
    return found


def running(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.02)


@contextmanager
def started(*command):
    """Run a command as a terminal would, whatever signals this process ignores."""

    def as_usual():
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)

    pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with subprocess.Popen([*KG, *command], env=environment(), preexec_fn=as_usual, **pipes) as process:  # noqa: PLW1509
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_no_process_outlives_its_parent(sent, folder):
    with started("--project", str(folder), "query", "text", ENDLESS, "--timeout", "60") as parent:
        wait_for(lambda: children(parent.pid))
        (child,) = children(parent.pid)
        parent.send_signal(sent)
        parent.wait(20)
    wait_for(lambda: not running(child))


@pytest.mark.parametrize("options", [(), ("--timeout", "60")])
def test_an_interrupt_ends_a_query_at_once(options, folder):
    subprocess.run([*KG, "--project", str(folder), "build"], env=environment(), check=True, capture_output=True)
    with started("--project", str(folder), "query", "text", ENDLESS, *options) as process:
        time.sleep(1.5)
        assert process.poll() is None
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=20)[1]
        assert time.monotonic() - start < 10  # the query would take minutes; a busy machine may take seconds
    assert (process.returncode, said.strip()) == (130, b"interrupted")


def test_nothing_is_written_through_a_link_that_leaves_the_folder(tmp_path):
    folder, outside = write_small_project(tmp_path / "project"), tmp_path / "outside.ttl"
    text = "@prefix   ex: <http://e.example/> .\nex:a   ex:b ex:c .\n"
    outside.write_text(text)
    (folder / "ontology" / "more.ttl").symlink_to(outside)
    for arguments in (["format"], ["format", str(folder / "ontology")]):
        done = run_kg(folder, *arguments)
        assert (done.returncode, outside.read_text()) == (2, text), done.stderr
        assert f"is a symbolic link to {outside}" in done.stderr
    for arguments in (
        ["export"],
        ["query", "text", "CONSTRUCT WHERE { ?s ?p ?o }"],
        ["describe", "Lund", "-f", "turtle"],
    ):
        done = run_kg(folder, *arguments, "-o", str(folder / "ontology" / "more.ttl"))
        assert (done.returncode, outside.read_text()) == (2, text), done.stderr
        assert f"is a symbolic link to {outside}" in done.stderr
    inside = folder / "ontology" / "inside.ttl"
    (folder / "ontology" / "more.ttl").unlink()
    inside.write_text(text)
    (folder / "data" / "again.ttl").symlink_to(inside)
    assert run_kg(folder, "format").returncode == 0
    assert inside.read_text() != text
    assert (folder / "data" / "again.ttl").is_symlink()


EMPTY = Reply('{"head":{"vars":[]},"results":{"bindings":[]}}')
SERVICE_QUERY = "SELECT * { ?s ?p ?o SERVICE <http://places.example/> { ?s ?p ?o } }"


@pytest.fixture
def stranger(tmp_path):
    return write_small_project(tmp_path / "project")


def test_a_server_that_only_the_project_names_is_asked_after_the_user_has_agreed(stranger, tmp_path):
    secrets = {"KG_TOKEN": "a-token", "KG_USER": "me", "KG_PASSWORD": "secret-word"}
    home = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "HOME": str(tmp_path)}
    with fake_server(lambda _: EMPTY) as server:
        (stranger / "kg.toml").write_text(f'store = "{server.url}"\n')
        for command in (["stats"], ["publish"], ["build"], ["doctor"], ["query", "text", "ASK {}"]):
            done = run_kg(stranger, *command, **secrets, **home)
            assert done.returncode != 0, command
            assert "kg trust" in done.stderr + done.stdout, command
        assert server.requests == []
        once = run_kg(stranger, "--store", "project", "stats", **secrets, **home)
        assert "has no published graph" in once.stderr
        assert f"store = {server.url}" in run_kg(stranger, "trust", **home).stdout
        assert "has no published graph" in run_kg(stranger, "stats", **secrets, **home).stderr
        # Who agrees to a server has not given it what stands in the environment.
        assert len(server.requests) >= 2
        assert not any("Authorization" in request.headers for request in server.requests)
        seen = len(server.requests)
        (stranger / "kg.toml").write_text(f'store = "{server.url}/other"\n')
        assert "kg trust" in run_kg(stranger, "stats", **home).stderr
        (stranger / "kg.toml").write_text(f'store = "{server.url}"\n')
        assert run_kg(stranger, "trust", "--revoke", **home).returncode == 0
        assert "kg trust" in run_kg(stranger, "stats", **home).stderr
        assert len(server.requests) == seen


def test_an_address_of_a_named_server_does_not_lead_elsewhere(stranger):
    with fake_server(lambda _: EMPTY) as named, fake_server(lambda _: EMPTY) as elsewhere:
        (stranger / "kg.toml").write_text(f'[server]\nquery = "{elsewhere.url}"\n')
        done = run_kg(stranger, "--store", named.url, "stats", KG_TOKEN="a-token")
        assert done.returncode == 2
        assert "kg trust" in done.stderr
        assert elsewhere.requests == []


def test_an_endpoint_that_only_the_project_names_is_asked_after_the_user_has_agreed(stranger, tmp_path):
    home = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "HOME": str(tmp_path)}
    with fake_server(lambda _: EMPTY) as server:
        (stranger / "kg.toml").write_text(f'allow-service = ["http://places.example/={server.url}"]\n')
        assert run_kg(stranger, "query", "text", SERVICE_QUERY, **home).returncode == 2
        assert server.requests == []
        assert run_kg(stranger, "trust", **home).returncode == 0
        run_kg(stranger, "query", "text", SERVICE_QUERY, **home)
        assert server.requests


@pytest.mark.parametrize("place", ["{elsewhere}", "../elsewhere", "link"])
def test_a_store_outside_of_the_project_needs_consent(place, stranger, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "builds" / "of-someone").mkdir(parents=True)
    (stranger / "link").symlink_to(elsewhere)
    (stranger / "kg.toml").write_text(f'store = "{place.format(elsewhere=elsewhere)}"\n')
    home = {"XDG_CONFIG_HOME": str(tmp_path / "config"), "HOME": str(tmp_path)}
    for command in ("build", "stats"):
        done = run_kg(stranger, command, **home)
        assert done.returncode == 2
        assert "kg trust" in done.stderr
    assert (elsewhere / "builds" / "of-someone").is_dir()
    assert run_kg(stranger, "trust", **home).returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("--store", "http://me:secret-word@127.0.0.1:9", "stats"),
        (
            "query",
            "text",
            SERVICE_QUERY,
            "--allow-service",
            "http://places.example/=http://me:secret-word@127.0.0.1:9/",
        ),
        ("link", "targets", "add", "other", "--reconcile", "http://me:secret-word@127.0.0.1:9/"),
        ("publish", "http://me:secret-word@127.0.0.1:9"),
        ("diff", "http://me:secret-word@127.0.0.1:9", "."),
    ],
)
def test_an_address_with_a_password_is_refused_and_not_repeated(arguments, folder):
    done = run_kg(folder, *arguments)
    assert done.returncode == 2
    assert "secret-word" not in done.stderr + done.stdout


@pytest.mark.parametrize("content", ["builds/mine/photo.jpg", "notes.txt"])
def test_a_folder_that_kg_did_not_fill_is_left_alone(content, tmp_path):
    project, place = write_small_project(tmp_path / "project"), tmp_path / "place"
    (place / content).parent.mkdir(parents=True)
    (place / content).write_text("mine")
    for options in ((), ("--force",)):
        done = run_kg(project, "--store", str(place), "build", *options)
        assert done.returncode == 2
        assert Path(content).parts[0] in done.stderr
    assert [path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()] == [content]


def test_builds_that_are_a_link_are_left_alone(tmp_path):
    project, mine = write_small_project(tmp_path / "project"), tmp_path / "mine"
    (mine / "photos").mkdir(parents=True)
    (project / ".kg").mkdir()
    (project / ".kg" / "kg-store.json").write_text('{"project": "."}')
    (project / ".kg" / "builds").symlink_to(mine)
    assert run_kg(project, "build").returncode == 2
    assert (mine / "photos").is_dir()


def test_a_store_belongs_to_one_project(tmp_path):
    one, other = write_small_project(tmp_path / "one"), write_small_project(tmp_path / "other")
    (other / "data" / "more.trig").write_text("GRAPH <urn:g> { <urn:a> <urn:b> <urn:c> }")
    store = str(tmp_path / "store")
    assert run_kg(one, "--store", store, "build").returncode == 0
    for command in (["build"], ["query", "text", "ASK {}"]):
        done = run_kg(other, "--store", store, *command)
        assert done.returncode == 2
        assert f"the store of the project {one}" in done.stderr
    moved = one.rename(tmp_path / "moved")
    assert run_kg(moved, "build").returncode == 0
    again = moved.rename(tmp_path / "again")
    assert "Nothing to do" in run_kg(again, "build").stderr


def test_git_runs_nothing_that_a_repository_names(stranger, tmp_path):
    mark = tmp_path / "executed"
    git = ["git", "-C", str(stranger), "-c", "user.name=x", "-c", "user.email=x@e.example"]
    (stranger / ".gitattributes").write_text("* filter=theirs\n")
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "one"]):
        subprocess.run([*git, *arguments], check=True, capture_output=True)
    with (stranger / ".git" / "config").open("a") as config:
        config.write(f'[filter "theirs"]\n\tsmudge = touch {mark}; cat\n\tclean = touch {mark}; cat\n')
        config.write(f"[core]\n\tfsmonitor = touch {mark}\n\thooksPath = {tmp_path}\n")
    assert run_kg(stranger, "diff", "HEAD", PATH=os.environ["PATH"]).returncode == 0
    assert not mark.exists()
