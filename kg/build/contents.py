"""What is published, graph by graph: that of a build, or that of the files as they are streamed, of any size.

Either way each graph has a digest, by which a server is found to have it already, and its triples come in an order and
with names of blank nodes that are the same each time.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Triple

from kg.build.manifest import Build, Fingerprint, file_digest, file_states
from kg.errors import OutsideError
from kg.files.project import Project
from kg.progress import Progress, silent
from kg.rdf.canonical import with_stable_names
from kg.rdf.terms import OWL, RDF, WELL_KNOWN
from kg.store.publication import PublishedGraph

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_PARTS = 256  # files among which the digests of triples are divided, to be compared part by part
_IN_MEMORY = 2**16  # bytes of such a file that need no disk
_AT_ONCE = 100_000  # digests that are divided at a time
_ONTOLOGY = (NamedNode(RDF + "type"), NamedNode(OWL + "Ontology"))


@dataclass(frozen=True)
class Contents:
    """What is to be published.

    Attributes:
        key: names this state of the files, and who reasons.
        prefixes: those that the files declare.
        graphs: the named graphs, each with its digest and the number of its triples.
        repeated: of graphs that have a triple more than once in `quads`, how many come there.
        asserted: how many triples the graphs have that are not descriptions of others, each triple counted once.
        quads: yields the quads of some graphs.
        inferred: yields what follows from the asserted; None where the server is to find that.
        inferred_count: how many these are.
    """

    key: str
    prefixes: Mapping[str, str]
    graphs: Mapping[NamedNode, PublishedGraph]
    repeated: Mapping[NamedNode, int]
    asserted: int
    quads: Callable[[Collection[NamedNode]], Iterator[Quad]]
    inferred: Callable[[], Iterator[Triple]] | None = None
    inferred_count: int = 0


def contents_of_build(build: Build, progress: Progress = silent) -> Contents:
    """Return what a build holds; it is read from its store when it is sent."""
    from kg.store.embedded import EmbeddedStore

    store = EmbeddedStore.open(build.store)
    progress("comparing the graphs")
    with_blanks: defaultdict[NamedNode, list[Quad]] = defaultdict(list)
    for name, _ in store.graphs():
        with_blanks[name] += (_quad(triple, name) for triple in store.triples(name) if _has_blank(triple))
    named = _by_graph(chain.from_iterable(with_blanks.values()))

    def triples(graph: NamedNode) -> Iterator[Triple]:
        plain = (triple for triple in store.triples(graph) if not with_blanks[graph] or not _has_blank(triple))
        return chain((quad.triple for quad in named[graph]), plain)

    graphs = {
        name: PublishedGraph(*_digest(triples(name)), describes=not is_asserted) for name, is_asserted in store.graphs()
    }
    manifest = build.manifest
    return Contents(
        manifest.key,
        manifest.prefixes,
        graphs,
        {},
        manifest.asserted,
        lambda wanted: (_quad(triple, name) for name in graphs if name in wanted for triple in triples(name)),
        store.inferred,
        sum(manifest.inferred.values()),
    )


def key_of_files(project: Project, basis: str) -> str:
    """Return the key of what the files assert, where it also rests on `basis`: see kg.build.manifest.Fingerprint."""
    return Fingerprint(basis, {project.relative(path): file_digest(path) for path in project.input_files}).key


def contents_of_files(project: Project, key: str, progress: Progress = silent, *, same_as: bool = False) -> Contents:
    """Return what the files of a project assert, for a server that reasons and validates.

    The files are read quad by quad, here and again when they are sent. Of the triples no more is kept than a digest of
    each, on disk; in memory is what has blank nodes, the tables of links, and a few words about each graph.

    Args:
        project: whose files are read.
        key: names this state of the files.
        progress: receives what is being done.
        same_as: as for a build (kg.build.pipeline.BuildOptions).

    Raises:
        InputError: a file has a syntax error or cannot be read, or a data file has a blank node.
        OutsideError: when the quads are read, a file is not what it was.
    """
    from kg.files import linksets
    from kg.files.reading import graph_of_file, refuse_blank_nodes, stream_file
    from kg.files.sssom import read_links

    states = file_states(project)
    prefixes: dict[str, str] = {}
    homes: dict[object, NamedNode] = {}  # where what stands in no named graph goes
    blank: list[Quad] = []
    ontologies: list[Quad] = []
    digests = _Digests()
    paths = (*project.ontology_files, *project.data_files)
    for number, path in enumerate(paths):
        progress("reading the files", number / len(paths))
        declared: list[Quad] = []
        with_blank: list[Quad] = []
        for quad in stream_file(path, prefixes):
            if _has_blank(quad):
                with_blank.append(quad)
                continue
            digests.add(path if isinstance(quad.graph_name, DefaultGraph) else quad.graph_name, quad.triple)
            if quad.predicate == _ONTOLOGY[0] and quad.object == _ONTOLOGY[1]:
                declared.append(quad)
        if path in project.ontology_files:
            ontologies += declared
        else:
            refuse_blank_nodes(with_blank, path)
        subjects = (quad.subject for quad in declared if isinstance(quad.subject, NamedNode))
        homes[path] = next(subjects, graph_of_file(project, path))
        blank += (_at_home(quad, homes[path]) for quad in with_blank)
    tables = [read_links(path) for path in project.link_files]
    for table in tables:
        prefixes = dict(table.metadata["curie_map"]) | prefixes
    named = _by_graph(blank)
    links = chain.from_iterable(table.quads() for table in tables)
    identity = linksets.same_as(tables) if same_as else ()
    held = [*chain.from_iterable(named.values()), *links, *identity]
    described = linksets.linksets(tables, linksets.dataset_of(ontologies))
    for quad in chain(held, described):
        digests.add(quad.graph_name, quad.triple)

    def quads(wanted: Collection[NamedNode]) -> Iterator[Quad]:
        for path in paths:
            # What has blank nodes is named already, and held.
            plain = (_at_home(quad, homes[path]) for quad in stream_file(path, {}) if not _has_blank(quad))
            yield from (quad for quad in plain if quad.graph_name in wanted)
        yield from (quad for quad in chain(held, described) if quad.graph_name in wanted)
        if file_states(project) != states:
            raise OutsideError("the files were changed while they were published", "run kg publish again")

    progress("comparing the graphs")
    graphs, repeated, asserted = digests.graphs(homes, {quad.graph_name for quad in described})
    return Contents(key, WELL_KNOWN | dict(sorted(prefixes.items())), graphs, repeated, asserted, quads)


def _has_blank(statement: Triple | Quad) -> bool:
    return isinstance(statement.subject, BlankNode) or isinstance(statement.object, BlankNode)


def _quad(triple: Triple, graph: NamedNode) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object, graph)


def _at_home(quad: Quad, home: NamedNode) -> Quad:
    return _quad(quad.triple, home) if isinstance(quad.graph_name, DefaultGraph) else quad


def _by_graph(quads: Iterable[Quad]) -> Mapping[object, list[Quad]]:
    """Name the blank nodes of quads by what is said of them; return the quads by graph, sorted."""
    named: defaultdict[object, list[Quad]] = defaultdict(list)
    for quad in sorted(with_stable_names(quads), key=str):
        named[quad.graph_name].append(quad)
    return named


# The digest of a graph is the sum of the digests of its triples, in two parts of 64 bits. A sum needs no order, so that
# a graph of any size is read in one pass. It detects changes, but not forged ones.


def _digest(triples: Iterable[Triple]) -> tuple[str, int]:
    """Return the digest of triples in any order, none of them repeated, and their number."""
    first = second = count = 0
    for triple in triples:
        digest = _digest_of(triple)
        first += int.from_bytes(digest[:8], "little")
        second += int.from_bytes(digest[8:], "little")
        count += 1
    return _written(first, second), count


def _digest_of(triple: Triple) -> bytes:
    return blake2b(str(triple).encode(), digest_size=16).digest()


def _written(first: int, second: int) -> str:
    return f"{first % 2**64:016x}{second % 2**64:016x}"


class _Digests:
    """The digests of triples in their graphs. A triple that comes again, in whatever place, is found and counts once.

    A row is the number of a graph and the digest of a triple. Rows are divided by their digests among files, each small
    enough to be sorted in memory.
    """

    def __init__(self) -> None:
        self._numbers: defaultdict[object, int] = defaultdict(lambda: len(self._numbers))
        self._waiting = bytearray()
        self._files = [tempfile.SpooledTemporaryFile(_IN_MEMORY) for _ in range(_PARTS)]  # noqa: SIM115

    def add(self, graph: object, triple: Triple) -> None:
        """Add a triple to a graph, which may have a name that is not known yet."""
        self._waiting += self._numbers[graph].to_bytes(8, "little") + _digest_of(triple)
        if len(self._waiting) >= 24 * _AT_ONCE:
            self._divide()

    def graphs(
        self, names: Mapping[object, NamedNode], describing: Collection[object]
    ) -> tuple[dict[NamedNode, PublishedGraph], dict[NamedNode, int], int]:
        """Return the graphs, how often triples of graphs with repetitions were added, and what Contents.asserted is.

        Args:
            names: of graphs that were added by something else.
            describing: the graphs that describe others.
        """
        import numpy as np

        self._divide()
        graphs: dict[NamedNode, int] = {}
        known = (names.get(graph, graph) for graph in self._numbers)
        number_of = np.array([graphs.setdefault(name, len(graphs)) for name in known], dtype="<u8")  # type: ignore[arg-type]
        describes = np.array([name in describing for name in graphs], dtype=bool)
        added, counts = (np.zeros(len(graphs), dtype=np.int64) for _ in range(2))
        sums = np.zeros((len(graphs), 2), dtype="<u8")
        asserted = 0
        for rows in self._parts():
            rows[:, 0] = number_of[rows[:, 0]]
            added += np.bincount(rows[:, 0].astype(np.int64), minlength=len(graphs))
            distinct = np.unique(rows, axis=0)
            counts += np.bincount(distinct[:, 0].astype(np.int64), minlength=len(graphs))
            np.add.at(sums, distinct[:, 0], distinct[:, 1:])
            asserted += len(np.unique(distinct[~describes[distinct[:, 0]], 1:], axis=0))
        found = {
            name: PublishedGraph(_written(*map(int, sums[number])), int(counts[number]), bool(describes[number]))
            for name, number in graphs.items()
        }
        repeated = {name: int(added[number]) for name, number in graphs.items() if added[number] != counts[number]}
        return found, repeated, asserted

    def _divide(self) -> None:
        import numpy as np

        rows = np.frombuffer(bytes(self._waiting), dtype="<u8").reshape(-1, 3)
        self._waiting.clear()
        part = (rows[:, 1] % _PARTS).astype(np.int64)
        rows = rows[np.argsort(part)]
        ends = np.cumsum(np.bincount(part, minlength=_PARTS))
        for file, of_part in zip(self._files, np.split(rows, ends[:-1]), strict=True):
            file.write(of_part.tobytes())

    def _parts(self) -> Iterator[NDArray[np.uint64]]:
        import numpy as np

        for file in self._files:
            with file:
                file.seek(0)
                rows = np.frombuffer(bytearray(file.read()), dtype="<u8").reshape(-1, 3)
            if len(rows):
                yield rows
