"""Which nodes must be validated again when some triples changed, and the part of the graph that is enough for that."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from pyoxigraph import NamedNode

from kg.dictionary import Quads
from kg.shape_reads import Path, Reads, Step

Nodes = NDArray[np.bool_]  # for each number of a term, whether it is meant
Places = NDArray[np.intp]  # of rows in the array of all rows


class Neighbourhood:
    """A graph in which shapes walk on the ways that they read."""

    def __init__(self, graph: Quads, reads: Reads) -> None:
        self._graph, self._reads = graph, reads
        self._rows = graph.table()
        self._subjects, self._predicates, self._objects = (np.ascontiguousarray(self._rows[:, n]) for n in range(3))
        self._order = np.argsort(self._predicates, kind="stable")
        self._sorted_predicates = self._predicates[self._order]

    def affected(self, changed: Quads) -> Nodes:
        """Return the focus nodes that may have other results since some triples were added or taken away.

        Whatever of a way has changed, the steps before the first change are in this graph.
        """
        found = self._none()
        rows = changed.table()
        ways = self._reads.paths | {(Step(name, inverse=True),) for name in self._reads.objects_of}
        back: dict[tuple[Path, Step], None] = dict.fromkeys(
            (way[:n], step) for way in ways for n, step in enumerate(way)
        )
        for before, step in back:
            chosen = rows if step.predicate is None else rows[rows[:, 1] == self._number(step.predicate)]
            nodes = self._none()
            nodes[chosen[:, 2 if step.inverse else 0]] = True
            for earlier in reversed(before):
                nodes = self._along(nodes, Step(earlier.predicate, not earlier.inverse))[1]
            found |= nodes
        return found

    def read_by(self, focus: Nodes, also: Iterable[int]) -> Quads:
        """Return all that shapes read from some focus nodes, and of some predicates everything."""
        chosen = np.isin(self._predicates, np.fromiter(also, dtype=np.intc))
        ahead: dict[Path, Nodes] = {(): focus}
        for way in sorted(self._reads.paths, key=len):
            for place, step in enumerate(way):
                if (after := way[: place + 1]) not in ahead:
                    rows, ahead[after] = self._along(ahead[way[:place]], step)
                    chosen[rows] = True
        for name in self._reads.objects_of:
            # That there is one such triple makes a node a target; which ones there are does not matter.
            rows = self._with(name)
            rows = rows[focus[self._objects[rows]]]
            chosen[rows[np.unique(self._objects[rows], return_index=True)[1]]] = True
        return self._graph.of_rows(self._rows[chosen])

    def _along(self, nodes: Nodes, step: Step) -> tuple[Places, Nodes]:
        """Return the places of the rows that a step from some nodes uses, and the nodes that it leads to."""
        here, there = (self._objects, self._subjects) if step.inverse else (self._subjects, self._objects)
        reached = self._none()
        if step.predicate is None:
            rows = np.flatnonzero(nodes[here])
        else:
            rows = self._with(step.predicate)
            rows = rows[nodes[here[rows]]]
        reached[there[rows]] = True
        return rows, reached

    def _with(self, predicate: str) -> Places:
        """Return the places of the rows with a predicate."""
        start, end = np.searchsorted(self._sorted_predicates, (self._number(predicate), self._number(predicate) + 1))
        return self._order[start:end]

    def _number(self, predicate: str) -> int:
        found = self._graph.dictionary.find(NamedNode(predicate))
        return -1 if found is None else found

    def _none(self) -> Nodes:
        return np.zeros(len(self._graph.dictionary.terms), dtype=np.bool_)
