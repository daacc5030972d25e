"""`kg link enrich`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.output import write_output
from kg.errors import OutsideError, UsageError
from kg.formats import TRIG, chosen

if TYPE_CHECKING:
    from kg.files.reading import Files
    from kg.link.enrich import Enrichment
    from kg.rdf.terms import Prefixes


@click.command(
    epilog="""\b
Examples:
  kg link enrich --target geonames --properties coordinates,population,alternateName
  kg link enrich --target ror --properties website,established -o -
  kg link enrich --target items --properties elevation=schema:elevation --url https://example.org/data

The names are those of the target's records; coordinates means latitude and longitude.
"""
)
@click.option("--target", "name", required=True, help="The target to take facts from (kg link targets list).")
@click.option(
    "--properties",
    required=True,
    metavar="NAMES",
    help="The properties to copy, separated by commas; NAME=PREDICATE for those without a known predicate.",
)
@click.option("--url", metavar="URL", help="The address of the data set. [default: known for ROR and GeoNames]")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write TriG to a file; - is stdout. [default: data/enriched/TARGET.trig of the project]",
)
@pass_settings
def enrich(settings: Settings, name: str, properties: str, url: str | None, output: Path | None) -> int:
    """Copy facts of the records that accepted exact matches lead to.

    The file holds them as facts about the other data set's records, in a named graph of their own with source, version,
    date and licence; kg build reads it. It is written anew each time, so that the facts of a withdrawn link go.
    """
    from kg.files.linksets import dataset_of
    from kg.files.reading import read_project
    from kg.link.checks.rows import placed_links
    from kg.link.enrich import choose_properties
    from kg.link.enrich import enrich as take_over
    from kg.link.targets.library import open_with_namespace

    chosen(None, output, (TRIG,), TRIG, "a file of facts")
    project = settings.project
    files = read_project(project)
    links = placed_links(project, files.tables)
    place = open_with_namespace(project, name, {link.namespace for link in links}, settings.say)
    wanted = [text.strip() for text in properties.split(",") if text.strip()]
    properties_ = choose_properties(wanted, place.index, _prefixes(files))
    base = dataset_of(files.ontology).value.removesuffix("dataset")
    found = take_over(place, links, properties_, base, url)
    if found.missing:
        settings.say(f"Linked ids that are not in {place.in_words}:  {', '.join(found.missing)}")
    target = output or project.root / "data" / "enriched" / f"{name}.trig"
    if not found.quads:
        return _remove(settings, target, name)
    _make_folder(target)
    write_output(
        _as_trig(found, files, f"kg link enrich --target {name} --properties {','.join(wanted)}"), target, project.root
    )
    if str(target) != "-":
        settings.say(
            f"Wrote {found.facts} facts about {found.records} records of {name} to {project.relative(target)}."
        )
        if output is None:
            settings.say("Add them to the graph with kg build.")
    return 0


def _as_trig(found: Enrichment, files: Files, command: str) -> bytes:
    """Write TriG in the layout of kg format, with a word on where it comes from."""
    from kg.files.turtle.formatter import layout
    from kg.files.turtle.syntax import read_turtle
    from kg.rdf.serialize import write_rdf

    text = write_rdf(found.quads, "trig", _prefixes(files)).decode()
    head, blank, body = text.partition("\n\n")
    comment = f"# Made by `{command}`; run it again instead of editing this file."
    return layout(read_turtle(f"{head}{blank}{comment}\n\n{body}", Path("enriched.trig"))).encode()


def _prefixes(files: Files) -> Prefixes:
    from kg.link.enrich import PREFIXES
    from kg.rdf.terms import WELL_KNOWN, Prefixes

    return Prefixes(PREFIXES | WELL_KNOWN | files.prefixes)


def _remove(settings: Settings, target: Path, name: str) -> int:
    """Remove a file of which nothing is left; raises UsageError where there was none either."""
    if str(target) == "-" or not target.is_file():
        raise UsageError(
            f"no accepted exact match leads to a record of {name} with these properties",
            f"look for links with kg link find --target {name}",
        )
    target.unlink()
    settings.say(f"No linked record has these properties any more: removed {settings.project.relative(target)}.")
    return 0


def _make_folder(target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutsideError(
            f"cannot write {target.parent}: {error.strerror or error}", "name another file with -o"
        ) from error
