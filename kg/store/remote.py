"""The store on a server: what was published there, asked by the same queries as the embedded store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg.errors import OutsideError, UsageError
from kg.files.project import Project
from kg.rdf.terms import XSD, Term, render, skolemized, unskolemized
from kg.sparql.classification import calls_service
from kg.sparql.results import Answer, Rows
from kg.sparql.syntax import form
from kg.store.dataset import View, read_describe
from kg.store.embedded import EmbeddedStore
from kg.store.publication import Publication, PublishedGraph, batches, open_publication
from kg.store.server import Server, connect

_AT_ONCE = 5_000  # triples, or resources to describe, in one request: below the limits of servers with care
_BOOLEAN = NamedNode(XSD + "boolean")
_BOOLEANS = {
    Literal(number, datatype=_BOOLEAN): Literal(word, datatype=_BOOLEAN)
    for number, word in (("1", "true"), ("0", "false"))
}


def open_published(project: Project, url: str | None = None, *, offline: bool = False) -> RemoteStore:
    """Open what was published of a project to its server, or to another one at an address.

    Raises UsageError where nothing was, OutsideError where the server cannot be asked.
    """
    server = connect(project, url, offline=offline)
    return RemoteStore(server, open_publication(server, NamedNode(project.publication)))


@dataclass(frozen=True)
class RemoteStore:
    """What was published to a server. Its default graph is the closure, its named graphs are what was published."""

    server: Server
    publication: Publication

    def query(self, text: str, *, timeout: float | None = None) -> Answer:
        """Answer a SPARQL query; see kg.store.Store."""
        if calls_service(text):
            raise UsageError("SERVICE is not allowed here", "query endpoints with kg query run or kg query text")
        kind = form(text)
        # An error is reported without asking the server, in the same words as by the embedded store.
        expected = EmbeddedStore.in_memory(()).query(text)
        if kind == "describe":
            return self._describe(text, timeout)
        answer = _as_published(self.server.query(self._view.of(text), timeout=timeout))
        if isinstance(expected, Rows) and isinstance(answer, Rows) and answer.variables != expected.variables:
            # Virtuoso has an order of its own for SELECT *.
            return answer.select(expected.variables)
        return answer

    def asserted(self) -> EmbeddedStore:
        """Copy what is asserted into memory; see EmbeddedStore.asserted."""
        return EmbeddedStore.in_memory(self.quads())

    def quads(self) -> Iterator[Quad]:
        """Yield what is asserted: what the published graphs hold, without those that only describe others.

        Raises OutsideError where the server holds less or more than was published.
        """
        graphs = self.publication.graphs(self.server)
        asserted = {name: graph for name, graph in graphs.items() if not graph.describes}
        for batch in batches({name: graph.triples for name, graph in asserted.items()}, _AT_ONCE):
            yield from self._download({name: asserted[name] for name in batch})

    @property
    def _view(self) -> View:
        return View(self.publication.closure, self.publication.node)

    def _download(self, graphs: dict[NamedNode, PublishedGraph]) -> Iterator[Quad]:
        count = 0
        for quad in self.server.download(list(graphs)):
            count += 1
            triple = _triple(*quad.triple)
            yield Quad(triple.subject, triple.predicate, triple.object, quad.graph_name)
        expected = sum(graph.triples for graph in graphs.values())
        if count != expected:
            raise OutsideError(
                f"{self.server.addresses.base} holds {count:,} triples where {expected:,} were published",
                "fix that with kg publish",
            )

    def _describe(self, text: str, timeout: float | None) -> list[Triple]:
        """Answer a DESCRIBE query: all that is said of a resource, and of the blank nodes that this leads to.

        Each server has its own idea of a description (SPARQL 1.1, section 16.4); this is that of the embedded store.
        """
        query = read_describe(text)
        waiting = [term for term in query.terms if not term.startswith(("?", "$", "*"))]
        if query.pattern:
            variables = " ".join(term for term in query.terms if term not in waiting)
            rows = self.query(f"{query.prologue} SELECT DISTINCT {variables} {query.pattern}", timeout=timeout)
            assert isinstance(rows, Rows)
            waiting += _iris(term for row in rows.terms for term in row)
        triples: dict[Triple, None] = {}
        while waiting:
            part, waiting = waiting[:_AT_ONCE], waiting[_AT_ONCE:]
            said = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ VALUES ?s {{ {' '.join(part)} }} ?s ?p ?o }}"
            answer = self.query(f"{query.prologue} {said}", timeout=timeout)
            assert isinstance(answer, list)
            triples |= dict.fromkeys(answer)
            nodes = {triple.object for triple in answer if isinstance(triple.object, BlankNode)}
            waiting += _iris(nodes - {triple.subject for triple in triples})
        return sorted(triples, key=str)


def _as_published(answer: Answer) -> Answer:
    """Return an answer with its terms as they were published; see _term."""
    if isinstance(answer, Rows):
        return Rows(answer.variables, tuple(tuple(term and _term(term) for term in terms) for terms in answer.terms))
    if isinstance(answer, list):
        return [_triple(*triple) for triple in answer]
    return answer


def _triple(*terms: Term) -> Triple:
    return Triple(*map(_term, terms))  # type: ignore[arg-type]  # each is what it was


def _term(term: Term) -> Term:
    """Return a term with blank nodes in the place of their IRIs, and booleans as words: Virtuoso has 1 and 0."""
    if isinstance(term, Literal):
        return _BOOLEANS.get(term, term)
    return unskolemized(term)


def _iris(terms: Iterable[object]) -> list[str]:
    """Return the resources among some terms as they stand in a query, sorted, each once."""
    nodes = {skolemized(term) if isinstance(term, BlankNode) else term for term in terms}
    return sorted(render(node) for node in nodes if isinstance(node, NamedNode))
