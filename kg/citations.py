"""Evidence as people cite it: source, paragraph and sentence, what kind of statement it is, and who speaks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import NamedNode

from kg.store import Store, select
from kg.terms import AIGOV, Prefixes, python_value, render

# A passage or record with its source; a graph that is neither (a table of links, the ontology) gives one row too.
_DETAILS = """
PREFIX aigov: <https://w3id.org/aigov-kg/ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?graph ?source ?source_label ?url ?paragraph ?sentence ?clause ?status ?status_label
       ?speaker_label ?description {
  VALUES ?graph { %s }
  OPTIONAL {
    ?graph aigov:inSource ?source ; aigov:status ?status .
    ?source rdfs:label ?source_label FILTER(LANG(?source_label) = "en")
    ?status rdfs:label ?status_label FILTER(LANG(?status_label) = "en")
    OPTIONAL { ?source aigov:url ?url }
    OPTIONAL { ?graph aigov:paragraph ?paragraph ; aigov:sentence ?sentence }
    OPTIONAL { ?graph aigov:clause ?clause }
    OPTIONAL { ?graph dcterms:description ?description }
    OPTIONAL { ?graph aigov:speaker/rdfs:label ?speaker_label FILTER(LANG(?speaker_label) = "en") }
  }
}
ORDER BY ?graph ?url
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
        """True for an author's opinion."""
        return self.status == AIGOV + "authorsOpinion"

    @property
    def locator(self) -> str:
        """The place in the source, such as `paragraph 1, sentence 1, clause 2`; empty for other evidence."""
        parts = (("paragraph", self.paragraph), ("sentence", self.sentence), ("clause", self.clause))
        return ", ".join(f"{name} {number}" for name, number in parts if number is not None)

    def in_words(self, prefixes: Prefixes) -> str:
        """Write the citation in a line: what kind of statement, by whom, and where it was read."""
        if self.source_label is None:
            return prefixes.shorten(self.graph)
        speaker = f" of {self.speaker_label}" if self.speaker_label and not self.is_opinion else ""
        where = ", ".join(part for part in (self.source_label, self.locator) if part)
        return f"{self.status_label}{speaker}: {where} ({prefixes.shorten(self.graph)})"


def load_citations(store: Store, graphs: Iterable[NamedNode]) -> dict[NamedNode, Citation]:
    """Return what there is to say of each named graph."""
    values = " ".join(render(graph) for graph in sorted(set(graphs), key=lambda node: node.value))
    rows = select(store, _DETAILS % values)
    citations: dict[NamedNode, Citation] = {}
    for graph, *details in rows.terms:
        if isinstance(graph, NamedNode):
            # A source with several addresses gives several rows; the first one will do.
            citations.setdefault(graph, Citation(graph, *map(python_value, details)))  # type: ignore[arg-type]
    return citations
