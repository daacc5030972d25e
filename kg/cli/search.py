"""`kg search`."""

from __future__ import annotations

import json

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.output import terminal_width, to_terminal, write_output


@click.command(
    epilog="""\b
Examples:
  kg search internet
  kg search Blechley declaration
  kg search 人工智能
"""
)
@click.argument("words", nargs=-1, required=True)
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(["table", "tsv", "json"]),
    help="[default: table, or TSV when piped]",
)
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="Show so many at most.")
@pass_settings
def search(settings: Settings, words: tuple[str, ...], format_name: str | None, limit: int) -> int:
    """Find entities by their names, in any language, with small misspellings.

    The exit status is 1 where nothing is found.
    """
    from pyoxigraph import Literal

    from kg.query.entities import search as search_names
    from kg.render.table import write
    from kg.sparql.results import Rows

    graph = settings.graph()
    matches = search_names(" ".join(words), graph.store, limit)
    chosen = format_name or ("table" if to_terminal(None) else "tsv")
    if chosen == "json":
        records = [
            {"iri": m.entity.value, "label": m.label, "matched": m.matched, "class": m.kind, "score": m.score}
            for m in matches
        ]
        write_output(json.dumps(records, ensure_ascii=False, indent=2) + "\n", None)
    elif matches:
        terms = tuple((m.entity, Literal(m.label), Literal(m.matched), Literal(m.kind)) for m in matches)
        rows = Rows(("entity", "label", "matched", "class"), terms)
        write_output(write(rows, chosen, graph.prefixes, terminal_width(), to_terminal(None)), None)
    if not matches:
        settings.say("Nothing has a name like that; kg query run mentions looks into descriptions too.")
        return 1
    return 0
