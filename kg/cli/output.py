"""Where a command's data goes: stdout, or a file that is either written whole or not touched."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from kg.errors import OutsideError


def terminal_width() -> int:
    """Return the columns to write for: those of the terminal or of COLUMNS, else 120."""
    import shutil

    return shutil.get_terminal_size(fallback=(120, 24)).columns


def to_terminal(target: Path | None) -> bool:
    """Tell whether output goes to a terminal."""
    return (target is None or str(target) == "-") and sys.stdout.isatty()


def write_output(data: str | bytes | Iterable[bytes], target: Path | None, *roots: Path) -> None:
    """Write data, whole or in parts, to a file, or to stdout where there is no target or it is `-`.

    A file is written under a temporary name beside it and renamed, so that no reader ever sees half of it. It keeps
    its mode, a symbolic link keeps pointing at it, and a device or a pipe is written into. A link in one of
    the `roots` that leads out of it is not followed.

    Raises UsageError for such a link, OutsideError where the file cannot be written.
    """
    parts = [data.encode("utf-8")] if isinstance(data, str) else [data] if isinstance(data, bytes) else data
    try:
        if target is None or str(target) in ("-", "/dev/stdout"):
            sys.stdout.buffer.writelines(parts)
            sys.stdout.buffer.flush()
        elif target.exists() and not target.is_file():
            with target.open("wb") as file:
                file.writelines(parts)
        else:
            from kg.files.writing import replace_file, require_no_way_out

            require_no_way_out(target, *roots)
            replace_file(target, parts)
    except BrokenPipeError:  # the reader has had enough, see kg.cli.main
        raise
    except OSError as error:
        raise OutsideError(
            f"cannot write {target or 'to stdout'}: {error.strerror or error}",
            "name another file with -o, or leave -o out" if target else None,
        ) from error
