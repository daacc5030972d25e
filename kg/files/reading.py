"""Files of a project -> quads. Each quad knows its named graph; an error in a file is reported with line and column."""

from __future__ import annotations

import hashlib
import re
from array import array
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, cast
from urllib.parse import quote

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QuadParser, parse

from kg.errors import InputError
from kg.files.nesting import Bounded
from kg.files.project import Project
from kg.files.sssom import LinkTable, read_links
from kg.files.text import open_file
from kg.formats import required_rdf_format
from kg.progress import Progress, silent
from kg.rdf.encoding import Dictionary, Quads
from kg.rdf.serialize import syntax
from kg.rdf.terms import OWL, RDF


@dataclass(frozen=True)
class ReadFile:
    """A file as it was read: the digest of its bytes, its quads, the prefixes that it declares."""

    digest: str
    quads: Quads
    prefixes: Mapping[str, str]


@dataclass(frozen=True)
class Files:
    """What the files of a project say: the quads by kind of file, the prefixes that they declare, the tables of links.

    `links` has a quad for each accepted link of the tables, `read` each file of the ontology and the data by its path.
    """

    ontology: Sequence[Quad]
    data: Sequence[Quad]
    links: Sequence[Quad]
    prefixes: dict[str, str]
    tables: tuple[LinkTable, ...] = ()
    read: Mapping[str, ReadFile] = field(default_factory=dict)

    @cached_property
    def quads(self) -> Quads:
        """All asserted quads."""
        return Quads.of(self.ontology) + self.data + self.links


def read_project(project: Project, progress: Progress = silent, known: Mapping[str, ReadFile] | None = None) -> Files:
    """Read the ontology, data and links of a project; their quads have one dictionary.

    Args:
        project: whose files are read.
        progress: called with the share of the data that is read.
        known: files that were read before and have not changed, by their paths; all with one dictionary.

    Raises:
        InputError: a file has a syntax error or cannot be read, or a data file has a blank node.
    """
    known = known or {}
    dictionary = next((file.quads.dictionary for file in known.values()), None) or Dictionary()
    ontology = _read_all(project, project.ontology_files, dictionary, known)
    data = _read_all(project, project.data_files, dictionary, known, blank_nodes=False, progress=progress)
    read = ontology | data
    prefixes = {name: space for file in read.values() for name, space in file.prefixes.items()}
    tables = tuple(map(read_links, project.link_files))
    for table in tables:
        prefixes |= {name: space for name, space in table.metadata["curie_map"].items() if name not in prefixes}
    links = Quads.of((quad for table in tables for quad in table.quads()), dictionary)
    ordered = dict(sorted(prefixes.items()))
    return Files(_joined(ontology, dictionary), _joined(data, dictionary), links, ordered, tables, read)


def read_with(project: Project, paths: Iterable[Path]) -> Files:
    """Read a project together with further data files; a file of the project is not read twice."""
    extra = [path.absolute() for path in paths if path.absolute() not in project.data_files]
    files = read_project(project)
    data = Quads.of(files.data)
    more = _read_all(project, extra, data.dictionary, {}, blank_nodes=False)
    prefixes = {name: space for file in more.values() for name, space in file.prefixes.items()}
    return replace(files, data=data + _joined(more, data.dictionary), prefixes=files.prefixes | prefixes)


def read_quads(path: Path, fallback_graph: NamedNode | None = None) -> tuple[Quads, dict[str, str]]:
    """Read one RDF file.

    Args:
        path: a file whose extension is one of RDF_EXTENSIONS, in any case.
        fallback_graph: the named graph of triples that stand in none; without it they stay in the default graph,
            and with it an ontology file's triples go to the graph named by its owl:Ontology.

    Returns:
        the quads in the order of the file, and the prefixes that the file declares.

    Raises:
        InputError: with file, line and column of the first error.
    """
    file = _read(path, fallback_graph, Dictionary(), lambda _: None)
    return file.quads, dict(file.prefixes)


def stream_file(path: Path, prefixes: dict[str, str]) -> Iterator[Quad]:
    """Yield the quads of one RDF file, of which none is kept; those in no named graph are in the default graph.

    Args:
        path: as for read_quads.
        prefixes: gets those that the file declares, when all is read.

    Raises:
        InputError: with file, line and column of the first error.
    """
    with _parsing(path, lambda _: None) as (parser, _):
        yield from parser
        prefixes |= parser.prefixes


def graph_of_file(project: Project, path: Path) -> NamedNode:
    """Return the named graph of what stands in none, in a file without an ontology."""
    return NamedNode(f"urn:kg:file:{quote(project.relative(path))}")


