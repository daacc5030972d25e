"""Queries as a server is sent them: within the graphs of one publication, whatever else the server holds.

Servers disagree on what a query sees that names no dataset: the default graph alone, or all graphs, those of the system
included. And a dataset that is named (FROM, default-graph-uri) has no named graphs but those that are listed one by one
(SPARQL 1.1 Query Language, section 13.2), of which there may be a million. So a query says in its own patterns what the
embedded store takes for granted: what stands in no GRAPH is meant of the closure, and `GRAPH ?g` of what was published.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from pyoxigraph import NamedNode

from kg.rdf.terms import DCTERMS, render
from kg.sparql.syntax import parse_query
from kg.sparql.tokens import Token, tokens

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
        start, end = query.where.start, query.where.end
        edits = [(start, self._opening), (end, "}")]
        for index, token in enumerate(query.tokens):
            if token.keyword == "GRAPH" and query.tokens[index + 1].kind == "variable":
                edits.append((_after_group(query.tokens, index + 2), self._published(query.tokens[index + 1].text)))
            elif token.keyword == "EXISTS" and not start <= token.start < end:
                # In a projection, in HAVING or in ORDER BY, which stand outside of WHERE.
                edits.append((query.tokens[index + 1].start + 1, self._opening))
                edits.append((_after_group(query.tokens, index + 1) - 1, "}"))
        first, second = query.tokens[len(query.prologue) :][:2]
        if first.keyword == "CONSTRUCT" and second.text != "{":
            # The short form (section 16.2.4): the pattern is the template, too.
            edits.append((second.start, f"{{{text[start:end]}}} "))
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


def _after_group(found: Sequence[Token], opening: int) -> int:
    """Return the place in the text after the group whose `{` is a token."""
    depth = 0
    for token in islice(found, opening, None):
        depth += {"{": 1, "}": -1}.get(token.text, 0)
        if depth == 0:
            break
    return token.start + 1


@dataclass(frozen=True)
class Describe:
    """A DESCRIBE query, taken apart: its declarations, the IRIs and variables that it describes, and its pattern."""

    prologue: str
    terms: tuple[str, ...]
    pattern: str


def read_describe(text: str) -> Describe:
    """Take a DESCRIBE query apart; the pattern, with the modifiers after it, may be empty."""
    found = tokens(text)
    first = next(index for index, token in enumerate(found) if token.keyword == "DESCRIBE")
    after = found[first + 1 :]
    named = list(takewhile(lambda token: token.kind in ("iri", "name", "variable") or token.text == "*", after))
    rest = after[len(named) :]
    pattern = text[rest[0].start :] if rest else ""
    return Describe(text[: found[first].start], tuple(token.text for token in named), pattern)
