"""Time `kg` as whole processes, beside a floor and a plain rdflib script; print a table with ratios, write JSON.

Run it from the checkout, in an environment where the package is installed:

    python benchmarks/start_up.py [--runs 21] [--json start_up.json]

CPU is user and system time of the process and its children; each figure is the median of the runs.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# The same question as `kg query run initiators`, asked as a newcomer to rdflib would: parse the files, run the query.
RDFLIB_SCRIPT = """
import pathlib, sys, rdflib
root = pathlib.Path(sys.argv[1])
graph = rdflib.Dataset(default_union=True)
for path in [*root.glob("ontology/*.ttl"), *root.glob("data/**/*.trig")]:
    graph.parse(path)
query = "\\n".join(line for line in next(root.glob("queries/**/initiators.rq")).read_text().splitlines())
organization = rdflib.URIRef("https://w3id.org/aigov-kg/id/world-internet-conference")
for row in graph.query(query, initBindings={"organization": organization}):
    print(*row, sep="\\t")
"""


@dataclass(frozen=True)
class Timing:
    """The medians of one command, in milliseconds."""

    name: str
    cpu_ms: float
    wall_ms: float


def once(command: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Return the CPU and wall time of one run, in milliseconds."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime), 1000 * wall


def measure(commands: dict[str, list[str]], runs: int, environment: dict[str, str]) -> list[Timing]:
    """Run the commands in turn, so that a machine that gets slower or faster does so for all of them."""
    for command in commands.values():  # the first run compiles the modules and fills the caches of the file system
        once(command, environment)
    rounds = [[once(command, environment) for command in commands.values()] for _ in range(runs)]
    return [
        Timing(name, *(statistics.median(values) for values in zip(*times, strict=True)))
        for name, times in zip(commands, zip(*rounds, strict=True), strict=True)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=21)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()

    kg = [str(Path(sys.executable).with_name("kg")), "--project", str(ROOT)]
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"KG_STORE": folder, "PYTHONPATH": str(ROOT)}
        # pip compiles what it installs; with this set, the modules of the checkout would be compiled in each run.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        [build] = measure({"kg build, from nothing": [*kg, "build", "--force"]}, 1, environment)
        floor, query, idle = measure(
            {
                "python -c 'import click, pyoxigraph'": [sys.executable, "-c", "import click, pyoxigraph"],
                "kg query run initiators": [*kg, "query", "run", "initiators"],
                "kg build, nothing to do": [*kg, "build"],
            },
            arguments.runs,
            environment,
        )
        script = [sys.executable, "-c", RDFLIB_SCRIPT, str(ROOT)]
        [rdflib] = measure({"the same in plain rdflib": script}, 3, environment)

    timings = [floor, query, rdflib, idle, build]
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"{'':40}{'CPU ms':>10}{'wall ms':>10}{'CPU / floor':>14}")
    for timing in timings:
        ratio = timing.cpu_ms / floor.cpu_ms
        print(f"{timing.name:40}{timing.cpu_ms:10.0f}{timing.wall_ms:10.0f}{ratio:14.2f}")
    print(f"plain rdflib takes {rdflib.cpu_ms / query.cpu_ms:.1f} times the CPU of kg")
    if arguments.json:
        record = {"machine": platform.platform(), "python": platform.python_version()}
        record |= {"timings": [asdict(timing) for timing in timings]}
        arguments.json.write_text(json.dumps(record, indent=2) + "\n")


if __name__ == "__main__":
    main()
