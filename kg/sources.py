"""Sources and their passages: what was read from each sentence, and what a new passage would point at."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import NamedNode

from kg.answers import Rows
from kg.store import Store, select
from kg.terms import render

_PREFIXES = """
PREFIX aigov: <https://w3id.org/aigov-kg/ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""

_SOURCES = (
    _PREFIXES
    + """
SELECT ?source ?label ?evidence ?facts ?url {
  { SELECT ?source (COUNT(DISTINCT ?piece) AS ?evidence) (COUNT(?p) AS ?facts) {
      ?piece aigov:inSource ?source
      OPTIONAL { GRAPH ?piece { ?s ?p ?o } }
    } GROUP BY ?source }
  ?source rdfs:label ?label FILTER(LANG(?label) = "en")
  OPTIONAL { ?source aigov:url ?url }
}
ORDER BY DESC(?facts) ?label ?url
"""
)

_PASSAGES = (
    _PREFIXES
    + """
SELECT ?node ?source ?paragraph ?sentence ?clause ?status ?speaker ?description ?reason
       ?start ?end ?sha256 ?text_sha256 ?facts {
  # Grouped by what is always bound: Virtuoso 7.2 gives a group whose key is unbound the key of another one.
  { SELECT ?node (COUNT(?p) AS ?facts) {
      ?node a aigov:Passage
      OPTIONAL { GRAPH ?node { ?s ?p ?o } }
    } GROUP BY ?node }
  ?node aigov:inSource ?source ; aigov:paragraph ?paragraph ; aigov:sentence ?sentence ;
    aigov:sha256 ?sha256 ; oa:hasSelector ?selector ; aigov:status/rdfs:label ?status .
  ?selector oa:start ?start ; oa:end ?end .
  FILTER(LANG(?status) = "en")
  OPTIONAL { ?source aigov:textSha256 ?text_sha256 }
  OPTIONAL { ?node aigov:clause ?clause }
  OPTIONAL { ?node aigov:speaker/rdfs:label ?speaker FILTER(LANG(?speaker) = "en") }
  OPTIONAL { ?node dcterms:description ?description }
  OPTIONAL { ?node aigov:noFactsBecause ?reason }
}
ORDER BY ?source ?paragraph ?sentence ?clause
"""
)

_YIELD = (
    _PREFIXES
    + """
SELECT DISTINCT ?passage ?label {
  VALUES ?passage { %s }
  GRAPH ?passage { ?entity ?p ?o }
  ?entity rdfs:label ?label FILTER(LANG(?label) = "en")
}
"""
)


@dataclass(frozen=True)
class Passage:
    """A stretch of a text: its locator, characters `start` to `end` (exclusive, counted in code points), digest."""

    node: NamedNode
    source: NamedNode
    paragraph: int
    sentence: int
    clause: int | None
    status: str
    speaker: str | None
    description: str | None
    reason: str | None
    start: int
    end: int
    sha256: str
    text_sha256: str | None
    facts: int


def list_sources(store: Store) -> Rows:
    """Return a row for each source: ?source ?label ?evidence ?facts ?url."""
    return select(store, _SOURCES)


def passages(store: Store) -> list[Passage]:
    """Return all passages in the order of their sources and texts."""
    rows = select(store, _PASSAGES)
    # The columns of the query are the fields of a passage.
    nodes = ({"node": row.term("node"), "source": row.term("source")} for row in rows)
    return [Passage(**row.to_dict() | node) for row, node in zip(rows, nodes, strict=True)]  # type: ignore[arg-type]


def subjects_by_passage(store: Store, found: Iterable[Passage]) -> dict[NamedNode, list[str]]:
    """Return the labels of the things of which each passage says something."""
    rows = select(store, _YIELD % " ".join(render(passage.node) for passage in found))
    labels: dict[NamedNode, list[str]] = {}
    for row in rows:
        node = row.term("passage")
        assert isinstance(node, NamedNode)
        labels.setdefault(node, []).append(str(row.label))
    return {node: sorted(found) for node, found in labels.items()}


@dataclass(frozen=True)
class Span:
    """A stretch of a text: characters `start` to `end` (exclusive), the paragraph it is in, and its digest."""

    start: int
    end: int
    paragraph: int
    sha256: str


def locate(text: str, words: str) -> list[Span]:
    """Find the stretches of a text that a new passage could point at.

    Args:
        text: the whole text; its paragraphs are its lines that are not blank.
        words: what to find; ` ... ` stands for anything within the paragraph.
    """
    parts = (r"\s+".join(map(re.escape, part.split())) for part in words.split("..."))
    spans = []
    for match in re.finditer(r".*?".join(parts), text):
        start, end = match.span()
        paragraph = sum(bool(line.strip()) for line in text[: start + 1].split("\n"))
        spans.append(Span(start, end, paragraph, digest(match.group())))
    return spans


def digest(text: str) -> str:
    """Return the SHA-256 of a text, as passages record it."""
    return hashlib.sha256(text.encode()).hexdigest()
