"""The syntax tree of a query (SPARQL 1.1 Query Language, section 19.8), which all that reads queries shares.

It goes down to groups, their elements and the expressions in them, as tokens with their places in the text. What a
group of tokens means in itself (a triple pattern, an operator) is left to Oxigraph, which reads the query after us:
here nothing may be misread, but not every error has to be found. The nodes are named tuples: five
dataclasses would take three milliseconds of each start.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, repeat, takewhile
from typing import NamedTuple

from kg.errors import UsageError
from kg.sparql.errors import GrammarError
from kg.sparql.tokens import BRACKETS, Brackets, Token, brackets, scan, tokens, variables

FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH")
_DECLARATIONS = {"BASE": 2, "PREFIX": 3, "VERSION": 2}  # tokens of each; VERSION is of SPARQL 1.2
# LATERAL is not in the recommendation; Oxigraph reads it.
_BEFORE_GROUPS = ("OPTIONAL", "MINUS", "LATERAL", "GRAPH", "SERVICE")
_KEYWORDS = frozenset({*_BEFORE_GROUPS, "FILTER", "BIND", "VALUES"})
# Elements whose solutions are joined with those of the others: their order makes no difference.
JOINED = frozenset({"triples", "group", "graph", "values"})
# Oxigraph reads and evaluates by recursion, and ends the process where its stack ends. On 8 MiB version 0.5.13 does so
# at 830 EXISTS in one another, 900 calls, 1,150 sub-selects or 2,200 groups, at 2,600 MINUS, BIND or AS in a row, and
# at 6,700 operators. The limit is a quarter of that; it counts in operators, and what stands in one another adds up.
_DEEPEST = 1_600
_BRACKET, _CLAUSE = 12, 3
_CLAUSES = frozenset({*_BEFORE_GROUPS, "FILTER", "AS"})
_OPERATORS = frozenset({"||", "&&", "=", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "|", "^", "!"})
# What SPARQL 1.2 adds within patterns and expressions, by the sign with which it begins.
_LATER = {"<<(": "triple terms", "<<": "reified triples", "~": "reifiers", "{|": "annotations"}
_WITHOUT = "name the statement by a node of its own, as rdf:Statement does"
_CLOSING = frozenset(BRACKETS.values())
_OPERANDS = frozenset({"variable", "string", "tag", "number", "iri", "name", "blank"})


class Expression(NamedTuple):
    """An expression, with the groups of the EXISTS in it."""

    tokens: tuple[Token, ...]
    groups: tuple[Group, ...] = ()


class Item(NamedTuple):
    """What SELECT, DESCRIBE, GROUP BY, HAVING or ORDER BY lists: a name, an expression, or both: `(... AS ?name)`."""

    name: Token | None
    expression: Expression | None = None


class Element(NamedTuple):
    """An element of a group, with the groups inside it; several of them are a UNION.

    `name` is what GRAPH and SERVICE name, and the variable of BIND; `names` are the variables of VALUES.
    """

    kind: str  # triples, group (UNION included), graph, values, service, optional, minus, lateral, filter or bind
    tokens: tuple[Token, ...]
    groups: tuple[Group, ...] = ()
    name: Token | None = None
    names: tuple[Token, ...] = ()
    expression: Expression | None = None

    @property
    def exists(self) -> tuple[Group, ...]:
        """The groups of the EXISTS in the element's expression."""
        return self.expression.groups if self.expression else ()

    @property
    def start(self) -> int:
        """Where the element starts in the text."""
        return self.tokens[0].start

    @property
    def end(self) -> int:
        """Where the element ends in the text."""
        return self.tokens[-1].end

    def has(self, keyword: str) -> bool:
        """Return whether a keyword occurs anywhere in the element."""
        return any(token.keyword == keyword for token in self.tokens)


class Group(NamedTuple):
    """A group graph pattern: where its inside starts and ends in the text, and its elements or its sub-select.

    `negated` tells that it stands under NOT EXISTS.
    """

    start: int
    end: int
    elements: tuple[Element, ...] = ()
    select: Query | None = None
    negated: bool = False


