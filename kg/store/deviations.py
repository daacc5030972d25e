"""Where Oxigraph differs from SPARQL 1.1: such a query is refused, with its place and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from kg.errors import did_you_mean
from kg.rdf.terms import XSD
from kg.sparql.errors import GrammarError
from kg.sparql.functions import AGGREGATES, CASTS, FUNCTIONS
from kg.sparql.patterns import PatternReader
from kg.sparql.syntax import Element, Group, Query, elements, parse_query

_UNKNOWN = re.compile(r"custom function (<.*>) is not supported")


def unknown_function(text: str, message: str) -> GrammarError | None:
    """Return the fault of a query that calls a function which the engine does not have.

    Args:
        text: the query.
        message: what Oxigraph says, where it evaluates the call.

    Returns:
        the fault with its place; None where the message is about something else.
    """
    if not (match := _UNKNOWN.search(message)):
        return None
    query = parse_query(text)
    reader = PatternReader.of(query)
    calls = (name for name, bracket in pairwise(query.tokens) if name.kind in ("iri", "name") and bracket.text == "(")
    offset = next((name.start for name in calls if reader.iri(name) == match[1]), query.start)
    namespace, local = re.findall(r"(.*?)([^/#:]*)$", match[1][1:-1])[0]
    casts = namespace == XSD
    near = did_you_mean(f"xsd:{local}", [f"xsd:{name}" for name in CASTS]) if casts else did_you_mean(local, FUNCTIONS)
    return GrammarError(f"unknown function {match[1]}", near or "use the functions of SPARQL 1.1", text, offset)


def require_specified(text: str) -> None:
    """Refuse a query whose answer would not be that of the specification.

    In `GRAPH ?g`, Oxigraph evaluates a sub-select once over all graphs, and does not bind ?g by it, where section 18.6
    has it evaluated once for each graph. The two are the same where the sub-select shows ?g, and does not count or
    cut its solutions over several graphs.

    Raises:
        GrammarError: at the sub-select.
    """
    query = parse_query(text)
    for element in elements(query):
        if element.kind == "graph" and element.name is not None and element.name.kind == "variable":
            for group, alone in _sub_selects(element.groups[0]):
                if remedy := _remedy(query, element, group, alone):
                    what = (
                        f"this sub-select would be evaluated over all graphs at once, not for each {element.name.text}"
                    )
                    raise GrammarError(what, remedy, text, group.select.start if group.select else group.start)


def _sub_selects(group: Group, alone: bool = True) -> Iterator[tuple[Group, bool]]:
    """Yield the sub-selects of a group that ask its graph, and whether nothing stands beside them up to there."""
    if group.select is not None:
        if _asks(group):
            yield group, alone
            yield from _sub_selects(group.select.pattern, alone)
        return
    for element in group.elements:
        if element.kind != "graph":
            for inner in (*element.groups, *element.exists):
                yield from _sub_selects(inner, alone and len(group.elements) == 1 and not element.exists)


def _asks(group: Group) -> bool:
    """Return whether a group has patterns that are looked up in the graph around it."""
    if group.select is not None:
        return any(map(_asks, (group.select.pattern, *group.select.exists)))
    return any(
        element.kind == "triples" or (element.kind != "graph" and any(map(_asks, (*element.groups, *element.exists))))
        for element in group.elements
    )


def _remedy(query: Query, element: Element, group: Group, alone: bool) -> str | None:
    """Say what to write instead of a sub-select in `GRAPH ?g`; None where its answer is right."""
    select, name = group.select, element.name
    assert select is not None
    assert name is not None
    shown = name.text[1:] in select.columns
    keywords = {token.keyword for item in select.listed if item.expression for token in item.expression.tokens}
    grouped = any(item.name and not item.expression and item.name.text[1:] == name.text[1:] for item in select.group_by)
    if (select.group_by or select.having or keywords & {*AGGREGATES}) and not (grouped and shown):
        return f"put GRAPH inside: SELECT {name.text} ... {{ GRAPH {name.text} {{ ... }} }} GROUP BY {name.text}"
    if any(token.keyword in ("LIMIT", "OFFSET") for token in select.modifiers):
        return "name the graph by its IRI, or leave LIMIT and OFFSET out"
    outside = [token for token in query.tokens if not group.start <= token.start < group.end]
    distinct = select.tokens[1].keyword in ("DISTINCT", "REDUCED")
    used = any(token.text[1:] == name.text[1:] and token != name for token in outside if token.kind == "variable")
    everything = any(b.text == "*" and a.keyword in ("SELECT", "DISTINCT", "REDUCED") for a, b in pairwise(outside))
    if not shown and (distinct or used or everything or not alone):
        return f"select the graph, too: SELECT {name.text} ..."
    return None
