"""`kg build`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from kg.cli.building import report_build
from kg.cli.context import Settings, pass_settings

if TYPE_CHECKING:
    from kg.reasoning.facts import Budget


@click.command(
    epilog="""\b
Examples:
  kg build
  kg --project my-graph build --force
"""
)
@click.option("--force", is_flag=True, help="Build even if nothing has changed.")
@click.option("--no-reason", is_flag=True, help="Leave out what follows by OWL 2 RL.")
@click.option(
    "--reasoner",
    type=click.Choice(["rules", "owlrl"]),
    default="rules",
    show_default=True,
    help="What adds the OWL 2 RL closure: our rules, or the slower reference.",
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "shacl", "pyshacl"]),
    default="auto",
    show_default=True,
    help="SHACL engine, see kg validate.",
)
@click.option("--sameas", is_flag=True, help="Take accepted exact matches for identity; see kg link apply.")
@click.option("--max-inferred", type=click.IntRange(min=0), metavar="N", help="Stop when N triples were inferred.")
@click.option("--max-seconds", type=click.FloatRange(min=0), metavar="S", help="Stop after S seconds of reasoning.")
@pass_settings
def build(
    settings: Settings,
    force: bool,
    no_reason: bool,
    reasoner: str,
    engine: str,
    sameas: bool,
    max_inferred: int | None,
    max_seconds: float | None,
) -> int:
    """Make the store from the files: load, reason, validate, publish.

    Nothing is done where nothing has changed. Where the files have faults, they are listed, the exit status is 1,
    and the last good store stays. With --store URL the graph is built here and published there.
    """
    from kg.build.pipeline import build as build_store

    start = time.perf_counter()
    with settings.progress("Building") as step:
        report = build_store(
            settings.project,
            force=force,
            reasoner=None if no_reason else reasoner,
            budget=_budget(max_inferred, max_seconds),
            engine=engine,
            same_as=sameas,
            progress=step,
        )
    if settings.project.server and report.published:
        from kg.cli.publish import bring

        return bring(settings, report.published, settings.project.server)
    return report_build(settings, report, time.perf_counter() - start, sameas)


def _budget(triples: int | None, seconds: float | None) -> Budget | None:
    """Return the budget that was asked for; None where the usual one will do, which imports nothing."""
    if triples is None and seconds is None:
        return None
    from kg.reasoning.facts import Budget

    usual = Budget()
    return Budget(usual.triples if triples is None else triples, usual.seconds if seconds is None else seconds)
