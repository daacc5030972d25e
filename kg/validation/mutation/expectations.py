"""What a project's shapes and ontology expect of the nodes of a class, so far as a fault can be made of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations

from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from kg.rdf.lists import RdfList
from kg.rdf.terms import OWL, RDF, RDFS, SH, Term
from kg.validation.shacl.components import COMPONENTS
from kg.validation.shacl.shapes_graph import Node, ShapesGraph

Subject = NamedNode | BlankNode | Triple
WHOLE_NUMBER = re.compile(r"-?[0-9]+")


class Index:
    """Triples by subject and predicate, and by predicate and object; values in the order of the files."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self._objects: dict[tuple[Subject, str], list[Term]] = defaultdict(list)
        self._subjects: dict[tuple[str, Term | Triple], list[NamedNode]] = defaultdict(list)
        for subject, predicate, value in dict.fromkeys(quad.triple for quad in quads):
            self._objects[subject, predicate.value].append(value)
            if isinstance(subject, NamedNode):
                self._subjects[predicate.value, value].append(subject)

    def objects(self, subject: Subject | Term, predicate: str) -> list[Term]:
        """Return the values of a property."""
        return self._objects.get((subject, predicate), [])  # type: ignore[arg-type]

    def nodes(self, subject: Subject | Term, predicate: str) -> list[NamedNode]:
        """Return those values of a property that are IRIs."""
        return [value for value in self.objects(subject, predicate) if isinstance(value, NamedNode)]

    def subjects(self, predicate: str, value: Term) -> list[NamedNode]:
        """Return the IRIs that have a property with this value."""
        return self._subjects.get((predicate, value), [])

    def pairs(self, predicate: str) -> Iterable[tuple[Subject, Term]]:
        """Yield the subjects and objects of a property."""
        return ((s, value) for (s, p), values in list(self._objects.items()) if p == predicate for value in values)

    def members(self, head: Term) -> list[Term]:
        """Return the members of an RDF list."""
        return RdfList(head, self.objects).members


class Expectations:
    """What is required, single, numbered from a minimum, ordered, of a class; read from SHACL shapes and from OWL.

    Shapes are those that target a class, and their property shapes with a predicate as path.
    """

    def __init__(self, shapes: ShapesGraph, ontology: Iterable[Quad]) -> None:
        self._shapes, self._ontology = shapes, Index(ontology)
        self._above: dict[tuple[Term, str], set[Term]] = {}
        self._shapes_of: dict[Term, list[Node]] = defaultdict(list)
        for shape in shapes.nodes():
            for class_ in shapes.objects(shape, SH + "targetClass"):
                self._shapes_of[class_].append(shape)
        self.classes = self._ontology.subjects(RDF + "type", NamedNode(OWL + "Class"))
        # What the ontology says is of one of its own classes: statuses, stances.
        self.individuals: dict[NamedNode, list[NamedNode]] = defaultdict(list)
        for class_ in self.classes:
            for individual in self._ontology.subjects(RDF + "type", class_):
                self.individuals[individual].append(class_)
        self.properties = [
            property_
            for kind in ("ObjectProperty", "DatatypeProperty")
            for property_ in self._ontology.subjects(RDF + "type", NamedNode(OWL + kind))
        ]
        self.symmetric = set(self._ontology.subjects(RDF + "type", NamedNode(OWL + "SymmetricProperty")))
        self._functional = set(self._ontology.subjects(RDF + "type", NamedNode(OWL + "FunctionalProperty")))
        self._exclusions = self._read_exclusions()

    def wider(self, classes: Iterable[Term]) -> set[Term]:
        """Return the classes and all that they are subclasses of."""
        return self._upwards(classes, "subClassOf")

    def required(self, classes: Iterable[Term]) -> list[NamedNode]:
        """Return the properties that a node of these classes must have (sh:minCount)."""
        return [path for path, number in self._numbers(classes, "required") if number > 0]

    def single(self, classes: Iterable[Term]) -> set[NamedNode]:
        """Return the properties that a node of these classes may have once (sh:maxCount 1, or functional)."""
        return self._functional | {path for path, number in self._numbers(classes, "single") if number == 1}

    def minima(self, classes: Iterable[Term]) -> dict[NamedNode, int]:
        """Return the properties whose values have a lower bound that is a whole number, with it (sh:minInclusive)."""
        return dict(self._numbers(classes, "minimum"))

    def ordered(self, classes: Iterable[Term]) -> list[tuple[NamedNode, NamedNode]]:
        """Return the properties of which the first may not be after the second (sh:lessThan, sh:lessThanOrEquals)."""
        found = ((path, other) for path, other in self._given(classes, "ordered") if isinstance(other, NamedNode))
        return sorted(set(found), key=str)

    def domains(self, property_: NamedNode) -> list[NamedNode]:
        """Return the classes that a subject of a property must have, by the ontology."""
        return self._ends(property_, "domain")

    def ranges(self, property_: NamedNode) -> list[NamedNode]:
        """Return the classes that a value of a property must have, by the ontology."""
        return self._ends(property_, "range")

    def exclude(self, some: Iterable[Term], others: Iterable[Term]) -> bool:
        """Return whether no node can be of some classes and of some others at once (disjoint classes)."""
        mine, theirs = self.wider(some), self.wider(others)
        return any((a in mine and b in theirs) or (b in mine and a in theirs) for a, b in self._exclusions)

    def _given(self, classes: Iterable[Term], expects: str) -> Iterator[tuple[NamedNode, Term]]:
        """Yield the paths of property shapes, each with what the components say that let this be expected of it."""
        shapes = self._shapes
        names = [SH + component.name for component in COMPONENTS if component.expects == expects]
        for class_ in self.wider(classes):
            for shape in self._shapes_of.get(class_, ()):
                for property_shape in shapes.objects(shape, SH + "property"):
                    path = shapes.one(property_shape, SH + "path")
                    if isinstance(path, NamedNode):
                        yield from ((path, value) for name in names for value in shapes.objects(property_shape, name))

    def _numbers(self, classes: Iterable[Term], expects: str) -> list[tuple[NamedNode, int]]:
        given = self._given(classes, expects)
        return sorted(
            {(path, int(value.value)) for path, value in given if WHOLE_NUMBER.fullmatch(value.value)}, key=str
        )

    def _ends(self, property_: NamedNode, name: str) -> list[NamedNode]:
        wider = self._upwards([property_], "subPropertyOf")
        return [class_ for wide in sorted(wider, key=str) for class_ in self._ontology.nodes(wide, RDFS + name)]

    def _upwards(self, terms: Iterable[Term], relation: str) -> set[Term]:
        return set().union(*(self._all_above(term, relation) for term in terms))

    def _all_above(self, term: Term, relation: str) -> set[Term]:
        """Return a term and all above it; looked up once for each."""
        found = self._above.get((term, relation))
        if found is None:
            found = set()
            waiting = [term]
            while waiting:
                wide = waiting.pop()
                if wide not in found:
                    found.add(wide)
                    waiting += self._ontology.objects(wide, RDFS + relation)
            self._above[term, relation] = found
        return found

    def _read_exclusions(self) -> list[tuple[Term, Term]]:
        lists = (head for _, head in self._ontology.pairs(OWL + "members"))
        pairs = [pair for head in lists for pair in combinations(self._ontology.members(head), 2)]
        return [*pairs, *self._ontology.pairs(OWL + "disjointWith")]  # type: ignore[list-item]
