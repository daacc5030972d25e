"""What was published to a server, as the server itself records it: in a graph of its own, beside the published ones.

The record says of each graph which content it is to have (a digest) and how many triples have arrived, so that a
publish that was broken off goes on where it stopped. It names the closure, the default graph of queries. It has a key
as long as all is whole.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from pyoxigraph import Literal, NamedNode

from kg.errors import UsageError
from kg.rdf.terms import DCTERMS, PROV, RDF, SH, VOID, Term, render
from kg.sparql.results import Rows
from kg.store.dataset import PART_OF
from kg.store.server import Server

SD = "http://www.w3.org/ns/sparql-service-description#"
SPDX = "http://spdx.org/rdf/terms#"

NAMES_AT_ONCE = 500  # graphs that one request names
_DECLARED = 100  # prefixes that one update declares
_PAGE = 5_000  # graphs of which a server is asked at once


@dataclass(frozen=True)
class PublishedGraph:
    """A graph: the digest of the content that it is to have, and how many triples of it have arrived.

    `describes` tells a graph about the others, which is no part of the default graph.
    """

    digest: str
    triples: int
    describes: bool = False


@dataclass(frozen=True)
class Publication:
    """The record of a publication: its name, which is also that of its graph, and what it says.

    `closure` is the default graph of queries, `asserted` what it is without the inferred triples. `key` is that of what
    was published (kg.build.contents); None while a publish is under way, or was broken off.
    """

    node: NamedNode
    closure: NamedNode
    asserted: NamedNode
    key: str | None
    prefixes: Mapping[str, str]

    @property
    def copy(self) -> NamedNode:
        """The graph that has a copy of the closure for other clients, whose name stays."""
        return NamedNode(f"{self.node.value}/closure")

    def graphs(self, server: Server) -> dict[NamedNode, PublishedGraph]:
        """Return the published graphs by their names; see published_graphs."""
        return published_graphs(server, self.node)


def find_publication(server: Server, node: NamedNode) -> Publication | None:
    """Read the record of a publication; None where there is none."""
    name = render(node)
    rows = _rows(
        server,
        f"""
SELECT ?closure ?asserted ?key ?prefix ?namespace {{ GRAPH {name} {{
  {name} <{SD}defaultGraph> ?closure . ?closure <{PROV}wasDerivedFrom> ?asserted
  OPTIONAL {{ {name} <{DCTERMS}identifier> ?key }}
  OPTIONAL {{ {name} <{SH}declare> ?declaration . ?declaration <{SH}prefix> ?prefix ; <{SH}namespace> ?namespace }}
}} }}""",
    )
    if not rows:
        return None
    closure, asserted, key, *_ = rows[0]
    assert isinstance(closure, NamedNode)
    assert isinstance(asserted, NamedNode)
    prefixes = {
        prefix.value: namespace.value
        for *_, prefix, namespace in rows
        if isinstance(prefix, Literal) and namespace is not None
    }
    return Publication(node, closure, asserted, key.value if isinstance(key, Literal) else None, prefixes)


def open_publication(server: Server, node: NamedNode) -> Publication:
    """Return a publication; raises UsageError where there is none."""
    found = find_publication(server, node)
    if found is None:
        base = server.addresses.base
        raise UsageError(f"{base} has no published graph named <{node.value}>", f"publish with kg publish {base}")
    return found


def published_graphs(server: Server, node: NamedNode) -> dict[NamedNode, PublishedGraph]:
    """Return the graphs of a publication by their names, in pages, since servers limit their answers."""
    name, found, last = render(node), {}, ""
    while True:
        rows = _rows(
            server,
            f"""
