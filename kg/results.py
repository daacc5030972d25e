"""Answers of queries as text in many formats."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.answers import Answer, Rows
from kg.errors import UsageError
from kg.terms import XSD, Prefixes, Term, display, render

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

QUAD_FORMATS = ("trig", "nquads")
GRAPH_FORMATS = ("turtle", "ntriples", "rdfxml", "json-ld", *QUAD_FORMATS)
ROW_FORMATS = ("table", "csv", "tsv", "json", "jsonl", "xml", "markdown")
_EXTENSIONS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".srj": "json",
    ".srx": "xml",
    ".xml": "xml",
    ".md": "markdown",
    ".txt": "table",
    ".ttl": "turtle",
    ".nt": "ntriples",
    ".rdf": "rdfxml",
    ".trig": "trig",
    ".nq": "nquads",
    ".jsonld": "json-ld",
}
_NUMERIC = frozenset(XSD + name for name in ("integer", "decimal", "double", "float"))


def format_for(
    name: str | None, output: Path | None, terminal: bool, result: Answer, *, graphs_apart: bool = False
) -> str:
    """Choose the format: the one named, else by the output's extension, else a table or Turtle for a terminal.

    With `graphs_apart`, triples are shown in their named graphs, which TriG and N-Quads can hold.

    Raises UsageError for a format that does not fit the kind of result.
    """
    fitting = GRAPH_FORMATS if isinstance(result, list) else ROW_FORMATS
    by_extension = _EXTENSIONS.get(output.suffix.lower()) if output else None
    if isinstance(result, list):
        chosen = name or by_extension or ("trig" if graphs_apart else "turtle")
    else:
        chosen = name or by_extension or ("table" if terminal else "tsv")
    if chosen not in fitting:
        kind = "a graph" if isinstance(result, list) else "rows"
        raise UsageError(f"{chosen} is no format for {kind}", f"choose one of {', '.join(fitting)}")
    if graphs_apart and isinstance(result, list) and chosen not in QUAD_FORMATS:
        raise UsageError(
            f"{chosen} has no named graphs, by which --cite tells who says what",
            "choose -f trig or -f nquads: each triple stands in the graph of its passage",
        )
    return chosen


def write(result: Rows | bool, format_name: str, prefixes: Prefixes, width: int = 120, color: bool = False) -> bytes:
    """Write rows or a truth value in one of ROW_FORMATS.

    Args:
        result: what `read` returned; for triples there is KnowledgeGraph.write_triples.
        format_name: the format; see format_for.
        prefixes: to shorten IRIs in tables and Markdown.
        width: columns of a table; cells that are longer are folded.
        color: whether a table may use colours; NO_COLOR and FORCE_COLOR have the last word.
    """
    if isinstance(result, bool):
        return _write_boolean(result, format_name)
    if format_name == "table":
        return _table(result, prefixes, width, color)
    if format_name == "markdown":
        return _markdown(result, prefixes)
    return _WRITERS[format_name](result)


def _write_boolean(result: bool, format_name: str) -> bytes:
    text = str(result).lower()
    if format_name == "json":
        return json.dumps({"head": {}, "boolean": result}).encode() + b"\n"
    if format_name == "xml":
        from xml.etree import ElementTree

        root = _xml_root(())
        ElementTree.SubElement(root, "boolean").text = text
        return _xml_bytes(root)
    return f"{text}\n".encode()


def _csv(rows: Rows) -> bytes:
    """SPARQL 1.1 Query Results CSV and TSV Formats, section 3: plain values, lines end with CR LF."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(rows.variables)
    writer.writerows(["" if term is None else _bare(term) for term in terms] for terms in rows.terms)
    return text.getvalue().encode()


def _tsv(rows: Rows) -> bytes:
    """The same recommendation, section 4: terms as in Turtle, which hides no tab or line end."""
    lines = ["\t".join(f"?{name}" for name in rows.variables)]
    lines += ["\t".join("" if term is None else render(term) for term in terms) for terms in rows.terms]
    return ("\n".join(lines) + "\n").encode()


def _json(rows: Rows) -> bytes:
    """SPARQL 1.1 Query Results JSON Format, section 3.2; a row is a line."""
    encode = json.JSONEncoder(ensure_ascii=False).encode  # with an indent it would be many times slower
    bindings = ",\n".join(
        encode({name: json_term(term) for name, term in zip(rows.variables, terms, strict=True) if term is not None})
        for terms in rows.terms
    )
    head = encode({"vars": rows.variables})
    return f'{{"head": {head}, "results": {{"bindings": [\n{bindings}\n]}}}}\n'.encode()


def json_term(term: Term) -> dict[str, str]:
    """Write a term as SPARQL 1.1 Query Results JSON Format, section 3.2.2, does."""
    if isinstance(term, NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    if term.language:
        return {"type": "literal", "value": term.value, "xml:lang": term.language}
    if term.datatype.value == XSD + "string":
        return {"type": "literal", "value": term.value}
    return {"type": "literal", "value": term.value, "datatype": term.datatype.value}


def _xml(rows: Rows) -> bytes:
    """SPARQL Query Results XML Format (Second Edition), section 2: the JSON terms as elements."""
    from xml.etree import ElementTree

    root = _xml_root(rows.variables)
    results = ElementTree.SubElement(root, "results")
    for terms in rows.terms:
        result = ElementTree.SubElement(results, "result")
        for name, term in zip(rows.variables, terms, strict=True):
            if term is not None:
                record = json_term(term)
                kind, value = record.pop("type"), record.pop("value")
                binding = ElementTree.SubElement(result, "binding", name=name)
                ElementTree.SubElement(binding, kind, record).text = value
    return _xml_bytes(root)


def _xml_root(variables: Iterable[str]) -> Element:
    from xml.etree import ElementTree

    root = ElementTree.Element("sparql", xmlns="http://www.w3.org/2005/sparql-results#")
    head = ElementTree.SubElement(root, "head")
    for name in variables:
        ElementTree.SubElement(head, "variable", name=name)
    return root


def _xml_bytes(root: Element) -> bytes:
    from xml.etree import ElementTree

    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _markdown(rows: Rows, prefixes: Prefixes) -> bytes:
    def line(cells: Iterable[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |\n"

    body = "".join(line(display(term, prefixes) for term in terms) for terms in rows.terms)
    return (line(rows.variables) + line("---" for _ in rows.variables) + body).encode()


def _bare(term: Term) -> str:
    return f"_:{term.value}" if isinstance(term, BlankNode) else term.value


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


_WRITERS: dict[str, Callable[[Rows], bytes]] = {
    "csv": _csv,
    "tsv": _tsv,
    "json": _json,
    "xml": _xml,
    "jsonl": lambda rows: "".join(
        json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows.to_dicts()
    ).encode(),
}
