"""Tables and a plot of what benchmarks/scale.py measured.

    python benchmarks/scale_report.py

puts what benchmarks/scale.json holds into the README (our own figures), docs/large-graphs.md (all of them) and
docs/large-graphs.png.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from scale_tasks import CPU, CPU_95, CPU_SUM, LONGEST, SECONDS, Record

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "scale.json"
# Where tables stand, and whether they have our own figures only.
PAGES = {ROOT / "README.md": True, ROOT / "docs" / "large-graphs.md": False}
PLOT = ROOT / "docs" / "large-graphs.png"
_TABLE = re.compile(r"(<!-- scale.json -->\n).*?(<!-- end -->)", re.DOTALL)

# What is compared with what.
RATIOS = {
    "load, kg": "floor: bulk_load of the asserted quads",
    "load, bulk_load and optimize": "load, kg",
    "load, oxrdflib": "load, kg",
    "load, rdflib (memory)": "load, kg",
    "rebuild after a change, kg": "build, kg",
    "closure, kg": "floor: bulk_load of the closure",
    "closure, reasonable": "closure, kg",
    "closure, owlrl": "closure, kg",
    "validation, kg": "floor: shacl alone",
    "validation, kg with pySHACL": "validation, kg",
    "validation, kurra": "validation, kg",
    "canned queries, kg": "floor: oxigraph query",
    "export, kg": "floor: dump of the store",
}

PANELS = {
    "build": ("build, kg", "rebuild after a change, kg"),
    "load": ("load, kg", "floor: bulk_load of the asserted quads", "load, oxrdflib", "load, rdflib (memory)"),
    "closure": ("closure, kg", "floor: bulk_load of the closure", "closure, reasonable", "closure, owlrl"),
    "validation": ("validation, kg", "floor: shacl alone", "validation, kg with pySHACL", "validation, kurra"),
    "canned queries": ("canned queries, kg", "floor: oxigraph query", "slowest explanation, kg", "open, kg"),
    "export": ("export, kg", "floor: dump of the store"),
}
Results = dict[str, dict[str, Record]]  # by task and size


def ratio(results: Results, one: str, other: str, size: str, unit: str = CPU) -> float:
    """Return how much more CPU time one task took than another one; NaN where that is not known."""
    first, second = (results.get(task, {}).get(size, {}) for task in (one, other))
    return first[unit] / second[unit] if unit in first and second.get(unit) else math.nan


def growth(found: dict[str, Record], size: str, smaller: str) -> float:
    """Return how much more a triple costs at one size than at a smaller one; NaN where that is not known."""
    if CPU in found.get(size, {}) and CPU in found.get(smaller, {}):
        return (found[size][CPU] / int(size)) / (found[smaller][CPU] / int(smaller))
    return math.nan


def as_table(record: dict, *, only_ours: bool = False) -> str:
    """Write results as a Markdown table: a row for each task, with what it is compared with."""
    results, sizes = record["results"], record["sizes"]
    lines = [
        "| task | " + " | ".join(f"{int(size):,} triples" for size in sizes) + " |",
        "|---" * (len(sizes) + 1) + "|",
    ]
    for task, by_size in results.items():
        if only_ours and not task.endswith(", kg"):
            continue
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
            f"{found['given_up_queries']:.0f} of {found['queries']:.0f} queries took longer than {LONGEST:.0f} s"
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
    """Draw CPU time against size, both logarithmic: a panel for each kind of task."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(2, 3, figsize=(12, 7), layout="constrained", sharex=True)
    for (title, tasks), panel in zip(PANELS.items(), axes.flat, strict=True):
        for task in tasks:
            by_size = record["results"].get(task, {})
            points = sorted((int(size), found[CPU]) for size, found in by_size.items() if CPU in found)
            if points:
                floor, ours = task.startswith("floor"), "kg" in task
                style = {"color": "0.5", "linestyle": "--"} if floor else {"linewidth": 2.5 if ours else 1.2}
                name = task.removeprefix("floor: ").removeprefix(f"{title}, ")
                panel.plot(*zip(*points, strict=True), marker="o", markersize=4, label=name, **style)
        panel.set(xscale="log", yscale="log", title=title)
        panel.grid(True, which="major", alpha=0.3)
        panel.legend(fontsize=8)
    figure.supxlabel("asserted triples")
    figure.supylabel("seconds of CPU time")
    figure.suptitle(f"{record['machine']}, {record['date']}", fontsize=10)
    figure.savefig(path, dpi=100)


def with_table(text: str, record: dict, *, only_ours: bool) -> str:
    """Return a page with the table of some results in its place."""
    about = f"{record['machine']}, Python {record['python']}, {record['date']}. CPU time; **bold**: times the floor."
    table = f"{about}\n\n{as_table(record, only_ours=only_ours)}\n\n"
    return _TABLE.sub(lambda match: f"{match[1]}{table}{match[2]}", text)


if __name__ == "__main__":
    found = json.loads(RESULTS.read_text(encoding="utf-8"))
    for page, ours in PAGES.items():
        page.write_text(with_table(page.read_text(encoding="utf-8"), found, only_ours=ours), encoding="utf-8")
    plot(found, PLOT)
