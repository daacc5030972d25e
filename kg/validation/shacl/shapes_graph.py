"""A shapes graph, whose nodes are asked for their values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from pyoxigraph import BlankNode, NamedNode, Triple

from kg.errors import InputError
from kg.files.reading import read_quads
from kg.rdf.lists import RdfList
from kg.rdf.terms import OWL, RDF, RDFS, SH, TRUE, Term
from kg.validation.shacl.components import COMPONENTS, TARGETS, TERMS, UNSUPPORTED

Node = NamedNode | BlankNode
Value = Term | Triple  # a triple is in no shape, but a parser may find one

_OF_SHAPES = {SH + name for name in (*TARGETS, *(component.name for component in COMPONENTS))}
_KNOWN = TERMS.keys() | UNSUPPORTED.keys()
_SHAPE_CLASSES = (NamedNode(SH + "NodeShape"), NamedNode(SH + "PropertyShape"))


class ShapesGraph:
    """The triples of a shapes graph, by subject and predicate."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self.triples = tuple(dict.fromkeys(triples))
        self._objects: dict[tuple[Value, str], list[Term]] = defaultdict(list)
        self._predicates: dict[Node, set[str]] = defaultdict(set)
        self._subjects: dict[tuple[str, Value], list[Node]] = defaultdict(list)
        for subject, predicate, value in self.triples:
            if not isinstance(subject, Triple) and not isinstance(value, Triple):
                self._objects[subject, predicate.value].append(value)
                self._predicates[subject].add(predicate.value)
                self._subjects[predicate.value, value].append(subject)

    def nodes(self) -> list[Node]:
        """Return all subjects, in a stable order."""
        return sorted(self._predicates, key=str)

    def predicates(self, node: Value) -> set[str]:
        """Return the predicates of which a node is the subject."""
        return self._predicates.get(node, set())  # type: ignore[arg-type]  # a literal has none

    def objects(self, node: Value, predicate: str) -> list[Term]:
        """Return the values of a predicate, in a stable order."""
        found = self._objects.get((node, predicate), [])
        return sorted(found, key=str) if len(found) > 1 else found[:]

    def subjects(self, predicate: str, value: Value) -> list[Node]:
        """Return the nodes that have a value."""
        return self._subjects.get((predicate, value), [])

    def one(self, node: Value, predicate: str) -> Term | None:
        """Return the value of a predicate that has one at most."""
        return next(iter(self.objects(node, predicate)), None)

    def is_true(self, node: Value, predicate: str) -> bool:
        """Return whether a switch is on."""
        return self.one(node, predicate) == TRUE

    def members(self, head: Value) -> list[Term]:
        """Return the members of a list; raises InputError for one that is broken."""
        found = RdfList[Value](head, self.objects)
        if found.broken is not None:
            raise InputError(
                "not a valid list", "give each node of the list one rdf:first and one rdf:rest, and end it with rdf:nil"
            )
        return found.members  # type: ignore[return-value]

    def is_shape(self, node: Value) -> bool:
        """Return whether a node is a shape (SHACL, section 2.1), apart from what refers to it."""
        types = self.objects(node, RDF + "type")
        return not _OF_SHAPES.isdisjoint(self.predicates(node)) or any(kind in types for kind in _SHAPE_CLASSES)

    def is_described(self, node: Value) -> bool:
        """Return whether a node has a term of SHACL."""
        return not _KNOWN.isdisjoint(self.predicates(node)) or self.is_shape(node)

    def implicit_targets(self) -> list[Triple]:
        """Return a target for each shape that is a class: its members (SHACL, section 2.1.3.3).

        Any owl:Class is one: OWL says so of each, and hardly a shapes graph repeats it.
        """
        classes = {NamedNode(RDFS + "Class"), NamedNode(OWL + "Class")}
        return [
            Triple(node, NamedNode(SH + "targetClass"), node)
            for node in self.nodes()
            if isinstance(node, NamedNode) and self.is_shape(node) and not classes.isdisjoint(self._wider_classes(node))
        ]

    def allowed(self, node: Value) -> list[Term]:
        """Return the properties that a closed shape allows (SHACL, section 4.8.1)."""
        shapes = self.objects(node, SH + "property")
        paths = {path for shape in shapes for path in self.objects(shape, SH + "path") if isinstance(path, NamedNode)}
        ignored = self.one(node, SH + "ignoredProperties")
        return [*sorted(paths, key=str), *(self.members(ignored) if ignored is not None else ())]

    def prefixes(self, node: Value) -> dict[str, str]:
        """Return the prefixes of a query: those of its sh:prefixes, and of what these import (SHACL, section 5.2.1)."""
        found = dict[str, str]()
        open_, seen = self.objects(node, SH + "prefixes"), set[Term]()
        while open_:
            ontology = open_.pop()
            if ontology in seen:
                continue
            seen.add(ontology)
            open_.extend(self.objects(ontology, OWL + "imports"))
            for declaration in self.objects(ontology, SH + "declare"):
                name, iri = (self.one(declaration, SH + part) for part in ("prefix", "namespace"))
                if name is not None and iri is not None:
                    found[name.value] = iri.value
        return found

    def query(self, node: Value, text: str) -> str:
        """Return the text of a query with the prefixes that are declared for it."""
        # On one line, so that the lines of the text keep their numbers.
        return "".join(f"PREFIX {name}: <{iri}> " for name, iri in self.prefixes(node).items()) + text

    def _wider_classes(self, node: Node) -> set[Term]:
        found: set[Term] = set()
        open_ = self.objects(node, RDF + "type")
        while open_:
            class_ = open_.pop()
            if class_ not in found:
                found.add(class_)
                open_.extend(self.objects(class_, RDFS + "subClassOf"))
        return found


def read_shape_file(path: Path) -> list[Triple]:
    """Return the triples of a Turtle file of shapes in their order; raises InputError where it cannot be read."""
    quads, _ = read_quads(path)
    return [quad.triple for quad in quads]
