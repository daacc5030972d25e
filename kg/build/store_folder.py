"""The folder of a store: `builds/<name>/` with a store and its manifest each, and `current`, which names one of them.

Only what kg has made is ever removed from it. A folder that kg fills has a marker, which says whose store it is: a
folder of the user's, or the store of another project, is refused before anything is written.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kg.errors import OutsideError, UsageError
from kg.files.locks import locked
from kg.files.project import Project
from kg.files.writing import replace_file
from kg.progress import Progress

_MARKER = "kg-store.json"
# What other parts of kg keep in the folder, which may be there before the first build.
_BESIDE = frozenset({".gitignore", "lock", "answers", "asserted", "targets"})
_NAMED = 3  # of the files that are not ours


@contextmanager
def for_writing(project: Project, progress: Progress) -> Iterator[None]:
    """Let one build at a time write to the store of a project; another one waits.

    Raises:
        UsageError: the folder holds what kg did not make, or belongs to another project.
        OutsideError: it cannot be written.
    """
    place = project.store_path
    _require_own(project)
    with locked(place, "lock", progress, "another build of this project"):
        try:
            replace_file(place / _MARKER, [json.dumps({"project": project.identity}).encode() + b"\n"])
        except OSError as error:
            raise cannot_write(place, error) from error
        yield


def new_build(place: Path) -> Path:
    """Make a folder for a build beside the others, of which only the current one is left."""
    builds, current = place / "builds", place / "current"
    try:
        kept = current.read_text(encoding="utf-8").strip() if current.is_file() else None
        # Leftovers of killed builds, and builds older than the current one; that one may still be read.
        for path in builds.iterdir() if builds.is_dir() else ():
            if path.name != kept:
                shutil.rmtree(path)
        builds.mkdir(exist_ok=True)
        return Path(tempfile.mkdtemp(dir=builds))
    except OSError as error:
        raise cannot_write(place, error) from error


def publish(folder: Path) -> None:
    """Make a build the current one, in one step."""
    place = folder.parent.parent
    try:
        replace_file(place / "current", [folder.name.encode()])
    except OSError as error:
        raise cannot_write(place, error) from error


def cannot_write(place: Path, error: OSError) -> OutsideError:
    """Return the error of a store's folder that cannot be written."""
    return OutsideError(
        f"cannot write the store in {place}: {error.strerror or error}",
        "choose a writable place with --store or KG_STORE",
    )


def _require_own(project: Project) -> None:
    place = project.store_path
    elsewhere = "name an empty or new folder with --store or KG_STORE"
    try:
        names = sorted(path.name for path in place.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise cannot_write(place, error) from error
    if (place / "builds").is_symlink():
        raise UsageError(f"{place / 'builds'} is a symbolic link that kg did not create", elsewhere)
    if _MARKER in names:
        with suppress(OSError, ValueError, AttributeError):
            owner = json.loads((place / _MARKER).read_bytes()).get("project")
            if owner == project.identity:
                return
            raise UsageError(f"{place} is the store of the project {owner}", elsewhere)
    elif _is_unmarked_store(place):
        return
    unknown = [name for name in names if name not in _BESIDE and not name.endswith(".lock")]
    if unknown:
        listed = ", ".join(unknown[:_NAMED]) + (" ..." if len(unknown) > _NAMED else "")
        raise UsageError(f"{place} has files that kg did not create: {listed}", elsewhere)


def _is_unmarked_store(place: Path) -> bool:
    """Return whether a folder is a store that kg made before it put markers there: its current build has a manifest."""
    try:
        current = Path((place / "current").read_text(encoding="utf-8").strip()).name
        manifest = json.loads((place / "builds" / current / "manifest.json").read_bytes())
        return isinstance(manifest, dict) and {"key", "format", "version"} <= manifest.keys()
    except (OSError, ValueError, AttributeError):
        return False
