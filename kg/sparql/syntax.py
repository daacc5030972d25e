"""The structure of a query: its groups and their elements (SPARQL 1.1 Query Language, productions 53 to 68).

Just as much as is needed to find a clause, to know what stands before and after it, and which variables are bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from kg.errors import UsageError
from kg.sparql.tokens import Token, form, tokens

_KEYWORDS = frozenset({"OPTIONAL", "MINUS", "GRAPH", "SERVICE", "FILTER", "BIND", "VALUES"})
# Elements whose solutions are joined with those of the others: their order makes no difference.
JOINED = frozenset({"triples", "group", "graph", "values"})
_BRACKETS = {"(": ")", "{": "}", "[": "]"}


@dataclass(frozen=True)
class Group:
    """A group graph pattern: where its inside starts and ends in the text, and its elements.

    `select` has the tokens of the projection where the group is a sub-select, whose WHERE clause the elements are.
    """

    start: int
    end: int
    elements: tuple[Element, ...]
    select: tuple[Token, ...] | None = None


@dataclass(frozen=True)
class Element:
    """An element of a group, with the groups inside it; several of them are a UNION."""

    kind: str  # triples, group (UNION included), graph, values, service, optional, minus, filter or bind
    tokens: tuple[Token, ...]
    groups: tuple[Group, ...] = ()

    @property
    def start(self) -> int:
        """Where the element starts in the text."""
        return self.tokens[0].start

    @property
    def end(self) -> int:
        """Where the element ends in the text."""
        return self.tokens[-1].start + len(self.tokens[-1].text)

    def has(self, keyword: str) -> bool:
        """Tell whether a keyword stands anywhere in the element."""
        return any(token.keyword == keyword for token in self.tokens)


@dataclass(frozen=True)
class Query:
    """A query: its text and tokens, the tokens before its form, and its WHERE clause."""

    text: str
    tokens: tuple[Token, ...]
    prologue: tuple[Token, ...]
    dataset: str
    where: Group


Path = tuple[tuple[Group, int], ...]  # from the WHERE clause inwards: each group, and the number of the element in it


def parse_query(text: str) -> Query:
    """Take a query apart; raises UsageError for an update or where brackets do not match."""
    if form(text) == "update":
        raise UsageError("not a query", "an update has no answer")
    found = tokens(text)
    first = next(i for i, token in enumerate(found) if token.keyword in ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE"))
    parser = _Parser(found)
    start = first + 1
    if found[first].keyword == "CONSTRUCT" and parser.text(start) == "{":
        start = parser.after(start)  # the template
    brace = parser.where(start)
    dataset = [i for i in range(start, brace) if found[i].keyword == "FROM"]
    clauses = " ".join(token.text for token in found[dataset[0] : brace] if token.keyword != "WHERE") if dataset else ""
    return Query(text, tuple(found), tuple(found[:first]), clauses, parser.group(brace))


def find(group: Group, kind: str, path: Path = ()) -> Iterator[Path]:
    """Yield the paths to all elements of a kind, in the order of the text; none is looked for inside another."""
    for index, element in enumerate(group.elements):
        here = (*path, (group, index))
        if element.kind == kind:
            yield here
        else:
            for inner in element.groups:
                yield from find(inner, kind, here)


def variables(found: Sequence[Token]) -> set[str]:
    """Return the names of the variables among some tokens."""
    return {token.text[1:] for token in found if token.kind == "variable"}


def bound_variables(group: Group) -> set[str]:
    """Return variables that every solution of a group binds; there may be more of them."""
    found = set().union(*map(_bound_by, group.elements))
    if group.select is None:
        return found
    plain = _outside_parentheses(group.select)
    return found if any(token.text == "*" for token in plain) else found & variables(plain)


def first_bound_variables(group: Group) -> set[str]:
    """Return the variables that are bound before the first element whose meaning depends on what is bound already."""
    if group.select is not None:
        return set()
    first = takewhile(lambda element: element.kind in JOINED or element.kind == "filter", group.elements)
    return set().union(*map(_bound_by, first))


def _bound_by(element: Element) -> set[str]:
    if element.kind == "triples":
        return variables(element.tokens)
    if element.kind == "values":
        return set() if element.has("UNDEF") else variables(element.tokens)
    if element.kind == "graph":
        return variables(element.tokens[1:2]) | bound_variables(element.groups[0])
    if element.kind == "group":
        return set.intersection(*map(bound_variables, element.groups))
    return set()


def _outside_parentheses(found: Sequence[Token]) -> list[Token]:
    outside, depth = [], 0
    for token in found:
        depth += (token.text == "(") - (token.text == ")")
        if depth == 0:
            outside.append(token)
    return outside


class _Parser:
    """Reads groups from tokens, by recursive descent; the index after something is what `after` gives."""

    def __init__(self, found: Sequence[Token]) -> None:
        self._tokens = found
        self._closing: dict[int, int] = {}
        open_: list[int] = []
        for index, token in enumerate(found):
            if token.kind != "mark":
                continue
            if token.text in _BRACKETS:
                open_.append(index)
            elif token.text in _BRACKETS.values():
                if not open_ or _BRACKETS[found[open_[-1]].text] != token.text:
                    raise self._fault(index)
                self._closing[open_.pop()] = index
        if open_:
            raise self._fault(open_[-1])

    def text(self, index: int) -> str:
        return self._tokens[index].text if index < len(self._tokens) else ""

    def after(self, index: int) -> int:
        """Return the index after the bracket that closes the one at an index."""
        if index not in self._closing:
            raise self._fault(index)
        return self._closing[index] + 1

    def where(self, index: int) -> int:
        """Return the index of the first brace from an index on that is in no other brackets."""
        while self.text(index := self._bracket(index)) != "{":
            index = self.after(index)
        return index

    def _bracket(self, index: int) -> int:
        """Return the index of the first opening bracket from an index on."""
        found = next((i for i in range(index, len(self._tokens)) if i in self._closing), None)
        if found is None:
            raise self._fault(index)
        return found

    def group(self, index: int) -> Group:
        """Read the group whose brace is at an index."""
        end = self.after(index) - 1
        if self._keyword(index + 1) == "SELECT":
            brace = self.where(index + 2)
            inner = self.group(brace)
            return Group(inner.start, inner.end, inner.elements, tuple(self._tokens[index + 2 : brace]))
        elements = tuple(self._elements(index + 1, end))
        return Group(self._tokens[index].start + 1, self._tokens[end].start, elements)

    def _elements(self, index: int, end: int) -> Iterator[Element]:
        while index < end:
            if self.text(index) == ".":
                index += 1
                continue
            kind, groups, after = self._element(index, end)
            yield Element(kind, tuple(self._tokens[index:after]), groups)
            index = after

    def _element(self, index: int, end: int) -> tuple[str, tuple[Group, ...], int]:
        """Read the element at an index: its kind, its groups, and the index after it."""
        keyword = self._keyword(index)
        if self.text(index) == "{":
            groups, after = [self.group(index)], self.after(index)
            while self._keyword(after) == "UNION":
                groups.append(self.group(after + 1))
                after = self.after(after + 1)
            return "group", tuple(groups), after
        if keyword in ("OPTIONAL", "MINUS", "GRAPH", "SERVICE"):
            brace = index + {"GRAPH": 2, "SERVICE": 2}.get(keyword, 1) + (self._keyword(index + 1) == "SILENT")
            return keyword.lower(), (self.group(brace),), self.after(brace)
        if keyword in ("FILTER", "BIND", "VALUES"):
            # The last bracket of each ends it: FILTER regex(...), FILTER NOT EXISTS {...}, VALUES (?a ?b) {...}.
            bracket = self.where(index + 1) if keyword == "VALUES" else self._bracket(index + 1)
            return keyword.lower(), (), self.after(bracket)
        after = index + 1
        while after < end and self.text(after) != "{" and self._keyword(after) not in _KEYWORDS:
            after += 1
        return "triples", (), after

    def _keyword(self, index: int) -> str:
        return self._tokens[index].keyword if index < len(self._tokens) else ""

    def _fault(self, index: int) -> UsageError:
        token = self._tokens[min(index, len(self._tokens) - 1)]
        return UsageError(
            f"the query has a fault at {token.text!r} (line {token.line}, column {token.column})",
            "look whether each bracket is closed",
        )
