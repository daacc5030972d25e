"""`kg describe`."""

from __future__ import annotations

from pathlib import Path

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.output import format_options, terminal_width, to_terminal, write_output
from kg.formats import GRAPHS, JSON, MARKDOWN, TEXT

_SYNTAXES = tuple(one for one in GRAPHS if one.kind == "graph")


@click.command(
    epilog="""\b
Examples:
  kg describe WIC
  kg describe 世界互联网大会 -f markdown
  kg describe id:bletchley-declaration -f turtle
"""
)
@click.argument("entity")
@format_options((TEXT, MARKDOWN, JSON, *_SYNTAXES), "a description", default=TEXT)
@pass_settings
def describe(settings: Settings, entity: str, format_name: str, output: Path | None) -> None:
    """Show all facts about one entity, with their sources.

    ENTITY is a name in any language, a short name such as id:beijing (CURIE), or an IRI. Facts come with the passages
    that they were read from; inferred facts, and facts that rest on opinion alone, are marked.
    """
    from kg.provenance.citations import load_citations
    from kg.rdf.terms import render
    from kg.render import description as pages

    graph = settings.graph()
    if format_name in (one.name for one in _SYNTAXES):
        triples = graph.select(f"DESCRIBE {render(graph.entity(entity))}")
        assert isinstance(triples, list)
        write_output(graph.write_triples(triples, format_name), output)
        return
    description = graph.describe(entity)
    citations = load_citations(graph.store, pages.footnotes(description))
    if format_name == "json":
        write_output(pages.as_json(description, citations, graph.prefixes), output)
    elif format_name == "markdown":
        write_output(pages.as_markdown(description, citations, graph.prefixes), output)
    else:
        page = pages.as_text(description, citations, graph.prefixes, terminal_width(), to_terminal(output))
        write_output(page, output)
