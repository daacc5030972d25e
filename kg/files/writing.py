"""Files that are replaced whole: a reader, or a process that is killed, finds the old content or the new one."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from glob import escape
from pathlib import Path

from kg.errors import UsageError

_SUFFIX = ".kg-part"  # of a file that is being written


def replace_file(path: Path, parts: Iterable[bytes]) -> None:
    """Put a file in the place of another, or of none, in one step.

    The content is written under another name beside the file, which is then renamed. What a killed process has left
    there is removed by the next one that writes the same file. A file that is there keeps its mode; a symbolic link
    goes on pointing at it.

    Args:
        path: the file; its folder is there.
        parts: its content.

    Raises:
        OSError: it cannot be written; whatever `parts` raises is passed on, too. The file is then as it was.
    """
    path = path.resolve()
    mode = path.stat().st_mode & 0o777 if path.exists() else _mode_of_new_files()
    _remove_leftovers(path)
    handle, part = _new_part(path)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(parts)
            file.flush()
            part.chmod(mode)
            part.replace(path)
    except BaseException:  # when the user interrupts, too
        part.unlink(missing_ok=True)
        raise


def require_no_way_out(path: Path, *roots: Path) -> None:
    """Refuse to write where a symbolic link in someone's folder would lead out of that folder.

    Args:
        path: the file to write.
        roots: the folders that may be a stranger's.

    Raises:
        UsageError: `path` lies in one of them, but is kept elsewhere.
    """
    lexical, real = Path(os.path.normpath(path.absolute())), path.resolve()
    for root in roots:
        if lexical.is_relative_to(os.path.normpath(root.absolute())) and not real.is_relative_to(root.resolve()):
            raise UsageError(
                f"{path} is a symbolic link to {real}, outside of {root}",
                "name the file itself if that is the one you mean",
            )


def is_leftover(path: Path) -> bool:
    """Return whether a file is what a killed process has left of another."""
    return path.name.startswith(".") and path.name.endswith(_SUFFIX)


def _mode_of_new_files() -> int:
    # mkstemp makes a file private; a result has the mode that any other new file has.
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _new_part(path: Path) -> tuple[int, Path]:
    """Make a file beside another one, and hold it; returns it as it was opened, and its path."""
    while True:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=_SUFFIX)
        try:
            _lock(handle)
            if os.fstat(handle).st_nlink:
                return handle, Path(name)
        except BlockingIOError:
            pass
        # Another writer took it for a leftover before we held it.
        os.close(handle)


def _remove_leftovers(path: Path) -> None:
    for left in path.parent.glob(f".{escape(path.name)}.*{_SUFFIX}"):
        with suppress(OSError):
            if os.name == "nt":
                left.unlink()  # fails where its writer is alive
                continue
            with left.open("rb") as file:
                _lock(file.fileno())  # fails where its writer is alive
                left.unlink()  # while it is held: its writer may be about to begin


def _lock(file: int) -> None:
    """Hold a file until it is closed; raises OSError where another process does."""
    try:
        import fcntl
    except ImportError:  # Windows, where a file that is open cannot be removed
        return
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
