"""`kg prefixes`."""

from __future__ import annotations

import json

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.output import format_options, write_output
from kg.formats import JSON, SPARQL, TSV, TURTLE


@click.command(
    epilog="""\b
Examples:
  kg prefixes
  kg prefixes -f sparql > prefixes.rq
"""
)
@format_options((TSV, TURTLE, SPARQL, JSON), "a list of prefixes", default=TSV, to_file=False)
@pass_settings
def prefixes(settings: Settings, format_name: str) -> None:
    """List the prefixes of short names such as id:beijing.

    The project's files declare them; short names with a prefix are also called CURIEs. Queries can use them all without
    declaring them.
    """
    namespaces = dict(sorted(settings.graph().prefixes.namespaces.items()))
    if format_name == "json":
        write_output(json.dumps(namespaces, indent=2) + "\n", None)
        return
    pattern = {"tsv": "{}\t{}\n", "turtle": "@prefix {}: <{}> .\n", "sparql": "PREFIX {}: <{}>\n"}[format_name]
    write_output("".join(pattern.format(name, namespace) for name, namespace in namespaces.items()), None)
