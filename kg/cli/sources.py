"""`kg sources`."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.output import echo, format_options, terminal_width, to_terminal, write_output
from kg.errors import UsageError
from kg.files.text import read_text
from kg.formats import BIBTEX, CSL_JSON, ROWS, TABLE, TSV

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph
    from kg.provenance.sources import Passage
    from kg.provenance.verify import Proposal
    from kg.sparql.results import Rows

_NONE = "The graph does not record the sources of its facts."
FORMAT = format_options(ROWS, "a table", default=TABLE, piped=TSV, to_file=False)


@click.group(
    epilog="""\b
Examples:
  kg sources list
  kg sources coverage
  kg sources verify --text article.txt
"""
)
def sources() -> None:
    """List and verify the sources of the facts.

    For texts, what was read from each sentence is shown as well.
    """


@sources.command(
    "list",
    epilog="""\b
Example:
  kg sources list -f markdown
""",
)
@FORMAT
@pass_settings
def list_command(settings: Settings, format_name: str) -> None:
    """List the sources with the number of passages or records, and of facts read from them."""
    from kg.provenance.sources import list_sources

    graph = settings.graph()
    rows = list_sources(graph.store)
    _show(rows, format_name, graph)
    if not rows:
        settings.say(_NONE)


@sources.command(
    "coverage",
    epilog="""\b
Examples:
  kg sources coverage
  kg sources coverage -f csv > coverage.csv
""",
)
@FORMAT
@pass_settings
def coverage(settings: Settings, format_name: str) -> None:
    """Show, sentence by sentence, what was read from the texts: how many facts, about what, and with which status.

    A sentence whose parts differ in status has a line for each part. Where nothing was read, the reason is shown.
    """
    from pyoxigraph import Literal, NamedNode

    from kg.provenance.sources import passages, subjects_by_passage
    from kg.rdf.terms import XSD
    from kg.sparql.results import Rows

    graph = settings.graph()
    found = passages(graph.store)
    subjects = subjects_by_passage(graph.store, found)
    rows = []
    for passage in found:
        what = "; ".join(subjects.get(passage.node, [])) or f"nothing: {passage.reason}"
        rows.append(
            (
                passage.node,
                Literal(passage.locator),
                Literal(passage.status),
                Literal(passage.speaker) if passage.speaker else None,
                Literal(str(passage.facts), datatype=NamedNode(XSD + "integer")),
                Literal(what),
            )
        )
    table = Rows(("passage", "sentence", "status", "speaker", "facts", "about"), tuple(rows))
    _show(table, format_name, graph)
    paragraphs = {(p.source, p.paragraph) for p in found}
    sentences = [key for key, _ in groupby(found, key=lambda p: (p.source, p.paragraph, p.sentence))]
    if not found:
        settings.say(_NONE)
        return
    settings.say(
        f"{len(paragraphs)} paragraphs, {len(sentences)} sentences, {len(found)} passages, "
        f"{sum(passage.facts for passage in found)} facts."
    )


@sources.command(
    "cite",
    epilog="""\b
Examples:
  kg sources cite > sources.bib
  kg sources cite src:gaigi-op-ed -f csl-json
""",
)
@click.argument("chosen", metavar="[SOURCE]...", nargs=-1)
@format_options((BIBTEX, CSL_JSON), "a bibliography", default=BIBTEX)
@pass_settings
def cite(settings: Settings, chosen: tuple[str, ...], format_name: str, output: Path | None) -> None:
    """Write the sources, or some of them, as BibTeX or CSL-JSON, for a bibliography."""
    from kg.provenance.bibliography import as_bibtex, as_csl, load_entries

    graph = settings.graph()
    entries = load_entries(graph.store, [graph.entity(source) for source in chosen])
    if len(entries) < len(chosen):
        raise UsageError("not all of these are sources", "list the sources with kg sources list")
    write_output(as_csl(entries) if format_name == "csl-json" else as_bibtex(entries), output)


@sources.command(
    "verify",
    epilog="""\b
Example:
  kg sources verify --text article.txt
""",
)
@click.option("--text", "path", type=click.Path(path_type=Path), required=True, help="Your copy of the text.")
@pass_settings
def verify(settings: Settings, path: Path) -> int:
    """Recompute the digest of every passage from your copy of the text.

    The texts are not part of the project; a passage points into them by character offsets and SHA-256. Where a text
    was edited, the new place of a passage is proposed. The exit status is 1 where a passage differs, or words are
    not covered by any passage.
    """
    from kg.provenance.sources import passages
    from kg.provenance.verify import verify as verify_text

    text = read_text(path, exact=True)
    graph = settings.graph()
    found = [passage for passage in passages(graph.store) if passage.text_sha256]
    if not found:
        raise UsageError("no source of this project has a text to compare with")
    result = verify_text(text, found)
    if not result.same_text:
        echo(f"{path} is not the file that was read (its SHA-256 differs); each passage is compared.")
    proposals = {proposal.passage: proposal for proposal in result.proposals}
    for passage in result.changed:
        echo(_change(graph.prefixes.shorten(passage.node), passage, proposals.get(passage)))
    for start, end in result.uncovered:
        line = text.count("\n", 0, start) + 1
        echo(f"not read  characters {start} to {end} (line {line}): not covered by any passage")
    compared = len(result.intact) + len(result.changed)
    echo(f"{len(result.intact)} of {compared} passages have the recorded digest.")
    return 0 if result.good else 1


def _change(name: str, passage: Passage, proposal: Proposal | None) -> str:
    """Print what became of a passage, and what to write instead."""
    where = f"characters {passage.start} to {passage.end}"
    if proposal is None:
        return f"gone     {name}  {where}: {passage.description}"
    from kg.provenance.sources import selection
    from kg.provenance.vocabulary import SHA256, curie

    new = selection(proposal.start, proposal.end)
    if proposal.moved:
        return f"moved    {name}  {where} are now {new}"
    digest = f' ; {curie(SHA256)} "{proposal.sha256}"' if proposal.sha256 else " (with others that were changed)"
    return f"changed  {name}  {where}: {passage.description}\n         read it again; it now is within {new}{digest}"


@sources.command(
    "locate",
    epilog="""\b
Example:
  kg sources locate --text article.txt 'It was jointly initiated ... Lab.'
""",
)
@click.argument("words")
@click.option("--text", "path", type=click.Path(path_type=Path), required=True, help="Your copy of the text.")
def locate(words: str, path: Path) -> int:
    """Find WORDS in a text, and print what a new passage that points at them needs.

    In WORDS, ` ... ` matches anything within the paragraph. The exit status is 1 where nothing is found.
    """
    from kg.provenance.sources import locate as locate_words

    if not words.replace("...", "").strip():
        raise UsageError("no words to find", "for example 'It was jointly initiated ... Lab.'")
    found = locate_words(read_text(path, exact=True), words)
    for span in found:
        echo(span.in_turtle())
    if not found:
        echo(f"{path} does not have these words in one paragraph.", err=True)
    return 0 if found else 1


def _show(rows: Rows, format_name: str, graph: KnowledgeGraph) -> None:
    from kg.render.table import write

    write_output(write(rows, format_name, graph.prefixes, terminal_width(), to_terminal(None)), None)
