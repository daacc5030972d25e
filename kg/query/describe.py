"""All that the graph holds about one entity, each fact with the evidence that it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import BlankNode, NamedNode

from kg.query.entities import kind_of
from kg.query.labels import NAMES, all_names, labels_among
from kg.rdf.terms import FOAF, RDF, SKOS, Prefixes, Term, render
from kg.store import Store, select

# Every triple of the entity, with the graphs that assert it; none where it was inferred.
_FACTS = "SELECT ?property ?value ?graph {{ {pattern} OPTIONAL {{ GRAPH ?graph {{ {pattern} }} }} }}"
_INVERSES = """
PREFIX owl: <http://www.w3.org/2002/07/owl#>
SELECT ?property ?inverse { { ?property owl:inverseOf ?inverse } UNION { ?inverse owl:inverseOf ?property } }
"""
_EXACT = SKOS + "exactMatch"
_NAMES = tuple(predicate.value for predicate in NAMES)
_LINKS = (
    *(SKOS + kind + "Match" for kind in ("exact", "close", "broad", "narrow", "related")),
    FOAF + "isPrimaryTopicOf",
)
_TEXTS = ("http://purl.org/dc/terms/description", SKOS + "definition", SKOS + "example")


@dataclass(frozen=True)
class Evidence:
    """A named graph that asserts a fact: a file, a table, or a passage or record with status and speaker.

    Status and speaker of passages and records are added by kg.provenance.answer_evidence.with_grounds.
    """

    graph: NamedNode
    status: NamedNode | None = None
    speaker: NamedNode | None = None
    is_opinion: bool = False


@dataclass(frozen=True)
class Fact:
    """A predicate and a value, and the evidence for them; a fact without evidence was inferred.

    For an incoming fact, `value` is the subject. `rests_on` are the passages and records below an inferred fact, where
    these were looked for (kg.provenance.answer_evidence.with_grounds).
    """

    predicate: NamedNode
    value: Term
    evidence: tuple[Evidence, ...]
    rests_on: tuple[NamedNode, ...] = ()

    @property
    def supporting_sources(self) -> tuple[NamedNode, ...]:
        """The passages and records that say so, or that it follows from."""
        return (*(evidence.graph for evidence in self.evidence if evidence.status is not None), *self.rests_on)

    @property
    def is_opinion(self) -> bool:
        """True where all that the fact rests on is opinion."""
        return bool(self.evidence) and all(evidence.is_opinion for evidence in self.evidence)


@dataclass(frozen=True)
class Description:
    """An entity with its names and class, its facts in both directions, and the labels of all that they mention.

    `linked` is what sources say of the records that it is an exact match of.
    """

    entity: NamedNode
    label: str
    kind: str
    names: tuple[Fact, ...]
    texts: tuple[Fact, ...]
    links: tuple[Fact, ...]
    facts: tuple[Fact, ...]
    incoming: tuple[Fact, ...]
    linked: tuple[Fact, ...]
    labels: dict[NamedNode, str]

    @property
    def parts(self) -> dict[str, tuple[Fact, ...]]:
        """The facts by the name of their field."""
        names = ("names", "texts", "links", "facts", "incoming", "linked")
        return {name: getattr(self, name) for name in names}


def describe(entity: NamedNode, store: Store, prefixes: Prefixes) -> Description:
    """Collect everything about an entity.

    Args:
        entity: a node of the graph.
        store: where to look.
        prefixes: name what has no label of its own.
    """
    outgoing = _facts(store, f"{render(entity)} ?property ?value")
    incoming = _facts(store, f"?value ?property {render(entity)}")
    labels = labels_among(all_names(store))
    # An inferred fact that only inverts an incoming one adds nothing: A claims B, because B is claimed by A.
    inverses = set(select(store, _INVERSES).terms)
    told = {(inverse, f.value) for f in incoming if f.evidence for p, inverse in inverses if p == f.predicate}
    return Description(
        entity,
        labels.get(entity, prefixes.shorten(entity)),
        kind_of(entity, store),
        tuple(f for f in outgoing if f.predicate.value in _NAMES),
        tuple(f for f in outgoing if f.predicate.value in _TEXTS),
        tuple(f for f in outgoing if f.predicate.value in _LINKS),
        tuple(
            f
            for f in outgoing
            if f.predicate.value not in (*_NAMES, *_TEXTS, *_LINKS)
            and (f.evidence or (f.predicate, f.value) not in told)
        ),
        # What a class or property is used for would fill the page of an ontology's term.
        tuple(f for f in incoming if f.predicate.value != RDF + "type"),
        tuple(f for link in outgoing if link.predicate.value == _EXACT for f in _of_record(store, link.value)),
        labels,
    )


def _facts(store: Store, pattern: str) -> list[Fact]:
    """Return the facts of a pattern with ?property and ?value, sorted; what is asserted comes first."""
    rows = select(store, _FACTS.format(pattern=pattern))
    evidence: dict[tuple[NamedNode, Term], set[Evidence]] = {}
    for property_, value, graph in rows.terms:
        if not isinstance(property_, NamedNode) or value is None or isinstance(value, BlankNode):
            continue
        found = evidence.setdefault((property_, value), set())
        if isinstance(graph, NamedNode):
            found.add(Evidence(graph))
    facts = [Fact(p, v, tuple(sorted(found, key=lambda e: e.graph.value))) for (p, v), found in evidence.items()]
    return sorted(facts, key=lambda f: (not f.evidence, f.predicate.value, str(f.value)))


def _of_record(store: Store, record: Term) -> list[Fact]:
    """Return what sources say about a record of another data set, as far as it was copied."""
    facts = _facts(store, f"{render(record)} ?property ?value") if isinstance(record, NamedNode) else []
    return [fact for fact in facts if fact.evidence and fact.predicate.value not in (*_NAMES, *_LINKS)]


def by_property(facts: Iterable[Fact]) -> dict[NamedNode, list[Fact]]:
    """Group facts by their property, in the order in which the properties first appear."""
    groups: dict[NamedNode, list[Fact]] = {}
    for fact in facts:
        groups.setdefault(fact.predicate, []).append(fact)
    return groups
