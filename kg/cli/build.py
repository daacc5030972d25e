"""`kg build`."""

from __future__ import annotations

import time

import click

from kg.cli.context import Settings, pass_settings


@click.command(
    epilog="""\b
Examples:
  kg build
  kg --project my-graph build --force
"""
)
@click.option("--force", is_flag=True, help="Build even if nothing has changed.")
@click.option("--no-reason", is_flag=True, help="Leave out what follows by OWL 2 RL.")
@pass_settings
def build(settings: Settings, force: bool, no_reason: bool) -> int:
    """Make the store from the files: load, reason, validate, publish.

    Nothing is done where nothing has changed. Where the files have faults, they are listed, the exit status is 1,
    and the last good store stays.
    """
    from kg.build import build as build_store

    start = time.perf_counter()
    with settings.progress("Building") as step:
        report = build_store(settings.project, force=force, reason=not no_reason, progress=step)
    for warning in report.warnings:
        settings.say(f"warning: {warning}")
    if report.published is None:
        from kg.findings import as_text
        from kg.reading import read_project

        for inconsistency in report.inconsistencies:
            click.echo(f"inconsistent: {inconsistency.meaning}")
        if report.validation is not None:
            from kg.terms import Prefixes

            click.echo(as_text(report.validation, Prefixes(read_project(settings.project).prefixes)), nl=False)
        settings.say("Nothing was published; the last good store stays.")
        return 1
    if not report.fresh:
        settings.say("Nothing to do: the store is that of these files.")
        return 0
    manifest = report.published.manifest
    inferred = sum(manifest.inferred.values())
    settings.say(
        f"Built {settings.project.store_path} in {time.perf_counter() - start:.1f} s: "
        f"{manifest.asserted:,} triples read, {inferred:,} inferred."
    )
    if settings.verbose:
        from kg.terms import Prefixes

        prefixes = Prefixes(manifest.prefixes)
        for predicate, count in manifest.inferred.items():
            settings.say(f"  {count:6,} {prefixes.shorten(predicate)}")
    return 0
