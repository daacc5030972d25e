"""What a build records beside its store, and which build is the current one.

A store's folder holds `builds/<name>/` with the store and its manifest, and a file `current` with the name of the
build to use. The pointer is replaced in one step, so a reader finds either the old build or the new one, whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from kg.__version__ import __version__
from kg.files.project import Project

# To be raised when the layout of the store or the manifest changes: a build of another format is made again.
FORMAT = 4


@dataclass(frozen=True)
class Manifest:
    """The record of a build.

    `inferred` counts the inferred triples by the rule that was the first to conclude them, `queries` has the canned
    queries parsed (kg.query.catalog.record), `files` the size and modification time (ns) of each input by its path.
    """

    key: str
    prefixes: Mapping[str, str]
    asserted: int
    inferred: Mapping[str, int]
    queries: Mapping[str, Mapping[str, Any]]
    files: Mapping[str, tuple[int, int]]
    format: int = FORMAT
    version: str = __version__


@dataclass(frozen=True)
class Build:
    """A finished build on disk."""

    folder: Path
    manifest: Manifest

    @property
    def store(self) -> Path:
        """The folder of the store itself."""
        return self.folder / "store"


def usable_build(project: Project) -> Build | None:
    """Return the current build; None where there is none, or only one left by another version of kg."""
    try:
        name = (project.store_path / "current").read_text(encoding="ascii").strip()
        folder = project.store_path / "builds" / name
        record = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if (record.get("format"), record.get("version")) != (FORMAT, __version__) or not (folder / "store").is_dir():
            return None
        return Build(folder, Manifest(**record))
    except (OSError, ValueError, TypeError):
        return None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a manifest into the folder of its build."""
    text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1)
    new = folder / f"manifest.json.{os.getpid()}"
    new.write_text(text + "\n", encoding="utf-8")
    new.replace(folder / "manifest.json")


def note_files(project: Project, build: Build) -> Build:
    """Record the times of input files that were touched since a build, though what they say is the same.

    Going to another git branch and back does that. Where the store cannot be written, they stay as they were.
    """
    states = file_states(project)
    if states == {path: tuple(state) for path, state in build.manifest.files.items()}:
        return build
    noted = replace(build, manifest=replace(build.manifest, files=states))
    with suppress(OSError):
        write_manifest(noted.folder, noted.manifest)
    return noted


def file_states(project: Project) -> dict[str, tuple[int, int]]:
    """Return size and modification time of every input file: cheap to ask, enough to notice an edit.

    A link to a file that is not there has neither; a build will say what is wrong with it.
    """
    states = {}
    for path in project.input_files:
        try:
            state = path.stat()
            states[project.relative(path)] = (state.st_size, state.st_mtime_ns)
        except OSError:
            states[project.relative(path)] = (-1, -1)
    return states


def changed_files(project: Project, manifest: Manifest) -> list[str]:
    """Return the input files that were added, removed or touched since a build, sorted."""
    before = {path: tuple(state) for path, state in manifest.files.items()}
    now = file_states(project)
    return sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))
