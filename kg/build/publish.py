"""Publishing: a graph put on a server, as far as it is not there already.

Named graphs go up as far as their content changed. The default graphs of queries, which are made of all of them, are
made anew under names of their own; where the server reasons, it validates them, too. Then the record of the publication
turns to them, in one step, and what it named before is dropped. Whatever breaks off in between, the default graph that
was published last answers on. At last the closure is copied to a graph whose name stays, for other clients.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import product

from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg.build.contents import Contents
from kg.errors import OutsideError
from kg.files.project import Project
from kg.findings import Report, report
from kg.progress import Progress, silent
from kg.rdf.terms import Prefixes, render
from kg.reasoning.facts import Budget
from kg.reasoning.on_server import close_on_server, scratch_graphs
from kg.sparql.results import Rows
from kg.store.publication import (
    NAMES_AT_ONCE,
    Publication,
    PublishedGraph,
    Record,
    batches,
    find_publication,
    published_graphs,
)
from kg.store.remote import RemoteStore
from kg.store.server import Server, in_sparql

_AT_ONCE = 50_000  # triples that the server copies in one update, or that are held here before they are sent
_COMPARED = 1_000_000  # triples that the server compares in one update
_RECORDED = 4  # triples that the record has of a graph


@dataclass(frozen=True)
class Plan:
    """What is to be done: graphs to send, graphs to take away, and how many stay as they are."""

    changed: tuple[NamedNode, ...]
    removed: tuple[NamedNode, ...]
    unchanged: int


@dataclass(frozen=True)
class Outcome:
    """What came of a publish: how many triples the closure has, and what the server found where it validates."""

    triples: int
    validation: Report | None = None


def published(server: Server, node: NamedNode, key: str) -> Publication | None:
    """Return a publication that has all of one state of the files (Contents.key); None for one that has not."""
    found = find_publication(server, node)
    return found if found is not None and found.key == key else None


def plan(contents: Contents, server: Server, node: NamedNode) -> Plan:
    """Compare what is to be published as `node` with what a server has of it; nothing is changed."""
    there = published_graphs(server, node)
    changed = tuple(name for name, graph in contents.graphs.items() if there.get(name) != graph)
    removed = tuple(name for name in there if name not in contents.graphs)
    return Plan(changed, removed, len(contents.graphs) - len(changed))


def publish(
    project: Project,
    contents: Contents,
    server: Server,
    wanted: Plan,
    budget: Budget | None = None,
    progress: Progress = silent,
) -> Outcome:
    """Do what a plan says; see the head of this module.

    Args:
        project: names the publication; it has the shapes and check queries for a server that reasons.
        contents: what is to be published.
        server: where it is to be.
        wanted: the plan.
        budget: how much the closure may cost a server that reasons.
        progress: receives what is being done.

    Returns:
        what came of it. Where the server finds a contradiction or a violation, what it had before stays the default
        graph.

    Raises OutsideError where the server fails, or does not hold afterwards what was sent.
    """
    node = NamedNode(project.publication)
    record = Record(server, node)
    asserted, closure = (NamedNode(f"{node.value}/{kind}/{contents.key}") for kind in ("asserted", "closure"))
    after = Publication(node, closure, asserted, contents.key, contents.prefixes)
    before = find_publication(server, node)
    record.begin(asserted, closure)
    # What an earlier publish was making when it was broken off takes up room.
    _drop(record, record.outdated([asserted, closure, *((before.asserted, before.closure) if before else ())]))
    _remove(record, wanted.removed)
    changed = {name: contents.graphs[name] for name in wanted.changed}
    _Sender(record, changed, contents.repeated, progress).send(contents.quads(changed))
    _require_counts(record, {name: graph.triples for name, graph in changed.items()})
    merged = {name: graph.triples for name, graph in contents.graphs.items() if not graph.describes}
    _copy(server, merged, asserted, progress)
    _require_counts(record, {asserted: contents.asserted})
    found = None
    if contents.inferred is None:
        total, found = _reason_and_validate(project, server, after, budget, progress)
        if not found.conforms:
            _drop(record, [closure, asserted])
            return Outcome(total, found)
    else:
        _copy(server, merged, closure, progress)
        inferred = {closure: PublishedGraph(contents.key, contents.inferred_count)}
        sender = _Sender(record, inferred, {}, progress, part=False)
        sender.send(Quad(*triple, closure) for triple in contents.inferred())  # type: ignore[call-arg]
        total = contents.asserted + contents.inferred_count
        _require_counts(record, {closure: total})
    record.turn_to(after)
    finish(server, after, progress)
    return Outcome(total, found)


def finish(server: Server, publication: Publication, progress: Progress = silent) -> None:
    """Do what is left when a publication is whole: drop what it had before, copy the closure for other clients.

    All of it may have been done already.
    """
    record = Record(server, publication.node)
    _drop(record, record.outdated([publication.asserted, publication.closure]))
    _copy_for_others(record, publication, progress)


def _reason_and_validate(
    project: Project, server: Server, publication: Publication, budget: Budget | None, progress: Progress
) -> tuple[int, Report]:
    """Let the server fill the closure, and find what is wrong; return the number of triples of the closure, too."""
    from kg.validation.report import contradiction, validate_published

    asserted, closure = publication.asserted, publication.closure
    closed = close_on_server(server, asserted=asserted, closure=closure, budget=budget, progress=progress)
    progress("validating on the server")
    prefixes = Prefixes(publication.prefixes)
    contradictions = [contradiction(one, (), prefixes) for one in closed.inconsistencies]
    found = validate_published(project, RemoteStore(server, publication), prefixes)
    return _counts(server, [closure])[closure], report([*contradictions, *found.findings])


def _remove(record: Record, graphs: Sequence[NamedNode]) -> None:
    """Take graphs away; first from the record, so that what is broken off there is done again."""
    for start in range(0, len(graphs), NAMES_AT_ONCE):
        batch = graphs[start : start + NAMES_AT_ONCE]
        record.forget(batch)
        names = " ".join(map(render, batch))
        pattern = "GRAPH ?g { ?s ?p ?o }"
        record.server.update(f"DELETE {{ {pattern} }} WHERE {{ VALUES ?g {{ {names} }} {pattern} }}")


def _drop(record: Record, graphs: Iterable[NamedNode]) -> None:
    """Drop default graphs, and with a closure all that the server made it from."""
    for graph in graphs:
        for scratch in scratch_graphs(graph):
            record.server.update(f"DROP SILENT GRAPH {render(scratch)}")
        record.drop(graph)


class _Sender:
    """Sends the quads of graphs in parts, after those of the same content that have arrived already."""

    def __init__(
        self,
        record: Record,
        graphs: Mapping[NamedNode, PublishedGraph],
        repeated: Mapping[NamedNode, int],
        progress: Progress,
        *,
        part: bool = True,
    ) -> None:
        """Make ready.

        Args:
            record: notes what has arrived.
            graphs: what is to be there in the end.
            repeated: how many quads there are of graphs that have some more than once.
            progress: receives how much is done.
            part: tells graphs of the publication from a default graph, whose other triples stay.
        """
        self._record, self._graphs, self._progress, self._part = record, graphs, progress, part
        self._quads = {name: repeated.get(name, graph.triples) for name, graph in graphs.items()}
        there = (
            published_graphs(record.server, record.node) if part else {name: record.arrived(name) for name in graphs}
        )
        self._arrived: Counter[object] = Counter()
        for name, graph in graphs.items():
            found = there.get(name)
            if found and found.digest == graph.digest and (found.triples < graph.triples or not part):
                self._arrived[name] = found.triples

    def send(self, quads: Iterable[Quad]) -> None:
        """Send all quads of the graphs, which come in an order that is always the same."""
        met: Counter[object] = Counter()
        waiting: defaultdict[NamedNode, list[Triple]] = defaultdict(list)
        number = 0
        for quad in quads:
            name = quad.graph_name
            met[name] += 1
            if met[name] > self._arrived[name]:
                waiting[name].append(quad.triple)  # type: ignore[index]  # quads are in named graphs
                number += 1
                if number == _AT_ONCE:
                    self._send(waiting)
                    waiting.clear()
                    number = 0
        self._send(waiting)

    def _send(self, waiting: Mapping[NamedNode, Sequence[Triple]]) -> None:
        """Send triples: many in a graph by themselves, few of many graphs at once."""
        server, limit = self._record.server, self._record.server.addresses.engine.insert
        sizes = {name: len(triples) + _RECORDED for name, triples in waiting.items()}
        for batch in batches(sizes, limit):
            if self._part:
                _remove(self._record, [name for name in batch if not self._arrived[name]])
            if sizes[batch[0]] > limit:
                (name,) = batch
                server.upload(name, waiting[name], partial(self._note, name))
                continue
            self._record.forget(batch)
            self._arrived += {name: len(waiting[name]) for name in batch}
            content = "".join(f"GRAPH {render(name)} {{ {in_sparql(waiting[name])} }} " for name in batch)
            said = "".join(self._record.describe(name, self._state(name), part=self._part) for name in batch)
            server.update(f"INSERT DATA {{ {content} GRAPH {render(self._record.node)} {{ {said} }} }}")
            self._report()

    def _note(self, name: NamedNode, number: int) -> None:
        self._arrived[name] += number
        self._record.write(name, self._state(name), part=self._part)
        self._report()

    def _state(self, name: NamedNode) -> PublishedGraph:
        """Return how far a graph has arrived; a triple that comes twice must not let it pass for whole too early."""
        graph, arrived = self._graphs[name], self._arrived[name]
        return graph if arrived == self._quads[name] else replace(graph, triples=min(arrived, graph.triples - 1))

    def _report(self) -> None:
        done, total = self._arrived.total(), sum(self._quads.values())
        self._progress(f"uploading: {done:,} of {total:,} triples", done / total)


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


def _copy_for_others(record: Record, publication: Publication, progress: Progress) -> None:
    """Let the server make the graph that other clients know what the closure is, by the difference of the two.

    So it is never empty while it changes. The triples of one subject are in one part.
    """
    server, copy, key = record.server, publication.copy, publication.key
    assert key is not None
    arrived = record.arrived(copy)
    if arrived is not None and arrived.digest == key:
        return
    size = _counts(server, [publication.closure]).get(publication.closure, 0)
    digits = next(digits for digits in range(20) if size <= _COMPARED * 16**digits)
    for part in product("0123456789abcdef", repeat=digits):
        start = "".join(part)
        progress("copying the closure for other clients")
        chosen = f'FILTER(STRSTARTS(MD5(STR(?s)), "{start}")) ' if start else ""
        for one, other, change in ((copy, publication.closure, "DELETE"), (publication.closure, copy, "INSERT")):
            server.update(
                f"{change} {{ GRAPH {render(copy)} {{ ?s ?p ?o }} }} WHERE {{ GRAPH {render(one)} {{ ?s ?p ?o }} "
                f"{chosen}FILTER NOT EXISTS {{ GRAPH {render(other)} {{ ?s ?p ?o }} }} }}"
            )
    record.write(copy, PublishedGraph(key, size), part=False)


def _require_counts(record: Record, expected: Mapping[NamedNode, int]) -> None:
    """Compare how many triples graphs have with how many they should; what is wrong will be sent anew."""
    server, names = record.server, list(expected)
    for start in range(0, len(names), NAMES_AT_ONCE):
        batch = names[start : start + NAMES_AT_ONCE]
        counts = _counts(server, batch)
        for name in batch:
            if (found := counts.get(name, 0)) != expected[name]:
                record.forget([name])
                raise OutsideError(
                    f"{server.addresses.base} has {found:,} of the {expected[name]:,} uploaded triples of {name.value}",
                    "it may merge or refuse some literals: list them with kg doctor --store URL --write",
                )


def _counts(server: Server, graphs: Iterable[NamedNode]) -> dict[object, int]:
    """Return how many triples graphs have on a server, of those that have some."""
    values = " ".join(map(render, graphs))
    rows = server.query(
        f"SELECT ?g (COUNT(*) AS ?n) {{ VALUES ?g {{ {values} }} GRAPH ?g {{ ?s ?p ?o }} }} GROUP BY ?g"
    )
    assert isinstance(rows, Rows)
    return {graph: int(number.value) for graph, number in rows.terms if isinstance(number, Literal)}
