"""`kg new`."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.output import echo


@click.command(
    epilog="""\b
Example:
  kg new town
"""
)
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@pass_settings
def new(settings: Settings, directory: Path) -> None:
    """Make a small project of your own, on which every command works.

    DIR is a folder that is empty or not there yet. It gets an ontology, shapes, two cited facts, queries, the
    text that was read, and a workflow that checks every change. The README in it tells how to make it yours.
    """
    from kg.files.template import new_project

    for path in new_project(directory):
        echo(str(path))
    settings.say(
        f"\nNext:\n  cd {shlex.quote(str(directory))}\n  kg build\n  kg query run within --cite\n"
        "  kg explain 'Tidal Museum' within Millhaven"
    )
