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
    """Create a small, working project of your own.

    DIR is an empty or new folder. It gets an ontology (the classes and properties), rules about the data (SHACL
    shapes), two cited facts, queries, the text that was read, and a CI workflow that checks every change. Its README
    explains how to adapt it.
    """
    from kg.files.template import new_project

    for path in new_project(directory):
        echo(str(path))
    settings.say(
        f"\nNext:\n  cd {shlex.quote(str(directory))}\n  kg build\n  kg query run within --cite\n"
        "  kg explain 'Tidal Museum' within Millhaven"
    )
