"""Publishing: a built graph brought to a server, as far as it is not there already.

Named graphs go up one by one, those whose content changed. The default graphs of queries, which are made of all of
them, are made anew under names of their own; then the record of the publication turns to them, in one step, and what
it named before is dropped. Whatever breaks off in between, the default graph that was published last answers on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg.build.manifest import Build
from kg.errors import OutsideError
from kg.progress import Progress, silent
from kg.rdf.canonical import with_stable_names
from kg.rdf.terms import render
from kg.reasoning.on_server.closure import close_on_server
from kg.reasoning.rule_table import Inconsistency
from kg.sparql.results import Rows
from kg.store.embedded import EmbeddedStore
from kg.store.publication import (
    NAMES_AT_ONCE,
    Publication,
    PublishedGraph,
    Record,
    batches,
    find_publication,
    published_graphs,
)
from kg.store.server import Server, in_sparql

_AT_ONCE = 50_000  # triples that the server copies in one update
_RECORDED = 4  # triples that the record has of a graph


@dataclass(frozen=True)
class Plan:
    """What is to be done: graphs to send, graphs to take away, how many stay, and whether all is there already.

    `graphs` has all that are to be there, with the digest and the number of triples that each will have.
    """

    graphs: Mapping[NamedNode, PublishedGraph]
    changed: tuple[NamedNode, ...]
    removed: tuple[NamedNode, ...]
    complete: bool

    @property
    def unchanged(self) -> int:
        """How many graphs stay as they are."""
        return len(self.graphs) - len(self.changed)


def plan(
    build: Build, server: Server, node: NamedNode, *, on_server: bool = False, progress: Progress = silent
) -> Plan:
    """Compare a built graph with what a server has of it; nothing is changed.

    Args:
        build: the built graph.
        server: where it is to be.
        node: the name of the publication.
        on_server: whether the server is to compute the closure.
        progress: is told what is done.
    """
    store = EmbeddedStore.open(build.store)
    progress("comparing the graphs")
    graphs = {
        name: PublishedGraph(*_digest(_triples(store, name)), describes=not asserted)
        for name, asserted in store.graphs()
    }
    there = published_graphs(server, node)
    publication = find_publication(server, node)
    changed = tuple(name for name, graph in graphs.items() if there.get(name) != graph)
    removed = tuple(name for name in there if name not in graphs)
    complete = not changed and not removed and publication is not None and publication.key == _key(build, on_server)
    return Plan(graphs, changed, removed, complete)


def publish(
    build: Build,
    server: Server,
    node: NamedNode,
    wanted: Plan,
    *,
    on_server: bool = False,
    progress: Progress = silent,
) -> tuple[int, tuple[Inconsistency, ...]]:
    """Do what a plan says; see the head of this module.

    Args:
        build: the built graph. What it has inferred is sent, unless the server is to compute that.
        server: where it is to be.
        node: the name of the publication.
        wanted: the plan.
        on_server: whether the server is to compute the closure (kg.reasoning.on_server.closure).
        progress: is told what is done.

    Returns:
        the triples of the closure, and what contradicts itself by the server's reasoning; then the closure that was
        published last stays.

    Raises OutsideError where the server fails, or does not hold afterwards what was sent.
    """
    store = EmbeddedStore.open(build.store)
    record = Record(server, node)
    key, total = _key(build, on_server), build.manifest.asserted
    asserted, closure = (NamedNode(f"{node.value}/{kind}/{key}") for kind in ("asserted", "closure"))
    record.begin(asserted, closure)
    _remove(record, wanted.removed)
    _send_graphs(store, record, {name: wanted.graphs[name] for name in wanted.changed}, progress)
    _require_counts(record, {name: wanted.graphs[name].triples for name in wanted.changed})
    merged = {name: graph.triples for name, graph in wanted.graphs.items() if not graph.describes}
    _copy(server, merged, asserted, progress)
    _require_counts(record, {asserted: total})
    if on_server:
        found = close_on_server(server, asserted=asserted, closure=closure, progress=progress)
        if found.inconsistencies:
            return total + found.inferred, found.inconsistencies
        total += found.inferred
    else:
        _copy(server, merged, closure, progress)
        inferred = PublishedGraph(key, sum(build.manifest.inferred.values()))
        _send(record, closure, inferred, record.arrived(closure), store.inferred(), progress, part=False)
        total += inferred.triples
        _require_counts(record, {closure: total})
    after = Publication(node, closure, asserted, key, build.manifest.prefixes)
    record.turn_to(after)
    for old in record.outdated(after):
        record.drop(old)
    return total, ()


def _key(build: Build, on_server: bool) -> str:
    """Return what a publication is known by: the build, and who computed the closure."""
    return f"{build.manifest.key}-by-server" if on_server else build.manifest.key


def _remove(record: Record, graphs: Sequence[NamedNode]) -> None:
    """Take graphs away; first from the record, so that what is broken off there is done again."""
    for start in range(0, len(graphs), NAMES_AT_ONCE):
        batch = graphs[start : start + NAMES_AT_ONCE]
        record.forget(batch)
        names = " ".join(map(render, batch))
        pattern = "GRAPH ?g { ?s ?p ?o }"
        record.server.update(f"DELETE {{ {pattern} }} WHERE {{ VALUES ?g {{ {names} }} {pattern} }}")


def _send_graphs(
    store: EmbeddedStore, record: Record, graphs: Mapping[NamedNode, PublishedGraph], progress: Progress
) -> None:
    """Send graphs: large ones in parts, of small ones many at once."""
    server = record.server
    limit = server.addresses.engine.insert
    sizes = {name: graph.triples + _RECORDED for name, graph in graphs.items()}
    there = published_graphs(server, record.node)
    done = 0
    for batch in batches(sizes, limit):
        progress(f"sending graphs: {done:,} of {len(graphs):,}")
        done += len(batch)
        if sizes[batch[0]] > limit:
            (name,) = batch
            _send(record, name, graphs[name], there.get(name), _triples(store, name), progress)
            continue
        _remove(record, batch)
        content = "".join(f"GRAPH {render(name)} {{ {in_sparql(_triples(store, name))} }} " for name in batch)
        said = "".join(record.describe(name, graphs[name]) for name in batch)
        server.update(f"INSERT DATA {{ {content} GRAPH {render(record.node)} {{ {said} }} }}")


def _send(
    record: Record,
    name: NamedNode,
    wanted: PublishedGraph,
    arrived: PublishedGraph | None,
    triples: Iterable[Triple],
    progress: Progress,
    *,
    part: bool = True,
) -> None:
    """Send the triples of a graph in parts, after those of the same content that have arrived already.

    `part` tells a graph of the publication from a default graph, whose other triples stay.
    """
    count = arrived.triples if arrived is not None and arrived.digest == wanted.digest else 0
    if count == 0 and part:
        _remove(record, [name])
    if count == 0:
        record.write(name, replace(wanted, triples=0), part=part)

    def sent(number: int) -> None:
        nonlocal count
        count += number
        record.write(name, replace(wanted, triples=count), part=part)
        progress(f"sending {name.value}: {count:,} of {wanted.triples:,} triples")

    record.server.upload(name, islice(triples, count, None), sent)


def _copy(server: Server, graphs: Mapping[NamedNode, int], target: NamedNode, progress: Progress) -> None:
    """Let the server copy named graphs into one, each triple once, in parts."""
    done, total = 0, sum(graphs.values())
    for batch in batches(graphs, _AT_ONCE):
        names = " ".join(map(render, batch))
        server.update(
            f"INSERT {{ GRAPH {render(target)} {{ ?s ?p ?o }} }} "
            f"WHERE {{ VALUES ?g {{ {names} }} GRAPH ?g {{ ?s ?p ?o }} }}"
        )
        done += sum(graphs[name] for name in batch)
        progress(f"merging on the server: {done:,} of {total:,} triples")


def _require_counts(record: Record, expected: Mapping[NamedNode, int]) -> None:
    """Compare how many triples graphs have with how many they should; what is wrong will be sent anew."""
    server, names = record.server, list(expected)
    for start in range(0, len(names), NAMES_AT_ONCE):
        batch = names[start : start + NAMES_AT_ONCE]
        values = " ".join(map(render, batch))
        rows = server.query(
            f"SELECT ?g (COUNT(*) AS ?n) {{ VALUES ?g {{ {values} }} GRAPH ?g {{ ?s ?p ?o }} }} GROUP BY ?g"
        )
        assert isinstance(rows, Rows)
        counts = {graph: int(number.value) for graph, number in rows.terms if isinstance(number, Literal)}
        for name in batch:
            if (found := counts.get(name, 0)) != expected[name]:
                record.forget([name])
                raise OutsideError(
                    f"{server.addresses.base} holds {found:,} triples of {name.value}; sent were {expected[name]:,}",
                    "it may take different literals for one, or refuse some: kg doctor --store URL tells which",
                )


def _triples(store: EmbeddedStore, graph: NamedNode) -> Iterator[Triple]:
    """Yield the triples of a graph in an order and with names of blank nodes that are the same each time."""
    if not any(BlankNode in (type(triple.subject), type(triple.object)) for triple in store.triples(graph)):
        return store.triples(graph)
    named = with_stable_names(Quad(*triple) for triple in store.triples(graph))
    return iter(sorted((quad.triple for quad in named), key=str))


def _digest(triples: Iterable[Triple]) -> tuple[str, int]:
    """Return a digest of triples in any order, and their number: the sum of the digests of their N-Triples.

    A sum needs no sorting, so that a graph of any size is read in one pass. It tells changes, but not forged ones.
    """
    total = count = 0
    for triple in triples:
        total += int.from_bytes(hashlib.sha256(str(triple).encode()).digest())
        count += 1
    return f"{total % 2**256:064x}", count
