"""Queries as a server is sent them: within the graphs of one publication, whatever else the server holds.

Servers disagree on what a query sees that names no dataset: the default graph alone, or all graphs, those of the system
included. And a dataset that is named (FROM, default-graph-uri) has no named graphs but those that are listed one by one
(SPARQL 1.1 Query Language, section 13.2), of which there may be a million. So a query says in its own patterns what the
embedded store takes for granted: what stands in no GRAPH is meant of the closure, and `GRAPH ?g` of what was published.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyoxigraph import NamedNode

from kg.rdf.terms import DCTERMS, render
from kg.sparql.syntax import elements, parse_query

PART_OF = NamedNode(DCTERMS + "isPartOf")


@dataclass(frozen=True)
class View:
    """What a query sees: its default graph, and the publication whose parts are its named graphs."""

    default_graph: NamedNode
    publication: NamedNode

    def of(self, text: str) -> str:
        """Return a query for a server that means there what `text` means for a store of its own.

        A query that names its dataset (FROM) is returned as it is. DESCRIBE is not for here: see
        kg.store.remote.

        Raises UsageError for an update.
        """
        query = parse_query(text)
        if query.dataset:
            return text
        # In a projection, in HAVING or in ORDER BY, EXISTS stands outside of WHERE.
        edits = [
            edit
            for group in (query.pattern, *query.exists)
            for edit in ((group.start, self._opening), (group.end, "}"))
        ]
        for element in elements(query):
            if element.kind == "graph" and element.name is not None and element.name.kind == "variable":
                edits.append((element.end, self._published(element.name.text)))
        if query.form == "construct" and query.template is None:
            # The short form (section 16.2.4): the pattern is the template, too.
            template = text[query.pattern.start : query.pattern.end]
            edits.append((query.tokens[query.declared + 1].start, f"{{{template}}} "))
        # From the end, so that places stay; of two at one place, `}` belongs after what is published.
        for place, addition in sorted(edits, reverse=True):
            text = text[:place] + addition + text[place:]
        return text

    @property
    def _opening(self) -> str:
        return f" GRAPH {render(self.default_graph)} {{"

    def _published(self, variable: str) -> str:
        node = render(self.publication)
        return f" GRAPH {node} {{ {variable} {render(PART_OF)} {node} }}"


@dataclass(frozen=True)
class Describe:
    """A DESCRIBE query, taken apart: its declarations, the IRIs and variables that it describes, and its pattern."""

    prologue: str
    terms: tuple[str, ...]
    pattern: str


def read_describe(text: str) -> Describe:
    """Take a DESCRIBE query apart; the pattern, with the modifiers after it, may be empty."""
    query = parse_query(text)
    first = query.declared + 1
    named = 1 if query.items is None else len(query.items)
    rest = query.tokens[first + named :]
    pattern = text[rest[0].start :] if rest else ""
    return Describe(query.prologue, tuple(token.text for token in query.tokens[first : first + named]), pattern)
