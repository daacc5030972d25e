"""The accepted links of a project, described as VoID linksets and, on request, read as identity.

See https://www.w3.org/TR/void/, section 5. A linkset is described in a graph that no fact stands in.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Quad

from kg.errors import UsageError
from kg.files.sssom import Decision, Link, LinkTable
from kg.rdf.terms import DCTERMS, OWL, RDF, SKOS, VOID, XSD, iri

# The prefixes that a file with linksets needs.
PREFIXES = {"dcterms": DCTERMS, "owl": OWL, "void": VOID, "xsd": XSD}

SAME_AS_WARNING = (
    "exact matches are treated as the same thing (owl:sameAs): every fact about one side also holds for the other, here"
    " and wherever the graph is combined with other data; names refer to both"
)

_EXACT = SKOS + "exactMatch"


@dataclass(frozen=True)
class LinkCount:
    """How many links of one predicate lead into one namespace, by what was decided about them."""

    namespace: str
    predicate: NamedNode
    accepted: int
    unsure: int
    rejected: int


def dataset_of(ontology: Iterable[Quad]) -> NamedNode:
    """Return the IRI of a project's graph as a data set: `dataset` beside the ontology with the shortest IRI."""
    declared = (NamedNode(RDF + "type"), NamedNode(OWL + "Ontology"))
    names = {
        quad.subject.value
        for quad in ontology
        if (quad.predicate, quad.object) == declared and isinstance(quad.subject, NamedNode)
    }
    shortest = min(names, key=lambda name: (len(name), name), default=None)
    return NamedNode(f"{shortest.rpartition('/')[0]}/dataset" if shortest else "urn:kg:dataset")


def linksets(tables: Iterable[LinkTable], dataset: NamedNode) -> list[Quad]:
    """Describe the accepted links of each table, one linkset for each namespace and predicate.

    Args:
        tables: the tables of a project.
        dataset: the data set that the subjects are described in (dataset_of).

    Returns:
        quads in the graph `linksets` beside the graphs of the tables, the linksets in a stable order.
    """
    return [quad for table in tables for quad in _described(table, dataset)]


def same_as(tables: Iterable[LinkTable]) -> list[Quad]:
    """Return an owl:sameAs for each accepted exact match, in the graph of its table.

    An exact match says that two concepts are interchangeable; owl:sameAs says that they are one thing, so that every
    fact about one side holds for the other (SKOS Reference, section 10.6.1).
    """
    predicate = NamedNode(OWL + "sameAs")
    return [
        Quad(link.subject, predicate, link.object, table.graph)
        for table in tables
        for link in table.accepted()
        if link.predicate.value == _EXACT
    ]


def count_links(tables: Iterable[LinkTable]) -> list[LinkCount]:
    """Count the links of all tables by namespace and predicate."""
    counts: defaultdict[tuple[str, NamedNode], Counter[Decision]] = defaultdict(Counter)
    for table in tables:
        for link in table.links:
            if link.has_counterpart:
                counts[table.namespace(link), link.predicate][link.decision] += 1
    return [
        LinkCount(
            namespace,
            predicate,
            found[Decision.ACCEPTED],
            found[Decision.UNSURE],
            found[Decision.REJECTED],
        )
        for (namespace, predicate), found in sorted(counts.items(), key=lambda item: (item[0][0], item[0][1].value))
    ]


def _described(table: LinkTable, dataset: NamedNode) -> Iterator[Quad]:
    groups: defaultdict[tuple[str, NamedNode], list[Link]] = defaultdict(list)
    for link in table.accepted():
        groups[table.namespace(link), link.predicate].append(link)
    place = _beside(table.graph)
    for (namespace, predicate), links in sorted(groups.items(), key=lambda item: (item[0][0], item[0][1].value)):
        parts = (table.graph.value, table.prefix(links[0]), predicate.value)
        name = "-".join(re.sub(r"\W+", "-", re.split("[/#:]", part.rstrip("/#:"))[-1]) for part in parts)
        node = NamedNode(f"{place.value}{'/' if '#' in place.value else '#'}{name}")
        facts: list[tuple[str, NamedNode | Literal]] = [
            (RDF + "type", NamedNode(VOID + "Linkset")),
            (VOID + "subjectsTarget", dataset),
            (VOID + "objectsTarget", NamedNode(namespace)),
            (VOID + "linkPredicate", predicate),
            (VOID + "triples", Literal(len(links))),
            (DCTERMS + "source", table.graph),
            *_about(table, links),
        ]
        yield Quad(dataset, NamedNode(VOID + "subset"), node, place)
        for property_, value in facts:
            yield Quad(node, NamedNode(property_), value, place)


def _beside(graph: NamedNode) -> NamedNode:
    """Return the graph in which a table's links are described: `.../linksets` for `.../links/identifiers`."""
    found = re.fullmatch(r"(.*?[^/:][/#:])(?:links/)?[^/#:]+[/#]?", graph.value)
    return NamedNode((found[1] if found else graph.value + "/") + "linksets")


def _about(table: LinkTable, links: Iterable[Link]) -> Iterator[tuple[str, NamedNode | Literal]]:
    """Yield title, licence and dates; a link was made when it was mapped, and last changed when it was reviewed."""
    title, licence = table.metadata.get("mapping_set_title"), table.metadata.get("license")
    if title:
        yield DCTERMS + "title", Literal(str(title))
    if licence:
        try:
            yield DCTERMS + "license", iri(str(licence))
        except UsageError:
            yield DCTERMS + "license", Literal(str(licence))
    made = sorted(str(link.row.mapping_date) for link in links if link.row.mapping_date)
    changed = sorted([*made, *(str(link.row.review_date) for link in links if link.row.review_date)])
    for property_, days in (("created", made[:1]), ("modified", changed[-1:])):
        for day in days:
            yield DCTERMS + property_, Literal(day, datatype=NamedNode(XSD + "date"))
