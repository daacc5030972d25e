"""From a shapes graph to shapes; what cannot be compiled is refused by its name."""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.errors import UsageError
from kg.rdf.terms import RDF, RDFS, SH, TRUE, Term
from kg.validation.shacl.model import Constraint, Shape, Target
from kg.validation.shacl.paths import Path, read_path
from kg.validation.shacl.shapes_graph import Node, ShapesGraph

_TARGETS = {
    "targetClass": "class",
    "targetNode": "node",
    "targetSubjectsOf": "subjectsOf",
    "targetObjectsOf": "objectsOf",
}
# Parameters with one value at most; those of a property shape alone; those with any number of values.
_SINGLE = (
    *("datatype", "nodeKind", "minExclusive", "minInclusive", "maxExclusive", "maxInclusive"),
    *("minLength", "maxLength", "pattern", "languageIn", "in", "closed"),
)
_ON_PATHS = ("minCount", "maxCount", "uniqueLang")
_MULTIPLE = ("class", "equals", "disjoint", "hasValue")
_MULTIPLE_ON_PATHS = ("lessThan", "lessThanOrEquals")
_LISTS = ("languageIn", "in")
_SWITCHES = ("uniqueLang", "closed")
_OF_A_SHAPE = ("not", "node")
_OF_SHAPES = ("and", "or", "xone")
_QUALIFIED = {"qualifiedMinCount": "QualifiedMinCount", "qualifiedMaxCount": "QualifiedMaxCount"}
# What another parameter looks at, and what no result depends on.
_OTHERS = (
    *("name", "description", "order", "group", "defaultValue", "message", "severity", "deactivated", "path", "flags"),
    *("ignoredProperties", "property", "sparql", "qualifiedValueShape", "qualifiedValueShapesDisjoint", "declare"),
    *("prefixes", "select", "shapesGraph", "entailment"),
)
_KNOWN = {
    SH + name for name in (*_TARGETS, *_SINGLE, *_ON_PATHS, *_MULTIPLE, *_MULTIPLE_ON_PATHS, *_OF_A_SHAPE, *_OF_SHAPES)
} | {SH + name for name in (*_QUALIFIED, *_OTHERS)}


def read_shapes(triples: Iterable[Triple]) -> list[Shape]:
    """Return the shapes of a graph that have targets, each with all that it refers to.

    Raises:
        UsageError: a shape is malformed, refers to itself, or has what cannot be compiled to SPARQL.
    """
    graph = ShapesGraph(triples)
    for node in graph.nodes():
        if SH + "parameter" in graph.predicates(node):
            raise _unsupported(f"the constraint component {node}")
    reader = _Reader(graph)
    return [reader.shape(node, ()) for node in graph.nodes() if _targets(graph, node)]


def _unsupported(what: str) -> UsageError:
    return UsageError(f"{what} cannot be checked on a store", "validate the files instead: kg validate without --store")


def _targets(graph: ShapesGraph, node: Node) -> tuple[Target, ...]:
    found = [
        Target(kind, term) for name, kind in _TARGETS.items() for term in graph.objects(node, SH + name)
    ]  # fmt: skip
    types = {term.value for term in graph.objects(node, RDF + "type")}
    is_shape = types & {SH + "NodeShape", SH + "PropertyShape"}
    # A shape that is also a class is about its instances (SHACL, section 2.1.3.3).
    if is_shape and isinstance(node, NamedNode) and NamedNode(RDFS + "Class") in graph.wider_classes(node):
        found.append(Target("class", node))
    for target in found:
        wrong = isinstance(target.term, BlankNode) or (
            target.kind != "node" and not isinstance(target.term, NamedNode)
        )  # fmt: skip
        if wrong:
            raise UsageError(f"{target.term} is no target of a shape")
    return tuple(found)


