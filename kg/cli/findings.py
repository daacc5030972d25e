"""What commands that report findings share: their options, and how the report is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg.cli.output import write_output

if TYPE_CHECKING:
    from kg.findings import Report
    from kg.rdf.terms import Prefixes

_FORMATS = ("text", "json", "turtle", "markdown", "sarif", "junit")
_EXTENSIONS = {".json": "json", ".ttl": "turtle", ".md": "markdown", ".sarif": "sarif", ".xml": "junit"}

_OPTIONS = (
    click.option(
        "--fail-on",
        type=click.Choice(["violation", "warning", "info"]),
        default="violation",
        show_default=True,
        help="Exit with 1 on findings of this severity or a graver one.",
    ),
    click.option(
        "-f",
        "--format",
        "format_name",
        type=click.Choice(_FORMATS),
        help="Form of the report. [default: by -o's extension, or text]",
    ),
    click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the report to a file."),
)


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what fails, and where and in which form the report goes."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def write_report(report: Report, prefixes: Prefixes, fail_on: str, format_name: str | None, output: Path | None) -> int:
    """Write a report; return the exit status, 1 where a finding is as grave as `fail_on` or graver."""
    from kg.render.report import FORMS

    kind = format_name or _EXTENSIONS.get(output.suffix if output else "", "text")
    write_output(FORMS[kind](report, prefixes), output)
    return 1 if report.at_least(fail_on) else 0
