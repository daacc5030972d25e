"""Answers in the formats of the SPARQL recommendations, which programs read: CSV, TSV, JSON, XML, and JSON Lines."""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, NamedNode

from kg.rdf.terms import XSD, Term, render
from kg.sparql.results import Rows

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


# What spreadsheets take for a formula (OWASP, CSV Injection; wide forms where the keyboard has them), but no number.
_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠](?!(?<=[+-])([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\Z)")


def write_rows(rows: Rows, format_name: str) -> bytes:
    """Write the rows of a SELECT query as `csv`, `excel-csv`, `tsv`, `json`, `jsonl` or `xml`.

    Raises UsageError where XML cannot hold a character of theirs.
    """
    return _WRITERS[format_name](rows)


def write_boolean(result: bool, format_name: str) -> bytes:
    """Write the answer to an ASK query: in JSON and XML as their recommendations say, else the bare word."""
    text = str(result).lower()
    if format_name == "json":
        return json.dumps({"head": {}, "boolean": result}).encode() + b"\n"
    if format_name == "xml":
        from xml.etree import ElementTree

        root = _xml_root(())
        ElementTree.SubElement(root, "boolean").text = text
        return _xml_bytes(root)
    return f"{text}\n".encode()


def _csv(rows: Rows, guard: Callable[[str], str] = str) -> bytes:
    """SPARQL 1.1 Query Results CSV and TSV Formats, section 3: plain values, lines end with CR LF."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(rows.variables)
    writer.writerows(["" if term is None else guard(_bare(term)) for term in terms] for terms in rows.terms)
    return text.getvalue().encode()


def _excel_csv(rows: Rows) -> bytes:
    """CSV for spreadsheets: they know the encoding by the byte order mark, and run no cell as a formula.

    What begins like a formula gets an apostrophe before it, which spreadsheets take for the beginning of a text; a
    number does not.
    """
    return BOM_UTF8 + _csv(rows, lambda text: f"'{text}" if _FORMULA.match(text) else text)


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

    from kg.rdf.serialize import checked_xml

    ElementTree.indent(root)
    text = ElementTree.tostring(root, encoding="unicode")
    # A carriage return that stands for itself would be read as the end of a line (XML 1.0, section 2.11).
    return f"<?xml version='1.0' encoding='utf-8'?>\n{checked_xml(text)}\n".replace("\r", "&#13;").encode()


def _bare(term: Term) -> str:
    return f"_:{term.value}" if isinstance(term, BlankNode) else term.value


_WRITERS: dict[str, Callable[[Rows], bytes]] = {
    "csv": _csv,
    "excel-csv": _excel_csv,
    "tsv": _tsv,
    "json": _json,
    "xml": _xml,
    "jsonl": lambda rows: "".join(
        json.dumps(row, ensure_ascii=False, default=str) + "\n" for row in rows.to_dicts()
    ).encode(),
}
