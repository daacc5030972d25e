"""The starter project: a small one that works, to be adapted step by step."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from kg.errors import OutsideError, UsageError
from kg.files.writing import is_leftover, replace_file

TEMPLATE = Path(__file__).parent / "starter"


def new_project(folder: Path) -> list[Path]:
    """Write the files of a small project to a folder, which is made where it is not there.

    What a killed run has begun is completed.

    Returns:
        the files, sorted.

    Raises:
        UsageError: there is something else in the folder, or it is a file.
        OutsideError: a file cannot be written.
    """
    files = {path.relative_to(TEMPLATE): path for path in sorted(TEMPLATE.rglob("*")) if path.is_file()}
    if folder.exists() and not (folder.is_dir() and _is_begun(folder, files)):
        raise UsageError(f"{folder} exists and is not an empty folder", "name a folder that does not exist yet")
    for name, source in files.items():
        target = folder / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            # Bytes, because the digest of the text counts on its line ends.
            replace_file(target, [source.read_bytes()])
        except OSError as error:
            raise OutsideError(f"cannot write {target}: {error.strerror}", "name a writable folder") from error
    return [folder / name for name in files]


def _is_begun(folder: Path, files: Mapping[Path, Path]) -> bool:
    """Return whether a folder holds some of the files as they were written, not all, and nothing else."""
    there = {
        path.relative_to(folder): path for path in folder.rglob("*") if not path.is_dir() and not is_leftover(path)
    }
    return len(there) < len(files) and all(
        name in files and path.is_file() and path.read_bytes() == files[name].read_bytes()
        for name, path in there.items()
    )
