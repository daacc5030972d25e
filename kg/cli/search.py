"""`kg search`."""

from __future__ import annotations

import json

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.output import format_options, terminal_width, to_terminal, write_output
from kg.formats import JSON, TABLE, TSV


@click.command(
    epilog="""\b
Examples:
  kg search internet
  kg search Blechley declaration
  kg search 人工智能
"""
)
@click.argument("words", nargs=-1, required=True)
@format_options((TABLE, TSV, JSON), "a list of entities", default=TABLE, piped=TSV, to_file=False)
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Show at most this many.")
@pass_settings
def search(settings: Settings, words: tuple[str, ...], format_name: str, limit: int) -> int:
    """Find entities by name, in any language.

    Small misspellings are allowed. The exit status is 1 where nothing is found.
    """
    from pyoxigraph import Literal

    from kg.query.entities import search as search_names
    from kg.render.table import write
    from kg.sparql.results import Rows

    graph = settings.graph()
    matches = search_names(" ".join(words), graph.store, limit)
    if format_name == "json":
        records = [
            {"iri": m.entity.value, "label": m.label, "matched": m.matched, "class": m.kind, "score": m.score}
            for m in matches
        ]
        write_output(json.dumps(records, ensure_ascii=False, indent=2) + "\n", None)
    elif matches:
        terms = tuple((m.entity, Literal(m.label), Literal(m.matched), Literal(m.kind)) for m in matches)
        rows = Rows(("entity", "label", "matched", "class"), terms)
        write_output(write(rows, format_name, graph.prefixes, terminal_width(), to_terminal(None)), None)
    if not matches:
        settings.say("No entity has such a name; search the descriptions too with kg query run mentions.")
        return 1
    return 0
