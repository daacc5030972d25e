"""Servers that a closure can be computed on, with what a test reads from and writes to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import httpx
import pyoxigraph as ox
from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Triple, serialize
from virtuoso import PASSWORD, USER

from kg.rdf.datatypes import value_of
from kg.sparql.results import Rows

ASSERTED, CLOSURE = NamedNode("https://e.example/graph/asserted"), NamedNode("https://e.example/graph/closure")
BLANK = "urn:kg:blank:"


class InMemory:
    """A store of this process."""

    merges_numbers = False

    def __init__(self) -> None:
        self.store = ox.Store()

    def query(self, text: str) -> Rows:
        answer = self.store.query(text)
        return Rows(tuple(v.value for v in answer.variables), tuple(map(tuple, answer)))

    def update(self, text: str) -> None:
        self.store.update(text)

    def load(self, triples: Iterable[Triple]) -> None:
        self.store.remove_graph(ASSERTED)
        self.store.extend(Quad(*triple, ASSERTED) for triple in triples)

    def graph(self, name: NamedNode) -> set[Triple]:
        return {quad.triple for quad in self.store.quads_for_pattern(None, None, None, name)}

    def graphs(self) -> set[NamedNode]:
        return {quad.graph_name for quad in self.store}


@dataclass
class OverHttp:
    """A server by its endpoints."""

    query_url: str
    update_url: str
    graph_url: str
    auth: httpx.DigestAuth | None = None
    merges_numbers: bool = False  # 1 and 1.0 of one subject and property are one triple there
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=600))

    def query(self, text: str) -> Rows:
        header = {"Accept": "application/sparql-results+json"}
        answer = self.client.post(self.query_url, data={"query": text}, headers=header)
        assert answer.is_success, f"{answer.text[:1000]}\n{text[:3000]}"
        assert "X-SPARQL-MaxRows" not in answer.headers
        rows = ox.parse_query_results(answer.content, format=ox.QueryResultsFormat.JSON)
        return Rows(tuple(v.value for v in rows.variables), tuple(map(tuple, rows)))

    def update(self, text: str) -> None:
        answer = self.client.post(self.update_url, data={"update": text}, auth=self.auth)
        assert answer.is_success, f"{answer.text[:1000]}\n{text[:3000]}"

    def load(self, triples: Iterable[Triple]) -> None:
        """Replace the asserted graph."""
        self.update(f"CLEAR SILENT GRAPH {ASSERTED}")
        quads = [Quad(*triple, DefaultGraph()) for triple in triples]
        for start in range(0, len(quads), 20_000):
            body = serialize(quads[start : start + 20_000], format=RdfFormat.N_TRIPLES)
            header = {"Content-Type": "text/turtle"}
            parameters = {"graph": ASSERTED.value}
            answer = self.client.post(self.graph_url, params=parameters, content=body, headers=header, auth=self.auth)
            assert answer.is_success, answer.text[:1000]

    def graph(self, name: NamedNode) -> set[Triple]:
        return {Triple(*row) for row in self.query(f"SELECT ?s ?p ?o {{ GRAPH {name} {{ ?s ?p ?o }} }}").terms}

    def graphs(self) -> set[NamedNode]:
        return {graph for (graph,) in self.query("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }").terms}


def over_http(kind: str, base: str) -> OverHttp:
    """Return a server that runs at an address: `oxigraph` or `virtuoso`."""
    if kind == "virtuoso":
        auth = httpx.DigestAuth(USER, PASSWORD)
        return OverHttp(f"{base}/sparql", f"{base}/sparql-auth", f"{base}/sparql-graph-crud-auth", auth, True)
    return OverHttp(f"{base}/query", f"{base}/update", f"{base}/store")


def by_value(triples: Iterable[Triple]) -> set[tuple[object, ...]]:
    """Return triples with numbers in the place of the literals that denote one, of whatever datatype."""

    def value(term):
        space, content = (value_of(term) if isinstance(term, Literal) else None) or ("", term)
        return float(content) if space in ("decimal", "float", "double") else term

    return {(triple.subject, triple.predicate, value(triple.object)) for triple in triples}


def skolemized(quads: Iterable[Quad]) -> set[Triple]:
    """Return the triples of some quads with IRIs in the place of blank nodes."""

    def named(term):
        return NamedNode(BLANK + term.value) if isinstance(term, BlankNode) else term

    return {Triple(named(quad.subject), quad.predicate, named(quad.object)) for quad in quads}


def unskolemized(triples: Iterable[Triple]) -> list[Quad]:
    """Return triples with blank nodes again, as quads."""

    def blank(term):
        is_blank = isinstance(term, NamedNode) and term.value.startswith(BLANK)
        return BlankNode(term.value.removeprefix(BLANK)) if is_blank else term

    return [Quad(blank(triple.subject), triple.predicate, blank(triple.object)) for triple in triples]
