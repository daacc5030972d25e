"""What a project's shapes and ontology expect of the nodes of a class, so far as a fault can be made of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg.rdf.lists import RdfList
from kg.rdf.terms import OWL, RDF, RDFS, SH, Term

Subject = NamedNode | BlankNode | Triple


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

    Shapes are those that target a class, or are one (SHACL, section 2.1.3), and their property shapes with a
    predicate as path.
    """

    def __init__(self, shapes: Iterable[Quad], ontology: Iterable[Quad]) -> None:
        self._shapes, self._ontology = Index(shapes), Index(ontology)
        self._above: dict[tuple[Term, str], set[Term]] = {}
        self._shapes_of: dict[Term, list[Subject]] = defaultdict(list)
        for shape, class_ in self._shapes.pairs(SH + "targetClass"):
            self._shapes_of[class_].append(shape)
        for shape, kind in self._shapes.pairs(RDF + "type"):
            if kind == NamedNode(RDFS + "Class"):
                self._shapes_of[shape].append(shape)  # type: ignore[index]
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
        return [path for path, _ in self._numbers(classes, "minCount")]

    def single(self, classes: Iterable[Term]) -> set[NamedNode]:
        """Return the properties that a node of these classes may have once (sh:maxCount 1, or functional)."""
        return self._functional | {path for path, number in self._numbers(classes, "maxCount") if number == 1}

    def minima(self, classes: Iterable[Term]) -> dict[NamedNode, int]:
        """Return the properties whose values have a lower bound, with it (sh:minInclusive)."""
        return dict(self._numbers(classes, "minInclusive"))

    def ordered(self, classes: Iterable[Term]) -> list[tuple[NamedNode, NamedNode]]:
        """Return the properties of which the first may not be after the second (sh:lessThan, sh:lessThanOrEquals)."""
        found = {
            (path, other)
            for path, shape in self._property_shapes(classes)
            for name in ("lessThan", "lessThanOrEquals")
            for other in self._shapes.nodes(shape, SH + name)
        }
        return sorted(found, key=str)

    def domains(self, property_: NamedNode) -> list[NamedNode]:
        """Return the classes that a subject of a property must have, by the ontology."""
        return self._ends(property_, "domain")

    def ranges(self, property_: NamedNode) -> list[NamedNode]:
        """Return the classes that a value of a property must have, by the ontology."""
        return self._ends(property_, "range")

    def exclude(self, some: Iterable[Term], others: Iterable[Term]) -> bool:
        """Tell whether no node can be of some classes and of some others at once (disjoint classes)."""
        mine, theirs = self.wider(some), self.wider(others)
        return any((a in mine and b in theirs) or (b in mine and a in theirs) for a, b in self._exclusions)

    def _property_shapes(self, classes: Iterable[Term]) -> Iterable[tuple[NamedNode, Term]]:
        for class_ in self.wider(classes):
            for shape in self._shapes_of.get(class_, ()):
                for property_shape in self._shapes.objects(shape, SH + "property"):
                    for path in self._shapes.nodes(property_shape, SH + "path"):
                        yield path, property_shape

    def _numbers(self, classes: Iterable[Term], name: str) -> list[tuple[NamedNode, int]]:
        found = {
            (path, int(value.value))
            for path, shape in self._property_shapes(classes)
            for value in self._shapes.objects(shape, SH + name)
            if isinstance(value, Literal)
        }
        return sorted(found, key=str)

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
