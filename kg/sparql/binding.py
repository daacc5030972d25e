"""What is inserted into a query before it runs: the values of its parameters, and declarations of known prefixes.

A parameter is replaced token by token, so that a value stays a value whatever it holds: the result is lexed again and
must have the same tokens everywhere else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise

from kg.errors import UsageError
from kg.rdf.terms import Term, render
from kg.sparql.errors import GrammarError
from kg.sparql.syntax import Item, Query, elements, parse_query, sub_selects
from kg.sparql.tokens import Token, tokens, variables


def with_prefixes(text: str, namespaces: Mapping[str, str]) -> str:
    """Declare the prefixes that a query uses and does not declare, as far as they are known.

    They are put on the query's first line, so that the line of an error stays that of the user's text.

    Raises GrammarError for a fault in the structure of the query.
    """
    found = tokens(text)
    declared = {name.text for before, name in pairwise(found) if before.keyword == "PREFIX"}
    used = {token.text.partition(":")[0] for token in found if token.kind == "name"}
    missing = sorted(name for name in used & namespaces.keys() if f"{name}:" not in declared)
    text = "".join(f"PREFIX {name}: <{namespaces[name]}> " for name in missing) + text
    parse_query(text)
    return text


def declared_prefixes(text: str) -> dict[str, str]:
    """Return the prefixes that a query declares, with their namespaces."""
    found = tokens(text)
    triples = zip(found, found[1:], found[2:], strict=False)
    return {
        name.text.removesuffix(":"): iri.text[1:-1]
        for keyword, name, iri in triples
        if keyword.keyword == "PREFIX" and iri.kind == "iri"
    }


def bind(text: str, values: Mapping[str, Term]) -> str:
    """Put terms in the place of variables, everywhere in a query.

    Args:
        text: a query; `$name` and `?name` are the same variable.
        values: a term for each variable to bind, by its name without `$`.

    Returns:
        the query with each of these variables replaced. In a projection `$name` becomes `(term AS ?name)`, so that
        the result keeps its column; in GROUP BY and ORDER BY it becomes `(term)`; and `BOUND($name)` is `(true)`.

    Raises:
        GrammarError: the query has an error, or itself assigns a value to the variable (AS, VALUES).
        UsageError: the term does not fit.
    """
    if not values:
        return text
    query = parse_query(text)
    require_bindable(query, values)
    listed = dict(_listed(query, values, frozenset()))
    parts, expected, end, number = [], [], 0, 0
    while number < len(query.tokens):
        token, length = query.tokens[number], 1
        replacement = None
        if token.keyword == "BOUND" and variables(query.tokens[number + 1 : number + 4]) & values.keys():
            replacement, length = "(true)", 4
        elif token.kind == "variable" and token.text[1:] in values:
            replacement = listed.get(token.start, render(values[token.text[1:]]))
        if replacement is not None:
            parts += [text[end : token.start], replacement]
            end = query.tokens[number + length - 1].end
        expected += [token.text] if replacement is None else [part.text for part in tokens(replacement)]
        number += length
    bound = "".join([*parts, text[end:]])
    if expected != [token.text for token in tokens(bound)]:
        raise UsageError("the value of a parameter would change the structure of the query")
    return bound


def require_bindable(query: Query, names: Collection[str]) -> None:
    """Raise GrammarError where a query itself gives a value to one of some variables."""
    for token in _assigned(query):
        if token.kind == "variable" and token.text[1:] in names:
            raise GrammarError(
                f"${token.text[1:]} cannot be a parameter: the query assigns a value to it here",
                "rename one of the two",
                query.text,
                token.start,
            )


def _assigned(query: Query) -> Iterator[Token]:
    """Yield the variables that AS and VALUES give a value."""
    for item in query.listed:
        if item.name is not None and item.expression is not None:
            yield item.name
    for element in elements(query):
        if element.kind == "bind" and element.name is not None:
            yield element.name
        yield from element.names
    yield from query.values.names if query.values else ()
    for inner in sub_selects(query):
        yield from _assigned(inner)


def _listed(query: Query, values: Mapping[str, Term], shown: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Yield what takes the place of variables that SELECT, GROUP BY and ORDER BY list, by their places in the text.

    `shown` are those to which a query around this one gives the column: no other may have their names in it.
    """
    if query.form == "select":
        bound = [token for token in _bare(query.items or ()) if token.text[1:] in values]
        hidden = [token for token in bound if token.text[1:] in shown]
        for token in bound:
            name = token.text[1:]
            yield token.start, "" if token in hidden else f"({render(values[name])} AS ?{name})"
        if hidden and len(hidden) == len(query.items or ()):
            # Something has to be listed.
            token = hidden[0]
            yield token.start, f"({render(values[token.text[1:]])} AS ?{_fresh(token.text[1:], query)})"
        if query.items is not None:
            shown = frozenset(token.text[1:] for token in bound)
    for token in _bare((*query.group_by, *query.order_by)):
        if token.text[1:] in values:
            yield token.start, f"({render(values[token.text[1:]])})"
    for inner in sub_selects(query):
        yield from _listed(inner, values, shown)


def _bare(items: tuple[Item, ...]) -> Iterator[Token]:
    return (item.name for item in items if item.name is not None and item.expression is None)


def _fresh(name: str, query: Query) -> str:
    """Return a name of a variable that does not occur in the text."""
    while f"{name}_" in query.text:
        name += "_"
    return f"{name}_"
