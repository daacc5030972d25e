"""One writer at a time: locks that the operating system releases when their holder dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kg.errors import OutsideError
from kg.progress import Progress, silent


@contextmanager
def locked(
    folder: Path, name: str, progress: Progress = silent, waiting_for: str = "another kg process"
) -> Iterator[None]:
    """Hold a lock of a folder that kg keeps; wait where another process holds it.

    Args:
        folder: a store's folder, which is made where it is not there, and is kept out of git.
        name: of the lock.
        progress: called when there is something to wait for.
        waiting_for: describes it.

    Raises:
        OutsideError: the folder cannot be written.
    """
    from filelock import FileLock, Timeout

    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / ".gitignore").exists():
            (folder / ".gitignore").write_text("*\n", encoding="ascii")
        lock = FileLock(folder / name)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            progress(f"waiting for {waiting_for}")
            lock.acquire()
    except OSError as error:
        raise OutsideError(
            f"cannot write to {folder}: {error.strerror or error}",
            "choose a writable place with --store or KG_STORE",
        ) from error
    try:
        yield
    finally:
        lock.release()
