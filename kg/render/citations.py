"""Citations as the notes below an answer or a page."""

from __future__ import annotations

from collections.abc import Mapping

from pyoxigraph import NamedNode

from kg.provenance.citations import Citation
from kg.rdf.terms import Prefixes
from kg.render.text import markdown, markdown_link, visible


def citation_lines(
    numbers: Mapping[NamedNode, int], citations: Mapping[NamedNode, Citation], prefixes: Prefixes
) -> str:
    """Write the citation of each numbered graph as a line of text."""
    notes = (f"[{number}] {citations[graph].in_words(prefixes)}" for graph, number in numbers.items())
    return visible("".join(f"{note}\n" for note in notes))


def citation_list(numbers: Mapping[NamedNode, int], citations: Mapping[NamedNode, Citation], prefixes: Prefixes) -> str:
    """Write the citation of each numbered graph as an item of a Markdown list, with a link to the graph."""
    lines = []
    for graph, number in numbers.items():
        link, statement = markdown_link(prefixes.shorten(graph), graph.value), citations[graph].statement
        lines.append(f"- [{number}] {f'{markdown(statement)} ({link})' if statement else link}\n")
    return "".join(lines)
