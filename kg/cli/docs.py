"""`kg docs`."""

from __future__ import annotations

from pathlib import Path

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.output import write_output
from kg.errors import OutsideError


@click.command(
    epilog="""\b
Example:
  kg docs site/
"""
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@pass_settings
def docs(settings: Settings, folder: Path) -> None:
    """Write a web page that documents the ontology.

    It shows the classes and properties, with examples from the data. DIR/index.html needs nothing from the network.
    """
    from kg.render.ontology_page import ontology_page

    graph = settings.graph()
    with settings.progress("Writing the page", "terms and examples"):
        page = ontology_page(graph.project, graph.store, graph.prefixes)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutsideError(f"cannot write {folder}: {error.strerror or error}", "name another folder") from error
    write_output(page, folder / "index.html")
    settings.say(f"Wrote {folder / 'index.html'}; open it in a browser.")