def refuse_blank_nodes(quads: Iterable[Quad], path: Path) -> None:
    """Raise InputError where there is a blank node among some quads of a data file."""
    for quad in quads:
        if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode):
            node = quad.subject if isinstance(quad.object, BlankNode) else quad.object
            raise InputError(
                f"node without a name (blank node) at {node} {quad.predicate}",
                "give the node an IRI: diffs and links need stable names",
                path=path,
            )


def _read(
    path: Path, fallback_graph: NamedNode | None, dictionary: Dictionary, progress: Callable[[int], None]
) -> ReadFile:
    """Read one RDF file, see read_quads; `progress` is called with the number of bytes read since."""
    with _parsing(path, progress) as (parser, source):
        quads = Quads.of(parser, dictionary)
    if fallback_graph is not None:
        quads = _out_of_default_graph(quads, fallback_graph)
    return ReadFile(source.digest.hexdigest(), quads, parser.prefixes)


@contextmanager
def _parsing(path: Path, progress: Callable[[int], None]) -> Iterator[tuple[QuadParser, _Watched]]:
    """Open one RDF file for reading quad by quad; what it says wrongly is an InputError, wherever that is met."""
    found = required_rdf_format(path)
    try:
        with open_file(path) as file:
            source = _Watched(file, progress)
            bounded = cast(BinaryIO, Bounded(source, found, path))
            with syntax_faults(path):
                yield parse(bounded, format=syntax(found), rename_blank_nodes=True), source
    except OSError as error:
        raise InputError(error.strerror or str(error), path=path) from error


@contextmanager
def syntax_faults(path: Path) -> Iterator[None]:
    """Raise InputError with the place for what the parser finds wrong in a file."""
    try:
        yield
    except SyntaxError as error:
        # The parser's message begins with the place, which the error names already.
        message = re.sub(r"^Parser error .*?\d+: ", "", error.msg)
        raise InputError(message, path=path, line=error.lineno, column=error.offset) from error


class _Watched:
    """A file of which is known what was read: how much, and its digest. The parser does not see a byte order mark."""

    def __init__(self, file: BinaryIO, progress: Callable[[int], None]) -> None:
        self._file, self._progress = file, progress
        self._begun = False
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read some bytes."""
        found = self._file.read(size)
        self.digest.update(found)
        self._progress(len(found))
        begun, self._begun = self._begun, True
        return found if begun else found.removeprefix(BOM_UTF8)


def _read_all(
    project: Project,
    paths: Iterable[Path],
    dictionary: Dictionary,
    known: Mapping[str, ReadFile],
    *,
    blank_nodes: bool = True,
    progress: Progress = silent,
) -> dict[str, ReadFile]:
    names = {project.relative(path): path for path in paths}
    sizes = {name: path.stat().st_size for name, path in names.items() if name not in known and path.exists()}
    done, total = 0, sum(sizes.values())

    def count(size: int) -> None:
        nonlocal done
        done += size
        progress("reading the files", done / total if total else None)

    found: dict[str, ReadFile] = {}
    for name, path in names.items():
        if name in known:
            found[name] = known[name]
            continue
        before = len(dictionary.terms)
        found[name] = _read(path, graph_of_file(project, path), dictionary, count)
        if not blank_nodes and any(isinstance(term, BlankNode) for term in dictionary.terms[before:]):
            refuse_blank_nodes(found[name].quads, path)
    return found


def _joined(files: Mapping[str, ReadFile], dictionary: Dictionary) -> Quads:
    term_ids = array("i")
    for file in files.values():
        term_ids += file.quads.term_ids
    return Quads(dictionary, term_ids)


def _out_of_default_graph(quads: Quads, fallback: NamedNode) -> Quads:
    """Move what stands in no named graph to that of the ontology which is declared there, or to another one."""
    dictionary, default = quads.dictionary, quads.dictionary.find(DefaultGraph())
    if default is None or default not in (graphs := quads.column(3)):
        return quads
    graph = dictionary.term_id(_ontology_of(quads) or fallback)
    term_ids = quads.term_ids[:]
    term_ids[3::4] = array("i", (graph if number == default else number for number in graphs))
    return Quads(dictionary, term_ids)


def _ontology_of(quads: Quads) -> NamedNode | None:
    terms, find = quads.dictionary.terms, quads.dictionary.find
    type_, ontology = find(NamedNode(RDF + "type")), find(NamedNode(OWL + "Ontology"))
    if type_ is None or ontology is None:
        return None
    declared = (terms[row[0]] for row in quads.rows() if row[1:3] == (type_, ontology))
    return next((node for node in declared if isinstance(node, NamedNode)), None)
