"""Names for blank nodes that come from what is said of them: the same in every graph that says the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from hashlib import sha256

from pyoxigraph import BlankNode, Quad

from kg.rdf.serialize import canonical_quads


def with_stable_names(quads: Iterable[Quad]) -> frozenset[Quad]:
    """Rename the blank nodes of a graph, so that graphs can be compared quad by quad.

    RDFC-1.0 numbers the blank nodes of a graph from one end to the other, so that a new one shifts the numbers of
    others. Here it is applied to each component alone: the quads that share blank nodes, directly or through others.
    A node's name is the SHA-256 digest of its component's canonical N-Quads (16 digits of it), the number of the copy
    where a graph has the same component more than once, and the node's own number in it.
    """
    renamed: set[Quad] = set()
    copies: Counter[str] = Counter()
    for component in _components(quads):
        if not _blank_nodes(component[0]):
            renamed.update(component)
            continue
        canonical = canonical_quads(component)
        digest = sha256("".join(f"{quad} .\n" for quad in canonical).encode()).hexdigest()[:16]
        prefix = f"b{digest}-{copies[digest]}-"
        copies[digest] += 1
        renamed.update(_renamed(quad, prefix) for quad in canonical)
    return frozenset(renamed)


def _components(quads: Iterable[Quad]) -> Iterable[list[Quad]]:
    """Group quads by the blank nodes that they share (union-find); those without blank nodes are one group."""
    parents: dict[BlankNode, BlankNode] = {}

    def root(node: BlankNode) -> BlankNode:
        while (parent := parents.setdefault(node, node)) != node:
            parents[node] = node = parents[parent]
        return node

    nodes_of = {quad: _blank_nodes(quad) for quad in quads}
    for nodes in nodes_of.values():
        for node in nodes:
            parents[root(node)] = root(nodes[0])
    groups: defaultdict[BlankNode | None, list[Quad]] = defaultdict(list)
    for quad, nodes in nodes_of.items():
        groups[root(nodes[0]) if nodes else None].append(quad)
    return groups.values()


def _blank_nodes(quad: Quad) -> list[BlankNode]:
    return [term for term in (quad.subject, quad.object, quad.graph_name) if isinstance(term, BlankNode)]


def _renamed(quad: Quad, prefix: str) -> Quad:
    subject, object_, graph = (
        BlankNode(prefix + term.value.removeprefix("c14n")) if isinstance(term, BlankNode) else term
        for term in (quad.subject, quad.object, quad.graph_name)
    )
    return Quad(subject, quad.predicate, object_, graph)  # type: ignore[arg-type]  # each is as it was, or a blank node
