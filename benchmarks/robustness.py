"""Attack `kg` with files that have faults, kills and full disks; print what was tried, and how it ended.

Run it from the checkout, in an environment with the package and the extra `test`:

    python benchmarks/robustness.py [--mutations 2000] [--kills 300] [--seed 0]

The attacks are those of the tests (tests/faults.py, tests/kills.py): each mutation is one command on one file of a
project that holds a file of every kind; each kill is one command that is killed while it writes, looked at, and run
again. A fault is an exit status that is not documented, a traceback, a hang, a message without a place, or, after a
kill, anything that is lost, half written or left over.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]  # the checkout itself, installed or not

import faults  # noqa: E402
import kills  # noqa: E402
from forked import KG  # noqa: E402
from servers import oxigraph_serve  # noqa: E402

STATUSES = {0: "done", 1: "findings", 2: "wrong usage", 3: "refused, with its place", 4: "refused by a bound"}


def mutations(folder: Path, number: int, seed: int) -> int:
    """Try mutated files of each kind; print a row for each kind, and return how many faults there were."""
    project = faults.write_project(folder / "project")
    total: Counter[str] = Counter()
    print(f"| file | tried | {' | '.join(STATUSES.values())} | faults |\n|---|--:|{'--:|' * len(STATUSES)}--:|")
    for place, kind in enumerate(faults.KINDS):
        tried = number // len(faults.KINDS) + (place < number % len(faults.KINDS))
        ended: Counter[str] = Counter()
        for attack in faults.attacks(project, folder / f"mutated{place}", kind, range(seed, seed + tried)):
            ended[(attack.fault and "faults") or STATUSES[attack.done.returncode]] += 1
            if attack.fault:
                print(attack, file=sys.stderr, flush=True)
        total += ended
        row(f"`{kind.file}`", tried, ended)
    row("all", number, total)
    return total["faults"]


def row(name: str, tried: int, ended: Counter[str]) -> None:
    counts = " | ".join(f"{ended[what]:,}" for what in (*STATUSES.values(), "faults"))
    print(f"| {name} | {tried:,} | {counts} |", flush=True)


def killed(folder: Path, number: int, seed: int) -> int:
    """Kill each command that writes; print a row for each, and return after how many kills something was wrong."""
    project = kills.write_project(folder / "project")
    writers = [*kills.WRITERS, kills.PUBLISH]
    survived = wrong = 0
    print("| killed while | kills | survived |\n|---|--:|--:|")
    with oxigraph_serve() as server:
        for place, writer in enumerate(writers):
            tried = number // len(writers) + (place < number % len(writers))
            found = list(kills.kills(project, folder / f"killed{place}", writer, tried, seed, server))
            good = sum(not kill.wrong for kill in found)
            survived, wrong = survived + good, wrong + len(found) - good
            print(*(kill for kill in found if kill.wrong), sep="\n", end="", file=sys.stderr, flush=True)
            print(f"| `kg {writer.name}` | {len(found)} | {good} |", flush=True)
    print(f"| all | {survived + wrong} | {survived} |")
    return wrong


def full(folder: Path) -> int:
    """Run each command that writes on a full disk; print what came of it, and return how many lost something."""
    project = kills.write_project(folder / "project")
    found = [kills.full(project, folder, kills.named(name), size) for name, size in kills.FULL.items()]
    print(*(run for run in found if run.wrong), sep="\n", end="", file=sys.stderr, flush=True)
    print(f"Full disks: {len(found)}, survived {sum(not run.wrong for run in found)}.")
    return sum(bool(run.wrong) for run in found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutations", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kg-robustness-") as name:
        folder = Path(name)
        wrong = mutations(folder / "mutations", given.mutations, given.seed)
        print()
        wrong += killed(folder / "kills", given.kills, given.seed)
        print()
        wrong += full(folder / "full")
    KG.end()
    print(f"Faults: {wrong}. Seed {given.seed}, {time.monotonic() - start:.0f} s.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
