"""What commands that report findings share: their options, and how the report is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg.cli.output import format_options, write_output
from kg.formats import JSON, JUNIT, MARKDOWN, SARIF, TEXT, TURTLE

if TYPE_CHECKING:
    from kg.findings import Report
    from kg.rdf.terms import Prefixes

_OPTIONS = (
    click.option(
        "--fail-on",
        type=click.Choice(["violation", "warning", "info"]),
        default="violation",
        show_default=True,
        help="Exit with 1 on findings of at least this severity.",
    ),
    format_options((TEXT, JSON, TURTLE, MARKDOWN, SARIF, JUNIT), "a report", default=TEXT),
)


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options for what counts as a failure, and for the output and format of the report."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def write_report(report: Report, prefixes: Prefixes, fail_on: str, format_name: str, output: Path | None) -> int:
    """Write a report; return the exit status, 1 if a finding is at least as severe as `fail_on`."""
    from kg.render.report import FORMS

    write_output(FORMS[format_name](report, prefixes), output)
    return 1 if report.at_least(fail_on) else 0
