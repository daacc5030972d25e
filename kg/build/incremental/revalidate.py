"""The results of shapes when little has changed: those of last time, and new ones for the nodes that it may concern."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pyoxigraph import NamedNode

from kg.build.incremental.delta import changed_triples
from kg.build.incremental.state import State
from kg.findings import Finding
from kg.rdf.encoding import Quads
from kg.rdf.terms import RDFS
from kg.validation.engines import check_shapes
from kg.validation.shacl.dependencies import Dependencies, Step, UnfollowedError
from kg.validation.shacl.dependencies import Path as DependencyPath
from kg.validation.shacl.well_formed import read_shapes

_SUBCLASS = RDFS + "subClassOf"

Nodes = NDArray[np.bool_]  # for each term id, whether it is selected
Places = NDArray[np.intp]  # of rows in the array of all rows


class Neighbourhood:
    """A graph in which the dependency paths of shapes are followed."""

    def __init__(self, graph: Quads, dependencies: Dependencies) -> None:
        self._graph, self._dependencies = graph, dependencies
        self._rows = graph.table()
        self._subjects, self._predicates, self._objects = (np.ascontiguousarray(self._rows[:, n]) for n in range(3))
        self._order = np.argsort(self._predicates, kind="stable")
        self._sorted_predicates = self._predicates[self._order]

    def affected(self, changed: Quads) -> Nodes:
        """Return the focus nodes that may have other results since some triples were added or taken away.

        Whatever of a path has changed, the steps before the first change are in this graph.
        """
        found = self._none()
        rows = changed.table()
        paths = self._dependencies.paths | {(Step(name, inverse=True),) for name in self._dependencies.objects_of}
        back: dict[tuple[DependencyPath, Step], None] = dict.fromkeys(
            (path[:n], step) for path in paths for n, step in enumerate(path)
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
        """Return all triples on which shapes depend for some focus nodes, and all triples of some predicates."""
        chosen = np.isin(self._predicates, np.fromiter(also, dtype=np.intc))
        ahead: dict[DependencyPath, Nodes] = {(): focus}
        for way in sorted(self._dependencies.paths, key=len):
            for place, step in enumerate(way):
                if (after := way[: place + 1]) not in ahead:
                    rows, ahead[after] = self._along(ahead[way[:place]], step)
                    chosen[rows] = True
        for name in self._dependencies.objects_of:
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


def check_shapes_again(
    before: State, asserted: Quads, ontology: Quads, shape_files: Iterable[Path], engine: str
) -> list[Finding]:
    """Return what kg.validation.engines.check_shapes finds in a graph, from what it found in an older one.

    Args:
        before: the older graph, and what the same shapes found in it; its term ids are those of the new one.
        asserted: the graph.
        ontology: the part of it that has the classes.
        shape_files: Turtle files with shapes.
        engine: see check_shapes.
    """
    shape_files = tuple(shape_files)
    changed = changed_triples(before.contents.asserted, asserted)
    if not len(changed):
        return list(before.findings)
    found = _found_again(before, asserted, ontology, changed, shape_files, engine)
    return check_shapes(asserted, shape_files, engine) if found is None else found


def _found_again(
    before: State, asserted: Quads, ontology: Quads, changed: Quads, shape_files: tuple[Path, ...], engine: str
) -> list[Finding] | None:
    """Return the findings; None where the whole graph must be validated."""
    dictionary = asserted.dictionary
    subclass = dictionary.find(NamedNode(_SUBCLASS))
    if subclass is not None and subclass in changed.column(1):
        return None
    try:
        dependencies = Dependencies.of(read_shapes(shape_files)[0])
    except UnfollowedError:
        return None
    around = Neighbourhood(asserted, dependencies)
    focus = around.affected(changed)
    part = around.read_by(focus, () if subclass is None else (subclass,)) + ontology
    found = check_shapes(part, shape_files, engine)
    # Only a focus node with an IRI is known again by its name.
    if not all(_is_iri(finding.focus_node) for finding in (*found, *before.findings)):
        return None
    nodes = (dictionary.terms[number] for number in np.flatnonzero(focus).tolist())
    names = {node.value for node in nodes if isinstance(node, NamedNode)}
    kept = [finding for finding in before.findings if finding.focus_node not in names]
    return [*kept, *(finding for finding in found if finding.focus_node in names)]


def _is_iri(focus_node: str) -> bool:
    return bool(focus_node) and not focus_node.startswith('"')
