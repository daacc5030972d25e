"""What must change in a store so that it holds another build: the quads to take away and those to add."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyoxigraph import DefaultGraph

from kg.build.incremental.state import Contents
from kg.rdf.encoding import Quads
from kg.reasoning.relations import pack

Rows = NDArray[np.intc]


@dataclass(frozen=True)
class Delta:
    """Quads to take away and quads to add; none is in both."""

    removed: Quads
    added: Quads

    def __len__(self) -> int:
        return len(self.removed) + len(self.added)


def delta(old: Contents, new: Contents) -> Delta:
    """Return what makes the store of one build that of another; their term ids are of one dictionary."""
    dictionary = new.asserted.dictionary
    named = _apart((old.asserted + old.described).table(), (new.asserted + new.described).table())
    asserted = _apart(old.asserted.table(), new.asserted.table()) if len(old.described) or len(new.described) else named
    inferred = _apart(old.inferred.table(), new.inferred.table())
    default = dictionary.term_id(DefaultGraph())
    sides = []
    for side, other in ((0, new), (1, old)):
        # A triple leaves the default graph where neither a graph nor a rule has it any more, and so it comes to it.
        rows = np.concatenate((asserted[side][:, :3], inferred[side]))
        _, triples = _sorted_apart(rows[:0], rows)
        triples = triples[~(_among(triples, other.asserted.table()[:, :3]) | _among(triples, other.inferred.table()))]
        quads = np.column_stack((triples, np.full(len(triples), default, dtype=np.intc)))
        sides.append(new.asserted.of_rows(quads, named[side]))
    return Delta(*sides)


def changed_triples(old: Quads, new: Quads) -> Quads:
    """Return the quads that are in one of two only."""
    return new.of_rows(*_apart(old.table(), new.table()))


def _apart(old: Rows, new: Rows) -> tuple[Rows, Rows]:
    """Return the rows that are only in the one, and those only in the other, each once."""
    # Files that have not changed stand in both, in the same order: there is no need to sort them.
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    gone, come = _sorted_apart(old[start : len(old) - end], new[start : len(new) - end])
    for kept in (old[:start], old[len(old) - end :]):
        gone, come = gone[~_among(gone, kept)], come[~_among(come, kept)]
    return gone, come


def _common(old: Rows, new: Rows) -> int:
    """Return how many rows two arrays have in common at their beginning."""
    shorter = min(len(old), len(new))
    differs = (old[:shorter] != new[:shorter]).any(axis=1)
    return int(differs.argmax()) if differs.any() else shorter


def _sorted_apart(old: Rows, new: Rows) -> tuple[Rows, Rows]:
    """Do what _apart does, for rows in any order."""
    rows = np.concatenate((old, new))
    if not len(rows):
        return rows, rows
    is_new = np.arange(len(rows)) >= len(old)
    keys = [pack(rows[:, 0].astype(np.int64), rows[:, 2]), rows[:, 1].astype(np.int64)]
    if rows.shape[1] == 4:
        keys[1] = pack(keys[1], rows[:, 3])
    order = np.lexsort(keys)
    differs = np.logical_or.reduce([np.diff(key[order]) != 0 for key in keys])
    starts = np.concatenate(([0], np.flatnonzero(differs) + 1))
    in_new = np.maximum.reduceat(is_new[order], starts)
    in_old = ~np.minimum.reduceat(is_new[order], starts)
    firsts = rows[order[starts]]
    return firsts[~in_new], firsts[~in_old]


def _among(rows: Rows, others: Rows) -> NDArray[np.bool_]:
    """Return for each row whether it is one of some others."""
    # Few rows, and many others: of these only what has the same subject is looked at one by one.
    near = set(map(tuple, others[np.isin(others[:, 0], rows[:, 0])].tolist())) if len(rows) else set()
    return np.fromiter((tuple(row) in near for row in rows.tolist()), dtype=np.bool_, count=len(rows))
