"""`kg link targets`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.output import format_options, write_output
from kg.errors import UsageError
from kg.files.text import read_text
from kg.formats import JSON, TEXT
from kg.render.text import visible

if TYPE_CHECKING:
    from kg.link.targets.registry import Target


@click.group(
    epilog="""\b
Examples:
  kg link targets add ror --file v2.8-ror-data_schema_v2.json --license https://creativecommons.org/publicdomain/zero/1.0/
  kg link targets add geonames --file cities5000.txt
  kg link targets list
"""
)
def targets() -> None:
    """Add other data sets to find links into.

    An index of the names is kept beside the store. It is rebuilt when the file changes.
    """


@targets.command(
    "add",
    epilog="""\b
Examples:
  kg link targets add ror --file v2.8-ror-data_schema_v2.json
  kg link targets add stw --file stw.ttl.gz --version 9.04
  kg link targets add items --file items.tsv --iri 'http://www.wikidata.org/entity/{qid}' \\
      --column label=label_en --column website=website
  kg link targets add works --file works.ttl --column label=http://purl.org/dc/terms/title
  kg link targets add bodies --sparql https://example.org/sparql --query bodies.rq
  kg link targets add wikidata --reconcile https://wikidata.reconci.link/en/api

The columns of RDF are properties, as full IRIs.
The variables of a SPARQL query are named like the fields of a record: iri, label, aliases, country ...
""",
)
@click.argument("name")
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file: JSON, TSV, CSV or RDF, plain or .gz.",
)
@click.option("--sparql", metavar="URL", help="The address of a SPARQL endpoint; needs --query.")
@click.option(
    "--query",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A file with the SPARQL query for --sparql.",
)
@click.option("--reconcile", metavar="URL", help="The address of a service with the Reconciliation Service API 0.2.")
@click.option(
    "--kind",
    type=click.Choice(["ror", "geonames", "rdf", "table"]),
    help="The kind of file. [default: recognised from the file]",
)
@click.option("--iri", metavar="TEMPLATE", help="A template of the IRI of a table's row, with columns in braces.")
@click.option(
    "--column", "columns", multiple=True, metavar="FIELD=COLUMN", help="The column of a field of a record; repeatable."
)
@click.option("--separator", default="|", show_default=True, help="The text between several values in one cell.")
@click.option(
    "--delimiter", metavar="CHARACTER", help="The character between cells. [default: a tab in .tsv files, else a comma]"
)
@click.option("--keep", multiple=True, metavar="COLUMN", help="Keep a column's values for kg link enrich; repeatable.")
@click.option("--version", "release", help="The version of the data.")
@click.option(
    "--license", "licence", metavar="IRI", help="The IRI of the licence of the data; kg link enrich needs it."
)
@pass_settings
def add(
    settings: Settings,
    name: str,
    file: Path | None,
    sparql: str | None,
    query: Path | None,
    reconcile: str | None,
    kind: str | None,
    iri: str | None,
    columns: tuple[str, ...],
    separator: str,
    delimiter: str | None,
    keep: tuple[str, ...],
    release: str | None,
    licence: str | None,
) -> None:
    """Add the target NAME from a file or a service; an older one of that name is replaced."""
    from kg.link.targets.readers import ColumnMapping, kind_of_file
    from kg.link.targets.registry import Target, add_target

    if sum(source is not None for source in (file, sparql, reconcile)) != 1:
        raise UsageError("a target needs exactly one source", "name it with --file, --sparql or --reconcile")
    places = _columns(columns)
    mapping = ColumnMapping(iri, places, separator, keep, delimiter) if iri else None
    is_rdf = file is not None and not iri and file.is_file() and (kind or kind_of_file(file)) == "rdf"
    if is_rdf and (places or keep):
        mapping = ColumnMapping("", {field: _property(text) for field, text in places.items()}, separator,
                                tuple(map(_property, keep)))  # fmt: skip
    if places and mapping is None:
        raise UsageError(
            "--iri is missing: each row needs an IRI",
            "add --iri 'https://example.org/{id}', with a column in the braces",
        )
    records = None
    if file is not None:
        from kg.link.targets.readers.files import open_binary

        with open_binary(file):
            pass
        chosen = kind or ("table" if iri else kind_of_file(file))
        target = Target(name, chosen, str(file.absolute()), version=release, license=licence, mapping=mapping)
    elif sparql is not None:
        from kg.http.client import Client
        from kg.link.targets.readers.endpoint import read_endpoint

        if query is None:
            raise UsageError("--query is missing", "name a file with a SPARQL query: --query FILE.rq")
        text = read_text(query)
        records = read_endpoint(sparql, text, Client(offline=settings.offline))
        target = Target(name, "sparql", sparql, version=release, license=licence, query=text)
    else:
        from kg.http.client import Client
        from kg.link.matching.reconciliation import open_service

        assert reconcile is not None
        open_service(reconcile, Client(offline=settings.offline))
        target = Target(name, "reconcile", reconcile, version=release, license=licence)
    with settings.progress(f"Reading {name}") as step:
        target = add_target(settings.project, target, records, step)
    settings.say(_told(target))


@targets.command("list", epilog="\b\nExamples:\n  kg link targets list\n  kg link targets list -f json\n")
@format_options((TEXT, JSON), "a list of targets", default=TEXT, to_file=False)
@pass_settings
def list_targets(settings: Settings, format_name: str) -> None:
    """List the targets: what they were read from, when, and how many records they have."""
    from dataclasses import asdict

    from kg.link.targets.registry import targets as all_targets

    found = all_targets(settings.project)
    if format_name == "json":
        write_output(json.dumps([asdict(target) for target in found], ensure_ascii=False, indent=2) + "\n", None)
    else:
        write_output(visible("".join(f"{_told(target)}\n" for target in found)), None)
    if not found:
        settings.say("There are no targets yet; add one with kg link targets add NAME --file FILE.")


@targets.command("remove", epilog="\b\nExamples:\n  kg link targets remove ror\n")
@click.argument("name")
@pass_settings
def remove(settings: Settings, name: str) -> None:
    """Remove a target and its index; the file that it was read from stays, and so do all decisions."""
    from kg.link.targets.registry import remove_target

    remove_target(settings.project, name)
    settings.say(f"Removed {name}.")


def _columns(given: tuple[str, ...]) -> dict[str, str]:
    columns = {}
    for text in given:
        field, equals, column = text.partition("=")
        if not equals or not column:
            raise UsageError(f"not of the form FIELD=COLUMN: {text!r}", "for example --column label=name")
        columns[field] = column
    return columns


def _property(text: str) -> str:
    from kg.rdf.terms import WELL_KNOWN, Prefixes, parse_iri

    return parse_iri(text, Prefixes(WELL_KNOWN)).value


def _told(target: Target) -> str:
    if target.kind == "reconcile":
        return f"{target.name}: a reconciliation service at {target.source}"
    nameless = f", {target.nameless:,} rows without a name left out" if target.nameless else ""
    release = f", release {target.version}" if target.version else ""
    return f"{target.name}: {target.records:,} records of {target.source}, read {target.retrieved}{release}{nameless}"
