"""`kg validate --mutate`."""

from __future__ import annotations

from pathlib import Path

from kg.cli.context import Settings
from kg.cli.output import write_output
from kg.formats import JSON, TEXT, named
from kg.render.text import visible


def mutate(
    settings: Settings,
    count: int,
    seed: int,
    text: Path | None,
    format_name: str,
    output: Path | None,
    engine: str = "auto",
) -> int:
    """Break the graph on purpose, one change at a time, and report which errors validation catches, as text or JSON.

    With a text, the digests of its passages are compared, too. The exit status is 1 where too few mutants are caught.
    """
    from kg.files.reading import read_project
    from kg.files.text import read_text
    from kg.rdf.terms import WELL_KNOWN, Prefixes
    from kg.validation.mutation import as_json, as_text, mutation_report, standard_checks

    chosen = named(format_name, (TEXT, JSON), "a report of mutations")
    project = settings.project
    files = read_project(project)
    checks = standard_checks(project, read_text(text, exact=True) if text else None, engine)
    with settings.progress("Breaking the graph") as step:
        report = mutation_report(project, files, count, seed, step, checks=checks)
    prefixes = Prefixes({**WELL_KNOWN, **files.prefixes})
    write_output(as_json(report) if chosen == JSON else visible(as_text(report, prefixes)), output)
    return 0 if report.good else 1
