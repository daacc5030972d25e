"""Files of a project -> quads. Each quad knows its named graph; a fault in a file is told with line and column."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, parse

from kg.dictionary import Dictionary, Quads
from kg.errors import InputError
from kg.progress import Progress, silent
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

    ontology: Sequence[Quad]
    data: Sequence[Quad]
    links: Sequence[Quad]
    prefixes: dict[str, str]
    tables: tuple[LinkTable, ...] = ()

    @property
    def quads(self) -> Quads:
        """All asserted quads."""
        return Quads.of(self.ontology) + self.data + self.links


def read_project(project: Project, progress: Progress = silent) -> Files:
    """Read the ontology, data and links of a project; their quads have one dictionary.

    Raises:
        InputError: a file has a syntax error or cannot be read, or a data file has a blank node.
    """
    prefixes: dict[str, str] = {}
    dictionary = Dictionary()
    ontology = _read_all(project, project.ontology_files, dictionary, prefixes)
    data = _read_all(project, project.data_files, dictionary, prefixes, blank_nodes=False, progress=progress)
    tables = tuple(map(read_links, project.link_files))
    for table in tables:
        prefixes |= {name: space for name, space in table.metadata["curie_map"].items() if name not in prefixes}
    links = Quads.of((quad for table in tables for quad in table.quads()), dictionary)
    return Files(ontology, data, links, dict(sorted(prefixes.items())), tables)


def read_with(project: Project, paths: Iterable[Path]) -> Files:
    """Read a project together with further data files; a file of the project is not read twice."""
    extra = [path.absolute() for path in paths if path.absolute() not in project.data_files]
    files = read_project(project)
    prefixes = dict(files.prefixes)
    data = Quads.of(files.data)
    data += _read_all(project, extra, data.dictionary, prefixes, blank_nodes=False)
    return replace(files, data=data, prefixes=prefixes)


def read_quads(
    path: Path,
    fallback_graph: NamedNode | None = None,
    dictionary: Dictionary | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[Quads, dict[str, str]]:
    """Read one RDF file.

    Args:
        path: a .ttl, .trig, .nt or .nq file.
        fallback_graph: the named graph of triples that stand in none; without it they stay in the default graph,
            and with it an ontology file's triples go to the graph named by its owl:Ontology.
        dictionary: numbers the terms.
        progress: is told how many bytes were read.

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
        with path.open("rb") as file:
            parser = parse(_Counted(file, progress), format=FORMATS[path.suffix], rename_blank_nodes=True)  # type: ignore[arg-type]  # all that is asked of it is to be read
            quads = Quads.of(parser, Dictionary() if dictionary is None else dictionary)
    except SyntaxError as error:
        # The parser's message begins with the place, which the error names already.
        message = re.sub(r"^Parser error .*?\d+: ", "", error.msg)
        raise InputError(message, path=path, line=error.lineno, column=error.offset) from error
    except OSError as error:
        raise InputError(error.strerror or str(error), path=path) from error
    if fallback_graph is not None:
        quads = _out_of_default_graph(quads, fallback_graph)
    return quads, parser.prefixes


class _Counted:
    """A file that tells how much of it was read."""

    def __init__(self, file: BinaryIO, progress: Callable[[int], None]) -> None:
        self._file, self._progress = file, progress

    def read(self, size: int = -1) -> bytes:
        """Read some bytes."""
        found = self._file.read(size)
        self._progress(len(found))
        return found


def _read_all(
    project: Project,
    paths: Iterable[Path],
    dictionary: Dictionary,
    prefixes: dict[str, str],
    *,
    blank_nodes: bool = True,
    progress: Progress = silent,
) -> Quads:
    paths = list(paths)
    done, total = 0, sum(path.stat().st_size for path in paths if path.exists())

    def count(size: int) -> None:
        nonlocal done
        done += size
        progress("reading the files", done / total)

    numbers = array("i")
    for path in paths:
        known = len(dictionary.terms)
        graph = NamedNode(f"urn:kg:file:{project.relative(path)}")
        found, declared = read_quads(path, graph, dictionary, count)
        if not blank_nodes and any(isinstance(term, BlankNode) for term in dictionary.terms[known:]):
            _refuse_blank_nodes(found, path)
        numbers += found.numbers
        prefixes |= declared
    return Quads(dictionary, numbers)


def _refuse_blank_nodes(quads: Iterable[Quad], path: Path) -> None:
    for quad in quads:
        if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode):
            node = quad.subject if isinstance(quad.object, BlankNode) else quad.object
            raise InputError(
                f"blank node at {node} {quad.predicate}",
                "give the node an IRI: diffs and links need names that stay",
                path=path,
            )


def _out_of_default_graph(quads: Quads, fallback: NamedNode) -> Quads:
    """Move what stands in no named graph to that of the ontology which is declared there, or to another one."""
    dictionary, default = quads.dictionary, quads.dictionary.find(DefaultGraph())
    if default is None or default not in (graphs := quads.column(3)):
        return quads
    graph = dictionary.number(_ontology_of(quads) or fallback)
    numbers = quads.numbers[:]
    numbers[3::4] = array("i", (graph if number == default else number for number in graphs))
    return Quads(dictionary, numbers)


def _ontology_of(quads: Quads) -> NamedNode | None:
    ontology = NamedNode(OWL + "Ontology")
    types = quads.with_predicate(RDF + "type") if quads.dictionary.find(ontology) is not None else ()
    return next((q.subject for q in types if q.object == ontology and isinstance(q.subject, NamedNode)), None)
