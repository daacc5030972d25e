"""The rows of tables, CSV or TSV, each with its line; a row that does not fit its heading is refused."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from kg.errors import InputError


def read_rows(
    lines: Iterable[str], path: Path, before: int = 0, **dialect: Any
) -> tuple[list[str], Iterator[tuple[int, dict[str, str]]]]:
    """Read a table with a heading.

    Args:
        lines: of the table.
        path: the file that it stands in, for errors.
        before: how many lines the file has before the heading.
        dialect: what csv.reader is to know of it.

    Returns:
        the names of the columns, and the rows with their lines: a cell for each column.

    Raises:
        InputError: (with the line; for rows, when they are read) a row has more or fewer cells than the heading, or
            cannot be read: a cell is longer than 131,072 characters, or has the end of a line in it without quotes.
    """
    reader = csv.reader(lines, **dialect)

    def rows() -> Iterator[list[str]]:
        try:
            yield from reader
        except csv.Error as error:
            hint = "check that it is a table, and which character is between its cells"
            raise InputError(f"not a valid row: {error}", hint, path=path, line=before + reader.line_num) from error

    found = filter(None, rows())  # a blank line is no row
    names = next(found, [])

    def records() -> Iterator[tuple[int, dict[str, str]]]:
        for cells in found:
            line = before + reader.line_num
            if len(cells) != len(names):
                raise InputError("the row does not have as many cells as the heading", path=path, line=line)
            yield line, dict(zip(names, cells, strict=True))

    return names, records()
