"""Reasoning and validation at growing size, beside peers and a floor; print a table with ratios, write JSON.

Run it from the checkout, in an environment where the package is installed with its extra `bench`:

    python benchmarks/scale.py [--sizes 10000,100000,1000000] [--json scale.json]

Each figure is one run in a process of its own, after the graph was made: seconds of wall time, and peak memory of the
whole process. The floor is the time to put the closure into the store. `reasonable` leaves out property chains, keys
and the closure of the ontology. A peer runs up to the size named in LIMITS, and is given up after --patience seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pyoxigraph import Quad, RdfFormat, Store, parse, serialize

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the checkout itself, installed or not

LIMITS = {"closure, owlrl": 10_000}
SECONDS = "seconds"


@contextmanager
def timed(record: dict[str, float]) -> Iterator[None]:
    start = time.perf_counter()
    yield
    record[SECONDS] = time.perf_counter() - start


def project():
    from kg.project import find_project

    return find_project(ROOT)


def read(path: Path) -> list[Quad]:
    return list(parse(path=path, format=RdfFormat.N_QUADS))


def closure_kg(path: Path) -> dict[str, float]:
    from kg.reason import close

    quads = read(path)
    record: dict[str, float] = {}
    with timed(record):
        closure = close(quads)
    return record | {"triples": len(closure.inferred)}


def closure_owlrl(path: Path) -> dict[str, float]:
    import owlrl
    import rdflib

    graph = rdflib.Graph()
    graph.parse(data="".join(f"{quad.triple} .\n" for quad in read(path)), format="nt")
    before = len(graph)
    record: dict[str, float] = {}
    with timed(record):
        owlrl.OWLRL_Semantics(graph, axioms=False, daxioms=False).closure()
    return record | {"triples": len(graph) - before}


def closure_reasonable(path: Path) -> dict[str, float]:
    import reasonable

    with tempfile.NamedTemporaryFile("w", suffix=".ttl", encoding="utf-8") as file:
        file.writelines(f"{triple} .\n" for triple in {quad.triple for quad in read(path)})
        file.flush()
        reasoner = reasonable.PyReasoner()
        reasoner.load_file(file.name)
    before = len(reasoner.get_base_triples())
    record: dict[str, float] = {}
    with timed(record):
        closed = reasoner.reason()
    return record | {"triples": len(closed) - before}


def floor(path: Path) -> dict[str, float]:
    from kg.reason import close

    quads = read(path)
    triples = [*{quad.triple for quad in quads}, *close(quads).inferred]
    record: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, timed(record):
        store = Store(folder)
        store.bulk_extend(Quad(*triple) for triple in triples)
        store.flush()
    return record | {"triples": len(triples)}


def validation(path: Path, engine: str) -> dict[str, float]:
    from kg.shapes import check_shapes

    triples = {quad.triple for quad in read(path)}
    record: dict[str, float] = {}
    with timed(record):
        findings = check_shapes(triples, project().shape_files, engine)
    return record | {"triples": len(findings)}


def explanations(path: Path) -> dict[str, float]:
    """Explain a hundred inferred facts, each by an explainer of its own; the slowest one counts."""
    from kg.explain import Explainer
    from kg.reason import close
    from kg.store.embedded import EmbeddedStore, write_store

    quads = read(path)
    inferred = close(quads).inferred
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        write_store(Path(folder) / "store", quads, inferred)
        store = EmbeddedStore.open(Path(folder) / "store")
        chosen = inferred[:: max(1, len(inferred) // 100)]
        for triple in chosen:
            record: dict[str, float] = {}
            with timed(record):
                proof = Explainer(store).explain((triple.subject, triple.predicate, triple.object))
            assert proof is not None, triple
            slowest = max(slowest, record[SECONDS])
    return {SECONDS: slowest, "triples": len(chosen)}


TASKS: dict[str, Callable[[Path], dict[str, float]]] = {
    "floor: closure into the store": floor,
    "closure, kg": closure_kg,
    "closure, reasonable": closure_reasonable,
    "closure, owlrl": closure_owlrl,
    "validation, shacl": lambda path: validation(path, "shacl"),
    "validation, pyshacl": lambda path: validation(path, "pyshacl"),
    "slowest of 100 explanations": explanations,
}


def run_alone(task: str, path: Path) -> None:
    record = TASKS[task](path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(record | {"peak_mb": peak / (1024 if platform.system() == "Linux" else 1024**2)}))


def write_graph(path: Path, size: int) -> int:
    """Write the ontology and a generated graph as N-Quads; return the number of quads."""
    from generated import generate

    from kg.reading import read_project

    quads = [*read_project(project()).ontology, *generate(size)]
    path.write_bytes(serialize(quads, format=RdfFormat.N_QUADS) or b"")
    return len(quads)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--patience", type=float, default=600, help="seconds after which a run is given up")
    parser.add_argument("--unlimited", action="store_true", help="run the slow peers at every size")
    parser.add_argument("--alone", nargs=2, metavar=("TASK", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.alone:
        run_alone(arguments.alone[0], Path(arguments.alone[1]))
        return
    sizes = [int(size) for size in arguments.sizes.split(",")]
    results: dict[str, dict[int, dict[str, float]]] = {task: {} for task in TASKS}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.nq"
        for size in sizes:
            print(f"{write_graph(path, size):,} quads", file=sys.stderr)
            for task in TASKS:
                if size > LIMITS.get(task, size) and not arguments.unlimited:
                    continue
                command = [sys.executable, __file__, "--alone", task, str(path)]
                found = run(command, arguments.patience)
                print(f"  {task}: {found}", file=sys.stderr)
                results[task][size] = found
    report(results, sizes)
    if arguments.json:
        record = {"machine": platform.platform(), "python": platform.python_version(), "cores": os.cpu_count()}
        arguments.json.write_text(json.dumps(record | {"results": results}, indent=2) + "\n", encoding="utf-8")


def run(command: list[str], patience: float) -> dict[str, float]:
    """Run a task in a process of its own; tell where it is given up, or fails (of memory, for example)."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=patience)
    except subprocess.TimeoutExpired:
        return {SECONDS: patience, "given_up": True}
    if done.returncode:
        print(f"exit status {done.returncode}: {done.stderr.strip()[-500:]}", file=sys.stderr)
        return {SECONDS: float("nan"), "failed": True}
    return json.loads(done.stdout.splitlines()[-1])


