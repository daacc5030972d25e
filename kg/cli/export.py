"""`kg export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.output import format_options, write_output
from kg.errors import InputError, OutsideError, UsageError
from kg.files.json import read_json
from kg.files.text import read_text
from kg.formats import EXPORTS, TURTLE

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph


@click.command(
    epilog="""\b
Examples:
  kg export -o graph.ttl
  kg export -f json-ld --entity WIC
  kg export --graph wic:p18s2 -f trig
  kg export --scope inferred -f ntriples
  kg export --release release/
"""
)
@format_options(EXPORTS, "a graph", default=TURTLE)
@click.option(
    "--scope",
    type=click.Choice(["asserted", "inferred", "all"]),
    default="asserted",
    show_default=True,
    help="Facts stated in the files (asserted), inferred by reasoning, or both.",
)
@click.option("--graph", metavar="IRI", help="Only the facts of one passage or record (named graph).")
@click.option("--entity", metavar="ENTITY", help="Only facts about one entity.")
@click.option(
    "--release",
    "folder",
    type=click.Path(path_type=Path),
    help="Write all formats to a folder, with a description (VoID, DCAT), the queries, a citation and checksums.",
)
@click.option(
    "--frame", type=click.Path(path_type=Path), help="A JSON-LD frame, which selects and nests the facts; for json-ld."
)
@pass_settings
def export(
    settings: Settings,
    format_name: str,
    output: Path | None,
    scope: str,
    graph: str | None,
    entity: str | None,
    folder: Path | None,
    frame: Path | None,
) -> None:
    """Write the graph as Turtle, JSON-LD, CSV and more.

    TriG and N-Quads keep the named graphs, that is, the passage of each fact; the other formats merge them.
    `csv` has a row for each entity, `context` is the JSON-LD context itself.
    """
    from kg.export.rdf import Selection
    from kg.rdf.terms import parse_iri

    opened = settings.graph()
    if folder is not None:
        _write_release(settings, opened, folder)
        return
    if frame and format_name != "json-ld":
        raise UsageError(f"a frame is for JSON-LD, not for {format_name}", "add -f json-ld")
    selection = Selection(
        scope, parse_iri(graph, opened.prefixes) if graph else None, opened.entity(entity) if entity else None
    )
    with settings.progress("Exporting", "the graph"):
        try:
            write_output(opened.export_parts(format_name, selection, _frame(frame) if frame else None), output)
        except InputError as error:
            if frame is None or error.path is not None:
                raise
            raise InputError(error.message, error.hint, path=frame) from error


def _write_release(settings: Settings, graph: KnowledgeGraph, folder: Path) -> None:
    from kg.export.release import release
    from kg.files.reading import read_project

    with settings.progress("Making the release", "reading the files"):
        files = release(graph.project, read_project(graph.project), graph.store, graph.prefixes)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutsideError(f"cannot write {folder}: {error.strerror or error}", "name another folder") from error
    for name, content in files.items():
        write_output(content, folder / name)
    settings.say(f"Wrote {len(files)} files to {folder}; check them with sha256sum -c SHA256SUMS.")


def _frame(path: Path) -> dict[str, object]:
    frame = read_json(read_text(path), path)
    if not isinstance(frame, dict):
        raise InputError("write the frame as a JSON object", path=path)
    return frame
