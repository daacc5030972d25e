"""The options that `kg query run` and `kg query text` share: how an answer is computed and written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from kg.cli.context import Settings
from kg.cli.deadline import timeout_option
from kg.cli.output import terminal_width, to_terminal, write_output
from kg.formats import GRAPHS, ROWS, TABLE, TSV, Format, chosen

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph
    from kg.provenance.answers import SupportedAnswer
    from kg.query.question import Question

FORMAT_HELP = (
    f"Rows: {', '.join(one.name for one in ROWS)}. Graphs: {', '.join(one.name for one in GRAPHS)}. "
    "[default: by the extension of -o; a table on a terminal, TSV when piped]"
)


class AnswerOptions(NamedTuple):
    """How an answer is computed and written; the fields are the options of the commands."""

    format_name: str | None
    output: Path | None
    cite: bool
    explain: bool
    asserted: bool
    allow_service: tuple[str, ...]
    max_age: str
    limit: int | None
    timeout: float | None


def result_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how an answer is computed and written; the command gets them as `options`."""

    @wraps(command)
    def run(*args: Any, **values: Any) -> Any:
        options = AnswerOptions(**{name: values.pop(name) for name in AnswerOptions._fields})
        return command(*args, options=options, **values)

    decorated: Callable[..., Any] = run
    for option in reversed(
        (
            click.option("-f", "--format", "format_name", metavar="FORMAT", help=FORMAT_HELP),
            click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to a file; - is stdout."),
            click.option(
                "--cite",
                is_flag=True,
                help="Add the sources of each row (for triples, named graphs with the passages).",
            ),
            click.option("--explain", is_flag=True, help="Add the facts that each row rests on, with their proofs."),
            click.option("--asserted", is_flag=True, help="Use only facts stated in the files, without inferred ones."),
            click.option(
                "--allow-service",
                multiple=True,
                metavar="IRI[=URL]",
                help="An endpoint that SERVICE may query, optionally at another address; repeatable.",
            ),
            click.option(
                "--max-age",
                metavar="DURATION",
                default="1d",
                show_default=True,
                help="Use cached answers of endpoints up to this age: 0s, 30m, 12h, 7d ...",
            ),
            click.option("--limit", type=click.IntRange(min=0), help="Show at most this many rows."),
            timeout_option,
        )
    ):
        decorated = option(decorated)
    return decorated


def write_answer(settings: Settings, graph: KnowledgeGraph, question: Question, options: AnswerOptions) -> None:
    """Answer a query, and write the answer with what supports it."""
    format_ = _format_for(question, options)
    with _with_services(settings, graph, question, options) as asked:
        answer = asked.answer(
            question,
            cite=options.cite,
            explain=options.explain,
            asserted=options.asserted,
            limit=options.limit,
            timeout=options.timeout,
        )
    for note in _notes(answer, options):
        settings.say(note)
    width = terminal_width() if format_ == TABLE else 0
    write_output(graph.write(answer, format_.name, width=width, color=to_terminal(options.output)), options.output)


def _format_for(question: Question, options: AnswerOptions) -> Format:
    """Choose the format by the form of the query, before it is run; raises UsageError for one that does not fit."""
    from kg.render.answer import formats_for
    from kg.sparql.syntax import form

    kind = form(question.written)
    triples = kind in ("construct", "describe")
    known = formats_for(triples=triples, cite=options.cite, explain=options.explain and kind == "select")
    # Proofs are for people first, piped or not.
    usual = TSV if known == ROWS and not to_terminal(options.output) else known[0]
    what = "a graph" if triples else "an answer of rows"
    if known not in (ROWS, GRAPHS):
        what += " with --cite" if triples else " with --explain"
    return chosen(options.format_name, options.output, known, usual, what)


def _notes(answer: SupportedAnswer, options: AnswerOptions) -> Iterator[str]:
    """Yield what the answer itself does not say."""
    from kg.sparql.results import Rows

    result = answer.result
    if isinstance(result, Rows) and len(result) < answer.total:
        yield f"{len(result)} of {answer.total} rows; leave out --limit to see all."
    if options.explain and not isinstance(result, Rows):
        yield "--explain applies to rows; this answer has none."
    if options.cite and isinstance(result, bool):
        yield "--cite applies to rows and triples; this answer has none."
    if answer.quads:
        yield "Triples outside the named graphs were inferred or made by the query; see kg explain."


@contextmanager
def _with_services(
    settings: Settings, graph: KnowledgeGraph, question: Question, options: AnswerOptions
) -> Iterator[KnowledgeGraph]:
    """Yield the graph with the endpoints that a query may ask by SERVICE, and show what is asked meanwhile."""
    from kg.sparql.classification import calls_service

    if not calls_service(question.written):
        yield graph
        return
    from kg.query.services import parse_duration, project_services

    services = project_services(graph.project, options.allow_service, offline=settings.offline)
    services = replace(services, max_age=parse_duration(options.max_age), say=settings.say)
    with settings.progress("Asking") as step:
        yield replace(graph, services=replace(services, progress=step))
