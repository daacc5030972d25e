"""Turtle and TriG 1.1 as they are written: a tree of the tokens with their places, and the comments between them.

The formatter and the positions of findings read it. What a file means is read by kg.files.reading.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass, replace
from pathlib import Path

from kg.errors import InputError
from kg.files.turtle.lexer import Token, tokens


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment on a line of its own."""

    text: str


@dataclass(frozen=True, slots=True)
class Term:
    """An IRI, a name, a literal or a labelled blank node; its first token is a literal without language or datatype."""

    text: str
    first: Token


@dataclass(frozen=True, slots=True)
class Brackets:
    """`[ properties ]` or `( terms )`."""

    first: Token
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Property:
    """A predicate and its objects."""

    predicate: Token
    objects: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A subject and its properties."""

    subject: Term | Brackets
    properties: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Directive:
    """`@prefix name: <iri>`, or `@base <iri>` with an empty name."""

    name: str
    iri: str


@dataclass(frozen=True, slots=True)
class Graph:
    """The statements of a graph; the default graph may be without a name."""

    name: Term | Brackets | None
    statements: tuple[Item, ...]


Node = Comment | Term | Brackets | Property | Statement | Directive | Graph


@dataclass(frozen=True, slots=True)
class Item:
    """A part of a sequence: the line breaks before it, and the comment that follows it on its last line."""

    node: Node
    line_breaks: int
    comment: str = ""


def read_turtle(text: str, path: Path) -> tuple[Item, ...]:
    """Return the statements, directives, graphs and comments of a text that is known to be Turtle or TriG.

    Raises:
        InputError: a comment stands within a declaration or a literal; or the text has triple terms (RDF 1.2).
    """
    return _Reader(_known_tokens(text, path), path).document()


def read_statements(text: str, path: Path) -> tuple[Item, ...]:
    """Return the same without the comments, wherever they stand, and with what can be made of RDF 1.2.

    Raises:
        InputError: the text ends too early, as one with triple terms may seem to.
    """
    return _Reader([token for token in tokens(text) if token.kind not in ("comment", "unknown")], path).document()


_CLOSING = {"[": "]", "(": ")"}
_END = Token("end", "", 0, 0, 0)
_DEEPEST = 100  # brackets within brackets: the tree is read and written by functions that call themselves


def _known_tokens(text: str, path: Path) -> list[Token]:
    found = list(tokens(text))
    for token in found:
        if token.kind == "unknown":
            raise InputError(
                f"kg format does not support the syntax that begins with {token.text}",
                "it formats Turtle and TriG 1.1; leave the file as it is",
                path=path,
                line=token.line,
                column=token.column,
            )
    return found


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[Token], path: Path) -> None:
        self._tokens = [*tokens, _END]
        self._position = 0
        self._path = path
        self._depth = 0

    def document(self) -> tuple[Item, ...]:
        return self._items(self._block, ".", ("",), to_the_end=True)

    @property
    def _next(self) -> Token:
        return self._tokens[self._position]

    def _after_comments(self) -> Token:
        position = self._position
        while self._tokens[position].kind == "comment":
            position += 1
        return self._tokens[position]

    def _take(self) -> str:
        return self._take_token().text

    def _take_token(self) -> Token:
        token = self._next
        if token is _END:
            raise InputError("the text ends in the middle of a statement", path=self._path)
        if token.kind == "comment":
            raise InputError(
                "kg format cannot keep a comment within a declaration or a literal",
                "put it on a line of its own before the statement",
                path=self._path,
                line=token.line,
                column=token.column,
            )
        self._position += 1
        return token

    def _items(
        self, read: Callable[[], Node], separator: str, ends: Container[str], *, to_the_end: bool
    ) -> tuple[Item, ...]:
        """Read a sequence up to the token that ends it.

        Args:
            read: reads one item.
            separator: the mark between items, which may be repeated.
            ends: the tokens that end the sequence.
            to_the_end: take the comments before the end, too. Without brackets of its own a sequence leaves them to
                the one around it: they would come to stand after the mark that ends its last item.
        """
        items: list[Item] = []
        while True:
            token, ahead = self._next, self._after_comments()
            if ahead.text in ends and (token is ahead or not to_the_end):
                return tuple(items)
            if token.kind == "comment":
                self._position += 1
                _add_comment(items, token)
            elif token.text == separator:
                self._position += 1
            else:
                items.append(Item(read(), token.line_breaks))

    def _block(self) -> Node:
        """Read a directive, a graph or a statement."""
        keyword = self._next.text.lower().removeprefix("@")
        if self._next.kind in ("tag", "word") and keyword in ("prefix", "base"):
            self._take()
            return Directive(self._take() if keyword == "prefix" else "", self._take())
        if self._next.kind == "word" and keyword == "graph":
            self._take()
        name = None if self._next.text == "{" else self._node()
        if name is not None and self._next.text != "{":
            return Statement(name, self._properties((".", "}", ""), to_the_end=False))
        self._take()
        statements = self._items(self._block, ".", ("}",), to_the_end=True)
        self._take()
        return Graph(name, statements)

    def _properties(self, ends: Container[str], *, to_the_end: bool) -> tuple[Item, ...]:
        return self._items(self._property, ";", ends, to_the_end=to_the_end)

    def _property(self) -> Property:
        return Property(self._take_token(), self._items(self._node, ",", (";", ".", "]", "}", ""), to_the_end=False))

    def _node(self) -> Term | Brackets:
        first = self._take_token()
        text = first.text
        if text in _CLOSING:
            self._depth += 1
            if self._depth > _DEEPEST:
                raise InputError(
                    f"more than {_DEEPEST} nested brackets",
                    "give some of the nodes an IRI",
                    path=self._path,
                    line=first.line,
                    column=first.column,
                )
            closing = _CLOSING[text]
            if text == "[":
                items = self._properties((closing,), to_the_end=True)
            else:
                items = self._items(self._node, "", (closing,), to_the_end=True)
            self._take()
            self._depth -= 1
            return Brackets(first, items)
        if first.kind == "string" and (self._after_comments().kind == "tag" or self._after_comments().text == "^^"):
            mark = self._take()
            text += mark + self._take() if mark == "^^" else mark
        return Term(text, first)


def _add_comment(items: list[Item], token: Token) -> None:
    """Add a comment to the item on whose line it stands, or as an item of its own."""
    if items and not token.line_breaks and not items[-1].comment and not isinstance(items[-1].node, Comment):
        items[-1] = replace(items[-1], comment=token.text.rstrip())
    else:
        items.append(Item(Comment(token.text.rstrip()), token.line_breaks))
