"""Evidence as people cite it: source, paragraph and sentence, what kind of statement it is, and who speaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyoxigraph import NamedNode

from kg.provenance.vocabulary import (
    CLAUSE,
    DESCRIPTION,
    IN_SOURCE,
    OPINIONS,
    PARAGRAPH,
    SENTENCE,
    SPEAKER,
    STATUS,
    URL,
)
from kg.query.labels import labels_of, texts_of
from kg.rdf.terms import Prefixes, Term, render
from kg.store import Store, select

# A passage or record with its source; a graph that is neither (a table of links, the ontology) gives one row too.
_DETAILS = f"""
SELECT ?graph ?source ?url ?paragraph ?sentence ?clause ?status ?speaker {{
  VALUES ?graph {{ %s }}
  OPTIONAL {{
    ?graph {IN_SOURCE} ?source ; {STATUS} ?status .
    OPTIONAL {{ ?source {URL} ?url }}
    OPTIONAL {{ ?graph {PARAGRAPH} ?paragraph ; {SENTENCE} ?sentence }}
    OPTIONAL {{ ?graph {CLAUSE} ?clause }}
    OPTIONAL {{ ?graph {SPEAKER} ?speaker }}
  }}
}}
ORDER BY ?graph ?url ?speaker
"""


@dataclass(frozen=True)
class Citation:
    """A piece of evidence; fields that do not apply to its kind are None."""

    graph: NamedNode
    source: str | None = None
    source_label: str | None = None
    url: str | None = None
    paragraph: int | None = None
    sentence: int | None = None
    clause: int | None = None
    status: str | None = None
    status_label: str | None = None
    speaker_label: str | None = None
    description: str | None = None

    @property
    def is_opinion(self) -> bool:
        """True for an opinion of the source's own author."""
        return self.status is not None and NamedNode(self.status) in OPINIONS

    @property
    def locator(self) -> str:
        """The place in the source, such as `paragraph 1, sentence 1, clause 2`; empty for other evidence."""
        parts = (("paragraph", self.paragraph), ("sentence", self.sentence), ("clause", self.clause))
        return ", ".join(f"{name} {number}" for name, number in parts if number is not None)

    def in_words(self, prefixes: Prefixes) -> str:
        """Write the citation in a line: the statement, and the name of the graph."""
        name = prefixes.shorten(self.graph)
        return f"{self.statement} ({name})" if self.statement else name

    @property
    def statement(self) -> str:
        """What kind of statement it is, by whom, and where it was read; empty for what is not a passage or record."""
        if self.source_label is None:
            return ""
        speaker = f" of {self.speaker_label}" if self.speaker_label and not self.is_opinion else ""
        where = ", ".join(part for part in (self.source_label, self.locator) if part)
        return f"{self.status_label}{speaker}: {where}"


def load_citations(store: Store, graphs: Iterable[NamedNode]) -> dict[NamedNode, Citation]:
    """Return what there is to say of each named graph."""
    nodes = sorted(set(graphs), key=lambda node: node.value)
    rows = select(store, _DETAILS % " ".join(map(render, nodes)))
    labels = labels_of(store, (row.term(name) for row in rows for name in ("source", "status", "speaker")))
    descriptions = texts_of(store, nodes, DESCRIPTION)
    citations: dict[NamedNode, Citation] = {}
    for row in rows:
        graph = row.term("graph")
        # A source with several addresses gives several rows; the first one will do.
        if isinstance(graph, NamedNode) and graph not in citations:
            named = {f"{name}_label": _label(row.term(name), labels) for name in ("source", "status", "speaker")}
            details = row.to_dict() | named | {"graph": graph, "description": descriptions.get(graph)}
            details.pop("speaker")
            citations[graph] = Citation(**details)  # type: ignore[arg-type]
    return citations


def _label(node: Term | None, labels: Mapping[NamedNode, str]) -> str | None:
    return labels.get(node, node.value) if isinstance(node, NamedNode) else None
