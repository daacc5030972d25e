"""The knowledge graph of international AI governance, for Python programs.

    import kg

    graph = kg.open()
    for row in graph.query("initiators"):
        print(row.initiator_label)

Importing this module is cheap: each method imports what it needs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyoxigraph import NamedNode, Quad, Triple

    from kg.export.rdf import Selection
    from kg.files.project import Project
    from kg.findings import Report
    from kg.progress import Progress, Say
    from kg.provenance.answers import SupportedAnswer
    from kg.query.catalog import Argument, CannedQuery
    from kg.query.describe import Description
    from kg.query.entities import Match
    from kg.query.question import Question
    from kg.query.services import Services
    from kg.query.stats import Statistics
    from kg.rdf.terms import Prefixes
    from kg.reasoning.explain import Explainer, Proof
    from kg.reasoning.rule_table import Pattern
    from kg.render.proof import Names
    from kg.sparql.results import Rows
    from kg.store import Store


def open(
    project: str | Path | None = None, store: str | Path | None = None, *, allow_service: Iterable[str] = ()
) -> KnowledgeGraph:
    """Open a knowledge graph; its store is built from the files where there is none yet.

    Args:
        project: the folder of a project; without it the current one, or the graph that is shipped with kg.
        store: where the store is kept, if not in the usual place; or the address of a server to which it was published.
        allow_service: endpoints that SERVICE may ask, beside those of the project's configuration: `IRI`, or
            `IRI=URL` for one that is asked at another address.

    Raises:
        UsageError: the folder is not a project, or an endpoint is not an http or https address.
        InputError: a file cannot be read, or the files do not satisfy the shapes.
        OutsideError: the server cannot be reached.
    """
    from kg.files.project import find_project

    found = find_project(Path(project) if project else None, store)
    graph = open_project(found)
    if not allow_service:
        return graph
    from kg.query.services import project_services

    return replace(graph, services=project_services(found, allow_service))


def open_project(
    project: Project, *, offline: bool = False, say: Say | None = None, progress: Progress | None = None
) -> KnowledgeGraph:
    """Open the graph of a project: what was published of it to its server, or the store that is built from its files.

    The store is built first where there is none yet.

    Args:
        project: the project.
        offline: never use the network.
        say: called with a notice that a store is built or outdated, or that a publish is incomplete.
        progress: called with the steps of a build.

    Raises:
        UsageError: nothing was published to the server.
        InputError: a file cannot be read, or the files do not satisfy the shapes.
        OutsideError: the server cannot be asked, or the store cannot be written.
    """
    from kg.progress import silent
    from kg.rdf.terms import Prefixes

    say = say or silent
    if project.server:
        from kg.store.remote import open_published

        remote = open_published(project, offline=offline)
        if remote.publication.key is None:
            say(f"A publish to {project.server} is in progress or was interrupted; complete it with kg publish.")
        return KnowledgeGraph(project, remote, Prefixes(remote.publication.prefixes))
    from kg.build.manifest import changed_files, usable_build
    from kg.store.embedded import EmbeddedStore

    current = usable_build(project)
    if current is None:
        from kg.build.pipeline import build

        say("No store of this version yet: building one from the files, which is done once.")
        current = build(project, progress=progress or silent).require_published()
    elif changed := changed_files(project, current.manifest):
        files = ", ".join(changed[:3]) + (" ..." if len(changed) > 3 else "")
        say(f"The store is older than the files ({files}); update it with kg build.")
    manifest = current.manifest
    return KnowledgeGraph(project, EmbeddedStore.open(current.store), Prefixes(manifest.prefixes), manifest.queries)


@dataclass(frozen=True)
class KnowledgeGraph:
    """A built graph: its project, its store, its prefixes, and the canned queries as far as the build has read them.

    `services` are the endpoints that SERVICE may ask; without it, those of the project's configuration.
    """

    project: Project
    store: Store
    prefixes: Prefixes
    queries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    services: Services | None = None

    def query(self, name: str, /, **arguments: Argument) -> Rows:
        """Run a canned query with values for its parameters and return its rows.

        Raises UsageError for an unknown query or parameter or an invalid value; InputError for an invalid file.
        """
        result = self.answer(self.canned(name, **arguments)).result
        if isinstance(result, bool | list):
            from kg.errors import UsageError

            raise UsageError(f"{name} is not a SELECT query", "use answer() for queries of any form")
        return result

    def canned(self, name: str, /, **arguments: Argument) -> Question:
        """Return a canned query with values for its parameters, ready to be asked; raises as `query` does."""
        from kg.query.catalog import bind_arguments
        from kg.query.question import Question

        canned = self.canned_query(name)
        text = bind_arguments(canned, arguments, self.prefixes, self.entity)
        return Question(text, canned.text, canned.path)

    def canned_query(self, name: str) -> CannedQuery:
        """Return a canned query; raises UsageError for an unknown name, InputError for an invalid file."""
        from kg.query.catalog import find, load_query

        return load_query(find(name, self.project.query_files), self.queries)

    def select(self, text: str) -> Rows | bool | list[Triple]:
        """Answer a SPARQL query: rows for SELECT, a bool for ASK, triples for CONSTRUCT and DESCRIBE.

        Raises UsageError for an error in the query, an update, or a SERVICE that the project does not allow.
        """
        return self.answer(text).result

    def question(self, text: str) -> Question:
        """Return a SPARQL query, ready to be asked: the prefixes of the project need not be declared in it.

        Raises UsageError for a fault in it.
        """
        from kg.query.question import Question
        from kg.sparql.binding import with_prefixes
        from kg.sparql.errors import faults_in

        with faults_in(text):
            return Question(with_prefixes(text, self.prefixes.namespaces), text)

    def answer(
        self,
        question: Question | str,
        *,
        cite: bool = False,
        explain: bool = False,
        asserted: bool = False,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> SupportedAnswer:
        """Answer a query of any form, and find what supports the answer.

        Args:
            question: SPARQL, or what `canned` and `question` return.
            cite: find the evidence of each row, and the named graphs that assert each triple.
            explain: prove the facts that each row rests on.
            asserted: leave out what reasoning added.
            limit: the most rows to keep.
            timeout: seconds for the answer, with what other endpoints are asked.

        Raises:
            UsageError: an error in the query, an update, or a SERVICE that the project does not allow.
            InputError: an error in the file of a canned query.
            OutsideError: no answer in time, or a server or an endpoint could not be reached.
        """
        import time

        from kg.provenance.answers import supported
        from kg.sparql.classification import require_query
        from kg.sparql.errors import faults_in
        from kg.store.embedded import interruptible

        asked = self.question(question) if isinstance(question, str) else question
        store = self.store.asserted() if asserted else self.store
        with faults_in(asked.written, asked.path):
            started = time.monotonic()
            text = self.local_query(asked.text, store, timeout)
            if timeout and text != asked.text:
                timeout = max(timeout - (time.monotonic() - started), 0.1)
            if isinstance(question, str):
                require_query(text)
            result = interruptible(lambda: store.query(text, timeout=timeout))
            return supported(text, result, self.explainer, cite=cite, explain=explain, limit=limit)

    def write(self, answer: SupportedAnswer, format: str, *, width: int = 120, color: bool = False) -> bytes:
        """Write an answer, with what supports it, in a format of `kg query`.

        Args:
            answer: what `answer` returned.
            format: such as table, csv, json or markdown for rows and truth values, turtle or trig for triples.
            width: columns of a table.
            color: whether a table may use colours.

        Raises UsageError for a format that cannot hold the answer.
        """
        from kg.formats import named
        from kg.render.answer import formats_for, write_answer

        triples = isinstance(answer.result, list)
        known = formats_for(triples=triples, cite=answer.quads is not None, explain=answer.proofs is not None)
        chosen = named(format, known, "a graph" if triples else "an answer of rows").name
        if isinstance(answer.result, list):
            if answer.quads is not None:
                return self._write_quads(answer.quads, chosen)
            return self.write_triples(answer.result, chosen)
        names = self.names(self.explainer()) if answer.proofs is not None else None
        return write_answer(answer, chosen, self.prefixes, names, width, color)

    def local_query(self, text: str, store: Store | None = None, timeout: float | None = None) -> str:
        """Ask the endpoints of a query's SERVICE clauses; return a query for the graph's own store.

        Args:
            text: a query with all its prefixes declared and its parameters bound.
            store: our own side, if not the graph's store.
            timeout: seconds for all of it.

        Raises:
            UsageError: an endpoint that is not allowed, or a SERVICE where it cannot be replaced.
            OutsideError: an endpoint could not be reached, or its answer is incomplete.
        """
        from kg.sparql.classification import calls_service

        if not calls_service(text):
            return text
        from kg.query.federation import federate
        from kg.query.services import project_services

        return federate(text, store or self.store, self.services or project_services(self.project), timeout=timeout)

    def entity(self, text: str) -> NamedNode:
        """Return the entity that an IRI, a CURIE, a slug or a label names; raises UsageError."""
        from kg.query.entities import resolve

        return resolve(text, self.store, self.prefixes)

    def search(self, words: str) -> list[Match]:
        """Return the entities whose names match, best first."""
        from kg.query.entities import search

        return search(words, self.store)

    def describe(self, entity: str) -> Description:
        """Return all that the graph holds about one entity, with the evidence of each fact."""
        from kg.provenance.answer_evidence import with_grounds
        from kg.query.describe import describe

        return with_grounds(describe(self.entity(entity), self.store, self.prefixes), self.explainer())

    def statistics(self) -> Statistics:
        """Count what the graph holds: triples, entities, labels, links, and evidence where it has some."""
        from kg.provenance.sources import STATISTICS
        from kg.query.stats import statistics

        return statistics(self.store, STATISTICS)

    def explain(self, subject: str, predicate: str, value: str) -> Proof | None:
        """Return the shortest proof of a fact down to what was read; None for one that does not hold.

        The parts are IRIs, CURIEs or names; raises UsageError for a name that the graph does not have.
        """
        return self.explainer().explain(self.triple(subject, predicate, value))

    def explainer(self) -> Explainer:
        """Return what explains facts of this graph; it is always the same one, as it gets faster with each fact."""
        return self._explainer

    @cached_property
    def _explainer(self) -> Explainer:
        from kg.reasoning.explain import Explainer

        return Explainer(self.store)

    def triple(self, subject: str, predicate: str, value: str) -> Pattern:
        """Return the terms that three texts name; raises UsageError for a name that the graph does not have."""
        from kg.query.entities import resolve_property, resolve_value

        first = self.entity(subject)
        second = resolve_property(predicate, self.store, self.prefixes)
        return first, second, resolve_value(value, first, second, self.store, self.prefixes)

    def names(self, explainer: Explainer) -> Names:
        """Return what writes the terms of proofs for people."""
        from kg.query.labels import all_names, labels_among
        from kg.render.proof import Names

        return Names(labels_among(all_names(self.store)), self.prefixes, explainer.schema)

    def export(
        self,
        format: str = "turtle",
        selection: Selection | None = None,
        frame: dict[str, object] | None = None,
    ) -> bytes:
        """Return the graph, or a selection of it, in a format of `kg export`; raises UsageError for another one."""
        return b"".join(self.export_parts(format, selection, frame))

    def export_parts(
        self,
        format: str = "turtle",
        selection: Selection | None = None,
        frame: dict[str, object] | None = None,
    ) -> Iterator[bytes]:
        """Yield what `export` returns in parts, so that a large graph is never whole in memory; raises UsageError."""
        from kg.export.rdf import Selection, parts, select_quads
        from kg.formats import EXPORTS, named

        chosen = named(format, EXPORTS, "a graph")
        asserted = self.asserted_quads()
        quads = select_quads(asserted, self.store, selection or Selection())
        return parts(quads, chosen.name, self.prefixes, asserted, frame)

    def asserted_quads(self) -> Collection[Quad]:
        """Return what is asserted: by the files, or on a server, which may write some literals in another way."""
        from kg.store.remote import RemoteStore

        if isinstance(self.store, RemoteStore):
            return tuple(self.store.quads())
        from kg.files.reading import read_project

        return read_project(self.project).quads

    def write_triples(self, triples: Iterable[Triple], format: str = "turtle", *, cite: bool = False) -> bytes:
        """Write the triples of a CONSTRUCT or DESCRIBE query in a format of `kg export`.

        With `cite`, each stands in the named graphs that assert it, which only `trig` and `nquads` tell apart.
        """
        from pyoxigraph import Quad

        from kg.provenance.answer_evidence import in_their_graphs

        return self._write_quads(
            in_their_graphs(triples, self.store) if cite else [Quad(*triple) for triple in triples], format
        )

    def _write_quads(self, quads: Iterable[Quad], format: str) -> bytes:
        from kg.export.rdf import write
        from kg.formats import EXPORTS, JSON_LD, named

        chosen = named(format, EXPORTS, "a graph")
        # The keys of JSON-LD come from the ontology, and their types from the data.
        project = self.asserted_quads() if chosen == JSON_LD else ()
        return write(quads, chosen.name, self.prefixes, project)

    def validate(self) -> Report:
        """Check the project's files: shapes, evidence, contradictions, check queries."""
        from kg.validation.report import validate_project

        return validate_project(self.project)
