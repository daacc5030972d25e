"""Files of a project -> quads. Each quad knows its named graph; a fault in a file is told with line and column."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, parse

from kg.errors import InputError
from kg.project import Project
from kg.sssom import LinkTable, read_links
from kg.terms import OWL, RDF

FORMATS = {
    ".ttl": RdfFormat.TURTLE,
    ".trig": RdfFormat.TRIG,
    ".nq": RdfFormat.N_QUADS,
    ".nt": RdfFormat.N_TRIPLES,
}


@dataclass(frozen=True)
class Files:
    """What the files of a project say: the quads by kind of file, the prefixes that they declare, the tables of links.

    `links` has a quad for each accepted link of the tables.
    """

    ontology: tuple[Quad, ...]
    data: tuple[Quad, ...]
    links: tuple[Quad, ...]
    prefixes: dict[str, str]
    tables: tuple[LinkTable, ...] = ()

    @property
    def quads(self) -> tuple[Quad, ...]:
        """All asserted quads."""
        return self.ontology + self.data + self.links


def read_project(project: Project) -> Files:
    """Read the ontology, data and links of a project.

    Raises:
        InputError: a file has a syntax error or cannot be read, or a data file has a blank node.
    """
    prefixes: dict[str, str] = {}
    ontology = _read_all(project, project.ontology_files, prefixes)
    data = _read_all(project, project.data_files, prefixes, blank_nodes=False)
    tables = tuple(map(read_links, project.link_files))
    for table in tables:
        prefixes |= {name: space for name, space in table.metadata["curie_map"].items() if name not in prefixes}
    links = tuple(quad for table in tables for quad in table.quads())
    return Files(tuple(ontology), tuple(data), links, dict(sorted(prefixes.items())), tables)


def read_with(project: Project, paths: Iterable[Path]) -> Files:
    """Read a project together with further data files; a file of the project is not read twice."""
    extra = [path.absolute() for path in paths if path.absolute() not in project.data_files]
    files = read_project(project)
    prefixes = dict(files.prefixes)
    data = _read_all(project, extra, prefixes, blank_nodes=False)
    return replace(files, data=(*files.data, *data), prefixes=prefixes)


def read_quads(path: Path, fallback_graph: NamedNode | None = None) -> tuple[list[Quad], dict[str, str]]:
    """Read one RDF file.

    Args:
        path: a .ttl, .trig, .nt or .nq file.
        fallback_graph: the named graph of triples that stand in none; without it they stay in the default graph,
            and with it an ontology file's triples go to the graph named by its owl:Ontology.

    Returns:
        the quads in the order of the file, and the prefixes that the file declares.

    Raises:
        InputError: with file, line and column of the first fault.
    """
    if path.suffix not in FORMATS:
        raise InputError(
            f"cannot tell the format of a {path.suffix or 'nameless'} file",
            f"known are {', '.join(FORMATS)}",
            path=path,
        )
    try:
        parser = parse(path=path, format=FORMATS[path.suffix], rename_blank_nodes=True)
        quads = list(parser)
    except SyntaxError as error:
        # The parser's message begins with the place, which the error names already.
        message = re.sub(r"^Parser error .*?\d+: ", "", error.msg)
        raise InputError(message, path=path, line=error.lineno, column=error.offset) from error
    except OSError as error:
        raise InputError(error.strerror or str(error), path=path) from error
    if fallback_graph is not None:
        graph = _ontology_of(quads) or fallback_graph
        quads = [
            Quad(q.subject, q.predicate, q.object, graph) if isinstance(q.graph_name, DefaultGraph) else q
            for q in quads
        ]
    return quads, parser.prefixes


def _read_all(
    project: Project, paths: Iterable[Path], prefixes: dict[str, str], *, blank_nodes: bool = True
) -> list[Quad]:
    quads: list[Quad] = []
    for path in paths:
        found, declared = read_quads(path, NamedNode(f"urn:kg:file:{project.relative(path)}"))
        if not blank_nodes:
            _refuse_blank_nodes(found, path)
        quads += found
        prefixes |= declared
    return quads


def _refuse_blank_nodes(quads: Iterable[Quad], path: Path) -> None:
    for quad in quads:
        if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode):
            node = quad.subject if isinstance(quad.object, BlankNode) else quad.object
            raise InputError(
                f"blank node at {node} {quad.predicate}",
                "give the node an IRI: diffs and links need names that stay",
                path=path,
            )


def _ontology_of(quads: Iterable[Quad]) -> NamedNode | None:
    return next(
        (
            quad.subject
            for quad in quads
            if quad.predicate.value == RDF + "type"
            and isinstance(quad.object, NamedNode)
            and quad.object.value == OWL + "Ontology"
            and isinstance(quad.subject, NamedNode)
        ),
        None,
    )
