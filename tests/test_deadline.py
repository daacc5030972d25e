"""--timeout bounds a whole command, whatever it is that takes long."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from servers import Reply, fake_server
from small_project import run_kg, write_small_project

ROOT = Path(__file__).parent.parent

# 2 ** 60 ways to match, each tried by a backtracking matcher.
PATTERN_SHAPE = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix e: <http://e.example/> .
e:Shape a sh:NodeShape ; sh:targetNode e:a ; sh:property [ sh:path e:text ; sh:pattern "^(([a-z])+.)+[A-Z]([a-z])+$" ] .
"""
TEXT = '<http://e.example/a> <http://e.example/text> "' + "a" * 60 + '" .\n'
GRAPH = "GRAPH <https://w3id.org/aigov-kg/source/note#p1s1> {{ {} }}\n"
# A clique, whose blank nodes have no names but those that a search through all their orders gives them.
CLIQUE = "".join(f"_:n{a} <http://e.example/p> _:n{b} .\n" for a in range(12) for b in range(12) if a != b)


def given_up(done, start, seconds=1.0):
    assert done.returncode == 4, done.stderr
    assert f"no answer within {seconds:g} second" in done.stderr
    assert time.monotonic() - start < seconds + 30  # each would take minutes or for ever; machines are busy


@pytest.fixture
def project(tmp_path):
    return write_small_project(tmp_path / "project")


def test_a_pattern_that_backtracks(project):
    (project / "ontology" / "shapes.ttl").write_text(PATTERN_SHAPE)
    (project / "data" / "more.trig").write_text(GRAPH.format(TEXT))
    start = time.monotonic()
    given_up(run_kg(project, "--timeout", "1", "validate", "--engine", "pyshacl"), start)


def test_canonical_names(tmp_path, project):
    for name in ("one.nt", "two.nt"):
        (tmp_path / name).write_text(CLIQUE + f'<http://e.example/{name}> <http://e.example/p> "1" .\n')
    start = time.monotonic()
    given_up(run_kg(project, "--timeout", "1", "diff", str(tmp_path / "one.nt"), str(tmp_path / "two.nt")), start)


@pytest.mark.parametrize(
    "reply",
    [Reply("", 503, {"Retry-After": "59"}), Reply("{", pause=20)],
    ids=["a server that asks to wait", "a server that thinks"],
)
def test_a_server(reply, project):
    with fake_server(lambda _: reply) as server:
        start = time.monotonic()
        given_up(run_kg(project, "--store", server.url, "--timeout", "1", "stats"), start)


def test_a_command_in_time_is_as_without(project):
    query = ["query", "text", "SELECT ?s { ?s ?p ?o } LIMIT 1"]
    assert run_kg(project, "--timeout", "60", *query).stdout == run_kg(project, *query).stdout
    wrong = run_kg(project, "--timeout", "60", "query", "text", "SELECT {")
    assert (wrong.returncode, wrong.stderr) == (2, run_kg(project, "query", "text", "SELECT {").stderr)
    assert run_kg(project, "--timeout", "0", *query).returncode == 2


def test_a_pipe_that_is_closed_early(project):
    command = f'"{sys.executable}" -m kg --project "{project}" --timeout 60 export -f ntriples | head -1'
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, env=environment, timeout=60, check=False
    )
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == "" or "building" in done.stderr.lower()
