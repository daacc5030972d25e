"""`kg link check`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.findings import report_options, write_report

if TYPE_CHECKING:
    from kg.files.reading import Files
    from kg.findings import Finding
    from kg.link.checks.retired import Retired
    from kg.link.checks.rows import PlacedLink
    from kg.rdf.terms import Prefixes


@click.command(
    epilog="""\b
Examples:
  kg link check
  kg link check --retired ror_retired.tsv --fail-on warning
  kg link check -o links.sarif

A list of retired identifiers is a TSV table with the columns id, status and successors (IRIs; several successors
are separated by |), or the file warnings.json of the name-suggestion-index, which is about Wikidata items.
"""
)
@click.option(
    "--retired",
    "lists",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A list of identifiers that were retired, deleted or redirected; repeatable.",
)
@report_options
@pass_settings
def check(settings: Settings, lists: tuple[Path, ...], fail_on: str, format_name: str, output: Path | None) -> int:
    """Find links that contradict each other or are outdated.

    The rows of all tables in data/links/ are compared with each other, with the graph, with the records of the targets
    (kg link targets list), and with lists of retired identifiers. Findings about rows that are marked unsure have the
    severity info; rejected rows are not checked.
    """
    from kg.files.reading import read_project
    from kg.findings import report
    from kg.link.checks.rows import placed_links
    from kg.rdf.terms import WELL_KNOWN, Prefixes

    with settings.progress("Checking links") as step:
        files = read_project(settings.project)
        prefixes = Prefixes(WELL_KNOWN | files.prefixes)
        links = placed_links(settings.project, files.tables)
        step("comparing links with the records of the targets")
        found = report(_findings(settings, files, links, _read_lists(lists), prefixes))
    return write_report(found, prefixes, fail_on, format_name, output)


def _read_lists(lists: tuple[Path, ...]) -> dict[str, Retired]:
    from kg.link.checks.retired import read_retired

    retired: dict[str, Retired] = {}
    for path in lists:
        retired |= read_retired(path)
    return retired


def _findings(
    settings: Settings, files: Files, links: list[PlacedLink], retired: dict[str, Retired], prefixes: Prefixes
) -> list[Finding]:
    from kg.link.checks.records import check_records, unchecked_namespaces
    from kg.link.checks.retired import check_retired
    from kg.link.checks.tables import check_subjects, check_tables
    from kg.link.targets.library import open_library

    described = {str(getattr(quad.subject, "value", "")) for quad in (*files.data, *files.ontology)}
    found = [
        *check_tables(links),
        *check_subjects(links, described, prefixes),
        *check_retired(links, retired, prefixes),
    ]
    library = open_library(settings.project, {link.namespace for link in links}, settings.say)
    if library.targets and links:
        from kg.cli.link.candidates import our_records

        entities = {record.iri: record for record in our_records(settings.graph())}
        found += check_records(links, library, entities, prefixes, retired)
    unchecked = unchecked_namespaces(links, library)
    if unchecked:
        counts = ", ".join(f"{prefix} ({number})" for prefix, number in unchecked.items())
        settings.say(f"Not compared with any records, since no target has them: links into {counts}.")
    return found
