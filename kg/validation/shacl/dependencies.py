"""Which triples shapes look at: what must be validated again when some triples changed, and what is enough for that.

A shape reaches everything from its focus node, step by step along predicates. As long as nothing changed on its way,
its results are the same. What a shape reads in other ways (SPARQL over the whole graph, paths of any length, shapes
within themselves) is not followed: Reads.of says so, and the whole graph is validated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.rdf.terms import RDF, SH

_TYPE = RDF + "type"
_DEEPEST = 6  # shapes within shapes; deeper ones are taken for circles


@dataclass(frozen=True)
class Step:
    """From a node along a predicate, or against it; any predicate where there is none."""

    predicate: str | None
    inverse: bool = False


Path = tuple[Step, ...]

# What a constraint looks at beyond the value nodes that it is given (SHACL, sections 2 to 4).
_NOTHING = frozenset(
    {"message", "severity", "name", "description", "order", "group", "defaultValue", "deactivated", "path"}
    | {"datatype", "nodeKind", "minCount", "maxCount", "minExclusive", "minInclusive", "maxExclusive", "maxInclusive"}
    | {"minLength", "maxLength", "pattern", "flags", "languageIn", "uniqueLang", "in", "hasValue", "ignoredProperties"}
    | {"qualifiedMinCount", "qualifiedMaxCount", "qualifiedValueShapesDisjoint"}
    | {"targetNode", "targetClass", "targetSubjectsOf", "targetObjectsOf"}
)
_SHAPES = frozenset({"node", "property", "not", "qualifiedValueShape"})
_LISTS_OF_SHAPES = frozenset({"and", "or", "xone"})
_PAIRS = frozenset({"equals", "disjoint", "lessThan", "lessThanOrEquals"})
_TARGETS = frozenset({"targetNode", "targetClass", "targetSubjectsOf", "targetObjectsOf"})


class UnfollowedError(Exception):
    """A shape reads in a way that is not followed."""


@dataclass(frozen=True)
class Reads:
    """All ways on which some shapes read, from a focus node; `objects_of` are predicates whose objects are targets."""

    paths: frozenset[Path]
    objects_of: frozenset[str]

    @classmethod
    def of(cls, shapes: Iterable[Triple]) -> Reads:
        """Follow shapes.

        Raises:
            UnfollowedError: one of them reads in a way that cannot be followed.
        """
        graph = _Shapes(shapes)
        for name in ("target", "parameter", "rule", "js", "entailment"):
            if graph.has(name):
                raise UnfollowedError(f"sh:{name}")
        paths = {path for shape in graph.targeted() for path in graph.reads(shape)}
        # All that is said of a node itself, too: whether it is a target, and whether its literals are well-typed.
        return cls(frozenset(paths) | {(Step(None),)}, frozenset(graph.all_values("targetObjectsOf")))


@dataclass
class _Shapes:
    """A graph of shapes, indexed."""

    triples: Iterable[Triple]
    _values: defaultdict[object, defaultdict[str, list[NamedNode | BlankNode | Literal]]] = field(init=False)

    def __post_init__(self) -> None:
        self._values = defaultdict(lambda: defaultdict(list))
        for triple in self.triples:
            self._values[triple.subject][triple.predicate.value].append(triple.object)  # type: ignore[arg-type]

    def targeted(self) -> list[object]:
        """Return the shapes that have targets; a shape that is a class has its members."""
        return [
            node
            for node, values in self._values.items()
            if any(SH + target in values for target in _TARGETS)
            or any(isinstance(c, NamedNode) and c.value.endswith("#Class") for c in values.get(_TYPE, ()))
        ]

    def has(self, name: str) -> bool:
        """Tell whether a SHACL property is used at all."""
        return any(SH + name in values for values in self._values.values())

    def all_values(self, name: str) -> Iterator[str]:
        """Yield the IRIs that any shape has for a SHACL property."""
        for values in self._values.values():
            yield from (value.value for value in values.get(SH + name, ()) if isinstance(value, NamedNode))

    def reads(self, shape: object, depth: int = 0) -> Iterator[Path]:
        """Yield the paths on which a shape reads, from the node that it is evaluated at."""
        if depth > _DEEPEST:
            raise UnfollowedError("shapes within shapes")
        values = self._values[shape]
        ways: list[Path] = [()]
        if paths := values.get(SH + "path"):
            ways = list(self._ways(paths[0]))
            yield from ways
        for predicate, found in values.items():
            name = predicate.removeprefix(SH)
            if name in _PAIRS:
                yield from ((Step(value.value),) for value in found if isinstance(value, NamedNode))
            elif predicate.startswith(SH) and name not in _NOTHING:
                yield from (
                    way + more for value in found for more in self._constraint(name, value, depth) for way in ways
                )

    def _constraint(self, name: str, value: NamedNode | BlankNode | Literal, depth: int) -> Iterator[Path]:
        """Yield what a constraint reads from a value node."""
        if name == "class":
            yield (Step(_TYPE),)
        elif name == "closed":
            yield (Step(None),)
        elif name in _SHAPES:
            yield from self.reads(value, depth + 1)
        elif name in _LISTS_OF_SHAPES:
            for member in self._members(value):
                yield from self.reads(member, depth + 1)
        elif name == "sparql":
            yield from self._of_query(value)
        else:
            raise UnfollowedError(f"sh:{name}")

    def _members(self, head: object) -> Iterator[object]:
        seen = set()
        while head not in seen and (first := self._values[head].get(RDF + "first")):
            seen.add(head)
            yield first[0]
            head = next(iter(self._values[head].get(RDF + "rest", ())), None)

    def _ways(self, path: object, inverse: bool = False) -> Iterator[Path]:
        """Yield the sequences of steps of a property path (SHACL, section 2.3.1)."""
        if isinstance(path, NamedNode):
            yield (Step(path.value, inverse),)
            return
        values = self._values[path]
        if inner := values.get(SH + "inversePath"):
            yield from self._ways(inner[0], not inverse)
        elif inner := values.get(SH + "alternativePath"):
            for member in self._members(inner[0]):
                yield from self._ways(member, inverse)
        elif RDF + "first" in values:
            members = list(self._members(path))
            found: list[Path] = [()]
            for member in reversed(members) if inverse else members:
                found = [way + more for way in found for more in self._ways(member, inverse)]
            yield from found
        else:
            raise UnfollowedError("a path of any length")

    def _of_query(self, constraint: object) -> Iterator[Path]:
        """Yield what a SPARQL constraint reads: followed where all of its patterns are about the focus node."""
        from rdflib.plugins.sparql.algebra import translateQuery
        from rdflib.plugins.sparql.parser import parseQuery

        values = self._values[constraint]
        (text,) = values.get(SH + "select") or (None,)
        if not isinstance(text, Literal) or "EXISTS" in text.value.upper():
            raise UnfollowedError("EXISTS in SPARQL")
        declared = {
            str(prefix.value): str(namespace.value)
            for values in self._values.values()
            for prefix, namespace in zip(values.get(SH + "prefix", ()), values.get(SH + "namespace", ()), strict=False)
        }
        query = translateQuery(parseQuery(text.value), initNs=declared)
        yield from _steps_of(query.algebra)


def _steps_of(algebra: object) -> Iterator[Path]:
    """Yield a step for each pattern of a query's algebra; raises UnfollowedError where there is more than patterns."""
    from rdflib import URIRef, Variable
    from rdflib.plugins.sparql.parserutils import CompValue

    if not isinstance(algebra, CompValue):
        return
    if algebra.name == "BGP":
        for subject, predicate, _ in algebra.triples:
            if subject != Variable("this") or not isinstance(predicate, URIRef | Variable):
                raise UnfollowedError("SPARQL that looks further than the focus node")
            yield (Step(str(predicate) if isinstance(predicate, URIRef) else None),)
    elif algebra.name in ("SelectQuery", "Project", "Distinct", "Filter", "Extend", "LeftJoin", "Join", "Union"):
        for part in ("p", "p1", "p2"):
            if part in algebra:
                yield from _steps_of(algebra[part])
    else:
        raise UnfollowedError(f"{algebra.name} in SPARQL")
