"""Which triples the results of shapes depend on: what is validated again when some changed, and what is enough for it.

A shape reaches everything from its focus node, step by step along predicates. As long as nothing changed on these
paths, its results are the same. What a shape looks at otherwise (SPARQL over the whole graph, paths of any length,
shapes within themselves) is not followed: Dependencies.of says so, and the whole graph is validated.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode

from kg.rdf.lists import FIRST
from kg.rdf.terms import RDF, SH
from kg.sparql.patterns import PatternReader
from kg.sparql.syntax import Group, parse_query
from kg.validation.shacl.components import TARGETS, TERMS, DependsOn, Takes, Term
from kg.validation.shacl.shapes_graph import ShapesGraph, Value

_TYPE = RDF + "type"
_DEEPEST = 6  # shapes within shapes; deeper ones are taken for circles


@dataclass(frozen=True)
class Step:
    """From a node along a predicate, or against it; any predicate where there is none."""

    predicate: str | None
    inverse: bool = False


Path = tuple[Step, ...]


class UnfollowedError(Exception):
    """A shape looks at something in a way that is not followed."""


@dataclass(frozen=True)
class Dependencies:
    """All paths from a focus node that results depend on; `objects_of` are predicates whose objects are targets."""

    paths: frozenset[Path]
    objects_of: frozenset[str]

    @classmethod
    def of(cls, shapes: ShapesGraph) -> Dependencies:
        """Follow shapes.

        Raises:
            UnfollowedError: one of them looks at something in a way that cannot be followed.
        """
        for triple in shapes.triples:
            term = TERMS.get(triple.predicate.value)
            if term is not None and term.depends is DependsOn.ANYTHING:
                raise UnfollowedError(f"sh:{term.name}")
        targeted = [node for node in shapes.nodes() if any(shapes.objects(node, SH + name) for name in TARGETS)]
        follow = _Follower(shapes)
        paths = {path for shape in targeted for path in follow.paths(shape)}
        objects_of = {value.value for node in targeted for value in shapes.objects(node, SH + "targetObjectsOf")}
        # All that is said of a node itself, too: whether it is a target, and whether its literals are well-typed.
        return cls(frozenset(paths) | {(Step(None),)}, frozenset(objects_of))


@dataclass
class _Follower:
    """Follows the shapes of a graph."""

    graph: ShapesGraph

    def paths(self, shape: Value, depth: int = 0) -> Iterator[Path]:
        """Yield the paths that a shape depends on, from the node that it is evaluated at."""
        if depth > _DEEPEST:
            raise UnfollowedError("shapes within shapes")
        to_values: list[Path] = [()]
        for path in self.graph.objects(shape, SH + "path"):
            to_values = list(self._steps(path))
            yield from to_values
        for predicate in self.graph.predicates(shape):
            if term := TERMS.get(predicate):
                for value in self.graph.objects(shape, predicate):
                    if term.depends is DependsOn.PAIR:
                        yield (Step(value.value),)
                    else:
                        yield from (path + more for more in self._constraint(term, value, depth) for path in to_values)

    def _constraint(self, term: Term, value: Value, depth: int) -> Iterator[Path]:
        """Yield what a constraint depends on, from a value node."""
        if term.depends is DependsOn.CLASSES:
            yield (Step(_TYPE),)
        elif term.depends is DependsOn.PROPERTIES:
            yield (Step(None),)
        elif term.depends is DependsOn.SHAPES:
            for member in self.graph.members(value) if term.takes is Takes.SHAPES else [value]:
                yield from self.paths(member, depth + 1)
        elif term.depends is DependsOn.QUERY:
            yield from self._of_query(value)

    def _steps(self, path: Value, inverse: bool = False) -> Iterator[Path]:
        """Yield the sequences of steps of a property path (SHACL, section 2.3.1)."""
        graph = self.graph
        if isinstance(path, NamedNode):
            yield (Step(path.value, inverse),)
        elif inner := graph.objects(path, SH + "inversePath"):
            yield from self._steps(inner[0], not inverse)
        elif inner := graph.objects(path, SH + "alternativePath"):
            for member in graph.members(inner[0]):
                yield from self._steps(member, inverse)
        elif graph.objects(path, FIRST):
            members = graph.members(path)
            found: list[Path] = [()]
            for member in reversed(members) if inverse else members:
                found = [before + more for before in found for more in self._steps(member, inverse)]
            yield from found
        else:
            raise UnfollowedError("a path of any length")

    def _of_query(self, constraint: Value) -> Iterator[Path]:
        """Yield what a SPARQL constraint depends on: followed where all of its patterns are about the focus node."""
        query = parse_query(self.graph.query(constraint, self.graph.objects(constraint, SH + "select")[0].value))
        if query.exists or query.modifiers or query.values:
            raise UnfollowedError("SPARQL that groups, counts or orders")
        yield from _steps_in(query.pattern, PatternReader.of(query))


def _steps_in(group: Group, reader: PatternReader) -> Iterator[Path]:
    """Yield a step for each pattern of a group; raises UnfollowedError where there is more than patterns."""
    if group.select is not None:
        raise UnfollowedError("a sub-select in SPARQL")
    for element in group.elements:
        if element.kind == "triples":
            for subject, predicate, _ in reader.patterns(element.tokens):
                if subject != "?this" or not isinstance(predicate, str):
                    raise UnfollowedError("SPARQL that looks further than the focus node")
                yield (Step(None if predicate.startswith("?") else predicate[1:-1]),)
        elif element.kind not in ("filter", "bind", "optional", "group") or element.exists:
            raise UnfollowedError(f"{element.kind} in SPARQL")
        for inner in element.groups:
            yield from _steps_in(inner, reader)
