"""A project of one's own: a small one that works, to be changed step by step into another."""

from __future__ import annotations

from pathlib import Path

from kg.errors import OutsideError, UsageError

TEMPLATE = Path(__file__).parent / "starter"


def new_project(folder: Path) -> list[Path]:
    """Write the files of a small project to a folder, which is made where it is not there.

    Returns:
        the files, sorted.

    Raises:
        UsageError: there is something in the folder, or it is a file.
        OutsideError: a file cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} exists and is not an empty folder", "name a folder that is not there yet")
    written = []
    try:
        for source in sorted(path for path in TEMPLATE.rglob("*") if path.is_file()):
            target = folder / source.relative_to(TEMPLATE)
            target.parent.mkdir(parents=True, exist_ok=True)
            # Bytes, because the digest of the text counts on its line ends.
            target.write_bytes(source.read_bytes())
            written.append(target)
    except OSError as error:
        raise OutsideError(
            f"cannot write {error.filename}: {error.strerror}", "name a folder that you may write"
        ) from error
    return written
