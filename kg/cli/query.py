"""`kg query`: canned (prepared) queries, and queries that the user writes."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from kg.cli.answer import AnswerOptions, result_options, write_answer
from kg.cli.context import Settings, pass_settings
from kg.cli.output import echo, style
from kg.errors import UsageError
from kg.files.text import read_text


@click.group(
    epilog="""\b
Examples:
  kg query list
  kg query run located-in -p place=China
  kg query text 'SELECT * { id:china ?property ?value }'
"""
)
def query() -> None:
    """List, show and run prepared queries, or your own.

    Queries are written in SPARQL.
    """


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
    """List the prepared queries, or those that have WORD in name, question, description or tags."""
    from kg.query.catalog import all_queries, search

    found = search(all_queries(settings.project.query_files), word, tag)
    width = max((len(item.name) for item in found), default=0)
    for item in found:
        parameters = "".join(f" ${parameter.name}" for parameter in item.parameters)
        echo(style(item.name.ljust(width), bold=True), f"  {item.summary}", style(parameters, dim=True))
    if not found:
        settings.say("No query matches; list all queries with kg query list.")
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
    """Show a prepared query: its question, its parameters, its SPARQL, and how to run it."""
    from kg.query.catalog import find, load_query
    from kg.query.header import PREFIX

    found = load_query(find(name, settings.project.query_files))
    echo(style(found.summary, bold=True))
    if found.description:
        echo(f"\n{found.description}")
    if found.parameters:
        echo("\nParameters:")
    for parameter in found.parameters:
        fallback = parameter.default or ("required" if parameter.required else "all")
        echo(f"  {parameter.name} ({parameter.type}): {parameter.description} [{fallback}]")
    if found.page:
        from kg.rdf.terms import Prefixes
        from kg.sparql.binding import declared_prefixes

        echo(f"\nPage: of each {Prefixes(declared_prefixes(found.text)).shorten(found.page)}")
    if found.view:
        echo(f"\nView: {found.view}")
    if found.tags:
        echo(f"\nTags: {', '.join(found.tags)}")
    body = "\n".join(line for line in found.text.splitlines() if not line.startswith(PREFIX))
    echo(f"\n{body.strip()}\n")
    echo(f"Run it: {found.example}")


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
@result_options
@pass_settings
def run(settings: Settings, name: str, params: tuple[str, ...], options: AnswerOptions) -> None:
    """Run a prepared query.

    The value of an entity parameter is a name in any language (-p place=北京), a short name such as id:beijing (CURIE),
    or an IRI. List the queries with kg query list.
    """
    from kg.query.catalog import find

    find(name, settings.project.query_files)  # an unknown name is refused before a store is built
    graph = settings.graph()
    write_answer(settings, graph, graph.canned(name, **_arguments(params)), options)


@query.command(
    "text",
    epilog="""\b
Examples:
  kg query text 'SELECT ?label { id:china rdfs:label ?label }'
  kg query text my-query.rq -f json
  echo 'ASK { id:china skos:altLabel ?name }' | kg query text -
""",
)
@click.argument("text")
@result_options
@pass_settings
def text(settings: Settings, text: str, options: AnswerOptions) -> None:
    """Run a SPARQL query: TEXT is the query, a file that ends in .rq, or - for stdin.

    The prefixes of the project need not be declared. Updates are not allowed. SERVICE clauses query only
    endpoints that are named by --allow-service or in kg.toml, and only about matches in the graph.
    """
    from kg.sparql.classification import calls_service, require_query

    if text == "-":
        text = sys.stdin.read()
    elif text.endswith(".rq"):
        text = read_text(Path(text))
    if calls_service(text):
        from kg.query.services import addresses

        require_query(text, addresses((*settings.project.allowed_services, *options.allow_service)))
    else:
        require_query(text)
    graph = settings.graph()
    write_answer(settings, graph, graph.question(text), options)


def _arguments(params: tuple[str, ...]) -> dict[str, str]:
    """Split NAME=VALUE; raises UsageError for what is not of this form or names a parameter twice."""
    arguments: dict[str, str] = {}
    for param in params:
        name, equals, value = param.partition("=")
        if not equals:
            raise UsageError(f"not of the form NAME=VALUE: {param!r}", "for example -p place=China")
        if name in arguments:
            raise UsageError(f"the parameter {name} has two values")
        arguments[name] = value
    return arguments
