"""`kg tour`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import click
from pyoxigraph import Variable

from kg.cli.context import Settings, pass_settings
from kg.cli.output import echo, style, terminal_width, to_terminal, write_output

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph
    from kg.provenance.answer_evidence import RowEvidence
    from kg.query.catalog import CannedQuery
    from kg.rdf.terms import Prefixes
    from kg.reasoning.explain import Explainer, Proof
    from kg.reasoning.rule_table import Slot
    from kg.sparql.results import Rows

TAG = "tour"  # of the queries that a newcomer should see first
_QUESTIONS = 4
_ROWS, _COLUMNS, _NARROWEST = 9, 5, 16  # what fits on a page: the last is of a column with long texts, in characters


class Answer(NamedTuple):
    """A question with the first rows of its answer."""

    query: CannedQuery
    rows: Rows


@click.command(
    epilog="""\b
Example:
  kg tour
"""
)
@pass_settings
def tour(settings: Settings) -> int:
    """Build, check and ask a few questions: start here.

    The store is built if there is none, the files are validated, a few questions are answered (those that are tagged
    `tour`, where there are some), one answer is followed to the source that it was read from, and an inferred one is
    explained.
    """
    from kg.build.pipeline import build
    from kg.graph import open_project
    from kg.provenance.answer_evidence import cite
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
    read = f"{sum(passage.facts for passage in found):,} facts, read from {len(sentences)} sentences"
    added = f"reasoning added {numbers.inferred:,} triples"
    echo(f"{read if found else f'{numbers.asserted:,} triples'}; {added}.")
    with settings.progress("Validating", "the files"):
        report = built.validation or graph.validate()
    echo(f"{'Checked against the shapes' if graph.project.shape_files else 'Checked'}: {report.summary()}.")

    answers = [Answer(query, graph.query(query.name).head(_ROWS)) for query in _questions(graph)]
    for number, answer in enumerate(answers, start=2):
        _show(number, graph, answer)
    explainer = graph.explainer()
    evidence = [cite(answer.query.text, answer.rows, explainer) for answer in answers]
    number = len(answers) + 2
    number += _follow(number, graph, answers, evidence)
    # The longest one shows the most.
    proof = max(_proofs(graph, explainer, answers, evidence), key=lambda proof: len([*proof.leaves()]), default=None)
    if proof is not None:
        _explain(number, graph, explainer, proof)
    _heading("Where to go from here")
    inferred = (answer for answer, rows in zip(answers, evidence, strict=True) if any(row.inferred for row in rows))
    _list_commands(*_next_steps(graph, answers, next(inferred, None), proof, has_passages=bool(found)))
    return 0 if report.conforms else 1


def _questions(graph: KnowledgeGraph) -> list[CannedQuery]:
    """Choose the queries that are tagged for it, or else the first ones; none that needs a value or another server."""
    from kg.query.catalog import all_queries
    from kg.sparql.classification import calls_service
    from kg.sparql.syntax import form

    ready = [
        query
        for query in all_queries(graph.project.query_files)
        if form(query.text) == "select"
        and not calls_service(query.text)
        and not any(parameter.required for parameter in query.parameters)
    ]
    return ([query for query in ready if TAG in query.tags] or ready)[:_QUESTIONS]


def _heading(text: str) -> None:
    echo("\n", style(text, bold=True), "\n")


def _suggest(command: str) -> None:
    echo("\n  ", style(command, fg="green"))


def _show(number: int, graph: KnowledgeGraph, answer: Answer) -> None:
    from kg.render.table import write

    _heading(f"{number}. {answer.query.summary}")
    rows = answer.rows.select(_columns(answer.rows, graph.prefixes))
    write_output(write(rows, "table", graph.prefixes, terminal_width(), to_terminal(None)), None)
    _suggest(answer.query.example)


def _columns(rows: Rows, prefixes: Prefixes) -> list[str]:
    """Choose the first columns that fit on a page, of those with values; an IRI beside its label is left out."""
    from kg.rdf.terms import display

    chosen: list[str] = []
    room = terminal_width()
    for name, *values in zip(rows.variables, *rows.terms, strict=True):
        if any(values) and f"{name}_label" not in rows.variables:
            room -= min(max(len(display(value, prefixes)) for value in values), _NARROWEST) + 3
            if room < 0 and chosen:
                break
            chosen.append(name)
    return chosen[:_COLUMNS] or list(rows.variables[:1])


def _follow(number: int, graph: KnowledgeGraph, answers: list[Answer], evidence: list[list[RowEvidence]]) -> bool:
    """Show where the first row that was read somewhere was read; false where there is no such row."""
    from kg.provenance.citations import load_citations
    from kg.provenance.sources import passages
    from kg.rdf.terms import display

    for answer, found in zip(answers, evidence, strict=True):
        for terms, row in zip(answer.rows.select(_columns(answer.rows, graph.prefixes)).terms, found, strict=True):
            if row.graphs and not row.inferred:
                words = " · ".join(display(term, graph.prefixes) for term in terms if term is not None)
                _heading(f"{number}. Who says so? {words}")
                node = row.graphs[0]
                citation = load_citations(graph.store, [node])[node]
                echo(f"  {citation.in_words(graph.prefixes)}")
                if citation.description:
                    echo(f"  In our words: {citation.description}")
                for passage in (passage for passage in passages(graph.store) if passage.node == node):
                    digest = f"SHA-256 {passage.sha256[:16]}..."
                    echo(f"  Characters {passage.start} to {passage.end} of the text, {digest}")
                    command = style("kg sources verify --text FILE", fg="green")
                    echo("  ", command, " compares it with your copy of the text.")
                return True
    return False


def _proofs(
    graph: KnowledgeGraph, explainer: Explainer, answers: list[Answer], evidence: list[list[RowEvidence]]
) -> Iterator[Proof]:
    """Yield the proofs of the inferred facts that the rows rest on."""
    from kg.provenance.lineage import facts_of_rows

    for answer, found in zip(answers, evidence, strict=True):
        if any(row.inferred for row in found):
            for fact in chain(*facts_of_rows(answer.query.text, answer.rows, graph.store)):
                proof = explainer.explain(fact)
                if proof and proof.rule:
                    yield proof


def _explain(number: int, graph: KnowledgeGraph, explainer: Explainer, proof: Proof) -> None:
    """Show by which rules a fact follows from what was read."""
    from kg.provenance.citations import load_citations
    from kg.render import proof as proofs

    citations = load_citations(graph.store, proofs.evidence([proof]))
    names = graph.names(explainer)
    _heading(f"{number}. Why does this hold? {names.sentence(proof.triple)}")
    write_output(proofs.as_text([proof], citations, names, terminal_width(), to_terminal(None)), None)
    _suggest(shlex.join(["kg", "explain", *(_as_argument(slot, graph.prefixes) for slot in proof.triple)]))


def _as_argument(slot: Slot, prefixes: Prefixes) -> str:
    from kg.rdf.terms import display

    assert not isinstance(slot, Variable)
    return display(slot, prefixes)


def _next_steps(
    graph: KnowledgeGraph,
    answers: list[Answer],
    inferred: Answer | None,
    proof: Proof | None,
    *,
    has_passages: bool,
) -> Iterator[tuple[str, str]]:
    """Yield commands that work on the graph, with what each is for."""
    if answers:
        yield "kg query list", "all prepared questions"
        yield f"{answers[0].query.example} --cite", "an answer with its sources as footnotes"
        yield f"{(inferred or answers[0]).query.example} --explain", "an answer with the proof of each row"
    else:
        yield "kg query text 'SELECT ...'", "any question, in the query language SPARQL"
    entity = _as_argument(proof.triple[0], graph.prefixes) if proof else "NAME"
    yield f"kg describe {shlex.quote(entity)}", "all about one entity"
    yield "kg search WORD", "find things by their names, in any language"
    if has_passages:
        yield "kg sources coverage", "what was read from each sentence"
    yield "kg export -f json-ld -o graph.jsonld", "write the graph to a file"


def _list_commands(*commands: tuple[str, str]) -> None:
    from rich.cells import cell_len

    width = max(cell_len(command) for command, _ in commands)
    for command, purpose in commands:
        padding = " " * (width - cell_len(command))
        echo("  ", style(command, fg="green"), f"{padding}  {purpose}")
