"""`kg build`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from kg.cli.building import list_faults, reasoner_option, say_warnings
from kg.cli.context import Settings, pass_settings

if TYPE_CHECKING:
    from kg.build.pipeline import BuildOptions
    from kg.reasoning.facts import Budget


@click.command(
    epilog="""\b
Examples:
  kg build
  kg --project my-graph build --force
"""
)
@click.option("--force", is_flag=True, help="Build even if nothing has changed.")
@reasoner_option
@click.option(
    "--engine",
    type=click.Choice(["auto", "shacl", "pyshacl"]),
    default="auto",
    show_default=True,
    help="Engine for the rules about the data (SHACL shapes); see kg validate.",
)
@click.option("--sameas", is_flag=True, help="Treat accepted exact matches as the same thing; see kg link apply.")
@click.option("--max-inferred", type=click.IntRange(min=0), metavar="N", help="Stop after inferring N triples (facts).")
@click.option("--max-seconds", type=click.FloatRange(min=0), metavar="S", help="Stop after S seconds of reasoning.")
@pass_settings
def build(
    settings: Settings,
    force: bool,
    reasoner: str,
    engine: str,
    sameas: bool,
    max_inferred: int | None,
    max_seconds: float | None,
) -> int:
    """Build the store from the files, with inferred facts.

    The files are read, facts that follow from them by the rules of OWL 2 RL are added, and everything is checked.
    Nothing is done if nothing has changed. Errors in the files are listed, the exit status is then 1, and the last good
    store is kept. With --store URL the graph is built here and published to that server.
    """
    from kg.build.pipeline import BuildOptions

    return run_build(settings, BuildOptions(reasoner, _budget(max_inferred, max_seconds), engine, sameas, force))


def run_build(settings: Settings, options: BuildOptions) -> int:
    """Build, publish if the store is a server, and report what was done; return the exit status."""
    if settings.project.server:
        from kg.cli.publish import build_and_publish

        return build_and_publish(settings, settings.project.server, options)
    from kg.build.pipeline import build

    start = time.perf_counter()
    with settings.progress("Building") as step:
        report = build(settings.project, options, step)
    say_warnings(settings, report)
    if report.published is None:
        return list_faults(settings, report)
    if not report.fresh:
        settings.say("Nothing to do: the store is up to date.")
        return 0
    manifest = report.published.manifest
    inferred = sum(manifest.inferred.values())
    settings.say(
        f"Built {settings.project.store_path} in {time.perf_counter() - start:.1f} s: "
        f"{manifest.asserted:,} facts (triples) read, {inferred:,} inferred."
    )
    for rule, count in manifest.inferred.items():
        settings.say(f"  {count:8,} by {rule}")
    return 0


def _budget(triples: int | None, seconds: float | None) -> Budget | None:
    """Return the budget that was asked for; None where the usual one will do, which imports nothing."""
    if triples is None and seconds is None:
        return None
    from kg.reasoning.facts import Budget

    usual = Budget()
    return Budget(usual.triples if triples is None else triples, usual.seconds if seconds is None else seconds)
