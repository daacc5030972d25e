"""`kg validate`."""

from __future__ import annotations

from pathlib import Path

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.findings import report_options, write_report
from kg.errors import UsageError


@click.command(
    epilog="""\b
Examples:
  kg validate
  kg validate data/wic-introduction.trig --fail-on warning
  kg validate -o report.sarif
  kg validate --mutate --mutants 500
  kg --store http://localhost:7878 validate
"""
)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@report_options
@click.option(
    "--engine",
    type=click.Choice(["auto", "shacl", "pyshacl"]),
    default="auto",
    show_default=True,
    help="Engine for the rules about the data (SHACL shapes): pyshacl, or shacl, which is much faster, if installed.",
)
@click.option(
    "--mutate", "mutating", is_flag=True, help="Break the graph on purpose, and report which errors are caught."
)
@click.option(
    "--mutants",
    type=click.IntRange(min=1),
    default=2000,
    show_default=True,
    help="Number of changes to try, with --mutate.",
)
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    help="Seed of the random choice; the same seed gives the same changes.",
)
@click.option("--skip-unsupported", is_flag=True, help="Skip the shapes that not all engines can check, and list them.")
@click.option(
    "--text", type=click.Path(path_type=Path), help="A text that passages were read from, to compare their digests."
)
@pass_settings
def validate(
    settings: Settings,
    files: tuple[Path, ...],
    fail_on: str,
    format_name: str,
    output: Path | None,
    engine: str,
    mutating: bool,
    mutants: int,
    seed: int,
    skip_unsupported: bool,
    text: Path | None,
) -> int:
    """Check the files against the rules about the data.

    The rules are SHACL shapes. Contradictions, missing evidence and the rows of check queries are found as well, and
    errors in the headers of queries. Without FILES the whole project is checked. FILES, which may be outside the
    project, are checked together with it, and only findings in them are reported.

    With --store URL the published graph is checked on its server: the shapes, as queries, and the check queries.
    """
    if settings.project.server:
        if files or mutating or text or engine != "auto":
            raise UsageError("files cannot be checked on a server", "leave out --store to check files")
        return _validate_published(settings, skip_unsupported, fail_on, format_name, output)
    if mutating:
        from kg.cli.mutate import mutate

        return mutate(settings, mutants, seed, text, format_name, output, engine)
    from kg.build.pipeline import built_store
    from kg.files.reading import read_project, read_with
    from kg.files.text import read_text
    from kg.query.catalog import all_queries
    from kg.rdf.terms import WELL_KNOWN, Prefixes
    from kg.reasoning.closure import close
    from kg.validation.report import validate_files

    project = settings.project
    with settings.progress("Validating") as step:
        all_queries(project.query_files)
        asserted = read_with(project, files) if files else read_project(project)
        step("reasoning")
        closure = close(asserted.quads, progress=step)
        step("checking")
        words = read_text(text, exact=True) if text else None
        # Of large graphs it takes less to open what was built than to make a store for the check queries.
        store = None if files else built_store(project)
        report = validate_files(
            project,
            asserted,
            closure,
            store=store,
            only=files or None,
            engine=engine,
            text=words,
            skip_unsupported=skip_unsupported,
        )
    return write_report(report, Prefixes(WELL_KNOWN | asserted.prefixes), fail_on, format_name, output)


def _validate_published(
    settings: Settings, skip_unsupported: bool, fail_on: str, format_name: str, output: Path | None
) -> int:
    from kg.store.remote import RemoteStore
    from kg.validation.report import validate_published

    graph = settings.graph()
    assert isinstance(graph.store, RemoteStore)
    with settings.progress("Validating on the server", "shapes and check queries"):
        report = validate_published(graph.project, graph.store, graph.prefixes, skip_unsupported=skip_unsupported)
    return write_report(report, graph.prefixes, fail_on, format_name, output)
