"""`kg stats`."""

from __future__ import annotations

import json

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.output import echo, format_options, write_output
from kg.formats import JSON, TEXT


@click.command(
    epilog="""\b
Examples:
  kg stats
  kg stats -f json
"""
)
@format_options((TEXT, JSON), "statistics", default=TEXT, to_file=False)
@pass_settings
def stats(settings: Settings, format_name: str) -> None:
    """Count what the graph holds: facts, entities, links.

    Asserted facts are stated in the files; inferred facts follow from them by rules.
    """
    from dataclasses import asdict

    found = settings.graph().statistics()
    if format_name == "json":
        write_output(json.dumps(asdict(found), ensure_ascii=False, indent=2) + "\n", None)
        return
    lines = ["triples", f"  {found.asserted:7,}  asserted", f"  {found.inferred:7,}  inferred"]
    for title, table in found.tables.items():
        lines += ["", title, *(f"  {count:7,}  {label}" for label, count in table.items())]
    echo("\n".join(lines))
