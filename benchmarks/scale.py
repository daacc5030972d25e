"""Builds, queries and exports at growing size, beside a floor and peers: a table, ratios, JSON, and a plot.

Run it from the checkout, in an environment with the extra `bench`; `kurra`, which wants another pySHACL than ours, is
called where it is on the PATH:

    python benchmarks/scale.py [--sizes 10000,100000,1000000] [--json scale.json] [--plot scale.png] [--only WORD]

Each figure is one run in a process of its own: seconds of wall and of CPU time, and the peak memory of the process and
of its children. Ratios are of CPU time, which other work on the machine changes less. A floor is what the libraries
below need for the same: the bulk loader of Oxigraph, its command line, the SHACL engine by itself. A peer runs up to
the size named in LIMITS, and is given up after --patience seconds. `reasonable` leaves out property chains, keys and
the closure of the ontology. Where the JSON of an earlier run is there, the change since is told; sizes and tasks that
are not run now stay in it. `--sizes ""` only writes the table and the plot.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

from scale_tasks import BUILD, CPU, CPU_95, CPU_SUM, LONGEST, SECONDS, TASKS, Record, prepare, prepare_built

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the checkout itself, installed or not
os.environ["PYTHONPATH"] = str(ROOT)

LIMITS = {
    "load, oxrdflib": 100_000,
    "load, rdflib (memory)": 100_000,
    "closure, reasonable": 100_000,  # a million took all of 23 GB
    "closure, owlrl": 10_000,
    "validation, kg with pyshacl": 10_000,
    "validation, kurra": 10_000,
}
# What is compared with what.
RATIOS = {
    "load, kg": "floor: bulk_load of the asserted quads",
    "load, oxrdflib": "load, kg",
    "load, rdflib (memory)": "load, kg",
    "rebuild after a change, kg": "build, kg",
    "closure, kg": "floor: bulk_load of the closure",
    "closure, reasonable": "closure, kg",
    "closure, owlrl": "closure, kg",
    "validation, kg with shacl": "floor: shacl alone",
    "validation, kg with pyshacl": "validation, kg with shacl",
    "validation, kurra": "validation, kg with shacl",
    "canned queries, kg": "floor: oxigraph query",
    "export, kg": "floor: dump of the store",
}
PACKAGES = ("pyoxigraph", "oxigraph", "shacl", "pyshacl", "owlrl", "rdflib", "reasonable", "oxrdflib", "numpy")
Results = dict[str, dict[str, Record]]  # by task and size


def run_alone(task: str, folder: Path) -> None:
    record = TASKS[task](folder)
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    unit = 1024 if platform.system() == "Linux" else 1024**2
    print(json.dumps(record | {"peak_mb": max(resource.getrusage(one).ru_maxrss for one in who) / unit}))


def run(task: str, folder: Path, patience: float) -> Record:
    """Run a task in a process of its own; tell where it is given up, or fails (of memory, for example)."""
    command = [sys.executable, __file__, "--alone", task, str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=patience)
    except subprocess.TimeoutExpired:
        return {SECONDS: patience, "given_up": True}
    if done.returncode:
        print(f"exit status {done.returncode}: {done.stderr.strip()[-500:]}", file=sys.stderr)
        return {"failed": True}
    if done.stderr:
        print(done.stderr.strip()[-3000:], file=sys.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def measure(
    sizes: list[int], only: str, patience: float, place: Path, unlimited: bool, keep: Callable[[Results], None]
) -> Results:
    """Run the tasks at each size; what is known is kept after each of them."""
    results: Results = {}
    for size in sizes:
        with tempfile.TemporaryDirectory(dir=place) as name:
            folder = Path(name)
            print(f"{size:,} triples", file=sys.stderr)
            _apart(prepare, folder, size, ROOT, 50)
            for task in TASKS:
                # The other tasks need what was built.
                if task != BUILD and (only not in task or (size > LIMITS.get(task, size) and not unlimited)):
                    continue
                if "kurra" in task and shutil.which("kurra") is None:
                    continue
                found = run(task, folder, patience)
                print(f"  {task}: {found}", file=sys.stderr, flush=True)
                results.setdefault(task, {})[str(size)] = found
                keep(results)
                if task == BUILD:
                    _apart(prepare_built, folder)
    return results


def _apart(function: Callable[..., None], *arguments: object) -> None:
    """Call a function in a process of its own: Linux counts the memory of a parent as that of its children, too."""
    process = get_context("spawn").Process(target=function, args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{function.__name__} failed")


def ratio(results: Results, one: str, other: str, size: str, unit: str = CPU) -> float:
    """Return how much more CPU time one task took than another one; NaN where that is not known."""
    first, second = (results.get(task, {}).get(size, {}) for task in (one, other))
    return first[unit] / second[unit] if unit in first and second.get(unit) else math.nan


def growth(found: dict[str, Record], size: str, smaller: str) -> float:
    """Return how much more a triple costs at one size than at a smaller one; NaN where that is not known."""
    if CPU in found.get(size, {}) and CPU in found.get(smaller, {}):
        return (found[size][CPU] / int(size)) / (found[smaller][CPU] / int(smaller))
    return math.nan


def as_table(record: dict) -> str:
    """Write results as a Markdown table: a row for each task, and below it what it is compared with."""
    results, sizes = record["results"], record["sizes"]
    lines = [
        "| task | " + " | ".join(f"{int(size):,} triples" for size in sizes) + " |",
        "|---" * (len(sizes) + 1) + "|",
    ]
    for task, by_size in results.items():
        cells = " | ".join(_cell(results, task, by_size, size) for size in sizes)
        lines.append(f"| {task}{f' ({RATIOS[task]} = 1)' if task in RATIOS else ''} | {cells} |")
    for size, smaller in pairwise(reversed(sizes)):
        times = growth(results.get("closure, kg", {}), size, smaller)
        if not math.isnan(times):
            lines.append(
                f"\nClosure: a triple costs {times:.2f} times as much at {int(size):,} as at {int(smaller):,}."
            )
    return "\n".join(lines)


def _cell(results: Results, task: str, by_size: dict[str, Record], size: str) -> str:
    """Write CPU seconds (of queries: median, 95th percentile, sum), ratios, and memory or disk where they count."""
    found = by_size.get(size)
    if found is None:
        return ""
    if "failed" in found:
        return "failed"
    if "given_up" in found:
        return f"> {found[SECONDS]:.0f} s"
    units = [unit for unit in (CPU, CPU_95, CPU_SUM) if unit in found]
    parts = [" / ".join(_short(found[unit]) for unit in units) + " s"]
    if task in RATIOS:
        times = [ratio(results, task, RATIOS[task], size, unit) for unit in units]
        if not any(map(math.isnan, times)):
            parts.append(" / ".join(f"**{one:.2f}**" for one in times))
    if found["peak_mb"] > 500:
        parts.append(f"{found['peak_mb'] / 1024:.1f} GB")
    if "bytes" in found and "triples" in found:
        parts.append(f"{found['bytes'] / found['triples']:.0f} bytes a triple")
    if found.get("given_up_queries"):
        parts.append(
            f"{found['given_up_queries']:.0f} queries of {found['queries']:.0f} took longer than {LONGEST:.0f} s"
        )
    return ", ".join(parts)


def _short(seconds: float) -> str:
    return f"{seconds:.0f}" if seconds >= 10 else f"{seconds:.2g}"


def changes(before: dict, now: dict) -> Iterator[str]:
    """Yield what has become slower or faster by a tenth or more since an earlier run."""
    for task, by_size in now["results"].items():
        for size, found in by_size.items():
            old = before["results"].get(task, {}).get(size, {})
            if CPU in old and CPU in found and old[CPU] > 0.1 and abs(times := found[CPU] / old[CPU] - 1) >= 0.1:
                yield f"{task}, {int(size):,} triples: {old[CPU]:.3g} -> {found[CPU]:.3g} s CPU ({times:+.0%})"


def plot(record: dict, path: Path) -> None:
    """Draw cost against size, both logarithmic."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 6), layout="constrained")
    for task, by_size in record["results"].items():
        points = sorted((int(size), found[CPU]) for size, found in by_size.items() if CPU in found)
        if points:
            kind = "--" if task.startswith("floor") else ":" if "kg" not in task else "-"
            axes.plot(*zip(*points, strict=True), kind, marker="o", markersize=4, label=task)
    axes.set(xscale="log", yscale="log", xlabel="asserted triples", ylabel="seconds of CPU time")
    axes.set_title(f"kg: cost against size\n{record['machine']}, {record['date']}", fontsize=10)
    axes.grid(True, which="major", alpha=0.3)
    figure.legend(loc="outside right upper", fontsize=7)
    figure.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--json", type=Path, help="where the results go; an earlier file there is compared first")
    parser.add_argument("--plot", type=Path, help="a PNG file")
    parser.add_argument("--only", default="", metavar="WORD", help="run the tasks with a word in their names")
    parser.add_argument("--patience", type=float, default=3600, help="seconds after which a run is given up")
    parser.add_argument("--unlimited", action="store_true", help="run the slow peers at every size")
    parser.add_argument("--folder", type=Path, help="where the files are made, some 1.5 kB for each triple")
    parser.add_argument("--alone", nargs=2, metavar=("TASK", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.alone:
        run_alone(arguments.alone[0], Path(arguments.alone[1]))
        return
    about = {
        "machine": machine(),
        "date": time.strftime("%Y-%m-%d"),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
    }
    earlier = _earlier(arguments.json)
    same_machine = earlier.get("machine") == about["machine"]

    def record(results: Results) -> dict:
        """Return what is known: of sizes and tasks that are not run now, what an earlier run on this machine found."""
        known = {task: dict(by_size) for task, by_size in earlier.get("results", {}).items() if same_machine}
        for task, by_size in results.items():
            known[task] = known.get(task, {}) | by_size
        ordered = {task: known[task] for task in TASKS if task in known}
        sizes = sorted({size for by_size in ordered.values() for size in by_size}, key=int)
        return about | {"sizes": sizes, "results": ordered}

    def keep(results: Results) -> None:
        if arguments.json:
            arguments.json.write_text(json.dumps(record(results), indent=1) + "\n", encoding="utf-8")

    sizes = [int(size) for size in arguments.sizes.split(",") if size]
    limits = (arguments.only, arguments.patience, arguments.folder, arguments.unlimited)
    found = record(measure(sizes, *limits, keep))
    print(f"{about['machine']}, Python {about['python']}, {about['date']}\n\n{as_table(found)}")
    if earlier:
        told = list(changes(earlier, found))
        print("\nSince the last run:\n" + "\n".join(told or ["nothing has changed by a tenth"]))
    if arguments.plot:
        plot(found, arguments.plot)


def _earlier(path: Path | None) -> dict:
    return json.loads(path.read_text(encoding="utf-8")) if path and path.exists() else {}


def machine() -> str:
    """Name the processor, its cores and the memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        name = platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}"


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    main()
