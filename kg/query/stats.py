"""Counts of what a graph holds, each by a query on the built graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from pyoxigraph import NamedNode

from kg.query.labels import LABEL_PATH, labels_of
from kg.store import Store, select

_CLOSURE = "SELECT (COUNT(*) AS ?count) { ?s ?p ?o }"
_INFERRED = "SELECT (COUNT(*) AS ?count) { ?s ?p ?o FILTER NOT EXISTS { GRAPH ?g { ?s ?p ?o } } }"

# Title: a query for ?count and ?label, which is a text, or has a label. Classes are the asserted ones; classes of
# the ontology's own terms are not ours.
_TABLES = {
    "entities by class": f"""
SELECT ?label (COUNT(DISTINCT ?entity) AS ?count) {{
  GRAPH ?g {{ ?entity a ?label }}
  FILTER EXISTS {{ ?label {LABEL_PATH} ?any }}
}} GROUP BY ?label""",
    "labels by language": f"""
SELECT ?label (COUNT(DISTINCT ?entity) AS ?count) {{
  ?entity {LABEL_PATH} ?name BIND(LANG(?name) AS ?label)
}} GROUP BY ?label""",
    "links by target": """
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?label (COUNT(*) AS ?count) {
  VALUES ?match { skos:exactMatch skos:closeMatch skos:broadMatch skos:narrowMatch skos:relatedMatch }
  GRAPH ?g { ?entity ?match ?target }
  BIND(REPLACE(STR(?target), "^https?://([^/]+)/.*$", "$1") AS ?label)
} GROUP BY ?label""",
}


@dataclass(frozen=True)
class Statistics:
    """Triples by how they came about, and tables of counts by their titles."""

    asserted: int
    inferred: int
    tables: dict[str, dict[str, int]]


def statistics(store: Store, more: Mapping[str, str] = MappingProxyType({})) -> Statistics:
    """Count what a store holds.

    Args:
        store: the graph.
        more: further tables, by their titles: a query for ?count and ?label, see above.

    Returns:
        the numbers; a table of which the graph has nothing is left out.
    """
    inferred = _count(store, _INFERRED)
    return Statistics(
        _count(store, _CLOSURE) - inferred,
        inferred,
        {title: found for title, query in {**_TABLES, **more}.items() if (found := _table(store, query))},
    )


def _count(store: Store, query: str) -> int:
    rows = select(store, query)
    return int(str(rows[0].count))


def _table(store: Store, query: str) -> dict[str, int]:
    rows = select(store, query)
    labels = labels_of(store, (row.term("label") for row in rows))
    counts: Counter[str] = Counter()
    for label, count in rows.terms:
        assert label is not None
        assert count is not None
        counts[labels.get(label, label.value) if isinstance(label, NamedNode) else label.value] += int(count.value)
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
