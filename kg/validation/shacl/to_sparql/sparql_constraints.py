"""SPARQL constraints of shapes: one query for all focus nodes instead of one for each (SHACL, section 5)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from operator import itemgetter

from kg.errors import UsageError
from kg.sparql.syntax import Group, parse_query
from kg.sparql.tokens import Token, variables
from kg.validation.shacl.paths import Path
from kg.validation.shacl.to_sparql.patterns import Context, Patterns

# SHACL, appendix A, forbids the first three: what they mean is not plain when variables are bound from outside.
_REFUSED = ("MINUS", "VALUES", "SERVICE", "FROM", "GRAPH", "LIMIT", "OFFSET")
_REFUSED_VARIABLES = {"shapesGraph", "currentShape"}


def constraint_query(
    text: str, patterns: Patterns, context: Context, path: Path | None
) -> tuple[str, str, tuple[str, ...]]:
    """Return a query for the results of all focus nodes of a context: its prologue, its text and its variables.

    SHACL runs the query for each focus node, with $this bound to it. Here the pattern of the focus nodes stands in
    each group of the query that names $this, so that the variable is bound wherever it would be.

    Raises:
        UsageError: for what does not mean the same that way, or has no meaning in SHACL.
    """
    query = parse_query(text)
    if query.form != "select":
        raise UsageError("the query of a SPARQL constraint is not a SELECT query")
    _check(query.tokens)
    if query.items is None or "this" not in query.columns:
        raise UsageError("the query of a SPARQL constraint does not select $this")
    # One GRAPH around all, and names of variables that no query is likely to have.
    own = Patterns(None, patterns.subclasses, patterns.hidden, prefix="kg_focus_")
    start, end = query.pattern.start, query.pattern.end
    changes = [] if patterns.graph is None else [(start, start, f" GRAPH {patterns.graph} {{"), (end, end, "}")]
    for group in _bound_groups(query.pattern):
        changes.append((group.start, group.start, f" {own.focus_nodes(context)} "))
    for token in query.tokens:
        if token.text in ("$PATH", "?PATH"):
            if path is None:
                raise UsageError("a SPARQL constraint uses $PATH, but its shape has no sh:path")
            changes.append((token.start, token.end, f"({path.text})"))
    changed = text
    changes.reverse()  # of two at one place, the first stays first
    for start, end, new in sorted(changes, key=itemgetter(0), reverse=True):
        changed = changed[:start] + new + changed[end:]
    return query.prologue, changed[len(query.prologue) :], query.columns


def _check(found: tuple[Token, ...]) -> None:
    for index, token in enumerate(found):
        if token.keyword in _REFUSED:
            raise UsageError(f"{token.keyword} in a SPARQL constraint cannot be checked on a store")
        if token.kind == "variable" and token.text[1:] in _REFUSED_VARIABLES:
            raise UsageError(f"{token.text} in a SPARQL constraint cannot be checked on a store")
        if token.kind == "variable" and token.text[1:] == "this" and found[index - 1].keyword == "AS":
            raise UsageError("a SPARQL constraint assigns a value to $this")


def _bound_groups(group: Group) -> Iterator[Group]:
    """Yield a group and those inside it in which $this would have to be bound."""
    if group.select is not None:
        if "this" not in group.select.columns or group.select.items is None:  # SELECT * does not say whether it does
            raise UsageError("a sub-select of a SPARQL constraint does not select $this")
        yield from _bound_groups(group.select.pattern)
        return
    yield group
    for element in group.elements:
        for inner in element.groups:
            if inner.select is None and "this" not in variables(chain.from_iterable(e.tokens for e in inner.elements)):
                continue
            nested = _bound_groups(inner)
            if element.kind != "group" and inner.select is None:
                next(nested)  # the filters of OPTIONAL see the variables that are bound outside
            yield from nested
