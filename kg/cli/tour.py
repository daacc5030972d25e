"""`kg tour`."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.output import terminal_width, to_terminal

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph

Question = tuple[str, dict[str, str], tuple[str, ...]]

# What a newcomer would ask first: a query, the values of its parameters, and the columns that fit on a page.
QUESTIONS: tuple[Question, ...] = (
    ("initiators", {}, ("initiator_label", "kind", "status", "passage")),
    ("principles", {}, ("instrument_label", "relation", "principle_label", "status")),
    ("positions", {}, ("agent_label", "stance", "towards_label", "status")),
    ("located-in", {"place": "China"}, ("thing_label", "relation", "place_label", "status")),
)
CITED = ("WIC", "initiatedBy", "Tencent")
INFERRED = ("WIC", "locatedIn", "China")
NEXT = (
    ("kg query list", "all questions that are ready to be asked"),
    ("kg query run timeline --cite", "what happened when, with footnotes"),
    ("kg query run located-in --explain", "an answer with the proof of each row"),
    ("kg describe 世界互联网大会", "all about one entity, in any language"),
    ("kg search blechley", "find things, misspelt or not"),
    ("kg export -f json-ld -o graph.jsonld", "take the graph away"),
)
# A project of one's own has other queries and other things.
NEXT_OF_OTHERS = (
    ("kg query list", "all questions that are ready to be asked"),
    ("kg sources coverage", "what was read from each sentence"),
    ("kg describe NAME", "all about one entity, with who says so"),
    ("kg export -f json-ld -o graph.jsonld", "take the graph away"),
)


@click.command(
    epilog="""\b
Example:
  kg tour
"""
)
@pass_settings
def tour(settings: Settings) -> int:
    """Build, check and ask a few questions; the place to start.

    The store is built if there is none, the files are validated, a few questions are answered, one answer is followed
    to the sentence that it was read from, and one that was inferred is explained.
    """
    from kg.build.pipeline import build
    from kg.graph import open_project
    from kg.provenance.sources import passages
    from kg.query.stats import statistics

    _heading("1. The graph")
    with settings.progress("Building") as step:
        built = build(settings.project, progress=step)
        built.require_published()
    graph = open_project(settings.project)
    numbers = statistics(graph.store)
    found = passages(graph.store)
    sentences = {(passage.source, passage.paragraph, passage.sentence) for passage in found}
    click.echo(
        f"{sum(passage.facts for passage in found):,} facts, read from {len(sentences)} sentences; "
        f"reasoning added {numbers.inferred:,} triples."
    )
    with settings.progress("Validating"):
        report = built.validation or graph.validate()
    click.echo(f"Checked against the shapes: {report.summary()}.")

    ours = _is_ours(graph)
    questions = QUESTIONS if ours else _questions_of(graph)
    for number, (name, values, columns) in enumerate(questions, start=2):
        _ask(number, graph, name, values, columns)
    if ours:
        _follow(len(questions) + 2, graph)
        _explain(len(questions) + 3, graph)
    _heading("Where to go from here")
    _list_commands(*(NEXT if ours else NEXT_OF_OTHERS))
    return 0 if report.conforms else 1


def _is_ours(graph: KnowledgeGraph) -> bool:
    """Tell whether the graph has what the tour asks of the one that we ship: the queries and the facts."""
    from kg.errors import UsageError

    try:
        for name, values, _ in QUESTIONS:
            graph.canned_query(name)
            for value in values.values():
                graph.entity(value)
        facts = [" ".join(str(node) for node in graph.triple(*fact)) for fact in (CITED, INFERRED)]
    except UsageError:
        return False
    return graph.select(f"ASK {{ {' . '.join(facts)} }}") is True


def _questions_of(graph: KnowledgeGraph) -> tuple[Question, ...]:
    """Choose, by name, three queries of a project that need no value for a parameter and no other server."""
    from kg.query.catalog import all_queries
    from kg.sparql.classification import calls_service
    from kg.sparql.syntax import form

    queries = all_queries(graph.project.query_files)
    ready = (q for q in queries if form(q.text) == "select" and not calls_service(q.text))
    return tuple(islice(((q.name, {}, ()) for q in ready if not any(p.required for p in q.parameters)), 3))


def _heading(text: str) -> None:
    click.echo(f"\n{click.style(text, bold=True)}\n")


def _ask(number: int, graph: KnowledgeGraph, name: str, values: dict[str, str], columns: tuple[str, ...]) -> None:
    from kg.render.table import write

    query = graph.canned_query(name)
    _heading(f"{number}. {query.summary}")
    rows = graph.query(name, **values)
    if columns:
        rows = rows.select(columns)
    click.echo(write(rows, "table", graph.prefixes, terminal_width(), to_terminal(None)).decode(), nl=False)
    command = " ".join([query.example, *(f"-p {parameter}={value}" for parameter, value in values.items())])
    click.echo(f"\n  {click.style(command, fg='green')}")


def _follow(number: int, graph: KnowledgeGraph) -> None:
    """Show where one fact was read."""
    from kg.provenance.citations import load_citations
    from kg.provenance.sources import passages
    from kg.store import select

    subject, predicate, value = CITED
    nodes = (graph.entity(subject), graph.prefixes.expand(f"aigov:{predicate}"), graph.entity(value))
    pattern = " ".join(str(node) for node in nodes)
    readings = {
        row.term("passage") for row in select(graph.store, f"SELECT ?passage {{ GRAPH ?passage {{ {pattern} }} }}")
    }
    passage = next(passage for passage in passages(graph.store) if passage.node in readings)
    citation = load_citations(graph.store, [passage.node])[passage.node]
    _heading(f"{number}. Who says that {value} initiated the {subject}?")
    click.echo(f"  {citation.in_words(graph.prefixes)}")
    click.echo(f"  In our words: {citation.description}")
    click.echo(f"  Characters {passage.start} to {passage.end} of the text, SHA-256 {passage.sha256[:16]}...")
    click.echo(f"  {click.style('kg sources verify --text FILE', fg='green')} compares it with your copy of the text.")


def _explain(number: int, graph: KnowledgeGraph) -> None:
    """Show by which rules one fact follows from what was read."""
    from kg.provenance.citations import load_citations
    from kg.render import proof as proofs

    subject, predicate, value = INFERRED
    explainer = graph.explainer()
    proof = explainer.explain(graph.triple(subject, predicate, value))
    assert proof is not None, "the shipped graph says so"
    citations = load_citations(graph.store, proofs.evidence([proof]))
    _heading(f"{number}. Why is the {subject} located in {value}?")
    tree = proofs.as_text([proof], citations, graph.names(explainer), terminal_width(), to_terminal(None))
    click.echo(tree.decode(), nl=False)
    click.echo(f"\n  {click.style(f'kg explain {subject} {predicate} {value}', fg='green')}")


def _list_commands(*commands: tuple[str, str]) -> None:
    from rich.cells import cell_len

    width = max(cell_len(command) for command, _ in commands)
    for command, purpose in commands:
        padding = " " * (width - cell_len(command))
        click.echo(f"  {click.style(command, fg='green')}{padding}  {purpose}")
