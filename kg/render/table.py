"""Answers of queries as text in many formats."""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import Literal, NamedNode

from kg.rdf.terms import XSD, Prefixes, display
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
    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n"

    body = "".join(line(display(term, prefixes) for term in terms) for terms in rows.terms)
    return (line(rows.variables) + line("---" for _ in rows.variables) + body).encode()


def _table(rows: Rows, prefixes: Prefixes, width: int, color: bool) -> bytes:
    import io

    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for index, name in enumerate(rows.variables):
        column = [terms[index] for terms in rows.terms if terms[index] is not None]
        numeric = bool(column) and all(isinstance(t, Literal) and t.datatype.value in _NUMERIC for t in column)
        table.add_column(
            name.replace("_", " "), justify="right" if numeric else "left", overflow="fold", no_wrap=numeric
        )
    for terms in rows.terms:
        table.add_row(*(Text(display(term, prefixes), "cyan" if isinstance(term, NamedNode) else "") for term in terms))
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=color or None)
    console.print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().split("\n")).strip("\n").encode() + b"\n"
