"""`kg diff`."""

from __future__ import annotations

from pathlib import Path

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.output import format_options, to_terminal, write_output
from kg.formats import JSON, MARKDOWN, TEXT


@click.command(
    epilog="""\b
Examples:
  kg diff HEAD
  kg diff HEAD~1 HEAD -o change.md
  kg diff v1.0 . -f json
  kg diff before.trig after.trig
  kg diff https://data.example.org .
"""
)
@click.argument("before", metavar="A")
@click.argument("after", metavar="[B]", required=False)
@format_options((TEXT, MARKDOWN, JSON), "a difference", default=TEXT)
@pass_settings
def diff(settings: Settings, before: str, after: str | None, format_name: str, output: Path | None) -> int:
    """Show what changed between two versions of a graph.

    Changes are listed by entity, those of inferred facts as well.
    A and B are each an RDF file, the folder of a project, a git revision of the project, or the address of a server
    that it was published to; without B, A is compared with the project as it is now. The exit status is 1 where they
    differ. The order of facts, and the labels of nodes without a name (blank nodes), make no difference. Turtle and
    N-Triples do not keep passages: compare TriG or N-Quads with a project.
    """
    from kg.diff.compare import compare
    from kg.diff.snapshots import read_snapshot, snapshot_of
    from kg.render import diff as changes

    project = settings.project
    with settings.progress("Comparing") as step:
        old = read_snapshot(before, project, offline=settings.offline)
        new = snapshot_of(project, "now") if after is None else read_snapshot(after, project, offline=settings.offline)
        difference = compare(old, new, step)
    if format_name == "text":
        write_output(changes.as_text(difference, to_terminal(output)), output)
    else:
        write_output(changes.FORMS[format_name](difference), output)
    return 1 if difference else 0
