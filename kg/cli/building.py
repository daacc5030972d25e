"""What a build did, as commands that build say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kg.cli.context import Settings

if TYPE_CHECKING:
    from kg.build.pipeline import BuildReport


def report_build(settings: Settings, report: BuildReport, seconds: float, sameas: bool = False) -> int:
    """Say what a build did, and list the faults that kept it from publishing; return the exit status."""
    if sameas:
        from kg.files.linksets import SAME_AS_WARNING

        settings.say(f"warning: {SAME_AS_WARNING}")
    for warning in report.warnings:
        settings.say(f"warning: {warning}")
    if report.published is None:
        from kg.files.reading import read_project
        from kg.render.report import as_text

        if report.validation is not None:
            from kg.rdf.terms import WELL_KNOWN, Prefixes

            prefixes = Prefixes(WELL_KNOWN | read_project(settings.project).prefixes)
            click.echo(as_text(report.validation, prefixes).rstrip("\n"))
        settings.say("Nothing was published; the last good store stays.")
        return 1
    if not report.fresh:
        settings.say("Nothing to do: the store is that of these files.")
        return 0
    manifest = report.published.manifest
    inferred = sum(manifest.inferred.values())
    settings.say(
        f"Built {settings.project.store_path} in {seconds:.1f} s: "
        f"{manifest.asserted:,} triples read, {inferred:,} inferred."
    )
    for rule, count in manifest.inferred.items():
        settings.say(f"  {count:8,} by {rule}")
    return 0
