"""What benchmarks/scale.py measures: each task runs in a process of its own, on files that were made before.

A task gets the folder of a size and returns a record with `seconds` and, where it counts something, `triples`; what is
not part of the measure (reading, for a closure) comes before the clock starts.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from statistics import median, quantiles

from pyoxigraph import DefaultGraph, RdfFormat, Store

SECONDS, CPU, CPU_95, CPU_SUM = "seconds", "cpu", "cpu95", "cpu_sum"
LONG = 5.0  # seconds: a query that is faster runs twice, and the better run counts
LONGEST = 60.0  # seconds after which a query is given up
EXPLAINED = 30
# What the canned queries ask about: the oldest of each kind, to which most others are related.
ARGUMENTS = {
    **dict.fromkeys(("organization", "agent", "entity", "issuer", "a"), "id:body-1"),
    **{"place": "id:country-1", "b": "id:city-1", "speaker": "id:person-1", "instrument": "id:initiative-1"},
    "word": "body 1",
}
Record = dict[str, float]


@contextmanager
def timed(record: Record) -> Iterator[None]:
    """Put seconds of wall and of CPU time (children included) into a record."""
    start, before = time.perf_counter(), os.times()
    yield
    after = os.times()
    record[SECONDS] = time.perf_counter() - start
    record[CPU] = sum(after[:4]) - sum(before[:4])


def project(folder: Path):
    from kg.files.project import find_project

    return find_project(folder / "project")


def read(folder: Path):
    from kg.files.reading import read_project

    return read_project(project(folder))


def kg(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "kg", "--quiet", "--project", str(folder / "project"), *arguments]


def last_build(folder: Path):
    from kg.build.manifest import usable_build

    found = usable_build(project(folder))
    assert found is not None
    return found


def built(folder: Path) -> Path:
    return last_build(folder).store


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def bulk_load(folder: Path, name: str, format_: RdfFormat, *, compact: bool = False) -> Record:
    record: Record = {}
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as place:
        with timed(record):
            store = Store(place)
            store.bulk_load(path=str(folder / name), format=format_)
            if compact:
                store.optimize()
        record["bytes"] = size_of(Path(place))
    return record


def load(folder: Path) -> Record:
    from kg.store.embedded import write_store

    record: Record = {}
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as place:
        with timed(record):
            write_store(Path(place) / "store", read(folder).quads, ())
        record["bytes"] = size_of(Path(place) / "store")
    return record


def load_oxrdflib(folder: Path) -> Record:
    import rdflib

    record: Record = {}
    with tempfile.TemporaryDirectory(dir=folder) as place, timed(record):
        graph = rdflib.Dataset("Oxigraph")
        graph.open(place)
        for path in sorted((folder / "project" / "data").glob("*.nq")):
            graph.parse(path, format="ox-nq")
        graph.close()
    return record


def load_rdflib(folder: Path) -> Record:
    import rdflib

    record: Record = {}
    with timed(record):
        graph = rdflib.Dataset()
        for path in sorted((folder / "project" / "data").glob("*.nq")):
            graph.parse(path, format="nquads")
    return record


def build(folder: Path) -> Record:
    record: Record = {}
    with timed(record):
        subprocess.run(kg(folder, "build"), check=True)
    found = last_build(folder)
    triples = found.manifest.asserted + sum(found.manifest.inferred.values())
    return record | {"bytes": size_of(found.store), "triples": triples}


def rebuild(folder: Path) -> Record:
    """Build after one of the data files has changed: every tenth label is another, some facts are gone."""
    files = sorted((folder / "project" / "data").glob("*.nq"))
    path = files[len(files) // 2]
    lines = (
        line.replace('"@en', ' b"@en') if number % 10 == 0 else line
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(keepends=True))
    )
    path.write_text("".join(line for number, line in enumerate(lines) if number % 50 or "seatedIn" not in line))
    record: Record = {}
    with timed(record):
        subprocess.run(kg(folder, "build"), check=True)
    return record


def closure(folder: Path) -> Record:
    from kg.reasoning.closure import close

    quads = read(folder).quads
    record: Record = {}
    with timed(record):
        found = close(quads)
    return record | {"triples": len(found.inferred)}


def closure_owlrl(folder: Path) -> Record:
    import owlrl
    import rdflib

    graph = rdflib.Graph().parse(folder / "asserted.nt", format="nt")
    before = len(graph)
    record: Record = {}
    with timed(record):
        owlrl.OWLRL_Semantics(graph, axioms=False, daxioms=False).closure()
    return record | {"triples": len(graph) - before}


def closure_reasonable(folder: Path) -> Record:
    import reasonable

    reasoner = reasonable.PyReasoner()
    reasoner.load_file(str(folder / "asserted.ttl"))
    before = len(reasoner.get_base_triples())
    record: Record = {}
    with timed(record):
        closed = reasoner.reason()
    return record | {"triples": len(closed) - before}


def shapes_text(folder: Path) -> str:
    from kg.validation.engines import read_shape_file

    shapes = (triple for path in project(folder).shape_files for triple in read_shape_file(path))
    return "".join(f"{triple} .\n" for triple in shapes)


def engine_alone(folder: Path) -> Record:
    import shacl

    shapes = shacl.Shapes.from_text(shapes_text(folder), "ntriples")
    record: Record = {}
    with timed(record):
        found = shapes.validate_file(str(folder / "asserted.nt"))
    return record | {"triples": len(found.results)}


def validation(folder: Path, engine: str) -> Record:
    from kg.validation.engines import check_shapes

    quads = read(folder).quads
    record: Record = {}
    with timed(record):
        findings = check_shapes(quads, project(folder).shape_files, engine)
    return record | {"triples": len(findings)}


def validation_kurra(folder: Path) -> Record:
    (folder / "shapes.nt").write_text(shapes_text(folder), encoding="utf-8")
    record: Record = {}
    with timed(record):
        command = ["kurra", "shacl", "validate", str(folder / "asserted.nt"), str(folder / "shapes.nt")]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return record


def queries(folder: Path, ours: bool) -> Record:
    """Run each canned query as a command; the median and the 95th percentile of all of them, and their sum.

    A query that takes longer than LONGEST counts with that time.
    """
    from kg.graph import open_project
    from kg.query.catalog import all_queries, bind_arguments
    from kg.sparql.classification import calls_service

    graph = open_project(project(folder))
    times: dict[str, Record] = {}
    for query in all_queries(graph.project.query_files):
        arguments = {p.name: ARGUMENTS[p.name] for p in query.parameters if p.name in ARGUMENTS}
        text = bind_arguments(query, arguments, graph.prefixes, graph.entity)
        if calls_service(text):
            continue
        (folder / "query.rq").write_text(text, encoding="utf-8")
        if ours:
            named = [word for name, value in arguments.items() for word in ("-p", f"{name}={value}")]
            command = kg(folder, "query", "run", query.name, *named, "-f", "json")
        else:
            command = ["oxigraph", "query", "-l", str(built(folder)), "--query-file", str(folder / "query.rq")]
            command += ["--results-format", "json"]
        runs = [_run(command)]
        if runs[0][SECONDS] < LONG:
            runs.append(_run(command))
        times[query.name] = min(runs, key=lambda run: run[CPU])
    print(json.dumps({name: round(run[CPU], 2) for name, run in times.items()}), file=sys.stderr)
    cpu = [run[CPU] for run in times.values()]
    return {
        SECONDS: median(run[SECONDS] for run in times.values()),
        CPU: median(cpu),
        CPU_95: quantiles(cpu, n=20)[-1],
        CPU_SUM: sum(cpu),
        "queries": len(times),
        "given_up_queries": sum("given_up" in run for run in times.values()),
    }


def _run(command: list[str]) -> Record:
    record: Record = {}
    try:
        with timed(record):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        return {SECONDS: LONGEST, CPU: LONGEST, "given_up": True}
    return record


def export(folder: Path) -> Record:
    record: Record = {}
    with timed(record):
        subprocess.run(kg(folder, "export", "-f", "nquads", "-o", str(folder / "export.nq")), check=True)
    (folder / "export.nq").unlink()
    return record


def dump(folder: Path) -> Record:
    record: Record = {}
    store = Store.read_only(str(built(folder)))
    with timed(record):
        store.dump(str(folder / "dump.nq"), format=RdfFormat.N_QUADS)
    (folder / "dump.nq").unlink()
    return record


def explanations(folder: Path) -> Record:
    """Explain some inferred facts, each by an explainer of its own; the slowest one counts."""
    from kg.build.incremental.state import read_state
    from kg.reasoning.explain import Explainer
    from kg.store.embedded import EmbeddedStore

    build = last_build(folder)
    basis = json.loads((build.folder / "state" / "state.json").read_text(encoding="utf-8"))["basis"]
    state = read_state(build.folder, basis)
    assert state is not None
    store = EmbeddedStore.open(build.store)
    slowest: Record = {SECONDS: 0.0, CPU: 0.0}
    for triple in state.inferred[:: max(1, len(state.inferred) // EXPLAINED)]:
        record: Record = {}
        with timed(record):
            assert Explainer(store).explain((triple.subject, triple.predicate, triple.object)) is not None, triple
        slowest = max(slowest, record, key=lambda one: one[SECONDS])
    return slowest


def opening(folder: Path) -> Record:
    import kg

    record: Record = {}
    with timed(record):
        assert kg.open(folder / "project").select("ASK { ?s ?p ?o }")
    return record


BUILD = "build, kg"
TASKS: dict[str, Callable[[Path], Record]] = {
    BUILD: build,
    "floor: bulk_load of the asserted quads": lambda folder: bulk_load(folder, "loaded.nq", RdfFormat.N_QUADS),
    "load, kg": load,
    "load, bulk_load and optimize": lambda folder: bulk_load(folder, "loaded.nq", RdfFormat.N_QUADS, compact=True),
    "load, oxrdflib": load_oxrdflib,
    "load, rdflib (memory)": load_rdflib,
    "floor: bulk_load of the closure": lambda folder: bulk_load(folder, "closed.nt", RdfFormat.N_TRIPLES),
    "closure, kg": closure,
    "closure, reasonable": closure_reasonable,
    "closure, owlrl": closure_owlrl,
    "floor: shacl alone": engine_alone,
    "validation, kg": lambda folder: validation(folder, "shacl"),
    "validation, kg with pySHACL": lambda folder: validation(folder, "pyshacl"),
    "validation, kurra": validation_kurra,
    "floor: oxigraph query": lambda folder: queries(folder, ours=False),
    "canned queries, kg": lambda folder: queries(folder, ours=True),
    "floor: dump of the store": dump,
    "export, kg": export,
    "slowest explanation, kg": explanations,
    "open, kg": opening,
    "rebuild after a change, kg": rebuild,  # the last one, since it leaves another store
}


def prepare(folder: Path, size: int, root: Path, parts: int) -> None:
    """Write the files of a size: a project, and what the floors and the peers take."""
    from generated import generate

    place = folder / "project"
    shutil.copytree(root / "ontology", place / "ontology")
    shutil.copytree(root / "queries", place / "queries")
    (place / "data").mkdir()
    (place / "data" / "prefixes.ttl").write_text("@prefix id: <https://w3id.org/aigov-kg/id/> .\n", encoding="utf-8")
    lines = (f"{quad} .\n" for quad in generate(size, faults=False))
    for part in range(parts):
        with (place / "data" / f"part-{part:03}.nq").open("w", encoding="utf-8") as file:
            for number, line in enumerate(lines):
                file.write(line)
                if part < parts - 1 and number >= size // parts:
                    break
    quads = read(folder).quads
    with (folder / "asserted.nt").open("w", encoding="utf-8") as file:
        file.writelines(quads.lines((0, 1, 2)))
    with (folder / "loaded.nq").open("w", encoding="utf-8") as file:
        file.writelines(chain(quads.lines((0, 1, 2, 3)), quads.lines((0, 1, 2))))
    (folder / "asserted.ttl").symlink_to("asserted.nt")  # reasonable knows files by this extension


def prepare_built(folder: Path) -> None:
    """Write what needs a built store: the closure as a file."""
    store = Store.read_only(str(built(folder)))
    store.dump(str(folder / "closed.nt"), format=RdfFormat.N_TRIPLES, from_graph=DefaultGraph())
