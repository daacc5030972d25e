"""Where a command's data goes: stdout, or a file that is either written whole or not touched."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from kg.errors import OutsideError


def terminal_width() -> int:
    """Return the columns to write for: those of the terminal or of COLUMNS, else 120."""
    import shutil

    return shutil.get_terminal_size(fallback=(120, 24)).columns


def to_terminal(target: Path | None) -> bool:
    """Tell whether output goes to a terminal."""
    return (target is None or str(target) == "-") and sys.stdout.isatty()


def write_output(data: str | bytes, target: Path | None) -> None:
    """Write data to a file, or to stdout where there is no target or it is `-`.

    A file is written under a temporary name beside it and renamed, so that no reader ever sees half of it.
    Raises OutsideError where the file cannot be written.
    """
    payload = data.encode("utf-8") if isinstance(data, str) else data
    if target is None or str(target) == "-":
        sys.stdout.buffer.write(payload)
        sys.stdout.buffer.flush()
        return
    import tempfile

    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(payload)
        # mkstemp makes the file private; a result should have the mode that any other new file has.
        mask = os.umask(0)
        os.umask(mask)
        Path(temporary).chmod(0o666 & ~mask)
        Path(temporary).replace(target)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise OutsideError(
            f"cannot write {target}: {error.strerror or error}", "name another file with -o, or leave -o out"
        ) from error
