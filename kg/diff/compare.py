"""What changed between two graphs: facts by entity, passages and statuses, ontology, shapes, and what is inferred."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Triple

from kg.diff.snapshots import Snapshot
from kg.progress import Progress, silent
from kg.provenance.vocabulary import HAS_SELECTOR, IN_SOURCE, STATUS
from kg.query.labels import LABELS, labels_in
from kg.rdf.canonical import with_stable_names
from kg.rdf.terms import RDF, WELL_KNOWN, Prefixes, Term
from kg.reasoning.closure import close

Node = NamedNode | BlankNode
GraphName = NamedNode | BlankNode | DefaultGraph

# The sections in which changes are reported. Evidence is passages and records, their sources and selectors.
SECTIONS = ("data", "evidence", "ontology", "shapes", "inferred")

_FIRST = (RDF + "type", *(predicate.value for predicate in LABELS))


@dataclass(frozen=True)
class Delta:
    """Quads to take away and quads to add; blank nodes have the names of kg.rdf.canonical."""

    removed: frozenset[Quad] = frozenset()
    added: frozenset[Quad] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.removed or self.added)


@dataclass(frozen=True)
class FactChange:
    """A fact that was added or removed, and the graph that asserts it; an inferred one is in the default graph.

    `on_both_sides`: the fact holds before and after all the same, by other evidence or by inference.
    """

    added: bool
    predicate: NamedNode
    value: Term
    graph: GraphName
    on_both_sides: bool


@dataclass(frozen=True)
class EntityChange:
    """A node whose facts changed; it was `added`, `removed` or `changed` itself."""

    node: Node
    change: str
    facts: tuple[FactChange, ...]


@dataclass(frozen=True)
class StatusChange:
    """A passage or record whose status changed, and how many facts rest on it after the change."""

    evidence: Node
    before: tuple[Term, ...]
    after: tuple[Term, ...]
    facts: int


@dataclass(frozen=True)
class Difference:
    """What changed from one snapshot to another; false where nothing did.

    Attributes:
        before, after: the names of the two.
        graph, shapes: the quads that changed; taken from the one and added to it, they give the other.
        sections: the changes by entity, for each of SECTIONS.
        statuses: the evidence of which the status changed.
        labels: the labels of all nodes that have one; the later one where it changed.
        prefixes: those of both.
    """

    before: str
    after: str
    graph: Delta
    shapes: Delta
    sections: Mapping[str, tuple[EntityChange, ...]]
    statuses: tuple[StatusChange, ...]
    labels: Mapping[NamedNode, str]
    prefixes: Prefixes

    def __bool__(self) -> bool:
        return bool(self.graph or self.shapes)


def compare(before: Snapshot, after: Snapshot, progress: Progress = silent) -> Difference:
    """Compare two snapshots; names of blank nodes and the order of facts make no difference.

    Shapes are compared where both snapshots can have some: a single file has none. Of the inferred facts, those are
    reported that begin to hold, or hold no more.

    Raises:
        OutsideError: a closure (all facts, including inferred ones) is larger than its budget.
    """
    old, new = with_stable_names(before.quads), with_stable_names(after.quads)
    comparable = before.shapes is not None and after.shapes is not None
    old_shapes, new_shapes = (with_stable_names(side.shapes or () if comparable else ()) for side in (before, after))
    graph, shapes = Delta(old - new, new - old), Delta(old_shapes - new_shapes, new_shapes - old_shapes)
    old_facts, new_facts = (_facts(old, progress), _facts(new, progress)) if graph else (_Facts(), _Facts())

    parts = _parts(graph, before.ontology | after.ontology, _evidence(old | new))
    parts |= {"shapes": shapes, "inferred": _inferred(old_facts, new_facts)}
    known = {quad.subject for quad in old | old_shapes}, {quad.subject for quad in new | new_shapes}
    labels = labels_in(before.quads) | labels_in(after.quads)
    on_both_sides = old_facts.all & new_facts.all
    return Difference(
        before.name,
        after.name,
        graph,
        shapes,
        {name: tuple(_by_entity(parts[name], known, on_both_sides, labels)) for name in SECTIONS},
        tuple(_statuses(graph, new)),
        labels,
        Prefixes({**WELL_KNOWN, **before.prefixes, **after.prefixes}),
    )


@dataclass(frozen=True)
class _Facts:
    """The triples of a graph: asserted in some named graph, or inferred."""

    asserted: frozenset[Triple] = frozenset()
    inferred: frozenset[Triple] = frozenset()

    @property
    def all(self) -> frozenset[Triple]:
        return self.asserted | self.inferred


def _facts(quads: Collection[Quad], progress: Progress) -> _Facts:
    closure = close(quads, progress=progress)
    return _Facts(frozenset(quad.triple for quad in quads), frozenset(closure.inferred))


def _inferred(old: _Facts, new: _Facts) -> Delta:
    gone, begun = old.inferred - new.all, new.inferred - old.all
    return Delta(frozenset(Quad(*triple) for triple in gone), frozenset(Quad(*triple) for triple in begun))


def _parts(delta: Delta, ontology: Collection[GraphName], evidence: Collection[object]) -> dict[str, Delta]:
    """Sort changed quads into data, evidence and ontology."""
    parts: dict[str, tuple[set[Quad], set[Quad]]] = {name: (set(), set()) for name in SECTIONS[:3]}
    for position, quads in enumerate((delta.removed, delta.added)):
        for quad in quads:
            about = "evidence" if quad.subject in evidence else "data"
            parts["ontology" if quad.graph_name in ontology else about][position].add(quad)
    return {name: Delta(frozenset(removed), frozenset(added)) for name, (removed, added) in parts.items()}


def _evidence(quads: Iterable[Quad]) -> set[object]:
    """Return the passages and records of a graph, with their sources and selectors."""
    found: set[object] = set()
    for quad in quads:
        if quad.predicate in (STATUS, IN_SOURCE):
            found.add(quad.subject)
        if quad.predicate in (IN_SOURCE, HAS_SELECTOR):
            found.add(quad.object)
    return found


def _by_entity(
    delta: Delta,
    known: tuple[Collection[object], Collection[object]],
    on_both_sides: Collection[Triple],
    labels: Mapping[NamedNode, str],
) -> Iterator[EntityChange]:
    """Yield the changes of each node, sorted by label; a blank node is reported with the node that refers to it."""
    facts: defaultdict[Node, list[FactChange]] = defaultdict(list)
    for added, quads in ((False, delta.removed), (True, delta.added)):
        for quad in quads:
            subject, value = _ends(quad)
            both = quad.triple in on_both_sides
            facts[subject].append(FactChange(added, quad.predicate, value, quad.graph_name, both))

    def label(node: Node) -> tuple[bool, str, str]:
        name = labels.get(node) if isinstance(node, NamedNode) else None
        return isinstance(node, BlankNode), (name or node.value).casefold(), node.value

    def order(fact: FactChange) -> tuple[bool, str, bool, str, str]:
        predicate = fact.predicate.value
        return predicate not in _FIRST, predicate, fact.added, str(fact.value), str(fact.graph)

    for node in sorted(_heads(facts), key=label):
        before, after = (node in side for side in known)
        change = "changed" if before == after else "added" if after else "removed"
        yield EntityChange(node, change, tuple(sorted(facts[node], key=order)))


def _heads(facts: Mapping[Node, Iterable[FactChange]]) -> Iterator[Node]:
    """Yield the named nodes, and of the blank nodes those that no other node refers to, or one of a cycle."""
    values = {node: {fact.value for fact in found} for node, found in facts.items()}
    led_to = {value for node, found in values.items() for value in found if value != node}
    told: set[Term] = set()
    for node in sorted(facts, key=lambda n: (isinstance(n, BlankNode), n in led_to, n.value)):
        if node in told:
            continue
        yield node
        pending = [node]
        while pending:
            fresh = {v for v in values.get(pending.pop(), ()) if isinstance(v, BlankNode)} - told
            told |= fresh
            pending += fresh


def _statuses(delta: Delta, after: Iterable[Quad]) -> Iterator[StatusChange]:
    """Yield the evidence that had a status and has another one now, or none."""
    changes: defaultdict[Node, tuple[set[Term], set[Term]]] = defaultdict(lambda: (set(), set()))
    for position, quads in enumerate((delta.removed, delta.added)):
        for quad in quads:
            if quad.predicate == STATUS:
                subject, value = _ends(quad)
                changes[subject][position].add(value)
    remaining = {quad.subject for quad in after}
    for node in sorted(changes.keys() & remaining, key=str):
        old, new = (tuple(sorted(values, key=str)) for values in changes[node])
        if old:
            yield StatusChange(node, old, new, sum(quad.graph_name == node for quad in after))


def _ends(quad: Quad) -> tuple[Node, Term]:
    """Return subject and object, which are no quoted triples here."""
    return quad.subject, quad.object  # type: ignore[return-value]
