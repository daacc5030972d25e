"""Stores that answer SELECT queries: one in memory, and real servers on loopback."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import httpx
from pyoxigraph import BlankNode, NamedNode, Quad, QueryResultsFormat, Store, Triple, parse_query_results
from servers import JSON
from virtuoso import load

from kg.sparql.results import Rows

Select = Callable[[str], Rows]
GRAPH = NamedNode("https://e.example/graph")
_CLIENT = httpx.Client(timeout=60)


def rows(answer) -> Rows:
    return Rows(tuple(variable.value for variable in answer.variables), tuple(tuple(row) for row in answer))


def in_memory(triples: Iterable[Triple]) -> Select:
    """Return what asks a store in memory, with the triples in its default graph."""
    store = Store()
    store.extend(Quad(*triple) for triple in triples)
    return lambda text: rows(store.query(text))


def over_http(url: str) -> Select:
    """Return what asks a server, and takes no answer that it has cut."""

    def select(text: str) -> Rows:
        response = _CLIENT.post(url, data={"query": text}, headers={"Accept": JSON})
        assert response.status_code == 200, f"{response.text[:500]}\n{text}"
        assert "X-SPARQL-MaxRows" not in response.headers, text
        return rows(parse_query_results(response.content, format=QueryResultsFormat.JSON))

    return select


def with_iris(triples: Collection[Triple]) -> list[Triple]:
    """Put IRIs in the place of blank nodes, as a graph is brought to a server."""
    return [Triple(*(_named(term) for term in triple)) for triple in triples]


def _named(term):
    return NamedNode(f"urn:kg:blank:{term.value}") if isinstance(term, BlankNode) else term


class Server:
    """A server, and how triples are put into its graph."""

    def __init__(self, query_url: str, put: Callable[[str], None]) -> None:
        self.select = over_http(query_url)
        self._put = put

    def put(self, triples: Collection[Triple]) -> None:
        self._put("".join(f"{triple} .\n" for triple in with_iris(triples)))


def server(kind: str, base: str) -> Server:
    """Return a server that runs at an address: `oxigraph` or `virtuoso`."""
    if kind == "virtuoso":
        return Server(f"{base}/sparql", lambda data: load(base, GRAPH.value, data))
    return Server(f"{base}/query", lambda data: _put_graph(base, data))


def _put_graph(base: str, data: str) -> None:
    response = _CLIENT.put(
        f"{base}/store",
        params={"graph": GRAPH.value},
        content=data.encode(),
        headers={"Content-Type": "application/n-triples"},
    )
    response.raise_for_status()
