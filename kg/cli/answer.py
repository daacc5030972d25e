"""How the answer of a query is computed and written: the options that `kg query run` and `kg query text` share."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg.cli.context import Settings
from kg.cli.output import terminal_width, to_terminal, write_output
from kg.formats import DATASETS, GRAPHS, RESULTS_JSON, ROWS, TABLE, TRIG, TSV, TURTLE, Format, chosen

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph
    from kg.sparql.results import Rows
    from kg.store import Store

FORMAT_HELP = (
    "Rows: table, csv, tsv, json, jsonl, xml, markdown. Graphs: turtle, trig, ntriples, nquads, rdfxml, json-ld. "
    "[default: by the extension of -o; a table on a terminal, TSV when piped]"
)


def result_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how an answer is computed and written."""
    for option in reversed(
        (
            click.option("-f", "--format", "format_name", metavar="FORMAT", help=FORMAT_HELP),
            click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to a file; - is stdout."),
            click.option(
                "--cite",
                is_flag=True,
                help="Add to each row the passages that it rests on; put each triple into the graph of its passage.",
            ),
            click.option("--explain", is_flag=True, help="Add the facts that each row rests on, and why they hold."),
            click.option("--asserted", is_flag=True, help="Leave out what reasoning added."),
            click.option(
                "--allow-service",
                multiple=True,
                metavar="IRI[=URL]",
                help="An endpoint that SERVICE may ask, and at which other address, if not its own; repeatable.",
            ),
            click.option(
                "--max-age",
                metavar="DURATION",
                default="1d",
                show_default=True,
                help="Use answers of endpoints that are kept for less than this: 0s, 30m, 12h, 7d ...",
            ),
            click.option("--limit", type=click.IntRange(min=0), help="Show so many rows at most."),
            click.option(
                "--timeout",
                type=click.FloatRange(min=0, min_open=True),
                help="Give up after so many seconds.",
            ),
        )
    ):
        command = option(command)
    return command


def write_answer(
    settings: Settings,
    graph: KnowledgeGraph,
    text: str,
    *,
    format_name: str | None,
    output: Path | None,
    cite: bool,
    explain: bool,
    asserted: bool,
    allow_service: tuple[str, ...],
    max_age: str,
    limit: int | None,
    timeout: float | None,
) -> None:
    """Run a query and write its answer."""
    from kg.render.table import write
    from kg.sparql.classification import calls_service
    from kg.sparql.results import Rows
    from kg.sparql.syntax import form

    format_ = _format_for(form(text), format_name, output, cite=cite, explain=explain).name
    store = graph.store.asserted() if asserted else graph.store
    if calls_service(text):
        started = time.monotonic()
        text = _ask_services(settings, graph, store, text, allow_service, max_age, timeout)
        timeout = timeout and max(timeout - (time.monotonic() - started), 0.1)
    result = store.query(text, timeout=timeout)
    terminal = to_terminal(output)
    if isinstance(result, Rows) and limit is not None and limit < len(result):
        settings.say(f"{limit} of {len(result)} rows; leave out --limit for all.")
        result = result.head(limit)
    if explain and not isinstance(result, Rows):
        settings.say("--explain is for rows: this answer has none, and comes without.")
    if isinstance(result, list):
        write_output(graph.write_triples(result, format_, cite=cite), output)
        if cite and result:
            settings.say("Outside of the named graphs is what was inferred, or made by the query; see kg explain.")
        return
    if cite and not isinstance(result, Rows):
        settings.say("--cite is for rows and triples: this answer has none, and comes without.")
    if explain and isinstance(result, Rows):
        write_output(_with_proofs(text, result, graph, format_, terminal), output)
        return
    notes = ""
    if cite and isinstance(result, Rows):
        result, notes = _with_citations(text, result, graph, format_)
    width = terminal_width() if format_ == "table" else 0
    data = write(result, format_, graph.prefixes, width, terminal)
    write_output(data + notes.encode(), output)


def _format_for(kind: str, name: str | None, output: Path | None, *, cite: bool, explain: bool) -> Format:
    """Choose the format for the form of a query; raises UsageError for one that does not fit it."""
    if kind in ("construct", "describe"):
        if cite:
            return chosen(name, output, DATASETS, TRIG, "a cited graph, where named graphs are the citations,")
        return chosen(name, output, GRAPHS, TURTLE, "a graph")
    if explain and kind == "select":  # proofs are for people first, piped or not
        return chosen(name, output, (TABLE, RESULTS_JSON), TABLE, "an explained answer")
    return chosen(name, output, ROWS, TABLE if to_terminal(output) else TSV, "an answer of rows")


def _ask_services(
    settings: Settings,
    graph: KnowledgeGraph,
    store: Store,
    text: str,
    allow_service: tuple[str, ...],
    max_age: str,
    timeout: float | None,
) -> str:
    """Ask the endpoints that a query calls by SERVICE, and return the query that remains for the store."""
    from kg.query.services import parse_duration, project_services

    services = project_services(graph.project, allow_service, offline=settings.offline)
    age = parse_duration(max_age)
    with settings.progress("Asking") as step:
        asked = replace(graph, services=replace(services, max_age=age, say=settings.say, progress=step))
        return asked.local_query(text, store, timeout)


def _with_citations(text: str, rows: Rows, graph: KnowledgeGraph, format_name: str) -> tuple[Rows, str]:
    """Add the evidence of each row: footnotes for people, and their text; IRIs and words in columns for programs."""
    from kg.provenance.answer_evidence import cite, with_evidence, with_footnotes
    from kg.provenance.citations import load_citations
    from kg.render.citations import citation_lines, citation_list

    evidence = cite(text, rows, graph.explainer())
    citations = load_citations(graph.store, {node for row in evidence for node in row.graphs})
    if format_name not in ("table", "markdown"):
        in_words = {node: citation.in_words(graph.prefixes) for node, citation in citations.items()}
        return with_evidence(rows, evidence, in_words), ""
    cited, numbers = with_footnotes(rows, evidence)
    notes = citation_list if format_name == "markdown" else citation_lines
    return cited, "\n" + notes(numbers, citations, graph.prefixes)


def _with_proofs(text: str, rows: Rows, graph: KnowledgeGraph, format_name: str, terminal: bool) -> bytes:
    """Write each row with the proofs of the facts that it rests on."""
    from kg.provenance.citations import load_citations
    from kg.provenance.lineage import facts_of_rows
    from kg.render import proof as proofs

    explainer = graph.explainer()
    found = [
        [proof for fact in facts if (proof := explainer.explain(fact))]
        for facts in facts_of_rows(text, rows, graph.store)
    ]
    citations = load_citations(graph.store, proofs.evidence(proof for row in found for proof in row))
    names = graph.names(explainer)
    if format_name == "json":
        return proofs.rows_as_json(rows, found, citations, names).encode()
    return proofs.rows_as_text(rows, found, citations, names, terminal_width(), terminal)
