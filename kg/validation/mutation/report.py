"""What came of breaking a graph: the share of faults that were caught, by kind, and the survivors."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass

from pyoxigraph import NamedNode, Quad

from kg.rdf.terms import Prefixes
from kg.validation.mutation.mutants import Kind, Mutant

# The share of mutants that shapes should catch.
ENOUGH = 0.98

UNEXPLAINED = "No reason is known: a shape is missing."


@dataclass(frozen=True)
class MutationReport:
    """The mutants that were tried, and those of them that no check caught."""

    seed: int
    mutants: tuple[Mutant, ...]
    survivors: tuple[Mutant, ...]

    @property
    def by_kind(self) -> dict[Kind, tuple[int, int]]:
        """How many mutants of each kind there were, and how many were caught."""
        tried = Counter(mutant.kind for mutant in self.mutants)
        survived = Counter(mutant.kind for mutant in self.survivors)
        return {kind: (tried[kind], tried[kind] - survived[kind]) for kind in Kind if tried[kind]}

    @property
    def share(self) -> float:
        """The share of mutants that were caught, from 0 to 1."""
        return 1 - len(self.survivors) / len(self.mutants) if self.mutants else 1.0

    @property
    def good(self) -> bool:
        """True where enough mutants were caught."""
        return self.share >= ENOUGH

    @property
    def unexplained(self) -> tuple[Mutant, ...]:
        """The survivors for which no reason is known."""
        return tuple(mutant for mutant in self.survivors if not mutant.edit.reason)


def as_text(report: MutationReport, prefixes: Prefixes) -> str:
    """Write a report for a person: a line for each kind, then the survivors with their changes, by reason."""
    width = max((len(kind) for kind in report.by_kind), default=0)
    lines = [f"{'kind of error':{width}}  changes  caught"]
    lines += [f"{kind:{width}}  {tried:7}  {caught:6}" for kind, (tried, caught) in report.by_kind.items()]
    caught = len(report.mutants) - len(report.survivors)
    lines += [
        "",
        f"{caught} of {len(report.mutants)} changes (mutants) caught ({report.share:.1%}), seed {report.seed}.",
    ]
    if report.survivors:
        lines += ["", "Not caught:"]
    for (kind, reason), mutants in _groups(report).items():
        lines += ["", f"{kind}: {reason}"]
        lines += [f"  {sign} {_statement(quad, prefixes)}" for mutant in mutants for sign, quad in _changes(mutant)]
    return "\n".join(lines) + "\n"


def as_json(report: MutationReport) -> str:
    """Write a report as JSON: counts, and the survivors with what was removed and added, in N-Quads."""
    record = {
        "seed": report.seed,
        "mutants": len(report.mutants),
        "caught": len(report.mutants) - len(report.survivors),
        "share": round(report.share, 4),
        "kinds": {kind: {"mutants": tried, "caught": caught} for kind, (tried, caught) in report.by_kind.items()},
        "survivors": [
            {
                "kind": mutant.kind,
                "node": mutant.edit.node.value,
                "removed": sorted(str(quad) for quad in mutant.edit.removed),
                "added": [str(quad) for quad in mutant.edit.added],
                "reason": mutant.edit.reason or UNEXPLAINED,
            }
            for mutant in report.survivors
        ],
    }
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


def _groups(report: MutationReport) -> dict[tuple[Kind, str], list[Mutant]]:
    groups: dict[tuple[Kind, str], list[Mutant]] = defaultdict(list)
    for mutant in report.survivors:
        groups[mutant.kind, mutant.edit.reason or UNEXPLAINED].append(mutant)
    return groups


def _changes(mutant: Mutant) -> list[tuple[str, Quad]]:
    removed = sorted(mutant.edit.removed, key=str)
    return [("-", quad) for quad in removed] + [("+", quad) for quad in mutant.edit.added]


def _statement(quad: Quad, prefixes: Prefixes) -> str:
    terms = (quad.subject, quad.predicate, quad.object)
    return " ".join(prefixes.shorten(term) if isinstance(term, NamedNode) else str(term) for term in terms)
