"""`kg trust`."""

from __future__ import annotations

from pathlib import Path

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.output import echo


@click.command(
    epilog="""\b
Examples:
  kg trust
  kg trust ../a-project
  kg trust --revoke
"""
)
@click.argument("folder", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--revoke", is_flag=True, help="Withdraw the agreement.")
@pass_settings
def trust(settings: Settings, folder: Path | None, revoke: bool) -> int:
    """Agree to what a project's kg.toml names outside.

    That is a server of the graph, endpoints to query, and a folder of the store outside of the project.
    Without this they are not used, as you may have cloned the project from someone else. kg asks again when kg.toml
    names others. For a single command, `kg --store project COMMAND` does the same.
    """
    from kg.files.project import find_project
    from kg.files.trust import distrust
    from kg.files.trust import trust as agree

    # As if it were confirmed for this command: what is to be agreed to is only looked at.
    project = find_project(folder or settings.project_dir, "project")
    if revoke:
        there = distrust(project.root)
        settings.say(f"{project.root} is {'no longer' if there else 'not'} trusted.")
        return 0 if there else 1
    if not project.outside:
        settings.say(f"{project.root} names no server, endpoint or folder elsewhere: there is nothing to trust.")
        return 0
    for name, value in project.outside.items():
        echo(f"{name} = {value}")
    settings.say(f"{project.root} is trusted with that (kept in {agree(project.root, project.outside)}).")
    return 0