SELECT ?graph ?digest ?triples ?describes {{ GRAPH {name} {{
  ?graph {render(PART_OF)} {name} ; <{SPDX}checksumValue> ?digest ; <{VOID}triples> ?triples
  OPTIONAL {{ ?graph <{RDF}type> ?describes }}
  FILTER(STR(?graph) > {render(Literal(last))})
}} }} ORDER BY STR(?graph) LIMIT {_PAGE}""",
        )
        for graph, digest, triples, describes in rows:
            assert isinstance(graph, NamedNode)
            assert isinstance(digest, Literal)
            assert isinstance(triples, Literal)
            found[graph] = PublishedGraph(digest.value, int(triples.value), describes is not None)
            last = graph.value
        if len(rows) < _PAGE:
            return found


def batches(graphs: Mapping[NamedNode, int], limit: int) -> Iterator[list[NamedNode]]:
    """Group graphs by their sizes, so that a group is within a limit; a graph above it is alone."""
    batch: list[NamedNode] = []
    size = 0
    for name, triples in graphs.items():
        if batch and (size + triples > limit or len(batch) == NAMES_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append(name)
        size += triples
    if batch:
        yield batch


@dataclass(frozen=True)
class Record:
    """The record of a publication as it is written. Each change is one update, which may be done twice."""

    server: Server
    node: NamedNode

    def begin(self, *default_graphs: NamedNode) -> None:
        """Say that the publication is not whole for now, and which default graphs are being made."""
        self._delete(f"{self._name} <{DCTERMS}identifier> ?o")
        self._insert("".join(f"{self._name} <{DCTERMS}hasPart> {render(graph)} . " for graph in default_graphs))

    def describe(self, graph: NamedNode, content: PublishedGraph, *, part: bool = True) -> str:
        """Return, as triples, how far a graph has arrived; `part` tells a published graph from a default graph."""
        name = render(graph)
        return (
            f"{name} <{SPDX}checksumValue> {render(Literal(content.digest))} ; <{VOID}triples> {content.triples} . "
            + (f"{name} {render(PART_OF)} {self._name} . " if part else "")
            + (f"{name} <{RDF}type> <{VOID}DatasetDescription> . " if content.describes else "")
        )

    def write(self, graph: NamedNode, content: PublishedGraph, *, part: bool = True) -> None:
        """Say how far a graph has arrived."""
        self.forget([graph])
        self._insert(self.describe(graph, content, part=part))

    def arrived(self, graph: NamedNode) -> PublishedGraph | None:
        """Return how far a graph has arrived that is no part of the publication, such as the closure."""
        pattern = f"{render(graph)} <{SPDX}checksumValue> ?digest ; <{VOID}triples> ?triples"
        for digest, triples in _rows(self.server, f"SELECT ?digest ?triples {{ GRAPH {self._name} {{ {pattern} }} }}"):
            assert isinstance(digest, Literal)
            assert isinstance(triples, Literal)
            return PublishedGraph(digest.value, int(triples.value))
        return None

    def forget(self, graphs: Iterable[NamedNode]) -> None:
        """Take away how far graphs have arrived."""
        values = " ".join(map(render, graphs))
        said = " ".join(f"<{name}>" for name in (SPDX + "checksumValue", VOID + "triples", PART_OF.value, RDF + "type"))
        self._delete("?g ?p ?o", f"VALUES ?g {{ {values} }} VALUES ?p {{ {said} }}")

    def turn_to(self, publication: Publication) -> None:
        """Name the default graphs of queries; from now on the publication is whole."""
        assert publication.key is not None
        self._insert(f"{render(publication.closure)} <{PROV}wasDerivedFrom> {render(publication.asserted)}")
        self._declare(publication.prefixes)
        pointer = f"{self._name} <{SD}defaultGraph> "
        if _rows(self.server, f"SELECT ?graph {{ GRAPH {self._name} {{ {pointer} ?graph }} }}"):
            self.server.update(
                f"DELETE {{ GRAPH {self._name} {{ {pointer} ?graph }} }} "
                f"INSERT {{ GRAPH {self._name} {{ {pointer} {render(publication.closure)} }} }} "
                f"WHERE {{ GRAPH {self._name} {{ {pointer} ?graph }} }}"
            )
        else:
            self._insert(pointer + render(publication.closure))
        self._insert(f"{self._name} <{DCTERMS}identifier> {render(Literal(publication.key))}")

    def _declare(self, prefixes: Mapping[str, str]) -> None:
        """Declare prefixes, and then no others, so that no query comes at a time when there are none."""
        wanted = {}
        for prefix, namespace in prefixes.items():
            # A declaration is never changed: its name is that of what it says.
            node = f"<{self.node.value}/prefix/{prefix}-{sha256(namespace.encode()).hexdigest()[:16]}>"
            said = f"<{SH}prefix> {render(Literal(prefix))} ; <{SH}namespace> {render(Literal(namespace))}"
            wanted[node] = f"{self._name} <{SH}declare> {node} . {node} {said} . "
        for start in range(0, len(wanted), _DECLARED):
            self._insert("".join([*wanted.values()][start : start + _DECLARED]))
        declared = f"{self._name} <{SH}declare> ?declaration"
        others = f"FILTER(?declaration NOT IN ({', '.join(wanted)}))"
        self._delete("?declaration ?p ?o", f"{declared} . {others}")
        self._delete(declared, others)

    def outdated(self, kept: Collection[NamedNode]) -> list[NamedNode]:
        """Return the default graphs of publishes, whole or broken off, but for those that are kept."""
        pattern = f"{self._name} <{DCTERMS}hasPart> ?graph"
        rows = _rows(self.server, f"SELECT ?graph {{ GRAPH {self._name} {{ {pattern} }} }}")
        return [node for (node,) in rows if isinstance(node, NamedNode) and node not in kept]

    def drop(self, graph: NamedNode) -> None:
        """Drop a default graph, and take away all that is said of it."""
        self.server.update(f"DROP SILENT GRAPH {render(graph)}")
        self._delete(f"{render(graph)} ?p ?o")
        self._delete(f"{self._name} <{DCTERMS}hasPart> {render(graph)}")

    @property
    def _name(self) -> str:
        return render(self.node)

    def _insert(self, triples: str) -> None:
        self.server.update(f"INSERT DATA {{ GRAPH {self._name} {{ {triples} }} }}")

    def _delete(self, pattern: str, where: str = "") -> None:
        graph = f"GRAPH {self._name}"
        self.server.update(f"DELETE {{ {graph} {{ {pattern} }} }} WHERE {{ {graph} {{ {where} {pattern} }} }}")


def _rows(server: Server, query: str) -> tuple[tuple[Term | None, ...], ...]:
    rows = server.query(query)
    assert isinstance(rows, Rows)
    return rows.terms
