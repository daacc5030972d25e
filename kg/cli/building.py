"""What commands that build have in common: who reasons, and what a build did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kg.cli.context import Settings
from kg.cli.output import echo

if TYPE_CHECKING:
    from kg.build.pipeline import BuildReport

reasoner_option = click.option(
    "--reasoner",
    type=click.Choice(["rules", "owlrl", "none", "server"]),
    default="rules",
    show_default=True,
    help="What adds inferred facts (the OWL 2 RL closure): our rules, owlrl (the slower reference), nothing, or "
    "the server of the graph, by SPARQL updates.",
)


def say_warnings(settings: Settings, report: BuildReport) -> None:
    """Print the warnings of a build."""
    for warning in report.warnings:
        settings.say(f"warning: {warning}")


def list_faults(settings: Settings, report: BuildReport) -> int:
    """List the findings that kept a build from publishing; return the exit status."""
    from kg.rdf.terms import Prefixes
    from kg.render.report import as_text

    if report.validation is not None:
        echo(as_text(report.validation, Prefixes(report.prefixes)).rstrip("\n"))
    settings.say("Nothing was published; the last good store is kept.")
    return 1
