"""Text files as they are downloaded: plain, or compressed with gzip."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from kg.errors import InputError
from kg.files.text import MARK, decoded


@contextmanager
def open_binary(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading; raises InputError where it cannot be read, or is cut off in the middle."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            yield file  # type: ignore[misc]
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot be read: {reason}", "check that the download is complete", path=path) from error


def without_gz(path: Path) -> Path:
    """Return a path without the extension that says that its file is compressed."""
    return path.with_suffix("") if path.suffix == ".gz" else path


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Return the lines of a text file with their numbers from 1; raises InputError for one that is not UTF-8."""
    with open_binary(path) as file:
        for number, line in enumerate(file, 1):
            yield number, decoded(line, path, number).removeprefix(MARK if number == 1 else "").rstrip("\r\n")


def json_objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Return the objects of a file of JSON lines, or of one JSON array, with their line or place from 1."""
    with open_binary(path) as file:
        begins = file.read(64).lstrip()[:1]
    numbered = _array(path) if begins == b"[" else _json_lines(path)
    for number, value in numbered:
        if not isinstance(value, dict):
            raise InputError("not a JSON object", "each record is an object {...}", path=path, line=number)
        yield number, value


def _array(path: Path) -> Iterator[tuple[int, Any]]:
    with open_binary(path) as file:
        try:
            yield from enumerate(json.load(file), 1)
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise _fault(path, error) from error


def _json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    for number, line in lines(path):
        if line.strip():
            try:
                yield number, json.loads(line)
            except json.JSONDecodeError as error:
                raise InputError(f"not JSON: {error.msg}", path=path, line=number, column=error.colno) from error


def _fault(path: Path, error: json.JSONDecodeError | UnicodeDecodeError) -> InputError:
    if isinstance(error, json.JSONDecodeError):
        return InputError(f"not JSON: {error.msg}", path=path, line=error.lineno, column=error.colno)
    return InputError("not UTF-8", "convert the file to UTF-8", path=path)
