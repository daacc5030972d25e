"""How deeply a file may nest: a parser that calls itself for each level ends the process, and not with an error.

Measured with pyoxigraph 0.5.13: triple terms 30,000 levels deep and JSON-LD contexts 5,000 levels deep are a
segmentation fault, RDF/XML takes time that grows with the square of its depth, and entities of XML that stand for
entities fill any memory. So what is read is looked at before the parser sees it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from kg.errors import InputError
from kg.formats import JSON_LD, RDFXML, RESULTS_JSON, Format

DEPTH = 500  # beyond anything that people or programs write
_CHUNK = 1 << 16
_TRIPLE_TERM = re.compile(rb"<<\(|\)>>")
_TEXTS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_BRACKET = re.compile(rb"[\[\]{}]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class Readable(Protocol):
    """What can be read."""

    def read(self, size: int = -1, /) -> bytes:
        """Read some bytes."""


class Bounded:
    """A file for a parser, which refuses what is nested too deeply before the parser sees it."""

    def __init__(self, file: Readable | BinaryIO, format: Format, name: str | Path) -> None:
        """Take a file that holds a format; `name` is what errors call it."""
        self._file, self._name = file, name
        self._look = _of_xml() if format == RDFXML else _of_json() if format in (JSON_LD, RESULTS_JSON) else _of_terms()
        self._line = 1

    def read(self, size: int = -1) -> bytes:
        """Read some bytes; raises InputError where they are nested more than DEPTH levels deep."""
        found = self._file.read(_CHUNK if size < 0 else min(size, _CHUNK))
        fault = self._look(found)
        if fault is not None:
            raise _refusal(fault, found, self._name, self._line)
        self._line += found.count(b"\n")
        return found


def require_shallow(text: str, name: str | Path, line: int = 1) -> None:
    """Raise InputError where JSON gets deeper than DEPTH levels; `line` is the number of its first line."""
    data = text.encode(errors="surrogatepass")
    fault = _of_json()(data)
    if fault is not None:
        raise _refusal(fault, data, name, line)


def _refusal(fault: _Fault, part: bytes, name: str | Path, line: int) -> InputError:
    place, message = fault
    return InputError(
        message,
        "no file that is meant to be read is like that",
        path=name,
        line=line + part.count(b"\n", 0, place),
        column=place - part.rfind(b"\n", 0, place),
    )


# Each of these returns a function that is given the parts of a file in their order, and returns where something is
# wrong in a part, and what; None where nothing is.
_Fault = tuple[int, str]
_Look = Callable[[bytes], _Fault | None]
_TOO_DEEP = f"more than {DEPTH} levels within each other"


def _of_terms() -> _Look:
    """Triple terms of Turtle, TriG, N-Triples and N-Quads (RDF 1.2)."""
    depth = 0

    def look(part: bytes) -> _Fault | None:
        nonlocal depth
        if b"<<(" in part or depth:
            for found in _TRIPLE_TERM.finditer(part):
                depth = max(0, depth + (1 if found[0] == b"<<(" else -1))
                if depth > DEPTH:
                    return found.start(), _TOO_DEEP
        return None

    return look


def _of_json() -> _Look:
    depth, text = 0, b""  # the beginning of a text that is not yet ended

    def look(part: bytes) -> _Fault | None:
        nonlocal depth, text
        before = len(text)
        part = text + part
        outside, quote, open_text = _TEXTS.sub(b"", part).partition(b'"')
        text = quote and quote + b"\\" * ((len(open_text) - len(open_text.rstrip(b"\\"))) % 2)
        brackets = outside.translate(None, _NO_BRACKETS)
        for closed in (b"{}", b"[]", b"{}"):  # most are closed at once, and need not be counted one by one
            brackets = brackets.replace(closed, b"")
        opened = brackets.count(b"{") + brackets.count(b"[")
        if depth + opened > DEPTH:
            blank = _TEXTS.sub(lambda found: b" " * len(found[0]), part).partition(b'"')[0]
            for found in _BRACKET.finditer(blank):
                depth += 1 if found[0] in b"[{" else -1
                if depth > DEPTH:
                    return max(found.start() - before, 0), _TOO_DEEP
        else:
            depth += 2 * opened - len(brackets)
        return None

    return look


def _of_xml() -> _Look:
    """Elements within elements, and entities that stand for entities, on which Expat (2.4 and later) has a bound."""
    from xml.parsers import expat

    parser = expat.ParserCreate()
    depth = 0
    done = False

    def start(*_: Any) -> None:
        nonlocal depth
        depth += 1
        if depth > DEPTH:
            raise _TooDeepError(parser.CurrentByteIndex)

    def end(*_: Any) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler, parser.EndElementHandler = start, end
    position = 0

    def look(part: bytes) -> _Fault | None:
        nonlocal done, position
        begins, position = position, position + len(part)
        if done:
            return None
        try:
            parser.Parse(part)
        except _TooDeepError as error:
            return max(error.place - begins, 0), _TOO_DEEP
        except expat.ExpatError as error:
            done = True  # that it is not XML, the parser of RDF/XML says with its place
            if error.code == _AMPLIFIED:
                return max(parser.ErrorByteIndex - begins, 0), "entities that stand for a hundred times what they are"
        return None

    return look


class _TooDeepError(Exception):
    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place


_AMPLIFIED = 43  # XML_ERROR_AMPLIFICATION_LIMIT_BREACH of <expat.h>
