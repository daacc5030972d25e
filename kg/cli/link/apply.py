"""`kg link apply`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.output import write_output
from kg.errors import UsageError
from kg.formats import NQUADS, NTRIPLES, TRIG, TURTLE, Format, chosen

if TYPE_CHECKING:
    from kg.files.reading import Files

_FORMATS = (TRIG, NQUADS, TURTLE, NTRIPLES)


@click.command(
    epilog="""\b
Examples:
  kg link apply
  kg link apply -o links.trig
  kg link apply --sameas
"""
)
@click.option(
    "--sameas",
    is_flag=True,
    help="Also write owl:sameAs for each exact match: every fact about one side then also holds for the other.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write links and linksets to a file instead of building: .trig .nq .ttl .nt, or - for TriG on stdout.",
)
@pass_settings
def apply(settings: Settings, sameas: bool, output: Path | None) -> int:
    """Add the accepted links to the graph.

    The links of each table go into the named graph of its mapping_set_id. The links with one predicate into one
    namespace are described as a VoID linkset, in a graph that queries read only with GRAPH. Unsure and rejected links
    are left out. With --store URL the graph is published there, too.
    """
    from kg.files.reading import read_project

    format_ = chosen(None, output, _FORMATS, TRIG, "a table of links")
    files = read_project(settings.project)
    if not any(table.links for table in files.tables):
        raise UsageError("the project has no links", "find some with kg link find, and accept them with kg link review")
    status = 0
    if output is not None:
        write_output(_written(files, sameas, format_), output)
    else:
        from kg.build.pipeline import BuildOptions
        from kg.cli.build import run_build

        status = run_build(settings, BuildOptions(same_as=sameas))
    if sameas and output is not None:
        from kg.files.linksets import SAME_AS_WARNING

        settings.say(f"warning: {SAME_AS_WARNING}")
    if not status:
        _count(settings, files)
    return status


def _written(files: Files, sameas: bool, format_: Format) -> bytes:
    from kg.files import linksets
    from kg.rdf.serialize import write_rdf
    from kg.rdf.terms import WELL_KNOWN, Prefixes

    quads = [*files.links, *linksets.linksets(files.tables, linksets.dataset_of(files.ontology))]
    if sameas:
        quads += linksets.same_as(files.tables)
    return write_rdf(quads, format_.name, Prefixes(WELL_KNOWN | linksets.PREFIXES | files.prefixes))


def _count(settings: Settings, files: Files) -> None:
    """Print how many links are in the graph and how many are left out, by namespace and predicate."""
    from kg.files.linksets import count_links
    from kg.rdf.terms import WELL_KNOWN, Prefixes

    prefixes = Prefixes(WELL_KNOWN | files.prefixes)
    counts = count_links(files.tables)
    for count in counts:
        rest = ((count.unsure, "unsure"), (count.rejected, "rejected"))
        left_out = ", ".join(f"{number} {word}" for number, word in rest if number)
        settings.say(
            f"  {count.accepted:6,} {prefixes.shorten(count.predicate)} into {count.namespace}"
            + (f"; {left_out} left out" if left_out else "")
        )
    total = sum(count.accepted for count in counts)
    out = sum(count.unsure + count.rejected for count in counts)
    settings.say(f"{total:,} accepted links; {out:,} unsure or rejected ones left out.")