class Query(NamedTuple):
    """A query, or a sub-select, which has no declarations and no dataset.

    `items` are what SELECT or DESCRIBE lists, None for `*`. `where` is None for a DESCRIBE without a pattern, and
    `template` for a CONSTRUCT whose pattern is its template, too (section 16.2.4).
    """

    text: str
    tokens: tuple[Token, ...]
    form: str  # select, ask, construct or describe
    declarations: tuple[tuple[Token, ...], ...] = ()
    items: tuple[Item, ...] | None = ()
    template: Group | None = None
    dataset: tuple[Token, ...] = ()
    where: Group | None = None
    group_by: tuple[Item, ...] = ()
    having: tuple[Item, ...] = ()
    order_by: tuple[Item, ...] = ()
    modifiers: tuple[Token, ...] = ()  # all that stands behind the pattern, but VALUES
    values: Element | None = None

    @property
    def pattern(self) -> Group:
        """The WHERE clause; one without elements where the query has none."""
        return self.where or Group(len(self.text), len(self.text))

    @property
    def declared(self) -> int:
        """The number of tokens in the declarations."""
        return sum(map(len, self.declarations))

    @property
    def start(self) -> int:
        """Where the query begins in the text, behind its declarations."""
        return self.tokens[self.declared].start

    @property
    def prologue(self) -> str:
        """The declarations as they are written."""
        return self.text[: self.start] if self.declarations else ""

    @property
    def listed(self) -> tuple[Item, ...]:
        """All that is listed before and behind the pattern."""
        return (*(self.items or ()), *self.group_by, *self.having, *self.order_by)

    @property
    def exists(self) -> tuple[Group, ...]:
        """The groups of the EXISTS in what is listed: outside of the pattern."""
        return tuple(chain.from_iterable(item.expression.groups for item in self.listed if item.expression))

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the variables that SELECT shows, in their order; for `*` that of the text."""
        if self.items is not None:
            return tuple(item.name.text[1:] for item in self.items if item.name is not None)
        seen = chain(_in_scope(self.pattern), self.values.names if self.values else ())
        return tuple(dict.fromkeys(token.text[1:] for token in seen))


Path = tuple[tuple[Group, int], ...]  # from the WHERE clause inwards: each group, and the number of the element in it


def parse_query(text: str) -> Query:
    """Take a query apart.

    Raises:
        GrammarError: an error that hides the structure.
        UsageError: an update, or a text that is neither.
    """
    require_no_update(text)
    found = tokens(text)
    _require_shallow(text, found)
    try:
        return _Parser(text, found).query()
    except GrammarError as fault:
        from kg.sparql.diagnosis import find_fault

        # Oxigraph knows the rest of the grammar: what is expected at the place, or an earlier error.
        raise find_fault(text) or fault from None


def form(text: str) -> str:
    """Return the form of a query in lower case: select, ask, construct, describe or update.

    Raises UsageError for a text that is none.
    """
    waiting = 0
    for token in scan(text):
        if waiting:
            waiting -= 1
        elif token.keyword in _DECLARATIONS:
            waiting = _DECLARATIONS[token.keyword] - 1
        elif token.keyword in FORMS:
            return token.keyword.lower()
        elif token.keyword in _UPDATES:
            return "update"
        else:
            break
    raise UsageError(
        "not a SPARQL query: it has no SELECT, ASK, CONSTRUCT or DESCRIBE",
        "for example: SELECT ?thing ?type { ?thing a ?type } LIMIT 10",
    )


def require_no_update(text: str) -> None:
    """Raise UsageError for an update, and for a text that is neither that nor a query."""
    if form(text) == "update":
        raise UsageError("SPARQL updates are not allowed", "to change the graph, edit its files and run kg build")


def selects_all(text: str) -> bool:
    """Return whether a query is a `SELECT *`, without reading it all."""
    for token in scan(text):
        if token.keyword == "SELECT":
            follows = (after for after in scan(text[token.end :]) if after.keyword not in ("DISTINCT", "REDUCED"))
            return next((after.text == "*" for after in follows), False)
        if token.keyword in FORMS:
            break
    return False


def find(group: Group, kind: str, path: Path = ()) -> Iterator[Path]:
    """Yield the paths to all elements of a kind, in the order of the text; none is looked for inside another."""
    if group.select is not None:
        yield from find(group.select.pattern, kind, (*path, (group, 0)))
    for index, element in enumerate(group.elements):
        here = (*path, (group, index))
        if element.kind == kind:
            yield here
        else:
            for inner in element.groups:
                yield from find(inner, kind, here)


def elements(node: Query | Group) -> Iterator[Element]:
    """Yield all elements of a query or group, those inside others, in sub-selects and in EXISTS included."""
    if isinstance(node, Query):
        yield from elements(node.pattern)
        for group in node.exists:
            yield from elements(group)
        return
    if node.select is not None:
        yield from elements(node.select)
    for element in node.elements:
        yield element
        for group in (*element.groups, *element.exists):
            yield from elements(group)


def sub_selects(node: Query | Group) -> Iterator[Query]:
    """Yield the sub-selects of a query or group, those in EXISTS included; not those that stand in another."""
    if isinstance(node, Query):
        groups = (node.pattern, *node.exists)
    elif node.select is not None:
        yield node.select
        return
    else:
        groups = tuple(chain.from_iterable((*element.groups, *element.exists) for element in node.elements))
    for group in groups:
        yield from sub_selects(group)


def bound_variables(group: Group) -> set[str]:
    """Return variables that every solution of a group binds; there may be more of them."""
    if group.select is None:
        return set().union(*map(_bound_by, group.elements))
    found = bound_variables(group.select.pattern)
    if group.select.items is None:
        return found
    # What an expression gives may be unbound, by an error.
    return found & {item.name.text[1:] for item in group.select.items if item.name and not item.expression}


def first_bound_variables(group: Group) -> set[str]:
    """Return the variables that are bound before the first element whose meaning depends on what is bound already."""
    first = takewhile(lambda element: element.kind in JOINED or element.kind == "filter", group.elements)
    return set().union(*map(_bound_by, first))


def _bound_by(element: Element) -> set[str]:
    if element.kind == "triples":
        return variables(element.tokens)
    if element.kind == "values":
        return set() if element.has("UNDEF") else variables(element.names)
    if element.kind == "graph":
        return variables((element.name,) if element.name else ()) | bound_variables(element.groups[0])
    if element.kind == "group":
        return set.intersection(*map(bound_variables, element.groups))
    return set()


def _in_scope(group: Group) -> Iterator[Token]:
    """Yield the variables of a group that can be seen from outside (section 18.2.1), in the order of the text."""
    if group.select is not None:
        if group.select.items is not None:
            yield from (item.name for item in group.select.items if item.name)
            return
        yield from _in_scope(group.select.pattern)
        yield from group.select.values.names if group.select.values else ()
    for element in group.elements:
        if element.kind == "triples":
            yield from (token for token in element.tokens if token.kind == "variable")
        elif element.kind not in ("minus", "filter"):
            yield from (token for token in (element.name, *element.names) if token and token.kind == "variable")
            for inner in element.groups:
                yield from _in_scope(inner)


def _require_shallow(text: str, found: Sequence[Token]) -> None:
    """Raise GrammarError where a query is deeper than Oxigraph can read: the depth of what it makes of the text.

    A chain of operators or clauses is a tree as deep as the chain is long; beside it counts the deepest of its parts.
    """
    if len(found) * _BRACKET <= _DEEPEST:
        return
    chains, parts = [0, 0], [0, 0]  # of the text, and of each bracket that is open: its own chain, and its deepest part
    data = 0  # the number of the bracket that holds the rows of VALUES, which are no chain
    before, values = _END, False
    end = repeat(Token("mark", "", len(text.rstrip()), 0, 0), len(found))  # what is left open ends there
    for token in chain(found, end):
        mark = token.text if token.kind == "mark" else None
        if mark in _CLOSING or mark == "":
            if len(chains) > 2:
                data = 0 if data == len(chains) else data
                depth = chains.pop() + parts.pop() + _BRACKET
                parts[-1] = max(parts[-1], depth)
        elif mark in BRACKETS:
            # Groups are joined, and so are the conditions of HAVING.
            chains[-1] += (mark == "{" or before.text == ")") and not data
            chains.append(0)
            parts.append(0)
            if values and mark == "{":
                data, values = len(chains), False
        elif not data:
            # What has a name by AS stands in brackets, which are in a row with others.
            chains[-2 if token.keyword == "AS" else -1] += _weight(token, before)
        if max(chains[-1] + parts[-1], len(chains) * _BRACKET) > _DEEPEST:
            what = "the query is too deep here: too many nested or chained parts"
            raise GrammarError(
                what, "split it into several queries; VALUES and IN may be of any length", text, token.start
            )
        before, values = token, values or token.keyword == "VALUES"


def _weight(token: Token, before: Token) -> int:
    if token.kind == "mark":
        return int(token.text in _OPERATORS)
    if token.kind == "number":  # in `1 +1` the sign is an operator
        return int(token.text[0] in "+-" and before.text not in (",", "("))
    if token.keyword in _CLAUSES:
        return _CLAUSE
    return int(token.keyword in ("UNION", "IN") or (before.text == ")" and token.kind in ("word", "iri", "name")))


class _Parser:
    """Reads a query by recursive descent; `at` is the number of the next token."""

    def __init__(self, text: str, found: Sequence[Token]) -> None:
        self._text = text
        self._found = found
        self._brackets: Brackets = brackets(found)
        self._at = 0

    def query(self) -> Query:
        for number, token in enumerate(self._found):
            if token.kind == "mark" and token.text in _LATER:
                raise self._fault(number, f"{_LATER[token.text]} of SPARQL 1.2 are not supported yet", _WITHOUT)
        declarations = []
        while length := _DECLARATIONS.get(self._keyword):
            declarations.append(tuple(self._found[self._at : self._at + length]))
            self._at += length
        query = self._query(0, tuple(declarations))
        if self._at < len(self._found):
            raise self._fault()
        return query

    def _query(self, first: int, declarations: tuple[tuple[Token, ...], ...] = ()) -> Query:
        form = self._word(*FORMS)
        items: tuple[Item, ...] | None = ()
        template = None
        if form == "SELECT":
            self._word("DISTINCT", "REDUCED")
            items = self._items(named=True)
        elif form == "DESCRIBE":
            items = self._described()
        elif form == "CONSTRUCT" and self._mark == "{":
            template = self._group()
        dataset = self._dataset()
        where = None
        if self._word("WHERE") or form != "DESCRIBE" or self._mark == "{":
            where = self._group()
        start = self._at
        group_by = self._items() if self._words("GROUP", "BY") else ()
        having = self._items() if self._word("HAVING") else ()
        order_by = self._items() if self._words("ORDER", "BY") else ()
        while self._word("LIMIT", "OFFSET"):
            self._at += 1
        modifiers = tuple(self._found[start : self._at])
        values = self._values() if self._keyword == "VALUES" else None
        return Query(
            self._text,
            tuple(self._found[first : self._at]),
            str(form).lower(),
            declarations,
            items,
            template,
            dataset,
            where,
            group_by or (),
            having or (),
            order_by or (),
            modifiers,
            values,
        )

    def _items(self, *, named: bool = False) -> tuple[Item, ...] | None:
        """Read what is listed; None for `*`. Where it has to be `named`, an expression stands in brackets with AS."""
        if named and self._mark == "*":
            self._at += 1
            return None
        found = []
        while item := self._item(named):
            found.append(item)
        if not found:
            raise self._fault()
        return tuple(found)

    def _item(self, named: bool) -> Item | None:
        token = self._next
        if token.kind == "variable":
            self._at += 1
            return Item(token)
        if self._mark == "(":
            end = self._closing()
            self._at += 1
            expression = self._expression(end)
            self._at = end + 1
            name = expression.tokens[-1] if len(expression.tokens) > 2 else None
            if name is not None and expression.tokens[-2].keyword == "AS" and name.kind == "variable":
                return Item(name, Expression(expression.tokens[:-2], expression.groups))
            if named:
                raise self._fault(end)
            return Item(None, expression)
        if named or token.kind not in ("word", "iri", "name") or token.keyword in _AFTER_ITEMS:
            return None
        self._word("ASC", "DESC")
        return Item(None, self._constraint())

    def _described(self) -> tuple[Item, ...] | None:
        if self._mark == "*":
            self._at += 1
            return None
        start = self._at
        while self._next.kind in ("variable", "iri", "name"):
            self._at += 1
        if self._at == start:
            raise self._fault()
        return tuple(map(Item, self._found[start : self._at]))

    def _dataset(self) -> tuple[Token, ...]:
        start = self._at
        while self._word("FROM"):
            self._word("NAMED")
            self._at += 1
        return tuple(self._found[start : self._at])

    def _group(self) -> Group:
        if self._mark != "{":
            raise self._fault()
        opening, end = self._at, self._closing()
        self._at += 1
        inside = (self._found[opening].end, self._found[end].start)
        if self._keyword == "SELECT":
            group = Group(*inside, select=self._query(self._at))
        else:
            found = []
            while self._at < end:
                if self._mark == ".":
                    self._at += 1
                else:
                    found.append(self._element(end))
            group = Group(*inside, tuple(found))
        if self._at != end:
            raise self._fault()
        self._at = end + 1
        return group

    def _element(self, end: int) -> Element:
        start, keyword = self._at, self._keyword
        groups: tuple[Group, ...] = ()
        name, expression = None, None
        if self._mark == "{":
            union = [self._group()]
            while self._word("UNION"):
                union.append(self._group())
            groups = tuple(union)
        elif keyword in _BEFORE_GROUPS:
            self._at += 1
            if keyword in ("GRAPH", "SERVICE"):
                if keyword == "SERVICE":
                    self._word("SILENT")
                name = self._next
                self._at += 1
            groups = (self._group(),)
        elif keyword == "FILTER":
            self._at += 1
            expression = self._constraint()
        elif keyword == "BIND":
            self._at += 1
            item = self._item(named=True) if self._mark == "(" else None
            if item is None:
                raise self._fault()
            name, expression = item.name, item.expression
        elif keyword == "VALUES":
            return self._values()
        else:
            self._triples(end)
            keyword = "TRIPLES"
        found = tuple(self._found[start : self._at])
        return Element(keyword.lower() or "group", found, groups, name, (), expression)

    def _triples(self, end: int) -> None:
        """Read triple patterns as far as they go; what stands in brackets is theirs."""
        start = self._at
        while self._at < end and self._mark != "{" and self._keyword not in _KEYWORDS:
            if self._mark in BRACKETS:
                self._without_braces(self._closing())
            else:
                self._at += 1
        if self._at == start:
            raise self._fault()

    def _values(self) -> Element:
        start = self._at
        self._at += 1
        names: tuple[Token, ...]
        if self._next.kind == "variable":
            names = (self._next,)
            self._at += 1
        elif self._mark == "(":
            names = tuple(self._found[self._at + 1 : self._closing()])
            self._at = self._closing() + 1
        else:
            raise self._fault()
        if self._mark != "{":
            raise self._fault()
        self._without_braces(self._closing())
        return Element("values", tuple(self._found[start : self._at]), names=names)

    def _without_braces(self, closing: int) -> None:
        """Go behind a bracket that has no group in it."""
        for number in range(self._at + 1, closing):
            if self._found[number].text in ("{", "}"):
                raise self._fault(number)
        self._at = closing + 1

    def _constraint(self) -> Expression:
        """Read what FILTER, HAVING and ORDER BY are about: EXISTS, a call, or an expression in brackets."""
        start = self._at
        negated = bool(self._word("NOT"))
        if self._word("EXISTS"):
            group = self._group()._replace(negated=negated)
            return Expression(tuple(self._found[start : self._at]), (group,))
        if self._next.kind in ("word", "iri", "name"):
            self._at += 1
        if self._mark != "(":
            raise self._fault()
        end = self._closing()
        self._at += 1
        groups = self._expression(end).groups
        self._at = end + 1
        return Expression(tuple(self._found[start : self._at]), groups)

    def _expression(self, end: int) -> Expression:
        """Read an expression as far as the bracket that closes it."""
        start, groups, operand = self._at, [], False
        while self._at < end:
            token = self._next
            if self._word("EXISTS"):
                negated = self._found[self._at - 2].keyword == "NOT"
                groups.append(self._group()._replace(negated=negated))
                operand = True
                continue
            if token.kind == "iri" and operand:
                raise self._fault(what=f"{token.text} is read as an IRI here", hint="write spaces around < and >")
            if token.text in ("{", "}"):
                raise self._fault()
            operand = token.kind in _OPERANDS or token.text == ")" or token.keyword in ("TRUE", "FALSE")
            self._at += 1
        return Expression(tuple(self._found[start:end]), tuple(groups))

    @property
    def _next(self) -> Token:
        return self._found[self._at] if self._at < len(self._found) else _END

    @property
    def _keyword(self) -> str:
        return self._next.keyword

    @property
    def _mark(self) -> str:
        return self._next.text if self._next.kind == "mark" else ""

    def _word(self, *keywords: str) -> str:
        """Take one of some keywords; return it, or nothing where another token stands."""
        if (keyword := self._keyword) not in keywords:
            return ""
        self._at += 1
        return keyword

    def _words(self, first: str, second: str) -> bool:
        if not self._word(first):
            return False
        if not self._word(second):
            raise self._fault()
        return True

    def _closing(self) -> int:
        """Return the number of the token that closes the bracket that is next."""
        if self._at not in self._brackets.closing:
            raise self._fault(len(self._found) if self._brackets.odd is None else self._brackets.odd)
        return self._brackets.closing[self._at]

    def _fault(self, number: int | None = None, what: str = "", hint: str = "") -> GrammarError:
        number = self._at if number is None else number
        if number < len(self._found):
            token = self._found[number]
            hint = hint or "check that each bracket is closed"
            return GrammarError(what or f"{token.text!r} is not expected here", hint, self._text, token.start)
        opened = " ".join(self._found[index].text for index in self._brackets.open)
        hint = f"close what is open: {opened}" if opened else "add the missing part"
        return GrammarError("the query ends too early", hint, self._text, len(self._text.rstrip()))


_AFTER_ITEMS = frozenset({"HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES"})
_END = Token("end", "", 0, 0, 0)
