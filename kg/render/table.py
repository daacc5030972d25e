"""Answers of queries as text in many formats."""

from __future__ import annotations

from pyoxigraph import Literal, NamedNode

from kg.rdf.terms import XSD, Prefixes, display
from kg.render.text import console, markdown_table, printed, styled
from kg.sparql.result_formats import write_boolean, write_rows
from kg.sparql.results import Rows

_NUMERIC = frozenset(XSD + name for name in ("integer", "decimal", "double", "float"))


def write(result: Rows | bool, format_name: str, prefixes: Prefixes, width: int = 120, color: bool = False) -> bytes:
    """Write rows or a truth value in one of the formats of kg.formats.ROWS.

    Args:
        result: what `read` returned; for triples there is KnowledgeGraph.write_triples.
        format_name: the name of the format.
        prefixes: to shorten IRIs in tables and Markdown.
        width: columns of a table; cells that are longer are folded.
        color: whether a table may use colours; NO_COLOR and FORCE_COLOR have the last word.
    """
    if isinstance(result, bool):
        return write_boolean(result, format_name)
    if format_name == "table":
        return _table(result, prefixes, width, color)
    if format_name == "markdown":
        return _markdown(result, prefixes)
    return write_rows(result, format_name)


def _markdown(rows: Rows, prefixes: Prefixes) -> bytes:
    return markdown_table(
        rows.variables, ([display(term, prefixes) for term in terms] for terms in rows.terms)
    ).encode()


def _table(rows: Rows, prefixes: Prefixes, width: int, color: bool) -> bytes:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for index, name in enumerate(rows.variables):
        column = [terms[index] for terms in rows.terms if terms[index] is not None]
        numeric = bool(column) and all(isinstance(t, Literal) and t.datatype.value in _NUMERIC for t in column)
        table.add_column(
            styled(name.replace("_", " ")), justify="right" if numeric else "left", overflow="fold", no_wrap=numeric
        )
    for terms in rows.terms:
        cells = ((display(term, prefixes), "cyan" if isinstance(term, NamedNode) else "") for term in terms)
        table.add_row(*(styled(text, style) for text, style in cells))
    page = console(width, color)
    page.print(table)
    return printed(page).strip(b"\n") + b"\n"
