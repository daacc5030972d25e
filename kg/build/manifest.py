"""What a build records beside its store, which build is the current one, and whether it is that of the files.

A store's folder holds `builds/<name>/` with the store and its manifest, and a file `current` with the name of the
build to use. The pointer is replaced in one step, so a reader finds either the old build or the new one, whole.
Each query waits for this module: its values are named tuples, which are made in a tenth of the time.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from kg.__version__ import __version__
from kg.errors import InputError
from kg.files.project import Project

# To be raised when the layout of the store or the manifest changes: a build of another format is made again.
FORMAT = 6

# What takes part in making a store: another version of one of these may make another store.
COMPUTED_BY = ("elementpath", "numpy", "owlrl", "pyoxigraph", "pyshacl", "rdflib", "shacl")

_COARSE = 2_000_000_000  # ns to which a file system may round times (FAT): an edit within them need not show

FileState = tuple[int, int, int]  # size, and the times of the last change of content and of anything (ns)


class Fingerprint(NamedTuple):
    """What a store follows from: the format, the versions of what computes, the options; and each file's digest."""

    basis: str
    digests: Mapping[str, str]

    @property
    def key(self) -> str:
        """A digest of it all: the same key, the same store."""
        import hashlib

        return hashlib.sha256(json.dumps(self, sort_keys=True).encode()).hexdigest()[:32]


class Manifest(NamedTuple):
    """The record of a build.

    `inferred` counts the inferred triples by the rule that was the first to conclude them, `queries` has the canned
    queries parsed (kg.query.catalog.record), `files` the states of the input files at the time `looked_at` (ns).
    `project` says whose store it is (kg.files.project.Project.identity).
    """

    key: str
    basis: str
    digests: Mapping[str, str]
    files: Mapping[str, FileState]
    looked_at: int
    prefixes: Mapping[str, str]
    asserted: int
    inferred: Mapping[str, int]
    queries: Mapping[str, Mapping[str, Any]]
    project: str
    format: int = FORMAT
    version: str = __version__


class Build(NamedTuple):
    """A finished build on disk."""

    folder: Path
    manifest: Manifest

    @property
    def store(self) -> Path:
        """The folder of the store itself."""
        return self.folder / "store"


class Inputs(NamedTuple):
    """The input files as they are: when they were looked at, their states, the digests that are known by then."""

    looked_at: int
    files: Mapping[str, FileState]
    digests: Mapping[str, str]


def usable_build(project: Project) -> Build | None:
    """Return the current build; None where there is none, or only one of another version of kg, or another project."""
    try:
        name = (project.store_path / "current").read_text(encoding="utf-8").strip()
        folder = project.store_path / "builds" / Path(name).name
        record = json.loads((folder / "manifest.json").read_bytes())
        made_for = (record.get("format"), record.get("version"), record.get("project"))
        if made_for != (FORMAT, __version__, project.identity) or not (folder / "store").is_dir():
            return None
        record["files"] = {path: tuple(state) for path, state in record["files"].items()}
        return Build(folder, Manifest(**record))
    except (OSError, ValueError, TypeError, AttributeError, LookupError):
        return None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a manifest into the folder of its build."""
    from kg.files.writing import replace_file

    text = json.dumps(manifest._asdict(), ensure_ascii=False, indent=1)
    replace_file(folder / "manifest.json", [text.encode() + b"\n"])


def look(project: Project, last: Build | None) -> Inputs:
    """Look at the input files, and return the digests of those that need not be read for their content.

    A file that was not touched since the last build has the digest that it had. One that was touched and kept its
    size may be the same (going to another git branch and back does that), so it is hashed. Of all others the content
    is new, and their digests come with reading them.

    Raises InputError: a file cannot be read.
    """
    looked_at, files = time.time_ns(), file_states(project)
    digests: dict[str, str] = {}
    if last is None:
        return Inputs(looked_at, files, digests)
    manifest = last.manifest
    for path in project.input_files:
        name = project.relative(path)
        before, state = manifest.files.get(name), files[name]
        if before == state and _is_settled(state, manifest.looked_at):
            digests[name] = manifest.digests[name]
        elif before is not None and before[0] == state[0]:
            digests[name] = file_digest(path)
    return Inputs(looked_at, files, digests)


def is_current(build: Build, basis: str, inputs: Inputs) -> bool:
    """Return whether a build is the one of just these files and options; touched files are noted."""
    manifest, digests = build.manifest, {name: inputs.digests.get(name) for name in inputs.files}
    if manifest.basis != basis or manifest.digests != digests:
        return False
    settled = all(_is_settled(state, manifest.looked_at) for state in inputs.files.values())
    if manifest.files != inputs.files or not settled:
        # Where the store cannot be written, the files are hashed again next time.
        with suppress(OSError):
            write_manifest(build.folder, manifest._replace(files=inputs.files, looked_at=inputs.looked_at))
    return True


def _is_settled(state: FileState, looked_at: int) -> bool:
    """Return whether a file was changed so long before it was looked at that a later edit shows in its times."""
    return max(state[1:]) < looked_at - _COARSE


def file_states(project: Project) -> dict[str, FileState]:
    """Return size and times of every input file: cheap to ask, enough to notice an edit.

    A link to a file that is not there has none; a build will say what is wrong with it.
    """
    states = {}
    for path in project.input_files:
        try:
            found = path.stat()
            states[project.relative(path)] = (found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        except OSError:
            states[project.relative(path)] = (-1, -1, -1)
    return states


def changed_files(project: Project, manifest: Manifest) -> list[str]:
    """Return the input files that were added, removed or edited since a build by size and time of change, sorted."""
    before, now = manifest.files, file_states(project)
    return sorted(path for path in before.keys() | now.keys() if before.get(path, ())[:2] != now.get(path, ())[:2])


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file; raises InputError where it cannot be read."""
    import hashlib

    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(error.strerror or str(error), path=path) from error


def versions() -> str:
    """Return the versions of COMPUTED_BY: the names of the folders that installers leave (PEP 376, PEP 427).

    importlib.metadata finds the same, and to import it takes longer than all else of a build with nothing to do.
    """
    missing, found = set(COMPUTED_BY), []
    for place in sys.path:
        try:
            names = [entry.name for entry in os.scandir(place or ".")]
        except OSError:  # not a folder
            continue
        here = {name: name.partition("-")[0].lower() for name in names if name.endswith((".dist-info", ".egg-info"))}
        found += [name for name, package in here.items() if package in missing]
        missing.difference_update(here.values())
    return " ".join(sorted(found))
