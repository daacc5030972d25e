"""Sources and their passages: what was read from each sentence, and what a new passage would point at."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from kg.errors import InputError
from kg.provenance.vocabulary import (
    CLAUSE,
    DESCRIPTION,
    END,
    HAS_SELECTOR,
    IN_SOURCE,
    NO_FACTS_BECAUSE,
    PARAGRAPH,
    PASSAGE,
    SENTENCE,
    SHA256,
    SPEAKER,
    START,
    STATUS,
    TEXT_SHA256,
    URL,
    curie,
)
from kg.query.labels import labels_of, texts_of
from kg.rdf.terms import render
from kg.sparql.results import Rows
from kg.store import Store, select

_SOURCES = f"""
SELECT ?source ?evidence ?facts ?url {{
  {{ SELECT ?source (COUNT(DISTINCT ?piece) AS ?evidence) (COUNT(?p) AS ?facts) {{
      ?piece {IN_SOURCE} ?source
      OPTIONAL {{ GRAPH ?piece {{ ?s ?p ?o }} }}
    }} GROUP BY ?source }}
  OPTIONAL {{ ?source {URL} ?url }}
}}
"""

_PASSAGES = f"""
SELECT ?node ?source ?paragraph ?sentence ?clause ?status ?speaker ?start ?end ?sha256 ?text_sha256 ?facts {{
  # Grouped by what is always bound: Virtuoso 7.2 gives a group whose key is unbound the key of another one.
  {{ SELECT ?node (COUNT(?p) AS ?facts) {{
      ?node a {PASSAGE}
      OPTIONAL {{ GRAPH ?node {{ ?s ?p ?o }} }}
    }} GROUP BY ?node }}
  ?node {IN_SOURCE} ?source ; {PARAGRAPH} ?paragraph ; {SENTENCE} ?sentence ;
    {SHA256} ?sha256 ; {HAS_SELECTOR} ?selector ; {STATUS} ?status .
  ?selector {START} ?start ; {END} ?end .
  OPTIONAL {{ ?source {TEXT_SHA256} ?text_sha256 }}
  OPTIONAL {{ ?node {CLAUSE} ?clause }}
  OPTIONAL {{ ?node {SPEAKER} ?speaker }}
}}
ORDER BY ?source ?paragraph ?sentence ?clause ?speaker
"""

_YIELD = """
SELECT DISTINCT ?passage ?entity {
  VALUES ?passage { %s }
  GRAPH ?passage { ?entity ?p ?o }
}
"""

# What kg stats counts of evidence: title and query, as kg.query.stats has them.
STATISTICS = {
    "passages and records by status": f"""
SELECT ?label (COUNT(DISTINCT ?evidence) AS ?count) {{ ?evidence {STATUS} ?label }} GROUP BY ?label""",
    "facts by status": f"""
SELECT ?label (COUNT(*) AS ?count) {{
  ?evidence {STATUS} ?label
  GRAPH ?evidence {{ ?s ?p ?o }}
}} GROUP BY ?label""",
}


_SEE = "kg validate says what a passage needs"


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

    @property
    def locator(self) -> str:
        """The place in short: `3.2` is paragraph 3, sentence 2; `3.2b` its second clause, `3.2aa` the one after z."""
        return f"{self.paragraph}.{self.sentence}{_letters(self.clause or 0)}"


def _letters(number: int) -> str:
    letters = ""
    while number > 0:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters


def list_sources(store: Store) -> Rows:
    """Return a row for each source: ?source ?label ?evidence ?facts ?url."""
    rows = select(store, _SOURCES)
    labels = labels_of(store, (row.term("source") for row in rows))
    terms = [
        (source, Literal(labels.get(source, source.value)), evidence, facts, url)
        for source, evidence, facts, url in rows.terms
        if isinstance(source, NamedNode) and isinstance(facts, Literal)
    ]
    variables = ("source", "label", "evidence", "facts", "url")
    by_facts = sorted(terms, key=lambda row: (-int(row[3].value), row[1].value, str(row[4] or "")))
    return Rows(variables, tuple(by_facts))


def passages(store: Store) -> list[Passage]:
    """Return all passages in the order of their sources and texts.

    Raises InputError for one whose place is not given by whole numbers, or whose status is not a concept.
    """
    rows = select(store, _PASSAGES)
    labels = labels_of(store, (row.term(name) for row in rows for name in ("status", "speaker")))
    nodes = [row.term("node") for row in rows]
    descriptions = texts_of(store, nodes, DESCRIPTION)
    reasons = texts_of(store, nodes, NO_FACTS_BECAUSE)
    found: dict[NamedNode, Passage] = {}
    for row in rows:
        node, status, speaker = row.term("node"), row.term("status"), row.term("speaker")
        if not isinstance(node, NamedNode) or not isinstance(status, NamedNode):
            raise InputError(f"the passage {node}, or its status {status}, is not an IRI", _SEE)
        # The columns of the query are fields of a passage, too; of several speakers the first one will do.
        fields = row.to_dict() | {
            "node": node,
            "source": row.term("source"),
            "status": labels.get(status, status.value),
            "speaker": labels.get(speaker, speaker.value) if isinstance(speaker, NamedNode) else None,
            "description": descriptions.get(node),
            "reason": reasons.get(node),
        }
        for name in ("paragraph", "sentence", "clause", "start", "end"):
            if not isinstance(fields[name], int) and not (name == "clause" and fields[name] is None):
                raise InputError(f"{node.value}: {name} is {str(fields[name])[:50]!r}, not a whole number", _SEE)
        found.setdefault(node, Passage(**fields))  # type: ignore[arg-type]
    return list(found.values())


def subjects_by_passage(store: Store, found: Iterable[Passage]) -> dict[NamedNode, list[str]]:
    """Return the labels of the things of which each passage says something."""
    rows = select(store, _YIELD % " ".join(render(passage.node) for passage in found))
    labels = labels_of(store, (row.term("entity") for row in rows))
    names: dict[NamedNode, set[str]] = {}
    for passage, entity in rows.terms:
        if isinstance(passage, NamedNode) and isinstance(entity, NamedNode) and entity in labels:
            names.setdefault(passage, set()).add(labels[entity])
    return {passage: sorted(found) for passage, found in names.items()}


@dataclass(frozen=True)
class Span:
    """A stretch of a text: characters `start` to `end` (exclusive), the paragraph it is in, and its digest."""

    start: int
    end: int
    paragraph: int
    sha256: str

    def in_turtle(self) -> str:
        """Write what a passage that points here says of its place, and its selector of the characters."""
        return (
            f"{curie(PARAGRAPH)} {self.paragraph} ; {selection(self.start, self.end)} ;\n"
            f'{curie(SHA256)} "{self.sha256}" .'
        )


def selection(start: int, end: int) -> str:
    """Write characters of a text as the properties of a selector."""
    return f"{curie(START)} {start} ; {curie(END)} {end}"


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
