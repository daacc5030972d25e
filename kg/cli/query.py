"""`kg query`: canned queries and queries of one's own."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.output import terminal_width, to_terminal, write_output
from kg.errors import InputError, UsageError

if TYPE_CHECKING:
    from kg import KnowledgeGraph
    from kg.answers import Rows
    from kg.store import Store


@click.group(
    epilog="""\b
Examples:
  kg query list
  kg query run located-in -p place=China
  kg query text 'SELECT * { ?s a aigov:Initiative }'
"""
)
def query() -> None:
    """List, show and run canned SPARQL queries, or run a query of your own."""


def _result_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how an answer is computed and written."""
    for option in reversed(
        (
            click.option("-f", "--format", "format_name", metavar="FORMAT", help=FORMAT_HELP),
            click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to a file; - is stdout."),
            click.option("--cite", is_flag=True, help="Add to each row the passages that it rests on."),
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


FORMAT_HELP = (
    "Rows: table, csv, tsv, json, jsonl, xml, markdown. Graphs: turtle, ntriples, rdfxml, json-ld. "
    "[default: by the extension of -o; a table on a terminal, TSV when piped]"
)


@query.command(
    "list",
    epilog="""\b
Examples:
  kg query list
  kg query list principle
  kg query list --tag people
""",
)
@click.argument("word", required=False)
@click.option("--tag", help="Only queries with this tag.")
@pass_settings
def list_queries(settings: Settings, word: str | None, tag: str | None) -> int:
    """List the canned queries, or those that have WORD in name, question, description or tags."""
    from kg.catalog import all_queries, search

    found = search(all_queries(settings.project.query_files), word, tag)
    width = max((len(item.name) for item in found), default=0)
    for item in found:
        parameters = "".join(f" ${parameter.name}" for parameter in item.parameters)
        click.echo(
            f"{click.style(item.name.ljust(width), bold=True)}  {item.summary}{click.style(parameters, dim=True)}"
        )
    if not found:
        settings.say("No query matches; kg query list shows them all.")
        return 1
    return 0


@query.command(
    "show",
    epilog="""\b
Example:
  kg query show initiators
""",
)
@click.argument("name")
@pass_settings
def show(settings: Settings, name: str) -> None:
    """Show a canned query: its question, its parameters, its SPARQL, and how to run it."""
    from kg.catalog import find, load_query
    from kg.header import PREFIX

    found = load_query(find(name, settings.project.query_files))
    click.echo(click.style(found.summary, bold=True))
    if found.description:
        click.echo(f"\n{found.description}")
    if found.parameters:
        click.echo("\nParameters:")
    for parameter in found.parameters:
        fallback = parameter.default or ("required" if parameter.required else "all")
        click.echo(f"  {parameter.name} ({parameter.type}): {parameter.description} [{fallback}]")
    if found.tags:
        click.echo(f"\nTags: {', '.join(found.tags)}")
    body = "\n".join(line for line in found.text.splitlines() if not line.startswith(PREFIX))
    click.echo(f"\n{body.strip()}\n")
    click.echo(f"Run it: {found.example}")


@query.command(
    "run",
    epilog="""\b
Examples:
  kg query run initiators
  kg query run initiators --cite
  kg query run located-in -p place=China -f csv -o places.csv
  kg query run wikidata-details --allow-service https://query.wikidata.org/sparql
""",
)
@click.argument("name")
@click.option("-p", "--param", "params", multiple=True, metavar="NAME=VALUE", help="A parameter's value; repeatable.")
@_result_options
@pass_settings
def run(settings: Settings, /, name: str, params: tuple[str, ...], **options: Any) -> None:
    """Run a canned query.

    The value of an entity parameter is an IRI, a CURIE, or a name in any language: -p place=北京.
    """
    from kg.catalog import bind_arguments, find

    find(name, settings.project.query_files)  # an unknown name is told before a store is built
    graph = settings.graph()
    text = bind_arguments(graph.canned_query(name), _arguments(params), graph.prefixes, graph.entity)
    _answer(settings, graph, text, **options)


@query.command(
    "text",
    epilog="""\b
Examples:
  kg query text 'SELECT ?label { ?x a aigov:Country ; rdfs:label ?label }'
  kg query text my-query.rq -f json
  echo 'ASK { id:china a aigov:Country }' | kg query text -
""",
)
@click.argument("text")
@_result_options
@pass_settings
def text(settings: Settings, /, text: str, **options: Any) -> None:
    """Run a SPARQL query: TEXT is the query, a file that ends in .rq, or - for stdin.

    The prefixes of the project need not be declared. Updates are refused. SERVICE asks only endpoints that are
    named by --allow-service or in kg.toml, and only about what the graph has beside it.
    """
    from kg.sparql import calls_service, require_query, with_prefixes

    if text == "-":
        text = sys.stdin.read()
    elif text.endswith(".rq"):
        try:
            text = Path(text).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(getattr(error, "strerror", None) or str(error), path=text) from error
    if calls_service(text):
        from kg.services import addresses

        require_query(text, addresses((*settings.project.allowed_services, *options["allow_service"])))
    else:
        require_query(text)
    graph = settings.graph()
    _answer(settings, graph, with_prefixes(text, graph.prefixes.namespaces), **options)


def _arguments(params: tuple[str, ...]) -> dict[str, str]:
    """Split NAME=VALUE; raises UsageError for what is not of this form or names a parameter twice."""
    arguments: dict[str, str] = {}
    for param in params:
        name, equals, value = param.partition("=")
        if not equals:
            raise UsageError(f"not of the form NAME=VALUE: {param!r}", "for example -p place=China")
        if name in arguments:
            raise UsageError(f"parameter {name} is given twice")
        arguments[name] = value
    return arguments


def _answer(
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
    from kg.answers import Rows
    from kg.results import format_for, write
    from kg.sparql import calls_service

    store = graph.store.asserted() if asserted else graph.store
    if calls_service(text):
        started = time.monotonic()
        text = _ask_services(settings, graph, store, text, allow_service, max_age, timeout)
        timeout = timeout and max(timeout - (time.monotonic() - started), 0.1)
    result = store.query(text, timeout=timeout)
    terminal = to_terminal(output)
    # Proofs are for people first, piped or not.
    chosen = "table" if explain and not (format_name or output) else format_for(format_name, output, terminal, result)
    if isinstance(result, Rows) and limit is not None and limit < len(result):
        settings.say(f"{limit} of {len(result)} rows; leave out --limit for all.")
        result = result.head(limit)
    if (cite or explain) and not isinstance(result, Rows):
        settings.say("--cite and --explain are for rows: this answer has none, and comes without.")
    if isinstance(result, list):
        write_output(graph.write_triples(result, chosen), output)
        return
    if explain and isinstance(result, Rows):
        write_output(_with_proofs(text, result, graph, chosen, terminal), output)
        return
    notes = ""
    if cite and isinstance(result, Rows):
        result, notes = _with_citations(text, result, graph, for_people=chosen in ("table", "markdown"))
    data = write(result, chosen, graph.prefixes, terminal_width(), terminal)
    write_output(data + notes.encode(), output)


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
    from kg.services import parse_duration, project_services

    services = project_services(graph.project, allow_service, offline=settings.offline)
    age = parse_duration(max_age)
    with settings.progress("Asking") as step:
        asked = replace(graph, services=replace(services, max_age=age, say=settings.say, progress=step))
        return asked.local_query(text, store, timeout)


def _with_citations(text: str, rows: Rows, graph: KnowledgeGraph, *, for_people: bool) -> tuple[Rows, str]:
    """Add the evidence of each row: footnotes for people, and their text; IRIs and words in columns for programs."""
    from kg.citations import load_citations
    from kg.cite import cite, with_evidence, with_footnotes

    evidence = cite(text, rows, graph.explainer())
    citations = load_citations(graph.store, {node for row in evidence for node in row.graphs})
    in_words = {node: citation.in_words(graph.prefixes) for node, citation in citations.items()}
    if not for_people:
        return with_evidence(rows, evidence, in_words), ""
    cited, numbers = with_footnotes(rows, evidence)
    return cited, "\n" + "".join(f"[{number}] {in_words[node]}\n" for node, number in numbers.items())


def _with_proofs(text: str, rows: Rows, graph: KnowledgeGraph, format_name: str, terminal: bool) -> bytes:
    """Write each row with the proofs of the facts that it rests on."""
    from kg import proofs
    from kg.citations import load_citations
    from kg.row_facts import facts_of_rows

    if format_name not in ("table", "json"):
        raise UsageError(f"--explain has no form as {format_name}", "choose -f table or -f json")
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
