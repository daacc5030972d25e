"""SPARQL constraints of shapes: one query for all focus nodes instead of one for each (SHACL, section 5)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from kg.errors import UsageError
from kg.sparql.syntax import Group, parse_query, variables
from kg.sparql.tokens import Token, form
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
    if form(text) != "select":
        raise UsageError("the query of a SPARQL constraint is no SELECT query")
    query = parse_query(text)
    _check(query.tokens)
    projected = _projected(query.tokens[len(query.prologue) :], query.where)
    if "this" not in projected:
        raise UsageError("the query of a SPARQL constraint does not select $this")
    # One GRAPH around all, and names of variables that no query is likely to have.
    own = Patterns(None, patterns.subclasses, patterns.hidden, prefix="kg_focus_")
    changes: list[tuple[int, int, str]] = []
    opening, closing = (f" GRAPH {patterns.graph} {{", "}") if patterns.graph is not None else ("", "")
    for group in _bound_groups(query.where):
        outermost = group is query.where
        changes.append((group.start, group.start, f"{opening if outermost else ''} {own.focus_nodes(context)} "))
    changes.append((query.where.end, query.where.end, closing))
    for token in query.tokens:
        if token.text in ("$PATH", "?PATH"):
            if path is None:
                raise UsageError("a SPARQL constraint names $PATH, and its shape has none")
            changes.append((token.start, token.start + len(token.text), f"({path.text})"))
    changed = text
    for start, end, new in sorted(changes, reverse=True):
        changed = changed[:start] + new + changed[end:]
    first = len(query.prologue) and query.tokens[len(query.prologue)].start
    return text[:first], changed[first:], projected


def _check(found: tuple[Token, ...]) -> None:
    for index, token in enumerate(found):
        if token.keyword in _REFUSED:
            raise UsageError(f"{token.keyword} in a SPARQL constraint cannot be checked on a store")
        if token.kind == "variable" and token.text[1:] in _REFUSED_VARIABLES:
            raise UsageError(f"{token.text} in a SPARQL constraint cannot be checked on a store")
        if token.kind == "variable" and token.text[1:] == "this" and found[index - 1].keyword == "AS":
            raise UsageError("a SPARQL constraint assigns a value to $this")


def _projected(found: tuple[Token, ...], where: Group) -> tuple[str, ...]:
    """Return the names of the variables that a query selects."""
    depth, names = 0, []
    for before, token in pairwise(token for token in found if token.start < where.start):
        depth += (token.text == "(") - (token.text == ")")
        if token.kind == "variable" and (depth == 0 or before.keyword == "AS"):
            names.append(token.text[1:])
    return tuple(names)


def _bound_groups(group: Group) -> Iterator[Group]:
    """Yield a group and those inside it in which $this would have to be bound."""
    yield group
    for element in group.elements:
        for inner in element.groups:
            yield from _inner(inner, joined=element.kind == "group")


def _inner(group: Group, joined: bool) -> Iterator[Group]:
    tokens = [token for element in group.elements for token in element.tokens]
    if "this" not in variables(tokens) and group.select is None:
        return
    if group.select is not None:
        if "this" not in variables(group.select):  # SELECT * does not say whether it does
            raise UsageError("a sub-select of a SPARQL constraint does not select $this")
        joined = True
    nested = _bound_groups(group)
    if not joined:
        next(nested)  # the filters of OPTIONAL see the variables that are bound outside
    yield from nested
