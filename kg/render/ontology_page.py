"""A page of the ontology for people: its classes and properties, with examples from the data and their passages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.files.project import Project
from kg.query.labels import LABEL_PATH, LABELS, all_names, labels_among
from kg.rdf.terms import OWL, RDF, RDFS, SKOS, Prefixes, Term, render
from kg.reasoning.explain import Explainer
from kg.render.proof import Names
from kg.store import Store, select

_TERMS = f"""
SELECT DISTINCT ?term ?property ?value {{
  VALUES ?kind {{ <{OWL}Class> <{OWL}ObjectProperty> <{OWL}DatatypeProperty> }}
  GRAPH ?ontology {{ ?term a ?kind }}
  GRAPH ?other {{ ?term ?property ?value }}
  FILTER(ISIRI(?term))
}} ORDER BY ?term ?property ?value"""
_MEMBERS = f"""
SELECT DISTINCT ?entity {{
  GRAPH ?evidence {{ ?entity a %s }}
  FILTER EXISTS {{ ?entity {LABEL_PATH} ?any }}
}}"""
# A fact and its evidence; what the ontology says of its own terms is none.
_FACTS = "SELECT ?subject ?value ?evidence { GRAPH ?evidence { ?subject %s ?value } } ORDER BY ?subject ?value LIMIT 2"
# What is shown of a property, in this order: the predicate that says so, and what it is called on the page.
_CHARACTERISTICS = {
    "TransitiveProperty": "transitive: it holds along a chain",
    "SymmetricProperty": "symmetric: it holds both ways",
    "AsymmetricProperty": "asymmetric: it never holds both ways",
    "IrreflexiveProperty": "irreflexive: nothing has it with itself",
    "FunctionalProperty": "functional: at most one value",
    "InverseFunctionalProperty": "inverse functional: one thing has each value",
}
_RELATIONS = {
    RDFS + "subClassOf": "is a kind of",
    RDFS + "subPropertyOf": "implies",
    RDFS + "domain": "said of",
    RDFS + "range": "its value is",
    OWL + "inverseOf": "is the inverse of",
    OWL + "propertyChainAxiom": "follows from the chain",
    OWL + "hasKey": "is identified by",
    OWL + "disjointWith": "excludes",
    OWL + "equivalentClass": "the same as",
    OWL + "equivalentProperty": "the same as",
}
_EXAMPLES = 4  # of a class
_ROW, _INDENT = 26, 28  # pixels of the picture of the classes


@dataclass(frozen=True)
class Link:
    """A term as the page shows it; `anchor` is empty for what has no entry on the page."""

    text: str
    anchor: str = ""
    iri: str = ""


@dataclass(frozen=True)
class Entry:
    """A class or a property: its names, what it means, how it relates to others, and examples from the data."""

    anchor: str
    iri: str
    curie: str
    label: str
    other_labels: tuple[str, ...]
    definition: str
    hints: tuple[str, ...]
    relations: tuple[tuple[str, tuple[Link, ...]], ...]
    narrower: tuple[Link, ...]
    examples: tuple[tuple[Link, ...], ...]


@dataclass(frozen=True)
class Branch:
    """A class in the picture: where it stands, and where its parent does (None for a root)."""

    link: Link
    x: int
    y: int
    parent_y: int | None


def ontology_page(project: Project, store: Store, prefixes: Prefixes) -> str:
    """Return the page of a built project as HTML; it needs nothing from the network."""
    from jinja2 import Environment, PackageLoader

    reader = _Reader(store, prefixes)
    environment = Environment(
        loader=PackageLoader("kg.render", "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    branches = list(reader.picture())
    return environment.get_template("ontology.html").render(
        title=project.title,
        description=project.description,
        sections=[("Classes", list(map(reader.entry, reader.classes))), *_properties(reader)],
        branches=branches,
        width=720,
        height=_ROW * (len(branches) + 1),
        row=_ROW,
        indent=_INDENT,
    )


def _properties(reader: _Reader) -> Iterator[tuple[str, list[Entry]]]:
    for kind, heading in (("ObjectProperty", "Relations"), ("DatatypeProperty", "Values")):
        found = [term for term in reader.terms if NamedNode(OWL + kind) in reader.values(term, RDF + "type")]
        yield heading, sorted(map(reader.entry, found), key=lambda entry: entry.label.casefold())


class _Reader:
    """Reads entries from a graph."""

    def __init__(self, store: Store, prefixes: Prefixes) -> None:
        self._store, self._prefixes = store, prefixes
        self.terms: Mapping[NamedNode, Mapping[str, list[Term]]] = _by_term(select(store, _TERMS).terms)
        self._names = Names(labels_among(all_names(store)), prefixes, Explainer(store).schema)

    def values(self, term: NamedNode, predicate: str) -> list[Term]:
        return self.terms.get(term, {}).get(predicate, [])

    @cached_property
    def classes(self) -> list[NamedNode]:
        """The classes of the ontology in the order of the tree."""
        found: list[NamedNode] = []
        for root in (class_ for class_ in self._all_classes if not self._wider(class_)):
            self._walk(root, found)
        return found

    @cached_property
    def _all_classes(self) -> list[NamedNode]:
        found = (term for term in self.terms if NamedNode(OWL + "Class") in self.values(term, RDF + "type"))
        return sorted(found, key=lambda term: self._names.of(term).casefold())

    def _wider(self, class_: NamedNode) -> list[NamedNode]:
        wider = self.values(class_, RDFS + "subClassOf")
        return [wide for wide in wider if isinstance(wide, NamedNode) and wide in self.terms]

    def _narrower(self, class_: NamedNode) -> list[NamedNode]:
        return [narrow for narrow in self._all_classes if class_ in self._wider(narrow)]

    def _walk(self, class_: NamedNode, found: list[NamedNode]) -> None:
        if class_ not in found:
            found.append(class_)
            for narrow in self._narrower(class_):
                self._walk(narrow, found)

    def picture(self) -> Iterator[Branch]:
        """Yield the classes as a tree; a class with several parents stands below the first one."""
        depth: dict[NamedNode, tuple[int, int]] = {}
        for number, class_ in enumerate(self.classes, start=1):
            parent = next((depth[wide] for wide in self._wider(class_) if wide in depth), None)
            level, y = (parent[0] + 1 if parent else 0), number * _ROW
            depth[class_] = (level, y)
            yield Branch(self._link(class_), level * _INDENT + 10, y, parent[1] if parent else None)

    def entry(self, term: NamedNode) -> Entry:
        """Read the entry of a class or property."""
        labels = [value for name in LABELS for value in self.values(term, name.value) if isinstance(value, Literal)]
        name = self._names.of(term)
        kinds = {value.value for value in self.values(term, RDF + "type") if isinstance(value, NamedNode)}
        definition = [*self.values(term, SKOS + "definition"), *self.values(term, RDFS + "comment")]
        is_class = OWL + "Class" in kinds
        return Entry(
            _anchor(self._prefixes.shorten(term)),
            term.value,
            self._prefixes.shorten(term),
            name,
            tuple(label.value for label in labels if label.value != name),
            definition[0].value if definition else "",
            tuple(text for kind, text in _CHARACTERISTICS.items() if OWL + kind in kinds),
            tuple(self._relations(term)),
            tuple(map(self._link, self._narrower(term))) if is_class else (),
            tuple(self._members(term) if is_class else self._facts(term)),
        )

    def _relations(self, term: NamedNode) -> Iterator[tuple[str, tuple[Link, ...]]]:
        for predicate, text in _RELATIONS.items():
            values = self.values(term, predicate)
            if predicate == OWL + "inverseOf":  # said of one of the two, it holds of both
                values = [*values, *(other for other in self.terms if term in self.values(other, predicate))]
            if values:
                yield text, tuple(map(self._link, values))

    def _members(self, class_: NamedNode) -> Iterator[tuple[Link, ...]]:
        rows = select(self._store, _MEMBERS % render(class_))
        members = [entity for (entity,) in rows.terms if entity is not None]
        for entity in sorted(members, key=lambda node: (self._names.of(node), str(node)))[:_EXAMPLES]:
            yield (self._link(entity),)

    def _facts(self, property_: NamedNode) -> Iterator[tuple[Link, ...]]:
        for terms in select(self._store, _FACTS % render(property_)).terms:
            subject, value, evidence = (self._link(term) for term in terms if term is not None)
            yield subject, Link(self._names.of(property_)), value, evidence

    def _link(self, term: Term) -> Link:
        text = self._names.of(term)
        if isinstance(term, BlankNode | Literal):
            return Link(text.strip('"'))
        return Link(text, _anchor(self._prefixes.shorten(term)) if term in self.terms else "", term.value)


def _by_term(rows: Iterable[tuple[Term | None, ...]]) -> dict[NamedNode, dict[str, list[Term]]]:
    found: defaultdict[NamedNode, defaultdict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for term, predicate, value in rows:
        assert isinstance(term, NamedNode)
        assert isinstance(predicate, NamedNode)
        if value is not None:
            found[term][predicate.value].append(value)
    return {term: dict(values) for term, values in found.items()}


def _anchor(curie: str) -> str:
    return curie.strip("<>").replace(":", "-").replace("/", "-").replace("#", "-")
