"""`kg validate`."""

from __future__ import annotations

from pathlib import Path

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.output import write_output


@click.command(
    epilog="""\b
Examples:
  kg validate
  kg validate data/wic-introduction.trig --fail-on warning
  kg validate -f markdown -o report.md
"""
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--fail-on",
    type=click.Choice(["violation", "warning", "info"]),
    default="violation",
    show_default=True,
    help="Exit with 1 on findings of this severity or a graver one.",
)
@click.option(
    "-f",
    "--format",
    "format_name",
    type=click.Choice(["text", "json", "turtle", "markdown"]),
    help="Form of the report.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the report to a file.")
@pass_settings
def validate(
    settings: Settings, files: tuple[Path, ...], fail_on: str, format_name: str | None, output: Path | None
) -> int:
    """Check the files against the SHACL shapes, and the headers of the canned queries.

    Without FILES the whole project is checked. With FILES, which may lie outside the project, they are checked
    together with it, and only what is found in them is reported.
    """
    from kg import findings
    from kg.catalog import all_queries
    from kg.reading import read_project, read_with
    from kg.shapes import validate_files
    from kg.terms import Prefixes

    project = settings.project
    with settings.progress("Validating"):
        all_queries(project.query_files)
        asserted = read_with(project, files) if files else read_project(project)
        report = validate_files(project, asserted, files or None)
    prefixes = Prefixes(asserted.prefixes)
    kind = format_name or {".json": "json", ".ttl": "turtle", ".md": "markdown"}.get(output.suffix if output else "")
    if kind == "json":
        text = findings.as_json(report)
    elif kind == "turtle":
        text = findings.as_turtle(report)
    elif kind == "markdown":
        text = findings.as_markdown(report, prefixes)
    else:
        text = findings.as_text(report, prefixes)
    write_output(text, output)
    return 1 if report.at_least(fail_on) else 0
