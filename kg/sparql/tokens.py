"""The tokens of SPARQL, as section 19.8 of SPARQL 1.1 Query Language defines them: the longest that fits is taken.

Oxigraph's parser has no tokens: it reads `?n<$max&&?n>1` as two comparisons, where the grammar has the IRI
`<$max&&?n>` between a variable and a number. So what is read here is never more lenient than the grammar.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from kg.sparql.errors import GrammarError

# Where letters beyond ASCII begin and end in PN_CHARS_BASE, alternately, and what other names may go on with.
_LETTERS = (
    *(0xC0, 0xD7, 0xD8, 0xF7, 0xF8, 0x300, 0x370, 0x37E, 0x37F, 0x2000, 0x200C, 0x200E, 0x2070, 0x2190),
    *(0x2C00, 0x2FF0, 0x3001, 0xD800, 0xF900, 0xFDD0, 0xFDF0, 0xFFFE, 0x10000, 0xF0000),
)
_MARKS = (0xB7, 0xB8, 0x300, 0x370, 0x203F, 0x2041)
# Stand-ins of the same class, so that one pattern of ASCII does: a class of all letters takes 30 ms to compile.
_LETTER, _MARK, _OTHER = "x", "\xb7", "\xd7"

# Long strings come before short ones, an IRI before the operator `<`; `{|` and `<<` are of SPARQL 1.2.
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+|\#[^\n\r]*)
      | (?P<string>\"\"\"(?:[^"\\]|\\.|"{1,2}(?!"))*\"\"\"|'''(?:[^'\\]|\\.|'{1,2}(?!'))*'''
                  |"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')
      | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
      | (?P<variable>[?$][A-Za-z_0-9][A-Za-z_0-9\xb7]*)
      | (?P<name>(?:[A-Za-z](?:[\w.\xb7-]*[\w\xb7-])?)?:
                 (?:(?:[\w:]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%])
                    (?:[\w:\xb7-]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]|\.+(?=[\w:\xb7%\\-]))*)?)
      | (?P<blank>_:[A-Za-z_0-9](?:[\w.\xb7-]*[\w\xb7-])?)
      | (?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)?)
      | (?P<number>[+-]?(?:[0-9]+\.[0-9]*[eE][+-]?[0-9]+|\.?[0-9]+[eE][+-]?[0-9]+|[0-9]*\.[0-9]+|[0-9]+))
      | (?P<word>[A-Za-z]\w*)
      | (?P<mark>\^\^|&&|\|\||!=|<=|>=|\{\||<<\(?|.)""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)


class Token(NamedTuple):
    """A token and where it starts: an offset, and line and column counted from 1."""

    kind: str  # string, iri, variable, name (with a prefix), blank, tag, number, word or mark
    text: str
    start: int
    line: int
    column: int

    @property
    def keyword(self) -> str:
        """The token as an upper-case keyword; empty where it is none."""
        return self.text.upper() if self.kind == "word" and self.text.isascii() else ""

    @property
    def end(self) -> int:
        """The offset after the token."""
        return self.start + len(self.text)


def scan(text: str) -> Iterator[Token]:
    """Yield the tokens of a query one by one, without blanks and comments.

    Raises GrammarError at a codepoint escape outside of strings (section 19.2): some engines replace it before they
    read the query, so it could hide a keyword from this reader.
    """
    line, start_of_line = 1, 0
    shape = text if text.isascii() else re.sub(r"[^\x00-\x7f]", _stand_in, text)
    for match in _TOKEN.finditer(shape):
        kind, (start, end) = str(match.lastgroup), match.span()
        word = text[start:end]
        if word == "\\":
            raise GrammarError("backslash outside of a string", "write the character itself", text, start)
        if kind != "space":
            yield Token(kind, word, start, line, start - start_of_line + 1)
        if "\n" in word:
            line += word.count("\n")
            start_of_line = start + word.rindex("\n") + 1


def tokens(text: str) -> list[Token]:
    """Split a query into tokens; see `scan`."""
    return list(scan(text))


def variables(found: Iterable[Token]) -> set[str]:
    """Return the names of the variables among some tokens."""
    return {token.text[1:] for token in found if token.kind == "variable"}


def _stand_in(match: re.Match[str]) -> str:
    point = ord(match[0])
    if bisect(_LETTERS, point) % 2:
        return _LETTER
    return _MARK if bisect(_MARKS, point) % 2 else _OTHER


BRACKETS = {"(": ")", "[": "]", "{": "}"}
_CLOSING = frozenset(BRACKETS.values())


class Brackets(NamedTuple):
    """Which brackets belong together, by the numbers of their tokens."""

    closing: dict[int, int]  # of each that is closed, the one that closes it
    open: list[int]  # what is not closed
    odd: int | None  # the first that closes nothing


def brackets(found: Sequence[Token]) -> Brackets:
    """Find the pairs of brackets among some tokens."""
    matched = Brackets({}, [], None)
    for number, token in enumerate(found):
        if token.kind != "mark":
            continue
        if token.text in BRACKETS:
            matched.open.append(number)
        elif token.text in _CLOSING:
            if matched.open and BRACKETS[found[matched.open[-1]].text] == token.text:
                matched.closing[matched.open.pop()] = number
            elif matched.odd is None:
                matched = matched._replace(odd=number)
    return matched