def cell(found: dict[str, float] | None) -> str:
    if found is None:
        return f"{'-':>12}{'':10}"
    if "failed" in found:
        return f"{'failed':>12}{'':10}"
    if "given_up" in found:
        return f"{'> ' + format(found[SECONDS], '.0f'):>10} s{'':10}"
    return f"{found[SECONDS]:10.2f} s{found['peak_mb']:7.0f} MB"


def report(results: dict[str, dict[int, dict[str, float]]], sizes: list[int]) -> None:
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"{'':30}" + "".join(f"{size:>12,}{'peak':>10}" for size in sizes))
    for task, by_size in results.items():
        print(f"{task:30}" + "".join(cell(by_size.get(size)) for size in sizes))
    for name, ratio in ratios(results, sizes):
        print(f"{name}: {ratio:.2f}")


def ratios(results: dict[str, dict[int, dict[str, float]]], sizes: list[int]) -> Iterator[tuple[str, float]]:
    """Yield the ratios that matter, where both figures are there."""
    ours, largest = results["closure, kg"], sizes[-1]
    for name, one, other, size in (
        ("closure / floor, at the largest size", "closure, kg", "floor: closure into the store", largest),
        ("owlrl / kg, at the smallest size", "closure, owlrl", "closure, kg", sizes[0]),
        ("reasonable / kg, at the largest size", "closure, reasonable", "closure, kg", largest),
        *((f"pyshacl / shacl, at {size:,}", "validation, pyshacl", "validation, shacl", size) for size in sizes),
    ):
        if (
            size in results[one]
            and size in results[other]
            and not {"failed"} & {*results[one][size], *results[other][size]}
        ):
            more_than = " (more than)" if "given_up" in results[one][size] else ""
            yield name + more_than, results[one][size][SECONDS] / results[other][size][SECONDS]
    if len(sizes) > 1 and {sizes[-2], largest} <= ours.keys():
        growth = ours[largest][SECONDS] / largest / (ours[sizes[-2]][SECONDS] / sizes[-2])
        yield f"seconds per triple, at {largest:,} / at {sizes[-2]:,}", growth


if __name__ == "__main__":
    main()
