"""All that the graph holds about one entity, each fact with the evidence that it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import BlankNode, NamedNode

from kg.query.entities import all_names, kind_of, preferred_labels
from kg.rdf.terms import AIGOV, FOAF, RDF, RDFS, SKOS, Prefixes, Term, render
from kg.store import Store, select

# Every triple of the entity, with the graphs that assert it; none where it was inferred.
_FACTS = """
PREFIX aigov: <https://w3id.org/aigov-kg/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?property ?value ?graph ?status ?speaker {{
  {pattern}
  OPTIONAL {{
    GRAPH ?graph {{ {pattern} }}
    OPTIONAL {{ ?graph aigov:status ?status }}
    OPTIONAL {{ ?graph aigov:speaker ?speaker }}
  }}
}}
"""
_INVERSES = """
PREFIX owl: <http://www.w3.org/2002/07/owl#>
SELECT ?property ?inverse { { ?property owl:inverseOf ?inverse } UNION { ?inverse owl:inverseOf ?property } }
"""
_EXACT = SKOS + "exactMatch"
_OPINION = AIGOV + "authorsOpinion"
_NAMES = (RDFS + "label", SKOS + "prefLabel", SKOS + "altLabel")
_LINKS = (
    *(SKOS + kind + "Match" for kind in ("exact", "close", "broad", "narrow", "related")),
    FOAF + "isPrimaryTopicOf",
)
_TEXTS = ("http://purl.org/dc/terms/description", SKOS + "definition", SKOS + "example")


@dataclass(frozen=True)
class Evidence:
    """A named graph that asserts a fact: a passage or record with status and speaker, or else a file or table."""

    graph: NamedNode
    status: NamedNode | None
    speaker: NamedNode | None


@dataclass(frozen=True)
class Fact:
    """A predicate and a value, and what they rest on; without evidence the fact was inferred.

    For an incoming fact, `value` is the subject. `rests_on` are the passages and records below an inferred fact, where
    these were looked for (kg.provenance.answer_evidence.with_grounds).
    """

    predicate: NamedNode
    value: Term
    evidence: tuple[Evidence, ...]
    rests_on: tuple[NamedNode, ...] = ()

    @property
    def has_witness(self) -> bool:
        """True where some passage or record says so, and not only the ontology or a table of links."""
        return any(evidence.status is not None for evidence in self.evidence)

    @property
    def witnesses(self) -> tuple[NamedNode, ...]:
        """The passages and records that say so, or that it follows from."""
        return (*(evidence.graph for evidence in self.evidence if evidence.status is not None), *self.rests_on)

    @property
    def is_opinion(self) -> bool:
        """True where all that the fact rests on is an author's opinion."""
        return bool(self.evidence) and all(e.status is not None and e.status.value == _OPINION for e in self.evidence)


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


def describe(entity: NamedNode, store: Store, prefixes: Prefixes) -> Description:
    """Collect everything about an entity.

    Args:
        entity: a node of the graph.
        store: where to look.
        prefixes: name what has no label of its own.
    """
    outgoing = _facts(store, f"{render(entity)} ?property ?value")
    incoming = _facts(store, f"?value ?property {render(entity)}")
    labels = preferred_labels(all_names(store))
    # An inferred fact that turns an incoming one round tells nothing new: A claims B, because B is claimed by A.
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
    for property_, value, graph, status, speaker in rows.terms:
        if not isinstance(property_, NamedNode) or value is None or isinstance(value, BlankNode):
            continue
        found = evidence.setdefault((property_, value), set())
        if isinstance(graph, NamedNode):
            found.add(Evidence(graph, _node(status), _node(speaker)))
    facts = [Fact(p, v, tuple(sorted(found, key=lambda e: e.graph.value))) for (p, v), found in evidence.items()]
    return sorted(facts, key=lambda f: (not f.evidence, f.predicate.value, str(f.value)))


def _of_record(store: Store, record: Term) -> list[Fact]:
    """Return what sources say of a record of other data, as far as it was taken over."""
    facts = _facts(store, f"{render(record)} ?property ?value") if isinstance(record, NamedNode) else []
    return [fact for fact in facts if fact.has_witness and fact.predicate.value not in (*_NAMES, *_LINKS)]


def _node(term: Term | None) -> NamedNode | None:
    return term if isinstance(term, NamedNode) else None


def by_property(facts: Iterable[Fact]) -> dict[NamedNode, list[Fact]]:
    """Group facts by their property, in the order in which the properties first appear."""
    groups: dict[NamedNode, list[Fact]] = {}
    for fact in facts:
        groups.setdefault(fact.predicate, []).append(fact)
    return groups
