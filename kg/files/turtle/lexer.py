"""The tokens of Turtle and TriG 1.1, each with its place: RDF parsers keep neither comments nor places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Token(NamedTuple):
    """A token: its kind (a group of the pattern below), the line breaks before it, its place counted from 1."""

    kind: str
    text: str
    line_breaks: int
    line: int
    column: int


# RDF 1.1 Turtle, section 6.5, for text that is known to be valid: any character beyond ASCII is part of a name. Long
# strings come before short ones; the dot that ends a statement is in no name.
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<comment>\#[^\n\r]*)
      | (?P<string>\"\"\"(?:[^"\\]|\\.|"{1,2}(?!"))*\"\"\"|'''(?:[^'\\]|\\.|'{1,2}(?!'))*'''
                  |"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')
      | (?P<iri><[^<>"{}|^`\s]*>)
      | (?P<name>(?:[A-Za-z\x80-\U0010ffff](?:[\w.\x80-\U0010ffff-]*[\w\x80-\U0010ffff-])?|_)?
                 :(?:%[0-9A-Fa-f]{2}|\\.|[\w:\x80-\U0010ffff-]|\.(?=[\w.:%\\\x80-\U0010ffff-]))*)
      | (?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
      | (?P<number>[+-]?(?:\d+\.\d*[eE][+-]?\d+|\d*\.?\d+(?:[eE][+-]?\d+)?))
      | (?P<word>[A-Za-z]+)
      | (?P<mark>\^\^|[][(){}.;,])
      | (?P<unknown>.)""",
    re.VERBOSE | re.DOTALL,
)


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a text, comments included; what is no token at all is of the kind `unknown`."""
    line, start_of_line, line_breaks = 1, 0, 0
    for match in _TOKEN.finditer(text):
        kind, word = str(match.lastgroup), match.group()
        if kind == "space":
            line_breaks = word.count("\n")
        else:
            yield Token(kind, word, line_breaks, line, match.start() - start_of_line + 1)
            line_breaks = 0
        if "\n" in word:
            line += word.count("\n")
            start_of_line = match.start() + word.rindex("\n") + 1
