"""Where a command's data goes: stdout, or a file that is either written whole or not touched."""

from __future__ import annotations

import os
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


def write_output(data: str | bytes | Iterable[bytes], target: Path | None) -> None:
    """Write data, whole or in parts, to a file, or to stdout where there is no target or it is `-`.

    A file is written under a temporary name beside it and renamed, so that no reader ever sees half of it. It keeps
    its mode, a symbolic link keeps pointing at it, and a device or a pipe is written into.
    Raises OutsideError where that cannot be done.
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
            _replace(target.resolve(), parts)
    except BrokenPipeError:  # the reader has had enough, see kg.cli.main
        raise
    except OSError as error:
        raise OutsideError(
            f"cannot write {target or 'to stdout'}: {error.strerror or error}",
            "name another file with -o, or leave -o out" if target else None,
        ) from error


def _replace(path: Path, parts: Iterable[bytes]) -> None:
    """Put a file in the place of another, or of none, in one step."""
    import tempfile

    if path.exists():
        mode = path.stat().st_mode & 0o777
    else:
        # mkstemp makes the file private; a result should have the mode that any other new file has.
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(parts)
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:  # of the parts, too, and when the user interrupts
        Path(temporary).unlink(missing_ok=True)
        raise
