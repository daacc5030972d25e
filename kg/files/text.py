"""Text files as people write them: UTF-8, with a byte order mark or without, lines ended in any of the usual ways."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from kg.errors import InputError

MARK = "\ufeff"


def open_file(path: Path) -> BinaryIO:
    """Open a file for reading bytes; what is not a file but a pipe or a device, which may never end, is refused.

    Raises InputError for that, and for a file that cannot be opened.
    """
    try:
        # A pipe to which nobody writes would keep us waiting here (POSIX; Windows has none among its files).
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=path) from error
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise InputError("cannot be read: not a regular file", "use a regular file, not a pipe or a device", path=path)
    return os.fdopen(number, "rb")


def read_text(path: Path, *, exact: bool = False) -> str:
    """Return the text of a file.

    Args:
        path: the file.
        exact: keep the byte order mark and the ends of lines, where the characters of the file are counted.

    Raises:
        InputError: the file cannot be read, or is not UTF-8, with the place of the first wrong byte.
    """
    with open_file(path) as file:
        text = decoded(file.read(), path)
    return text if exact else text.removeprefix(MARK).replace("\r\n", "\n").replace("\r", "\n")


def decoded(data: bytes, path: Path, line: int = 1) -> str:
    """Return bytes as text; raises InputError where they are not UTF-8. `line` is the number of their first line."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        raise InputError(
            "the file is not valid UTF-8",
            "save it as UTF-8",
            path=path,
            line=line + before.count(b"\n"),
            column=len(before.rpartition(b"\n")[2].decode()) + 1,
        ) from error
