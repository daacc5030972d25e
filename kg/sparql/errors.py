"""Errors of queries with their places, for the person who wrote them; kg.sparql.diagnosis finds the remedies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kg.errors import InputError, UsageError

_WIDTH = 100


class GrammarError(UsageError):
    """A query that breaks the grammar, with the text and the place in it (an offset)."""

    def __init__(self, what: str, hint: str, text: str, offset: int) -> None:
        self.what, self.text, self.offset = what, text, offset
        self.line, self.column = _line_and_column(text, offset)
        place = f"line {self.line}, column {self.column}"
        super().__init__(f"the query has an error at {place}: {what}\n{_excerpt(text, offset)}", hint)


@contextmanager
def faults_in(text: str, path: Path | None = None) -> Iterator[None]:
    """Report the places of errors in the text that a person wrote, before prefixes and parameters were inserted.

    Args:
        text: what was written.
        path: its file; an error in a file is an InputError.
    """
    try:
        yield
    except GrammarError as fault:
        offset = _written_offset(text, fault)
        told = fault if offset is None else GrammarError(fault.what, fault.hint or "", text, offset)
        if path is None:
            raise told from fault
        line, column = (None, None) if offset is None else (told.line, told.column)
        excerpt = _excerpt(told.text, told.offset)
        raise InputError(f"{told.what}\n{excerpt}", told.hint, path=path, line=line, column=column) from fault


def _written_offset(text: str, fault: GrammarError) -> int | None:
    """Return the place of an error in what was written; None where lines were added.

    Prefixes are added before a line, and the value of a parameter stands in the line of its variable.
    """
    written, sent = text.split("\n"), fault.text.split("\n")
    if len(written) != len(sent):
        return None
    before, after = written[fault.line - 1], sent[fault.line - 1]
    column, same = fault.column - 1, 0
    while same < len(before) and before[-1 - same : len(before) - same] == after[-1 - same : len(after) - same]:
        same += 1
    if len(after) - column <= same:
        column += len(before) - len(after)
    else:
        column = next((place for place in range(column) if before[place : place + 1] != after[place]), column)
    return offset_of(text, fault.line, column + 1)


def offset_of(text: str, line: int, column: int) -> int:
    """Return the offset of a place in a text; lines and columns count from 1."""
    lines = text.split("\n")
    return sum(len(part) + 1 for part in lines[: line - 1]) + column - 1


def _line_and_column(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - (text.rfind("\n", 0, offset) + 1) + 1


def _excerpt(text: str, offset: int) -> str:
    """Return the line of a place, or as much of it as fits, and a caret below the place."""
    line, column = _line_and_column(text, offset)
    start = max(0, column - 1 - _WIDTH // 2)
    shown = text.split("\n")[line - 1].rstrip("\r")[start : start + _WIDTH].replace("\t", " ")
    import unicodedata

    # An ideograph takes two columns of a terminal.
    width = sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in shown[: column - 1 - start])
    return f"  {shown}\n  {' ' * width}^"
