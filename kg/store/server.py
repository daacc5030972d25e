"""A SPARQL server by its protocols: it is asked, changed, and sent triples. What it holds is known elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from urllib.parse import quote

from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from kg.errors import UsageError
from kg.files.project import Project
from kg.formats import NTRIPLES
from kg.http.client import Client
from kg.rdf.terms import Term, render, skolemized
from kg.sparql.results import Answer, Rows
from kg.store.endpoint import Endpoint, read_triples
from kg.store.engines import Addresses, addresses_of

_TIMEOUT = 600.0  # seconds for one request: a large update, or a query without --timeout
_MAX_BYTES = 2**40  # answers are read as they come


@dataclass(frozen=True)
class Server:
    """A server at its addresses, and the client that talks to it."""

    addresses: Addresses
    client: Client = field(default_factory=Client)

    @cached_property
    def _endpoint(self) -> Endpoint:
        return Endpoint(self.addresses.query, self.client)

    def query(self, text: str, *, timeout: float | None = None) -> Answer:
        """Ask a query as it stands; see kg.store.endpoint."""
        return self._endpoint.query(text, timeout=timeout)

    def update(self, text: str) -> None:
        """Perform one update that may be done twice.

        One operation at a time: some servers leave a request of several half done where one of them fails.

        Raises:
            UsageError: no address for updates is known.
            OutsideError: the server could not be asked, or refuses.
        """
        if self.addresses.update is None:
            raise UsageError(
                f"the address for updates of {self.addresses.base} is not known",
                "add it to kg.toml: update = 'https://...' under [server]",
            )
        fields = {"update": self.addresses.engine.prologue + text}
        with self.client.post_form(self.addresses.update, fields, "*/*") as response:
            response.read()

    def upload(self, graph: NamedNode, triples: Iterable[Triple], sent: Callable[[int], None]) -> None:
        """Add triples to a named graph, in parts that the server can take; blank nodes become IRIs.

        Args:
            graph: where they go.
            triples: in any number.
            sent: called after each part with its number of triples.
        """
        remaining = iter(triples)
        by_protocol = self.addresses.graph_store is not None
        limit = self.addresses.engine.upload if by_protocol else self.addresses.engine.insert
        while part := list(islice(remaining, limit)):
            lines = in_sparql(part)
            if by_protocol:
                with self.client.post(self._address_of(graph), lines.encode(), NTRIPLES.media_type) as response:
                    response.read()
            else:
                self.update(f"INSERT DATA {{ GRAPH {render(graph)} {{\n{lines}}} }}")
            sent(len(part))

    def download(self, graphs: Sequence[NamedNode]) -> Iterator[Quad]:
        """Yield the quads of named graphs: of one by the Graph Store protocol, which has no limit; else by a query.

        Raises OutsideError as `query` does.
        """
        if len(graphs) == 1 and self.addresses.graph_store is not None:
            with self.client.get(self._address_of(graphs[0]), NTRIPLES.media_type) as response:
                for triple in read_triples(response):
                    yield Quad(triple.subject, triple.predicate, triple.object, graphs[0])
            return
        wanted = " ".join(map(render, graphs))
        rows = self.query(f"SELECT ?s ?p ?o ?g {{ VALUES ?g {{ {wanted} }} GRAPH ?g {{ ?s ?p ?o }} }}")
        assert isinstance(rows, Rows)
        for terms in rows.terms:
            yield Quad(*terms)  # type: ignore[arg-type]  # each is what it is in a quad

    def _address_of(self, graph: NamedNode) -> str:
        return f"{self.addresses.graph_store}?graph={quote(graph.value, safe='')}"


def connect(project: Project, named: str | None = None, *, offline: bool = False) -> Server:
    """Return the server of a project, with the credentials that are at hand for it.

    Args:
        project: whose configuration may name the server, and the addresses of its protocols.
        named: the address, where the user names one now.
        offline: whether every request is refused.

    Raises:
        UsageError: only the configuration names the server, or one of its addresses lies elsewhere than the server, and
            the user has not agreed to that.
    """
    from kg.http.credentials import credentials_for, origin

    base, by_user = named or project.server, bool(named) or project.server_named
    if not by_user:
        project.require_trusted(f"the server {base}")
    for address in (project.server_settings.get(name) for name in ("query", "update", "graph-store")):
        if address and origin(address) != origin(base):
            project.require_trusted(f"{address} as an address of {base}")
    client = Client(offline, _TIMEOUT, max_bytes=_MAX_BYTES, credentials=credentials_for(base, named=by_user))
    return Server(addresses_of(base, client, project.server_settings), client)


def in_sparql(triples: Iterable[Triple]) -> str:
    """Write triples as lines of N-Triples, which SPARQL's INSERT DATA takes, too; blank nodes become IRIs."""
    return "".join(f"{' '.join(render(_named(term)) for term in triple)} .\n" for triple in triples)


def _named(term: Term) -> Term:
    return skolemized(term) if isinstance(term, BlankNode) else term
