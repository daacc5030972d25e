"""The capabilities of a server, found by small tests that leave nothing behind."""

from __future__ import annotations

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Triple

from kg.errors import KgError
from kg.rdf.terms import XSD, render
from kg.sparql.results import Rows
from kg.store.server import Server

# What was tested, the result, and the remedy if something will not work.
Finding = tuple[str, str, str]

_ROWS = 20_000  # more than the 10,000 at which servers like to cut
_GRAPH = NamedNode("urn:kg:probe")
_PROPERTY = NamedNode("urn:kg:probe:value")

# Literals of the kinds that projects use; the second of each pair is one that servers rewrite.
_LITERALS = (
    Literal("text"),
    Literal("é → 北京"),
    Literal('quotes " and \\ and\nlines'),
    Literal("colour", language="en"),
    Literal("世界互联网大会", language="zh-Hans"),
    *(
        Literal(text, datatype=NamedNode(XSD + name))
        for text, name in (
            ("12", "integer"),
            ("012", "integer"),
            ("12", "int"),
            ("1.5", "decimal"),
            ("1.50", "decimal"),
            ("68000000000", "decimal"),
            ("1.0E3", "double"),
            ("true", "boolean"),
            ("2023-10-18", "date"),
            ("2023-10-18T10:00:00Z", "dateTime"),
            ("2023-10-18T10:00:00.5+08:00", "dateTime"),
            ("2023", "gYear"),
            ("2023-10", "gYearMonth"),
            ("--10", "gMonth"),
            ("P1Y2M", "duration"),
            ("https://example.org/", "anyURI"),
            ("0AFF", "hexBinary"),
        )
    ),
)


def read(server: Server) -> Iterator[Finding]:
    """Try queries; see Finding."""
    yield _tried("SELECT", server, "SELECT (1 AS ?one) {}")
    yield _tried("ASK", server, "ASK {}")
    yield _tried("CONSTRUCT", server, "CONSTRUCT { <urn:a> <urn:b> <urn:c> } WHERE {}")
    digits = " ".join(map(str, range(10)))
    product = " ".join(f"VALUES ?{name} {{ {digits} }}" for name in "abcd")
    title, found, remedy = _tried("large answers", server, f"SELECT * {{ {product} VALUES ?e {{ 0 1 }} }}")
    found = f"{_ROWS:,} rows are returned completely" if found == "works" else found
    yield title, found, remedy and "raise its limit of rows; truncated answers are reported as errors"
    yield _text(server)


def _tried(title: str, server: Server, query: str) -> Finding:
    try:
        server.query(query, timeout=60)
    except KgError as error:
        return title, error.message, error.hint or "kg query will not work"
    return title, "works", ""


def _text(server: Server) -> Finding:
    title, text = "text in queries", "é → 北京"
    try:
        rows = server.query(f"SELECT ?text {{ BIND({render(Literal(text))} AS ?text) }}", timeout=60)
    except KgError as error:
        return title, error.message, error.hint or ""
    assert isinstance(rows, Rows)
    found = rows[0].text if len(rows) else None
    if found == text:
        return title, "returned unchanged", ""
    return (
        title,
        f'"{text}" without a language is returned as "{found}"; with a language (@en), or in FILTER, it is right',
        "",
    )


def write(server: Server) -> Iterator[Finding]:
    """Try to write, in a graph that is removed again; see Finding."""
    name = render(_GRAPH)
    try:
        server.update(f"INSERT DATA {{ GRAPH {name} {{ <urn:a> <urn:b> <urn:c> }} }}")
        yield "update", "works", ""
    except KgError as error:
        yield "update", error.message, error.hint or "kg publish will not work"
        return
    try:
        if server.addresses.graph_store is None:
            yield "Graph Store", "no address known: triples are sent by INSERT DATA, which is slower", ""
        else:
            server.upload(_GRAPH, [Triple(NamedNode("urn:d"), NamedNode("urn:b"), NamedNode("urn:c"))], lambda _: None)
            yield "Graph Store", "works", ""
        yield _literals(server)
    except KgError as error:
        yield "Graph Store", error.message, error.hint or "kg publish will not work"
    finally:
        server.update(f"DROP SILENT GRAPH {name}")


def _literals(server: Server) -> Finding:
    """Report which literals are changed or refused by the server."""
    refused, changed = [], []
    for number, literal in enumerate(_LITERALS):
        subject = NamedNode(f"urn:kg:probe:{number}")
        try:
            server.upload(_GRAPH, [Triple(subject, _PROPERTY, literal)], lambda _: None)
            rows = server.query(
                f"SELECT ?o {{ GRAPH {render(_GRAPH)} {{ {render(subject)} {render(_PROPERTY)} ?o }} }}"
            )
        except KgError:
            refused.append(render(literal))
            continue
        assert isinstance(rows, Rows)
        found = rows.terms[0][0] if len(rows) else None
        if found is None:
            refused.append(render(literal))
        elif found != literal:
            changed.append(f"{_short(literal)} as {_short(found)}")
    parts = [f"{len(_LITERALS) - len(refused) - len(changed)} of {len(_LITERALS)} kinds are returned unchanged"]
    if changed:
        parts.append(f"changed: {', '.join(changed)}")
    if refused:
        parts.append(f"refused: {', '.join(refused)}")
    return "literals", "; ".join(parts), "remove such literals before kg publish" if refused else ""


def _short(term: object) -> str:
    return str(term).replace(f"^^<{XSD}", "^^xsd:").replace(">", "") if isinstance(term, Literal) else str(term)
