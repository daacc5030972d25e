"""`kg publish`."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from kg.cli.building import reasoner_option
from kg.cli.context import Settings, pass_settings
from kg.cli.output import echo
from kg.errors import UsageError

if TYPE_CHECKING:
    from kg.build.manifest import Build
    from kg.build.pipeline import BuildOptions
    from kg.build.publish import Plan
    from kg.reasoning.rule_table import Inconsistency


@click.command(
    epilog="""\b
Examples:
  kg publish http://localhost:7878 --dry-run
  kg publish http://localhost:7878
  KG_USER=dba KG_PASSWORD=... kg publish https://data.example.org
  kg --store http://localhost:7878 query run initiators
"""
)
@click.argument("url", required=False)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@reasoner_option
@pass_settings
def publish(settings: Settings, url: str | None, dry_run: bool, reasoner: str) -> int:
    """Bring the graph to a SPARQL server; every command then works on it: kg --store URL COMMAND.

    URL is the address of an Oxigraph or Virtuoso server, or of another one that kg.toml describes. The graph is built
    here first. Then those named graphs are sent whose content has changed, and the closure is put into a graph of its
    own. A publish that was broken off goes on where it stopped. Name yourself by KG_USER and KG_PASSWORD, by KG_TOKEN,
    or in ~/.netrc.
    """
    if url:
        settings = replace(settings, store=url)
    address = settings.project.server
    if not address:
        raise UsageError("publish where?", "kg publish https://...")
    from kg.build.pipeline import BuildOptions

    return build_and_publish(settings, address, BuildOptions(reasoner), dry_run=dry_run)


def build_and_publish(settings: Settings, url: str, options: BuildOptions, *, dry_run: bool = False) -> int:
    """Build a graph and publish it to the server at an address; return the exit status.

    What the server is to infer (the reasoner is `server`) is not inferred here.
    """
    from kg.build.pipeline import build
    from kg.cli.building import list_faults, say_warnings

    project, on_server = settings.project, options.reasoner == "server"
    if options.reasoner in ("none", "server"):
        # The store with what is inferred stays as it is.
        project, options = (
            replace(project, store_path=project.store_path / "asserted"),
            replace(options, reasoner="none"),
        )
    with settings.progress("Building") as step:
        report = build(project, options, step)
    say_warnings(settings, report)
    if report.published is None:
        return list_faults(settings, report)
    return bring(settings, report.published, url, dry_run=dry_run, on_server=on_server)


def bring(settings: Settings, build: Build, url: str, *, dry_run: bool = False, on_server: bool = False) -> int:
    """Bring a built graph to the server at an address, and say what was done; return the exit status."""
    from pyoxigraph import NamedNode

    from kg.build import publish as publishing
    from kg.store.server import connect

    start = time.perf_counter()
    server = connect(settings.project, offline=settings.offline)
    node = NamedNode(settings.project.publication)
    with settings.progress("Publishing") as step:
        plan = publishing.plan(build, server, node, on_server=on_server, progress=step)
        if not dry_run and not plan.complete:
            total, contradictions = publishing.publish(build, server, node, plan, on_server=on_server, progress=step)
    settings.say(f"{url} ({server.addresses.engine.name}), as <{node.value}>:")
    _tell(settings, plan, dry_run)
    if not dry_run and not plan.complete:
        if contradictions:
            return _contradicted(settings, contradictions, build)
        seconds = time.perf_counter() - start
        settings.say(f"Published in {seconds:.1f} s: {total:,} triples in the closure. kg --store {url} ... asks it.")
    return 0


def _tell(settings: Settings, plan: Plan, dry_run: bool) -> None:
    if plan.complete:
        settings.say(f"  Nothing to do: all {len(plan.graphs):,} graphs are there, and the closure.")
        return
    triples = sum(plan.graphs[name].triples for name in plan.changed)
    would = "would be " if dry_run else ""
    settings.say(f"  {_graphs(len(plan.changed))} {would}sent, {triples:,} triples")
    settings.say(f"  {_graphs(len(plan.removed))} {would}taken away")
    settings.say(f"  {_graphs(plan.unchanged)} unchanged")
    if dry_run:
        settings.say("  and the closure would be made anew.")


def _graphs(number: int) -> str:
    return f"{number:6,} graph{'' if number == 1 else 's'}"


def _contradicted(settings: Settings, found: Iterable[Inconsistency], build: Build) -> int:
    from kg.findings import report
    from kg.rdf.terms import Prefixes
    from kg.render.report import as_text
    from kg.validation.report import contradiction

    prefixes = Prefixes(build.manifest.prefixes)
    echo(as_text(report(contradiction(one, (), prefixes) for one in found), prefixes).rstrip("\n"))
    settings.say("The closure that was published last stays.")
    return 1