class _Reader:
    def __init__(self, graph: ShapesGraph) -> None:
        self._graph = graph
        self._shapes: dict[Node, Shape] = {}

    def shape(self, node: Term, within: tuple[Node, ...]) -> Shape:
        """Read a shape; `within` are those that refer to it."""
        if isinstance(node, Literal):
            raise UsageError(f"{node} is no shape")
        if node in within:
            raise _unsupported(f"the shape {node}, which refers to itself (recursion),")
        if node not in self._shapes:
            self._shapes[node] = self._read(node, (*within, node))
        return self._shapes[node]

    def _read(self, node: Node, within: tuple[Node, ...]) -> Shape:
        graph = self._graph
        for predicate in sorted(graph.predicates(node)):
            if predicate.startswith(SH) and predicate not in _KNOWN:
                raise _unsupported(f"sh:{predicate.removeprefix(SH)} (of the shape {node})")
        given_path = graph.one(node, SH + "path")
        path = read_path(graph, given_path) if given_path is not None else None
        severity = graph.one(node, SH + "severity")
        shape = Shape(
            node,
            path,
            _targets(graph, node),
            severity=severity.value.rpartition("#")[2].lower() if severity is not None else "violation",
            messages=self._messages(node),
        )
        if graph.one(node, SH + "deactivated") == TRUE:
            return shape
        return Shape(
            node,
            path,
            shape.targets,
            tuple(self._constraints(node, path, within)),
            tuple(self._property(value, within) for value in graph.objects(node, SH + "property")),
            shape.severity,
            shape.messages,
        )

    def _property(self, node: Term, within: tuple[Node, ...]) -> Shape:
        shape = self.shape(node, within)
        if shape.path is None:
            raise UsageError(f"{node} is no property shape", "a property shape has sh:path")
        return shape

    def _messages(self, node: Node) -> tuple[str, ...]:
        return tuple(text.value for text in self._graph.objects(node, SH + "message") if isinstance(text, Literal))

    def _constraints(self, node: Node, path: Path | None, within: tuple[Node, ...]) -> Iterable[Constraint]:
        graph = self._graph
        if path is None:
            for name in (*_ON_PATHS, *_MULTIPLE_ON_PATHS, "qualifiedValueShape"):
                if graph.objects(node, SH + name):
                    raise UsageError(f"sh:{name} needs a path: the shape {node} has none")
        yield from self._with_one_value(node)
        for name in (*_MULTIPLE, *_MULTIPLE_ON_PATHS):
            for value in graph.objects(node, SH + name):
                yield self._checked(Constraint(name, _component(name), (value,)))
        for name in (*_OF_A_SHAPE, *_OF_SHAPES):
            for value in graph.objects(node, SH + name):
                members = graph.members(value) if name in _OF_SHAPES else (value,)
                yield Constraint(name, _component(name), shapes=tuple(self.shape(one, within) for one in members))
        yield from self._qualified(node, within)
        for value in graph.objects(node, SH + "sparql"):
            yield from self._sparql(value)

    def _with_one_value(self, node: Node) -> Iterable[Constraint]:
        graph = self._graph
        for name in (*_SINGLE, *_ON_PATHS):
            value = graph.one(node, SH + name)
            if value is None or (name in _SWITCHES and value != TRUE):
                continue
            terms = graph.members(value) if name in _LISTS else (value,)
            if name == "closed":
                terms = self._allowed(node)
            yield self._checked(Constraint(name, _component(name), terms, flags=self._flags(node)))

    def _checked(self, constraint: Constraint) -> Constraint:
        name, terms = constraint.name, constraint.terms
        if any(isinstance(term, BlankNode) for term in terms):
            raise _unsupported(f"sh:{name} with a blank node")
        number = name.endswith(("Count", "Length"))
        try:
            wrong = number and constraint.number < 0
        except ValueError:
            wrong = True
        iris = ("class", "datatype", "nodeKind", "equals", "disjoint", "lessThan", "lessThanOrEquals", "closed")
        wrong = wrong or (name in iris and not all(isinstance(term, NamedNode) for term in terms))
        literals = ("pattern", "languageIn", "minExclusive", "minInclusive", "maxExclusive", "maxInclusive")
        wrong = wrong or (name in literals and not all(isinstance(term, Literal) for term in terms))
        if wrong:
            raise UsageError(f"sh:{name} has a wrong value: {' '.join(map(str, terms))}")
        return constraint

    def _flags(self, node: Node) -> str:
        flags = self._graph.one(node, SH + "flags")
        return flags.value if flags is not None else ""

    def _allowed(self, node: Node) -> tuple[Term, ...]:
        graph = self._graph
        ignored = graph.one(node, SH + "ignoredProperties")
        paths = {
            path
            for shape in graph.objects(node, SH + "property")
            if not isinstance(shape, Literal)
            for path in graph.objects(shape, SH + "path")
            if isinstance(path, NamedNode)
        }
        return (*sorted(paths, key=str), *(graph.members(ignored) if ignored is not None else ()))

    def _qualified(self, node: Node, within: tuple[Node, ...]) -> Iterable[Constraint]:
        graph = self._graph
        value = graph.one(node, SH + "qualifiedValueShape")
        if value is None:
            return
        shapes = (self.shape(value, within),)
        siblings: list[Term] = []
        if graph.one(node, SH + "qualifiedValueShapesDisjoint") == TRUE:
            siblings = [
                other
                for parent in graph.subjects(SH + "property", node)
                for sibling in graph.objects(parent, SH + "property")
                if not isinstance(sibling, Literal)
                for other in graph.objects(sibling, SH + "qualifiedValueShape")
                if other != value
            ]
        others = tuple(self.shape(sibling, within) for sibling in dict.fromkeys(siblings))
        for name, component in _QUALIFIED.items():
            count = graph.one(node, SH + name)
            if count is not None:
                component_iri = f"{SH}{component}ConstraintComponent"
                yield self._checked(Constraint(name, component_iri, (count,), shapes, others))

    def _sparql(self, node: Term) -> Iterable[Constraint]:
        graph = self._graph
        if isinstance(node, Literal):
            raise UsageError(f"{node} is no SPARQL constraint")
        if graph.one(node, SH + "deactivated") == TRUE:
            return
        query = graph.one(node, SH + "select")
        if query is None:
            raise _unsupported(f"the constraint {node} without sh:select")
        text = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in self._prefixes(node).items()) + query.value
        yield Constraint("sparql", SH + "SPARQLConstraintComponent", messages=self._messages(node), select=text)

    def _prefixes(self, node: Node) -> dict[str, str]:
        """Return the prefixes of a constraint: those of its sh:prefixes, and of what these import."""
        graph, found = self._graph, dict[str, str]()
        open_, seen = graph.objects(node, SH + "prefixes"), set[Term]()
        while open_:
            ontology = open_.pop()
            if ontology in seen or isinstance(ontology, Literal):
                continue
            seen.add(ontology)
            open_.extend(graph.objects(ontology, "http://www.w3.org/2002/07/owl#imports"))
            for declaration in graph.objects(ontology, SH + "declare"):
                if not isinstance(declaration, Literal):
                    name, iri = (graph.one(declaration, SH + part) for part in ("prefix", "namespace"))
                    if name is not None and iri is not None:
                        found[name.value] = iri.value
        return found


def _component(name: str) -> str:
    return f"{SH}{name[0].upper()}{name[1:]}ConstraintComponent"
