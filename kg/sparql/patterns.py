"""The triple patterns of a query, with their property paths (SPARQL 1.1 Query Language, section 19.8, 52 to 108).

The tree of kg.sparql.syntax leaves them as tokens, because a query that is only run does not need them. They are read
here where someone asks on which triples an answer rests: lists and brackets written out, each name as an IRI.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from kg.rdf.lists import FIRST, NIL, REST
from kg.rdf.terms import RDF, TRUE, XSD, render
from kg.sparql.errors import GrammarError
from kg.sparql.syntax import Query
from kg.sparql.tokens import Token

_TYPE = f"<{RDF}type>"
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_CONTROLS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_END = Token("end", "", 0, 0, 0)


@dataclass(frozen=True)
class Inverse:
    """`^path`."""

    path: Path


@dataclass(frozen=True)
class Steps:
    """`path/path`."""

    paths: tuple[Path, ...]


@dataclass(frozen=True)
class Alternatives:
    """`path|path`."""

    paths: tuple[Path, ...]


@dataclass(frozen=True)
class Repeated:
    """`path*`, `path+` or `path?`, by its sign."""

    path: Path
    sign: str


@dataclass(frozen=True)
class Excluding:
    """`!(predicate|^predicate)`: any other predicate forwards, any other backwards; None where that is not meant."""

    forwards: tuple[str, ...] | None
    backwards: tuple[str, ...] | None = None


Path = str | Inverse | Steps | Alternatives | Repeated | Excluding  # an IRI or a variable is a str


class TriplePattern(NamedTuple):
    """A triple pattern: each part a term in N-Triples or a variable as `?name`; the predicate may be a path."""

    subject: str
    predicate: Path
    object: str


def path_text(path: Path) -> str:
    """Write a path in SPARQL, so that it can stand in another one."""
    match path:
        case Inverse(inner):
            return f"(^{path_text(inner)})"
        case Steps(parts):
            return f"({'/'.join(map(path_text, parts))})"
        case Alternatives(parts):
            return f"({'|'.join(map(path_text, parts))})"
        case Repeated(inner, sign):
            return f"({path_text(inner)}{sign})"
        case Excluding(forwards, backwards):
            return f"!({'|'.join([*(forwards or ()), *(f'^{predicate}' for predicate in backwards or ())])})"
        case _:
            return path


@dataclass
class PatternReader:
    """Reads the triple patterns of one query: with its declarations, and one variable for each of its blank nodes."""

    text: str
    base: str | None
    namespaces: Mapping[str, str]
    blank: str
    _labels: dict[str, str] = field(default_factory=dict)
    _blanks: int = 0

    @classmethod
    def of(cls, query: Query) -> PatternReader:
        """Return a reader for a whole query: for its sub-selects, too."""
        base: str | None = None
        namespaces: dict[str, str] = {}
        for keyword, *rest in query.declarations:
            # Each declaration is read with the BASE before it.
            if keyword.keyword == "BASE":
                base = _absolute(rest[0].text[1:-1], base)
            elif keyword.keyword == "PREFIX":
                namespaces[rest[0].text] = _absolute(rest[1].text[1:-1], base)
        blank = "blank"
        while f"{blank}_" in query.text:
            blank += "_"
        return cls(query.text, base, namespaces, f"?{blank}_")

    def patterns(self, found: Sequence[Token]) -> list[TriplePattern]:
        """Return the triple patterns that some tokens hold, as they stand between other elements of a group.

        A blank node is a variable, whose name starts with `blank`: it is not shown (section 4.1.4).

        Raises:
            GrammarError: they are not SPARQL 1.1.
        """
        return _Patterns(self, found).all()

    def fresh(self, label: str = "") -> str:
        """Return the variable of a blank node: of one label always the same."""
        if label in self._labels:
            return self._labels[label]
        self._blanks += 1
        name = f"{self.blank}{self._blanks}"
        if label:
            self._labels[label] = name
        return name

    def iri(self, token: Token) -> str:
        """Return the IRI that is written as such or with a prefix."""
        prefix, colon, local = token.text.partition(":")
        if token.kind == "iri":
            value = _absolute(token.text[1:-1], self.base)
        elif prefix + colon in self.namespaces:
            # What needs an escape is a character of the IRI; %20 stays as it is (section 4.1.1).
            value = self.namespaces[prefix + colon] + re.sub(r"\\(.)", r"\1", local)
        else:
            raise GrammarError(f"the prefix {prefix}: is not declared", "declare it by PREFIX", self.text, token.start)
        try:
            return render(NamedNode(value))
        except ValueError:
            hint = "write it with its scheme, or with a prefix"
            raise GrammarError(f"{token.text} is not an absolute IRI", hint, self.text, token.start) from None


def _absolute(reference: str, base: str | None) -> str:
    if base is None:
        return reference
    try:
        # Oxigraph resolves it as it does in a query.
        return str(next(parse(f"<{reference}> a <>.".encode(), RdfFormat.TURTLE, base_iri=base)).subject)[1:-1]
    except (SyntaxError, ValueError):
        return reference


def _unescaped(text: str) -> str:
    def character(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        return chr(int(code, 16)) if code else _CONTROLS.get(match[3], match[3])

    return _ESCAPE.sub(character, text)


class _Patterns:
    """Reads triple patterns by recursive descent; what is deep was refused before (kg.sparql.syntax)."""

    def __init__(self, reader: PatternReader, found: Sequence[Token]) -> None:
        self._reader = reader
        self._found = found
        self._at = 0
        self._triples: list[TriplePattern] = []

    def all(self) -> list[TriplePattern]:
        while self._at < len(self._found):
            if self._takes("."):
                continue
            alone = self._next.text in ("[", "(")  # what stands in brackets need not be a subject (75, 81)
            subject = self._node()
            if not (alone and (self._next is _END or self._next.text == ".")):
                self._properties(subject)
        return self._triples

    def _properties(self, subject: str) -> None:
        """Read what is said of a subject: `predicate object, object; predicate object`."""
        while True:
            predicate = self._verb()
            while True:
                self._triples.append(TriplePattern(subject, predicate, self._node()))
                if not self._takes(","):
                    break
            if not self._takes(";"):
                return
            while self._takes(";"):
                pass
            if self._next is _END or self._next.text in (".", "]"):
                return

    def _node(self) -> str:
        token = self._next
        if token.text == "[":
            self._at += 1
            node = self._reader.fresh()
            if not self._takes("]"):
                self._properties(node)
                self._require("]")
            return node
        if token.text == "(":
            self._at += 1
            return self._collection()
        return self._term()

    def _collection(self) -> str:
        members = []
        while not self._takes(")"):
            members.append(self._node())
        cells = [*(self._reader.fresh() for _ in members), render(NIL)]
        for cell, member, rest in zip(cells, members, cells[1:], strict=False):
            self._triples += (TriplePattern(cell, f"<{FIRST}>", member), TriplePattern(cell, f"<{REST}>", rest))
        return cells[0]

    def _term(self) -> str:
        token = self._next
        self._at += 1
        if token.kind == "variable":
            return f"?{token.text[1:]}"
        if token.kind in ("iri", "name"):
            return self._reader.iri(token)
        if token.kind == "blank":
            return self._reader.fresh(token.text)
        try:
            return render(self._literal(token))
        except (ValueError, OverflowError):  # an escape that stands for no character
            raise self._fault(token) from None

    def _literal(self, token: Token) -> Literal:
        """Return the literal that begins with a token; what follows it is taken."""
        if token.kind == "number":
            kind = "double" if "e" in token.text.lower() else "decimal" if "." in token.text else "integer"
            return Literal(token.text, datatype=NamedNode(XSD + kind))
        if token.keyword in ("TRUE", "FALSE"):
            return Literal(token.text.lower(), datatype=TRUE.datatype)
        if token.kind != "string":
            raise self._fault(token)
        quotes = 3 if token.text[:3] in ('"""', "'''") and len(token.text) > 5 else 1
        value, follows = _unescaped(token.text[quotes:-quotes]), self._next
        if follows.kind == "tag":
            self._at += 1
            return Literal(value, language=follows.text[1:])
        if self._takes("^^"):
            return Literal(value, datatype=NamedNode(self._iri()[1:-1]))
        return Literal(value)

    def _verb(self) -> Path:
        if self._next.kind == "variable":
            return self._term()
        return self._path()

    def _path(self) -> Path:
        """Read alternatives of sequences (89, 90)."""
        paths = [self._sequence()]
        while self._takes("|"):
            paths.append(self._sequence())
        return paths[0] if len(paths) == 1 else Alternatives(tuple(paths))

    def _sequence(self) -> Path:
        paths = [self._step()]
        while self._takes("/"):
            paths.append(self._step())
        return paths[0] if len(paths) == 1 else Steps(tuple(paths))

    def _step(self) -> Path:
        """Read a part of a path with the signs before and behind it (91 to 94)."""
        if self._takes("^"):
            return Inverse(self._step())
        path: Path
        if self._takes("!"):
            path = self._excluding()
        elif self._takes("("):
            path = self._path()
            self._require(")")
        else:
            path = self._predicate()
        if self._next.text in ("*", "+", "?"):
            path = Repeated(path, self._next.text)
            self._at += 1
        return path

    def _excluding(self) -> Excluding:
        forwards: list[str] = []
        backwards: list[str] = []
        several = self._takes("(")
        while True:
            side = backwards if self._takes("^") else forwards
            side.append(self._predicate())
            if not (several and self._takes("|")):
                break
        if several:
            self._require(")")
        # Backwards alone does not mean forwards along any predicate (section 9.1).
        return Excluding(tuple(forwards) if forwards else None, tuple(backwards) if backwards else None)

    def _predicate(self) -> str:
        return _TYPE if self._takes("a") else self._iri()

    def _iri(self) -> str:
        token = self._next
        if token.kind not in ("iri", "name"):
            raise self._fault(token)
        self._at += 1
        return self._reader.iri(token)

    @property
    def _next(self) -> Token:
        return self._found[self._at] if self._at < len(self._found) else _END

    def _takes(self, text: str) -> bool:
        taken = self._next.text == text
        self._at += taken
        return taken

    def _require(self, mark: str) -> None:
        if not self._takes(mark):
            raise self._fault(self._next)

    def _fault(self, token: Token) -> GrammarError:
        offset = self._found[-1].end if token is _END else token.start
        what = f"{token.text!r} cannot stand here" if token.text else "a pattern ends too early"
        return GrammarError(what, "a pattern is a subject, a predicate and an object", self._reader.text, offset)
