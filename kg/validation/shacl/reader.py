"""From a shapes graph to shapes; what cannot be compiled is refused by its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pyoxigraph import BlankNode, Literal, Triple

from kg.errors import UsageError
from kg.rdf.terms import SH, TRUE, Term
from kg.validation.shacl.components import COMPONENTS, TARGETS, Component, Takes
from kg.validation.shacl.model import Constraint, Shape, Target
from kg.validation.shacl.paths import read_path
from kg.validation.shacl.results import severity_of
from kg.validation.shacl.shapes_graph import Node, ShapesGraph
from kg.validation.shacl.well_formed import usable_shapes


def read_shapes(triples: Iterable[Triple]) -> list[Shape]:
    """Return the shapes of a graph that have targets, each with all that it refers to.

    Raises:
        InputError: a shape is malformed.
        UsageError: a shape refers to itself, or has what cannot be compiled to SPARQL.
    """
    graph, _ = usable_shapes({None: tuple(triples)})
    for node in graph.nodes():
        if graph.objects(node, SH + "parameter"):
            raise _unsupported(f"the constraint component {node}")
    reader = _Reader(graph)
    return [reader.shape(node, ()) for node in graph.nodes() if _targets(graph, node)]


def _unsupported(what: str) -> UsageError:
    return UsageError(f"{what} cannot be checked on a store", "validate the files instead: kg validate without --store")


def _targets(graph: ShapesGraph, node: Node) -> tuple[Target, ...]:
    return tuple(Target(kind, term) for name, kind in TARGETS.items() for term in graph.objects(node, SH + name))


class _Reader:
    def __init__(self, graph: ShapesGraph) -> None:
        self._graph = graph
        self._shapes: dict[Term, Shape] = {}

    def shape(self, node: Term, within: tuple[Term, ...]) -> Shape:
        """Read a shape; `within` are those that refer to it."""
        if node in within:
            raise _unsupported(f"the shape {node}, which refers to itself (recursion),")
        if node not in self._shapes:
            assert not isinstance(node, Literal)  # well_formed has seen to that
            self._shapes[node] = self._read(node, (*within, node))
        return self._shapes[node]

    def _read(self, node: Node, within: tuple[Term, ...]) -> Shape:
        graph = self._graph
        path, severity = (graph.one(node, SH + name) for name in ("path", "severity"))
        active = not graph.is_true(node, SH + "deactivated")
        return Shape(
            node,
            read_path(graph, path) if path is not None else None,
            _targets(graph, node),
            tuple(self._constraints(node, within)) if active else (),
            tuple(self.shape(value, within) for value in graph.objects(node, SH + "property")) if active else (),
            severity_of(severity.value) if severity is not None else "violation",
            self._messages(node),
        )

    def _messages(self, node: Term) -> tuple[str, ...]:
        return tuple(text.value for text in self._graph.objects(node, SH + "message"))

    def _constraints(self, node: Node, within: tuple[Term, ...]) -> Iterator[Constraint]:
        for component in COMPONENTS:
            whole = not component.needs or any(self._graph.objects(node, SH + name) for name in component.needs)
            if component.name != "property" and whole:
                for value in self._graph.objects(node, SH + component.name):
                    yield from self._constraint(component, node, value, within)

    def _constraint(
        self, component: Component, node: Node, value: Term, within: tuple[Term, ...]
    ) -> Iterator[Constraint]:
        graph, name, iri = self._graph, component.name, component.iri
        if name == "sparql":
            if not graph.is_true(value, SH + "deactivated"):
                query = graph.query(value, graph.objects(value, SH + "select")[0].value)
                yield Constraint(name, iri, messages=self._messages(value), select=query)
        elif component.takes in (Takes.SHAPE, Takes.SHAPES):
            members = graph.members(value) if component.takes == Takes.SHAPES else [value]
            yield Constraint(name, iri, shapes=tuple(self.shape(member, within) for member in members))
        elif component.takes != Takes.SWITCH or value == TRUE:
            terms = graph.allowed(node) if name == "closed" else [value]
            terms = graph.members(value) if component.takes in (Takes.LIST, Takes.TEXTS) else terms
            if any(isinstance(term, BlankNode) for term in terms):
                raise _unsupported(f"sh:{name} with a blank node")
            flags = graph.one(node, SH + "flags")
            shapes, siblings = self._qualified(node, within) if component.needs else ((), ())
            yield Constraint(name, iri, tuple(terms), shapes, siblings, flags.value if flags is not None else "")

    def _qualified(self, node: Node, within: tuple[Term, ...]) -> tuple[tuple[Shape, ...], tuple[Shape, ...]]:
        """Return the shape of which values are counted, and those to which none of them may conform."""
        graph, name = self._graph, SH + "qualifiedValueShape"
        (value,) = graph.objects(node, name)
        siblings: list[Term] = []
        if graph.is_true(node, SH + "qualifiedValueShapesDisjoint"):
            siblings = [
                other
                for parent in graph.subjects(SH + "property", node)
                for sibling in graph.objects(parent, SH + "property")
                for other in graph.objects(sibling, name)
                if other != value
            ]
        return (self.shape(value, within),), tuple(self.shape(other, within) for other in dict.fromkeys(siblings))
