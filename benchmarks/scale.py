"""Builds, queries and exports at growing size, beside a floor and peers: a table, ratios, JSON, and a plot.

Run it from the checkout, in an environment with the extra `bench`; `kurra`, which wants another pySHACL than ours, is
called where it is on the PATH:

    python benchmarks/scale.py [--sizes 10000,100000,1000000] [--json scale.json] [--plot scale.png] [--only WORD,...]

Each figure is one run in a process of its own: seconds of wall and of CPU time, and the peak memory of the process and
of its children. Ratios are of CPU time, which other work on the machine changes less. A floor is what the libraries
below need for the same: the bulk loader of Oxigraph, its command line, the SHACL engine by itself. A peer runs up to
the size named in LIMITS, and is given up after --patience seconds. `reasonable` leaves out property chains, keys and
the closure of the ontology. Where the JSON of an earlier run is there, the change since is told; sizes and tasks that
are not run now stay in it. `python benchmarks/scale_report.py` puts table and plot into the documentation.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from pathlib import Path

from scale_report import Results, as_table, changes, plot
from scale_tasks import BUILD, SECONDS, TASKS, Record, prepare, prepare_built

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the checkout itself, installed or not
os.environ["PYTHONPATH"] = str(ROOT)
# pip compiles what it installs; with this set, each process would compile the modules of the checkout anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

LIMITS = {
    "load, oxrdflib": 100_000,
    "load, rdflib (memory)": 100_000,
    "closure, reasonable": 100_000,  # a million took all of 23 GB
    "closure, owlrl": 10_000,
    "validation, kg with pySHACL": 10_000,
    "validation, kurra": 10_000,
}
PACKAGES = ("pyoxigraph", "oxigraph", "shacl", "pyshacl", "owlrl", "rdflib", "reasonable", "oxrdflib", "numpy")


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
                chosen = any(word in task for word in only.split(","))
                if task != BUILD and (not chosen or (size > LIMITS.get(task, size) and not unlimited)):
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10000,100000,1000000")
    parser.add_argument("--json", type=Path, help="where the results go; an earlier file there is compared first")
    parser.add_argument("--plot", type=Path, help="a PNG file")
    parser.add_argument("--only", default="", metavar="WORD,...", help="run the tasks with one of these in their names")
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
