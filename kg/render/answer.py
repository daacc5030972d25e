"""The answer of a query, with its citations or proofs, in the formats of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.formats import DATASETS, GRAPHS, RESULTS_JSON, ROWS, TABLE, Format
from kg.provenance.answers import SupportedAnswer
from kg.rdf.terms import Prefixes
from kg.render.table import write
from kg.sparql.results import Rows

if TYPE_CHECKING:
    from kg.render.proof import Names


def formats_for(*, triples: bool, cite: bool = False, explain: bool = False) -> tuple[Format, ...]:
    """Return the formats in which an answer can be written.

    Args:
        triples: whether it is triples, and not rows or a truth value.
        cite: whether it is cited: triples then stand in named graphs, which few formats have.
        explain: whether its rows are explained.
    """
    if triples:
        return DATASETS if cite else GRAPHS
    return (TABLE, RESULTS_JSON) if explain else ROWS


def write_answer(
    answer: SupportedAnswer, format_name: str, prefixes: Prefixes, names: Names | None, width: int, color: bool
) -> bytes:
    """Write rows, or a truth value, with what supports them.

    Citations are footnotes for people, and columns for programs.

    Args:
        answer: its result is not triples.
        format_name: the name of one of `formats_for`.
        prefixes: to shorten IRIs for people.
        names: write the terms of proofs; an answer without proofs needs none.
        width: columns of a table or of proofs.
        color: whether they may use colours.
    """
    result = answer.result
    assert not isinstance(result, list)
    if isinstance(result, Rows) and answer.proofs is not None:
        from kg.render import proof

        assert names is not None
        if format_name == RESULTS_JSON.name:
            return proof.rows_as_json(result, answer.proofs, answer.citations, names).encode()
        return proof.rows_as_text(result, answer.proofs, answer.citations, names, width, color)
    if isinstance(result, Rows) and answer.evidence is not None:
        return _cited(answer, result, format_name, prefixes, width, color)
    return write(result, format_name, prefixes, width, color)


def _cited(answer: SupportedAnswer, rows: Rows, format_name: str, prefixes: Prefixes, width: int, color: bool) -> bytes:
    from kg.provenance.answer_evidence import with_evidence, with_footnotes
    from kg.render.citations import citation_lines, citation_list

    assert answer.evidence is not None
    if format_name not in ("table", "markdown"):
        in_words = {graph: citation.in_words(prefixes) for graph, citation in answer.citations.items()}
        return write(with_evidence(rows, answer.evidence, in_words), format_name, prefixes)
    cited, numbers = with_footnotes(rows, answer.evidence)
    notes = citation_list if format_name == "markdown" else citation_lines
    return (
        write(cited, format_name, prefixes, width, color) + f"\n{notes(numbers, answer.citations, prefixes)}".encode()
    )
