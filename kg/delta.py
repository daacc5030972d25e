"""What must change in a store so that it holds another build: the quads to take away and those to add."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from pyoxigraph import DefaultGraph

from kg.dictionary import Quads, Triples
from kg.relations import pack

Row = tuple[int, ...]


@dataclass(frozen=True)
class Contents:
    """What a store holds: see kg.store.embedded.write_store."""

    asserted: Quads
    inferred: Triples
    described: Quads


@dataclass(frozen=True)
class Delta:
    """Quads to take away and quads to add; none is in both."""

    removed: Quads
    added: Quads

    def __len__(self) -> int:
        return len(self.removed) + len(self.added)


def delta(old: Contents, new: Contents) -> Delta:
    """Return what makes the store of one build that of another; their numbers are of one dictionary."""
    dictionary = new.asserted.dictionary
    named = _apart(_rows(old.asserted + old.described), _rows(new.asserted + new.described))
    asserted = _apart(_rows(old.asserted), _rows(new.asserted)) if len(old.described) or len(new.described) else named
    inferred = _apart(_rows(old.inferred), _rows(new.inferred))
    default = dictionary.number(DefaultGraph())
    sides = []
    for side, other in ((0, new), (1, old)):
        # A triple leaves the default graph where neither a graph nor a rule has it any more, and so it comes to it.
        triples = {tuple(row[:3]) for row in (*asserted[side].tolist(), *inferred[side].tolist())}
        triples -= _among(triples, other)
        numbers = array("i", chain.from_iterable((*triple, default) for triple in sorted(triples)))
        numbers.frombytes(named[side].tobytes())
        sides.append(Quads(dictionary, numbers))
    return Delta(*sides)


def changed_triples(old: Quads, new: Quads) -> Quads:
    """Return the quads that are in one of two only."""
    numbers = array("i")
    for rows in _apart(_rows(old), _rows(new)):
        numbers.frombytes(rows.tobytes())
    return Quads(new.dictionary, numbers)


def _rows(statements: Quads | Triples) -> NDArray[np.intc]:
    return np.frombuffer(statements.numbers, dtype=np.intc).reshape(-1, statements.WIDTH)


def _apart(old: NDArray[np.intc], new: NDArray[np.intc]) -> tuple[NDArray[np.intc], NDArray[np.intc]]:
    """Return the rows that are only in the one, and those only in the other, each once."""
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


def _among(triples: Iterable[Row], contents: Contents) -> set[Row]:
    """Return those of some triples that are in a default graph."""
    wanted = frozenset(triples)
    quads, inferred = contents.asserted, contents.inferred
    rows: Iterator[Row] = chain(zip(*(quads.column(n) for n in range(3)), strict=True), inferred.rows())
    return {row for row in rows if row in wanted} if wanted else set()
