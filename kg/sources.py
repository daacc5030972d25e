"""Sources and their passages: what was read from each sentence, and whether a text is still the one that was read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pyoxigraph import NamedNode

from kg.results import Rows, select
from kg.store import Store
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
       ?start ?end ?sha256 ?text_sha256 (COUNT(?p) AS ?facts) {
  ?node a aigov:Passage ; aigov:inSource ?source ; aigov:paragraph ?paragraph ; aigov:sentence ?sentence ;
    aigov:sha256 ?sha256 ; oa:hasSelector ?selector ; aigov:status/rdfs:label ?status .
  ?selector oa:start ?start ; oa:end ?end .
  FILTER(LANG(?status) = "en")
  OPTIONAL { ?source aigov:textSha256 ?text_sha256 }
  OPTIONAL { ?node aigov:clause ?clause }
  OPTIONAL { ?node aigov:speaker/rdfs:label ?speaker FILTER(LANG(?speaker) = "en") }
  OPTIONAL { ?node dcterms:description ?description }
  OPTIONAL { ?node aigov:noFactsBecause ?reason }
  OPTIONAL { GRAPH ?node { ?s ?p ?o } }
}
GROUP BY ?node ?source ?paragraph ?sentence ?clause ?status ?speaker ?description ?reason
         ?start ?end ?sha256 ?text_sha256
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
ORDER BY ?passage ?label
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


@dataclass(frozen=True)
class Verification:
    """The passages of a text: those that are as they were read, those that are not, and what none of them covers.

    `same_text` tells whether the whole text is one that passages were read from.
    """

    same_text: bool
    intact: tuple[Passage, ...]
    changed: tuple[Passage, ...]
    uncovered: tuple[tuple[int, int], ...]

    @property
    def good(self) -> bool:
        """True where every passage is intact and no words are left over."""
        return bool(self.intact) and not self.changed and not self.uncovered


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
    return labels


def verify(text: str, found: Sequence[Passage]) -> Verification:
    """Compare a text with the passages that were read from it.

    Args:
        text: the whole text, as it was when its characters were counted.
        found: the passages to choose from. Compared are those that were read from this very text; where there are
            none, those of the sources of which something is still found in it; else all.
    """
    intact = {passage for passage in found if _digest(text[passage.start : passage.end]) == passage.sha256}
    same = [passage for passage in found if passage.text_sha256 == _digest(text)]
    sources = {passage.source for passage in intact}
    compared = same or [passage for passage in found if passage.source in sources] or found
    covered = bytearray(len(text))
    for passage in compared:
        covered[passage.start : passage.end] = b"\1" * len(text[passage.start : passage.end])
    return Verification(
        bool(same),
        tuple(passage for passage in compared if passage in intact),
        tuple(passage for passage in compared if passage not in intact),
        tuple(_gaps(text, covered)),
    )


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
        spans.append(Span(start, end, paragraph, _digest(match.group())))
    return spans


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _gaps(text: str, covered: bytearray) -> Iterable[tuple[int, int]]:
    """Yield the stretches of words that no passage covers; blanks between passages belong to none."""
    start = None
    for position in range(len(text) + 1):
        inside = position < len(text) and not covered[position] and (start is not None or not text[position].isspace())
        if inside and start is None:
            start = position
        elif not inside and start is not None:
            yield start, start + len(text[start:position].rstrip())
            start = None
