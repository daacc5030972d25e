"""`kg publish`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import click

from kg.cli.building import reasoner_option
from kg.cli.context import Settings, pass_settings
from kg.cli.output import echo
from kg.errors import UsageError

if TYPE_CHECKING:
    from kg.build.contents import Contents
    from kg.build.pipeline import BuildOptions
    from kg.build.publish import Plan
    from kg.progress import Progress


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
@click.option("--dry-run", is_flag=True, help="Show what would be done, and change nothing.")
@reasoner_option
@pass_settings
def publish(settings: Settings, url: str | None, dry_run: bool, reasoner: str) -> int:
    """Publish the graph to a SPARQL server.

    Every command then works on the published graph: kg --store URL COMMAND. URL is the address of an Oxigraph or
    Virtuoso server, or of another one that kg.toml describes. The graph is built here first. Then the named graphs that
    have changed are uploaded, and the closure (all facts, including inferred ones) is written to a graph of its own.
    With --reasoner server nothing is built here: files of any size are streamed to the server, which computes the
    closure and checks the rules about the data (SHACL shapes). An interrupted publish continues where it stopped. Set
    KG_USER and KG_PASSWORD, or KG_TOKEN, or use ~/.netrc to log in.
    """
    if url:
        settings = replace(settings, store=url)
    address = settings.project.server
    if not address:
        raise UsageError("no server named", "name its address: kg publish https://...")
    from kg.build.pipeline import BuildOptions

    return build_and_publish(settings, address, BuildOptions(reasoner), dry_run=dry_run)


def build_and_publish(settings: Settings, url: str, options: BuildOptions, *, dry_run: bool = False) -> int:
    """Publish a graph to the server at an address; return the exit status.

    It is built here, unless the server is to reason (the reasoner is `server`): then the files themselves go there.
    """
    if options.reasoner == "server":
        from kg.build.contents import contents_of_files, key_of_files
        from kg.files.linksets import SAME_AS_WARNING
        from kg.validation.report import require_usable_checks

        if options.same_as:
            settings.say(f"warning: {SAME_AS_WARNING}")
        require_usable_checks(settings.project)
        key = key_of_files(settings.project, options.basis)
        read = partial(contents_of_files, settings.project, key, same_as=options.same_as)
        return _publish(settings, url, key, read, options, dry_run)
    from kg.build.contents import contents_of_build
    from kg.build.pipeline import build
    from kg.cli.building import list_faults, say_warnings

    project = settings.project
    if options.reasoner == "none":
        # The store with what is inferred stays as it is.
        project = replace(project, store_path=project.store_path / "asserted")
    with settings.progress("Building") as step:
        report = build(project, options, step)
    say_warnings(settings, report)
    if report.published is None:
        return list_faults(settings, report)
    ready = report.published
    return _publish(settings, url, ready.manifest.key, partial(contents_of_build, ready), options, dry_run)


def _publish(
    settings: Settings, url: str, key: str, read: Callable[[Progress], Contents], options: BuildOptions, dry_run: bool
) -> int:
    """Publish what `read` gives where a server has not got it yet; say what was done, return the exit status."""
    from pyoxigraph import NamedNode

    from kg.build import publish as publishing
    from kg.store.server import connect

    start = time.perf_counter()
    project = settings.project
    server = connect(project, offline=settings.offline)
    node = NamedNode(project.publication)
    outcome = None
    with settings.progress("Publishing") as step:
        ready = publishing.published(server, node, key)
        if ready is not None:
            if not dry_run:
                publishing.finish(server, ready, step)
        else:
            contents = read(step)
            plan = publishing.plan(contents, server, node)
            outcome = None if dry_run else publishing.publish(project, contents, server, plan, options.budget, step)
    settings.say(f"{url} ({server.addresses.engine.name}), as <{node.value}>:")
    if ready is not None:
        settings.say(f"  Nothing to do: the closure and all {len(ready.graphs(server)):,} graphs are up to date.")
        return 0
    _say_plan(settings, plan, contents, dry_run)
    if outcome is None:
        return 0
    if outcome.validation is not None and not outcome.validation.conforms:
        from kg.rdf.terms import Prefixes
        from kg.render.report import as_text

        echo(as_text(outcome.validation, Prefixes(contents.prefixes)).rstrip("\n"))
        settings.say("The previously published closure is kept.")
        return 1
    seconds = time.perf_counter() - start
    triples = f"{outcome.triples:,} triples in the closure"
    settings.say(f"Published in {seconds:.1f} s: {triples}. Query it with kg --store {url} ...")
    return 0


def _say_plan(settings: Settings, plan: Plan, contents: Contents, dry_run: bool) -> None:
    triples = sum(contents.graphs[name].triples for name in plan.changed)
    would = "would be " if dry_run else ""
    settings.say(f"  {_graphs(len(plan.changed))} {would}uploaded, {triples:,} triples")
    settings.say(f"  {_graphs(len(plan.removed))} {would}removed")
    settings.say(f"  {_graphs(plan.unchanged)} unchanged")
    if dry_run:
        settings.say("  and the closure would be computed again.")


def _graphs(number: int) -> str:
    return f"{number:6,} graph{'' if number == 1 else 's'}"
