"""The embedded store: Oxigraph in a folder. The only module that knows pyoxigraph's Store."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import (
    BlankNode,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    Store,
    Triple,
)

from kg.errors import OutsideError, UsageError
from kg.progress import Progress, silent
from kg.rdf.terms import XSD, is_canonical_integer
from kg.sparql.classification import calls_service
from kg.sparql.results import Answer, Rows, read
from kg.sparql.syntax import parse_query, selects_all

if TYPE_CHECKING:
    from kg.rdf.encoding import Quads, Triples

_STACK = 8 * 2**20  # bytes: what main threads have, and a part of it others on some systems; see kg.sparql.syntax
_MAYBE_SUB_SELECT = re.compile(r"\bgraph\b.*\bselect\b", re.IGNORECASE | re.DOTALL)  # only to save time
_AT_ONCE = 100_000  # quads that are made from term ids, or literals that are compared, at a time


class EmbeddedStore:
    """A store whose default graph is the closure and whose named graphs are what the files assert."""

    def __init__(self, store: Store, path: Path | None = None) -> None:
        self._store = store
        self._path = path

    @classmethod
    def open(cls, path: Path) -> EmbeddedStore:
        """Open a store on disk for reading; any number of processes may do so at once."""
        try:
            return cls(Store.read_only(str(path)), path)
        except OSError as error:
            raise OutsideError(f"cannot open the store {path}: {error}", "rebuild it with kg build --force") from error

    @classmethod
    def in_memory(cls, asserted: Iterable[Quad], inferred: Iterable[Triple] = ()) -> EmbeddedStore:
        """Make a store in memory from quads in named graphs and the triples inferred from them."""
        store = Store()
        store.extend(_with_closure(asserted, inferred))
        return cls(store)

    def query(self, text: str, *, timeout: float | None = None) -> Answer:
        """Answer a SPARQL query; see kg.store.Store."""
        if calls_service(text):
            # Oxigraph would call any address at all; kg.query.federation is how an endpoint is asked.
            raise UsageError("SERVICE is not allowed here", "query endpoints with kg query run or kg query text")
        if _MAYBE_SUB_SELECT.search(text):
            from kg.store.deviations import require_specified

            require_specified(text)
        # Of `SELECT *`, Oxigraph sorts the variables.
        columns = parse_query(text).columns if selects_all(text) else ()
        try:
            if timeout is not None and self._path is not None:
                from kg.store.query_process import query_in_process

                answer = query_in_process(self._path, text, timeout)
            else:
                answer = read(self._store.query(text))
        except SyntaxError:
            raise _fault(text) from None
        except RuntimeError as error:
            from kg.store.deviations import unknown_function

            raise unknown_function(text, str(error)) or error from None
        if columns and isinstance(answer, Rows):
            named = [name for name in columns if name in answer.variables]
            return answer.select([*named, *(name for name in answer.variables if name not in named)])
        return answer

    def asserted(self) -> EmbeddedStore:
        """Copy into memory what is asserted, so that the default graph lacks what reasoning added.

        A union of the named graphs at query time would count a triple once for each graph that holds it. A graph
        that describes the others is left out.
        """
        store = self._store
        graphs = (graph for graph in store.named_graphs() if self._is_asserted(graph))
        return EmbeddedStore.in_memory(
            quad for graph in graphs for quad in store.quads_for_pattern(None, None, None, graph)
        )

    def graphs(self) -> list[tuple[NamedNode, bool]]:
        """Return the named graphs, sorted, each with whether it holds facts or describes the other graphs."""
        names = (name for name in self._store.named_graphs() if isinstance(name, NamedNode))
        return [(name, self._is_asserted(name)) for name in sorted(names, key=lambda name: name.value)]

    def triples(self, graph: NamedNode) -> Iterator[Triple]:
        """Yield the triples of a named graph; in the same order from every store of the same content."""
        return (quad.triple for quad in self._store.quads_for_pattern(None, None, None, graph))

    def inferred(self) -> Iterator[Triple]:
        """Yield the triples of the closure that no named graph asserts; in the same order from every such store."""
        for quad in self._store.quads_for_pattern(None, None, None, DefaultGraph()):
            graphs = self._store.quads_for_pattern(quad.subject, quad.predicate, quad.object)
            if all(isinstance(other.graph_name, DefaultGraph) for other in graphs):
                yield quad.triple

    def _is_asserted(self, graph: NamedNode | BlankNode) -> bool:
        """Return whether a named graph holds facts: of what describes the graphs, the default graph has nothing."""
        first = next(self._store.quads_for_pattern(None, None, None, graph))
        return Quad(*first.triple) in self._store


def interruptible(work: Callable[[], Answer]) -> Answer:
    """Do some work in a thread, so that an interrupt (Ctrl-C, or a notebook's stop) ends the wait for it.

    Python handles signals between two steps of its main thread, and a query is one step. It takes 0.15 ms, so it is
    for the query of a user, and not for the many small ones that kg asks by itself.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    found: list[Answer] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:  # whatever it is, it is raised where the work was asked for
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    before = threading.stack_size(_STACK)
    thread.start()
    threading.stack_size(before)
    thread.join()
    if failed:
        raise failed[0]
    return found[0]


def write_store(
    path: Path,
    asserted: Iterable[Quad],
    inferred: Iterable[Triple],
    described: Iterable[Quad] = (),
    progress: Progress = silent,
) -> None:
    """Write a new store to a folder that does not exist yet.

    Args:
        path: the folder.
        asserted: quads in named graphs; with what follows from them, they make the default graph.
        inferred: what follows from them.
        described: quads about the graphs themselves, in named graphs of their own; they are no part of the default
            graph, so that no query meets them that does not ask for them by GRAPH.
        progress: called with the share that is written.

    Raises:
        OutsideError: the folder cannot be written.
    """
    from kg.rdf.encoding import Quads, Triples

    quads = Quads.of(asserted)
    triples = Triples.of(inferred, quads.dictionary)
    try:
        store = Store(str(path))
        # All in one call: after each, the files that it wrote would be merged with the others.
        store.bulk_extend(chain(chain.from_iterable(_parts(quads, triples, progress)), described))
        progress("compacting the store")
        store.optimize()
        store.flush()
    except OSError as error:
        raise OutsideError(f"cannot write the store {path}: {error}", "choose another place with --store") from error


def amend_store(old: Path, new: Path, removed: Quads, added: Quads, progress: Progress = silent) -> None:
    """Write a new store that differs from another in some quads; the other stays as it is.

    Oxigraph never changes a file of sorted data once it is written, so the two share those files (hard links, or
    copies where the file system has none).

    Raises:
        OutsideError: the folder cannot be written.
    """
    done, total = 0, len(removed) + len(added)
    try:
        new.mkdir()
        for file in old.iterdir():
            if file.suffix == ".sst":
                _link(file, new / file.name)
            elif file.name not in ("LOCK", "LOG") and not file.name.startswith("LOG.old"):
                _copy(file, new / file.name)
        store = Store(str(new))
        for quad in removed:
            store.remove(quad)
            done += 1
            if done % 1000 == 0:
                progress("writing the store", done / total)
        store.extend(added)
        for graph in set(removed.columns()[3]):
            # The store goes on naming a graph that has lost all of its quads.
            if next(store.quads_for_pattern(None, None, None, graph), None) is None:
                store.remove_graph(graph)
        store.flush()
    except OSError as error:
        raise OutsideError(f"cannot write the store {new}: {error}", "choose another place with --store") from error


def _link(file: Path, link: Path) -> None:
    try:
        link.hardlink_to(file)
    except OSError:
        _copy(file, link)


def _copy(file: Path, copy: Path) -> None:
    import shutil  # takes as long to import as a small query to answer

    shutil.copy2(file, copy)


def _parts(quads: Quads, triples: Triples, progress: Progress) -> Iterator[Iterator[Quad]]:
    """Yield quads in their graphs, and the closure in the default graph; report how many are done."""
    done, total = 0, 2 * len(quads) + len(triples)
    for start in range(0, len(quads), _AT_ONCE):
        progress("writing the store", done / total)
        part = quads.part(start, start + _AT_ONCE)
        # Close together, so that the loader meets their terms in one of its batches, and writes them once.
        yield chain(part, map(Quad, *part.columns()[:3]))
        done += 2 * len(part)
    for start in range(0, len(triples), _AT_ONCE):
        progress("writing the store", done / total)
        inferred = triples.part(start, start + _AT_ONCE)
        yield map(Quad, *inferred.columns())
        done += len(inferred)


def rewritten_literals(quads: Iterable[Quad]) -> list[tuple[Literal, Literal]]:
    """Return the literals that the store gives back in another form than they were given, each with that form.

    Oxigraph keeps numbers by value, integer types as xsd:integer and language tags in lower case: `1.10` comes back
    as `1.1`, `"1"^^xsd:int` as `1`, `@zh-Hans` as `@zh-hans`.
    """
    from kg.rdf.encoding import Quads

    quads = Quads.of(quads)
    objects = map(quads.dictionary.terms.__getitem__, set(quads.column(2)))
    given = sorted((term for term in objects if isinstance(term, Literal) and not _is_kept(term)), key=str)
    return [pair for start in range(0, len(given), _AT_ONCE) for pair in _rewritten(given[start : start + _AT_ONCE])]


def _is_kept(literal: Literal) -> bool:
    """Return whether a literal is of a frequent kind that the store keeps as it is; it may keep others, too."""
    if literal.language is not None:
        return literal.language.islower()
    kind = literal.datatype.value
    return kind == XSD + "string" or is_canonical_integer(kind, literal.value)


def _rewritten(given: list[Literal]) -> list[tuple[Literal, Literal]]:
    nodes = [NamedNode(f"urn:kg:literal:{number}") for number in range(len(given))]
    store = Store()
    store.extend(Quad(node, node, literal) for node, literal in zip(nodes, given, strict=True))
    kept = {quad.subject: quad.object for quad in store}
    pairs = ((literal, kept[node]) for node, literal in zip(nodes, given, strict=True))
    return [(before, after) for before, after in pairs if isinstance(after, Literal) and before != after]


def _with_closure(asserted: Iterable[Quad], inferred: Iterable[Triple]) -> Iterator[Quad]:
    """Yield the asserted quads in their graphs, and the closure, each triple once, in the default graph."""
    for quad in asserted:
        yield quad
        yield Quad(*quad.triple)
    for triple in inferred:
        yield Quad(*triple)


def _fault(text: str) -> UsageError:
    from kg.sparql.diagnosis import find_fault

    return find_fault(text) or UsageError("the query has an error", "write the query in SPARQL 1.1")
