"""Which nodes must be validated again when some triples changed, and the part of the graph that is enough for that."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from pyoxigraph import NamedNode

from kg.dictionary import Quads
from kg.shape_reads import Path, Reads, Step

Nodes = NDArray[np.bool_]  # for each number of a term, whether it is meant


class Neighbourhood:
    """A graph in which shapes walk on the ways that they read."""

    def __init__(self, graph: Quads, reads: Reads) -> None:
        self._graph, self._reads = graph, reads
        self._rows = np.frombuffer(graph.numbers, dtype=np.intc).reshape(-1, 4)
        self._subjects, self._predicates, self._objects = (np.ascontiguousarray(self._rows[:, n]) for n in range(3))

    def affected(self, changed: Quads) -> Nodes:
        """Return the focus nodes that may have other results since some triples were added or taken away.

        Whatever of a way has changed, the steps before the first change are in this graph.
        """
        found = self._none()
        rows = np.frombuffer(changed.numbers, dtype=np.intc).reshape(-1, 4)
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
                    chosen |= rows
        for name in self._reads.objects_of:
            # That there is one such triple makes a node a target; which ones there are does not matter.
            (places,) = np.nonzero((self._predicates == self._number(name)) & focus[self._objects])
            chosen[places[np.unique(self._objects[places], return_index=True)[1]]] = True
        numbers = array("i")
        numbers.frombytes(self._rows[chosen].tobytes())
        return Quads(self._graph.dictionary, numbers)

    def _along(self, nodes: Nodes, step: Step) -> tuple[Nodes, Nodes]:
        """Return the rows that a step from some nodes uses, and the nodes that it leads to."""
        here, there = (self._objects, self._subjects) if step.inverse else (self._subjects, self._objects)
        rows = nodes[here]
        if step.predicate is not None:
            rows &= self._predicates == self._number(step.predicate)
        reached = self._none()
        reached[there[rows]] = True
        return rows, reached

    def _number(self, predicate: str) -> int:
        found = self._graph.dictionary.find(NamedNode(predicate))
        return -1 if found is None else found

    def _none(self) -> Nodes:
        return np.zeros(len(self._graph.dictionary.terms), dtype=np.bool_)
