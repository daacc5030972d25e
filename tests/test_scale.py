"""A million triples: the bounds on memory and disk that the README states, and what a change costs in files."""

import json
import os
import shutil
import subprocess
import sys
from itertools import islice

import pytest
from pyoxigraph import RdfFormat, Store, serialize
from readme import ROOT
from servers import oxigraph_serve

sys.path.insert(0, str(ROOT / "benchmarks"))
from generated import generate

TRIPLES = 1_000_000
PARTS = 20
MEMORY = 2.5 * 1024**3
BYTES_OF_A_TRIPLE = 250
STREAMED = 150 * 1024**2
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"

pytestmark = pytest.mark.scale


def run_kg(*arguments: object) -> tuple[str, float]:
    """Run a command; return what it printed, and the most memory that it took, in bytes."""
    # Linux counts the memory of a parent as that of its children, too: a small process stands between.
    script = (
        "import resource, subprocess, sys; "
        "done = subprocess.run(sys.argv[1:], capture_output=True, text=True); "
        "print(done.stdout, end=''); print(done.stderr, end='', file=sys.stderr); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr); sys.exit(done.returncode)"
    )
    command = [sys.executable, "-c", script, sys.executable, "-m", "kg", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    unit = 1024 if sys.platform == "linux" else 1
    return done.stdout, int(done.stderr.split()[-1]) * unit


def store_of(project):
    return project / ".kg" / "builds" / (project / ".kg" / "current").read_text() / "store"


def count(project, pattern):
    """Count the matches of a pattern, in the closure unless it names graphs."""
    answer, _ = run_kg("--project", project, "query", "text", f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}", "-f", "json")
    return int(json.loads(answer)["results"]["bindings"][0]["n"]["value"])


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    project = tmp_path_factory.mktemp("large")
    for name in ("ontology", "queries"):
        shutil.copytree(ROOT / name, project / name)
    (project / "data").mkdir()
    quads = generate(TRIPLES, faults=False)
    for part in range(PARTS):
        found = quads if part == PARTS - 1 else islice(quads, TRIPLES // PARTS)
        (project / "data" / f"part-{part:02}.nq").write_bytes(serialize(found, format=RdfFormat.N_QUADS))
    return project


@pytest.fixture(scope="module")
def peak(large):
    """The memory that the build takes."""
    _, memory = run_kg("--project", large, "build")
    return memory


def test_a_build_keeps_to_its_bound_of_memory(peak):
    assert peak < MEMORY


def test_the_store_keeps_to_its_bound_of_bytes(large, peak):
    store = store_of(large)
    # An asserted triple is stored twice: in its named graph, and in the closure.
    stored = len(Store.read_only(str(store)))
    assert sum(path.stat().st_size for path in store.iterdir()) / stored < BYTES_OF_A_TRIPLE


def test_an_export_is_written_in_parts(large, peak, tmp_path):
    path = tmp_path / "all.nq"
    _, memory = run_kg("--project", large, "export", "-o", path)
    assert memory < MEMORY
    with path.open("rb") as file:
        lines = sum(1 for _ in file)
    assert lines == count(large, "GRAPH ?g { ?s ?p ?o }")


def test_files_that_a_server_reasons_over_are_streamed(tmp_path):
    """No more memory than it takes to start, where a build of the same takes 0.8 GB; and the same closure."""
    project = tmp_path / "project"
    for name in ("ontology", "queries"):
        shutil.copytree(ROOT / name, project / name)
    (project / "data").mkdir()
    (project / "data" / "facts.nq").write_bytes(serialize(generate(200_000, faults=False), format=RdfFormat.N_QUADS))
    with oxigraph_serve() as base:
        _, memory = run_kg("--project", project, "publish", base, "--reasoner", "server")
        assert memory < STREAMED
        there, _ = run_kg("--project", project, "--store", base, "query", "text", COUNT, "-f", "json")
    _, of_build = run_kg("--project", project, "build")
    assert of_build > 3 * STREAMED
    here, _ = run_kg("--project", project, "query", "text", COUNT, "-f", "json")
    assert json.loads(here) == json.loads(there)


def test_a_change_in_one_file_gives_the_store_of_a_whole_build(large, peak, tmp_path):
    part = large / "data" / "part-07.nq"
    lines = part.read_text(encoding="utf-8").splitlines(keepends=True)
    edited = (line.replace('"@en', ' b"@en') if n % 10 == 0 else line for n, line in enumerate(lines))
    part.write_text("".join(line for n, line in enumerate(edited) if n % 50 or "seatedIn" not in line))
    run_kg("--project", large, "build")
    amended = Store.read_only(str(store_of(large)))
    run_kg("--project", large, "--store", tmp_path / "anew", "build")
    anew = Store.read_only(str(next((tmp_path / "anew" / "builds").iterdir()) / "store"))
    # The blank nodes of the ontology have other names in each build.
    assert len(amended) == len(anew)
    assert all(quad in anew or "_:" in str(quad) for quad in amended)
