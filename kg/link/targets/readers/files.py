"""Text files as they are downloaded: plain, or compressed with gzip."""

from __future__ import annotations

import gzip
import os
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, RawIOBase
from pathlib import Path
from typing import Any, BinaryIO

from kg.errors import InputError
from kg.files.json import read_json
from kg.files.text import MARK, decoded, open_file

# A file of text gets 3 to 30 times smaller, and seldom 100 times; gzip can make it 1,030 times smaller.
_RATIO = 200
_UNPACKED = 1 << 26  # bytes that any file may hold
_LINE = 1 << 24  # bytes; the records of Wikidata, which are the longest that we know, have up to some millions


@contextmanager
def open_binary(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading; raises InputError where it cannot be read, is cut off in the middle, or is a bomb."""
    try:
        with open_file(path) as file:
            if path.suffix == ".gz":
                yield BufferedReader(_Unpacked(file, path))
            else:
                yield file
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot be read: {reason}", "check that the download is complete", path=path) from error


class _Unpacked(RawIOBase):
    """What a file that is compressed with gzip holds, as long as that is not out of all proportion to its size."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._unpacked, self._path = gzip.GzipFile(fileobj=file), path
        self._left = max(_UNPACKED, _RATIO * os.fstat(file.fileno()).st_size)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = self._unpacked.readinto(buffer)
        self._left -= size
        if self._left < 0:
            hint = f"if that is meant, unpack {self._path.name} and name the unpacked file"
            raise InputError(f"it holds more than {_RATIO} times its own size", hint, path=self._path)
        return size


def without_gz(path: Path) -> Path:
    """Return a path without the extension that says that its file is compressed."""
    return path.with_suffix("") if path.suffix == ".gz" else path


def lines(path: Path) -> Iterator[tuple[int, str]]:
    """Return the lines of a text file with their numbers from 1.

    Raises InputError for one that is not UTF-8, or is longer than a row of any table.
    """
    with open_binary(path) as file:
        for number, line in enumerate(iter(lambda: file.readline(_LINE + 1), b""), 1):
            if len(line) > _LINE:
                message = f"the line has more than {_LINE:,} bytes"
                raise InputError(message, "is it a file of one record a line?", path=path, line=number)
            yield number, decoded(line, path, number).removeprefix(MARK if number == 1 else "").rstrip("\r\n")


def first_line(path: Path) -> str:
    """Return the first line of a text file that is not blank, or as much of a long one as tells what it is."""
    with open_binary(path) as file:
        start = file.read(_LINE).decode("utf-8", "replace").removeprefix(MARK)
    return next((line for line in start.split("\n") if line.strip()), "")


def json_objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Return the objects of a file of JSON lines, or of one JSON array, with their line or place from 1."""
    with open_binary(path) as file:
        begins = file.read(64).removeprefix(BOM_UTF8).lstrip()[:1]
    numbered = _array(path) if begins == b"[" else _json_lines(path)
    for number, value in numbered:
        if not isinstance(value, dict):
            raise InputError("not a JSON object", "each record is an object {...}", path=path, line=number)
        yield number, value


def _array(path: Path) -> Iterator[tuple[int, Any]]:
    with open_binary(path) as file:
        text = decoded(file.read(), path).removeprefix(MARK)
    yield from enumerate(read_json(text, path), 1)


def _json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    for number, line in lines(path):
        if line.strip():
            yield number, read_json(line, path, line=number)
