"""Binary relations over term ids, and joins of them: what evaluates a rule on millions of facts.

A pair of term ids is one 64-bit integer, the first id in the upper half, so that a sorted array of pairs is an
index: all pairs that begin with a number lie together. NumPy does the work on whole columns at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]

_LOWER = np.int64(0xFFFFFFFF)
_AT_ONCE = 2_000_000  # rows of an intermediate result, about; larger ones are worked off in parts
_NONE: Numbers = np.empty(0, dtype=np.int64)


def pack(first: Numbers, second: NDArray[np.integer[Any]] | int) -> Numbers:
    """Make pairs of two columns of term ids."""
    return (first << 32) | second


def unpack(pairs: Numbers) -> tuple[Numbers, Numbers]:
    """Split pairs into two columns of term ids."""
    return pairs >> 32, pairs & _LOWER


class Relation:
    """A growing set of pairs, which remembers in which order they came."""

    def __init__(self) -> None:
        self.batches: list[Numbers] = []
        self._forward = _NONE
        self._backward: Numbers | None = None

    def __len__(self) -> int:
        return len(self._forward)

    def add(self, pairs: Numbers) -> Numbers:
        """Add pairs in any order; return those that are new, sorted."""
        pairs = unique(pairs)
        new = pairs[~_in_sorted(pairs, self._forward)]
        if len(new):
            self.batches.append(new)
            self._forward = np.concatenate((self._forward, new))
            self._forward.sort(kind="stable")  # merges sorted runs in linear time
            self._backward = None
        return new

    def since(self, batch: int) -> Numbers:
        """Return the pairs that came with a batch or after it."""
        if batch == 0:
            return self._forward
        late = self.batches[batch:]
        return late[0] if len(late) == 1 else np.concatenate(late) if late else _NONE

    @property
    def forward(self) -> Numbers:
        """All pairs, sorted."""
        return self._forward

    @property
    def backward(self) -> Numbers:
        """All pairs turned round, sorted."""
        if self._backward is None:
            first, second = unpack(self._forward)
            self._backward = np.sort(pack(second, first))
        return self._backward

    def contains(self, pairs: Numbers) -> NDArray[np.bool_]:
        """Return for each pair whether it is in the relation."""
        return _in_sorted(pairs, self._forward)


def unique(pairs: Numbers) -> Numbers:
    """Return pairs sorted and without duplicates (a hundred times faster than NumPy's own, which hashes)."""
    ordered = np.sort(pairs)
    chosen: Numbers = ordered[np.diff(ordered, prepend=ordered[:1] - 1) != 0]
    return chosen


def in_portions(parts: Iterable[Numbers]) -> Iterator[Numbers]:
    """Join short arrays to fewer; each is given on as soon as it is long, before there is another.

    What is long is half of _AT_ONCE: parts of a large result are a little shorter than the whole.
    """
    waiting: list[Numbers] = []
    size = 0
    for part in parts:
        waiting.append(part)
        size += len(part)
        if size >= _AT_ONCE // 2:
            yield np.concatenate(waiting)
            waiting, size = [], 0
    if waiting:
        yield np.concatenate(waiting)


def _in_sorted(pairs: Numbers, ordered: Numbers) -> NDArray[np.bool_]:
    if not len(ordered):
        return np.zeros(len(pairs), dtype=np.bool_)
    places = np.searchsorted(ordered, pairs)
    places[places == len(ordered)] = 0
    found: NDArray[np.bool_] = ordered[places] == pairs
    return found


@dataclass(frozen=True)
class Atom:
    """A pattern over one relation; each side is a term id, the name of a variable, or None for anything at all."""

    key: int
    first: int | str
    second: int | str | None


@dataclass(frozen=True)
class Table:
    """Bindings: columns of one length, by the names of their variables."""

    columns: dict[str, Numbers]
    rows: int

    def take(self, index: Numbers | NDArray[np.bool_] | slice, rows: int) -> Table:
        """Return some of the rows."""
        return Table({name: column[index] for name, column in self.columns.items()}, rows)

    def value(self, slot: int | str | None) -> Numbers | None:
        """Return the column of a variable or of a constant; None for a variable without values."""
        if isinstance(slot, int):
            return np.full(self.rows, slot, dtype=np.int64)
        return None if slot is None else self.columns.get(slot)


def bindings(atom: Atom, pairs: Numbers) -> Table:
    """Return the bindings that some pairs give to the variables of an atom."""
    first, second = unpack(pairs)
    columns: dict[str, Numbers] = {}
    keep = np.ones(len(pairs), dtype=np.bool_)
    for slot, column in ((atom.first, first), (atom.second, second)):
        if isinstance(slot, int):
            keep &= column == slot
        elif slot is not None and slot in columns:
            keep &= columns[slot] == column
        elif slot is not None:
            columns[slot] = column
    return Table(columns, len(pairs)).take(keep, int(keep.sum()))


def solve(table: Table, atoms: Sequence[Atom], relations: dict[int, Relation]) -> Iterator[Table]:
    """Yield the bindings that extend a table so that all atoms hold, in parts of bounded size.

    A part may be empty: whoever waits for the next one hears that work goes on.
    """
    if not atoms or not table.rows:
        yield table
        return
    atom = max(atoms, key=lambda atom: (*_narrowness(atom, table), -len(relations[atom.key])))
    rest = [other for other in atoms if other is not atom]
    relation = relations[atom.key]
    first, second = table.value(atom.first), table.value(atom.second)
    if first is not None and (second is not None or atom.second is None):
        # A class is a relation of its members to the class itself.
        pairs = pack(first, second if second is not None else ~atom.key)
        keep = relation.contains(pairs)
        yield from solve(table.take(keep, int(keep.sum())), rest, relations)
    elif first is None and second is None:
        other = bindings(atom, relation.forward)
        for start, end in _parts(np.full(table.rows, other.rows, dtype=np.int64)):
            index = np.repeat(np.arange(start, end), other.rows)
            product = table.take(index, len(index)).columns
            product |= {name: np.tile(column, end - start) for name, column in other.columns.items()}
            yield from solve(Table(product, len(index)), rest, relations)
    else:
        known, ordered, name = (
            (first, relation.forward, atom.second) if first is not None else (second, relation.backward, atom.first)
        )
        assert known is not None
        assert isinstance(name, str)
        begins = np.searchsorted(ordered, pack(known, 0))
        counts = np.searchsorted(ordered, pack(known + 1, 0)) - begins
        for start, end in _parts(counts):
            part = counts[start:end]
            index = np.repeat(np.arange(start, end), part)
            offsets = np.arange(len(index)) - np.repeat(np.cumsum(part) - part, part)
            found = ordered[begins[index] + offsets] & _LOWER
            wider = table.take(index, len(index)).columns | {name: found}
            yield from solve(Table(wider, len(index)), rest, relations)


def _narrowness(atom: Atom, table: Table) -> tuple[bool, int]:
    """Rate how little an atom multiplies the rows of a table: with no variable in common it does so by all it has."""
    variables = {slot for slot in (atom.first, atom.second) if isinstance(slot, str)}
    new = variables - table.columns.keys()
    return new != variables or not variables, -len(new)


def _parts(counts: Numbers) -> Iterator[tuple[int, int]]:
    """Yield ranges of rows that become about _AT_ONCE rows each."""
    ends = np.cumsum(counts)
    start = 0
    while start < len(counts):
        before = ends[start - 1] if start else 0
        end = max(int(np.searchsorted(ends, before + _AT_ONCE, side="right")), start + 1)
        yield start, end
        start = end
