"""Targets: the data sets that a project is linked with, each with an index on disk.

A target's folder holds what it was made of (`target.json`) and the index. The index is made again when the file has
changed; it is written beside the old one and put in its place whole.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from kg.errors import InputError, UsageError, did_you_mean
from kg.files.project import Project
from kg.link.index.name_index import NameIndex, write_index
from kg.link.records.record import Record
from kg.link.targets.readers import ColumnMapping, kind_of_file, read_records
from kg.progress import Progress, Say, silent
from kg.rdf.terms import iri

# To be raised when the layout of an index or of a record changes: an index of another format is made again.
_FORMAT = 2
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*\Z")


@dataclass(frozen=True)
class Target:
    """What a target is made of.

    Attributes:
        name: how commands call it.
        kind: `ror`, `geonames`, `rdf`, `table` (files), `sparql` or `reconcile` (services).
        source: the path of the file, or the address of the service.
        records: how many records were read; a reconciliation service does not say.
        nameless: how many rows were left out since they have no name.
        retrieved: when it was read (YYYY-MM-DD).
        version: the release of the data, where the user has named it.
        license: the IRI of its licence, where the user has named it.
        mapping: how the columns of a table fill a record.
        query: the SPARQL query whose rows are the records.
        size: of the file in bytes.
        modified: when the file was modified last (ns).
    """

    name: str
    kind: str
    source: str
    records: int = 0
    nameless: int = 0
    retrieved: str = ""
    version: str | None = None
    license: str | None = None
    mapping: ColumnMapping | None = None
    query: str | None = None
    size: int = 0
    modified: int = 0


def targets_folder(project: Project) -> Path:
    """Return the folder in which the targets of a project are kept, beside its store."""
    return project.store_path / "targets"


def add_target(
    project: Project, target: Target, records: Iterable[Record] | None = None, progress: Progress = silent
) -> Target:
    """Read a target and write its index, in place of an older one of that name.

    Args:
        project: the project that is to be linked.
        target: name, kind and source, and what goes with them.
        records: the records of a service; those of a file are read from it.
        progress: called with the number of records read, and when the index is written.

    Returns:
        the target with counts and date.

    Raises:
        UsageError: the name is not valid.
        InputError: the file cannot be read, two of its records have one id, or it has no record.
    """
    if not _NAME.match(target.name):
        raise UsageError(f"{target.name!r} is not a valid name of a target", "use small letters, digits, - and _")
    counts = {"records": 0, "nameless": 0}
    folder = targets_folder(project) / target.name
    waiting = folder.with_name(folder.name + ".new")
    shutil.rmtree(waiting, ignore_errors=True)
    try:
        if target.kind == "reconcile":
            waiting.mkdir(parents=True)
        else:
            found = _of_file(target, counts) if records is None else records
            counts["records"] = write_index(waiting, _counted(found, progress))
            if not counts["records"]:
                raise InputError(
                    "the file has no records with a name",
                    "check that it is the right file, and that a column is mapped to label",
                    path=target.source,
                )
        size, modified = _state(target)
        known = replace(
            target,
            records=counts["records"],
            nameless=counts["nameless"],
            retrieved=target.retrieved or date.today().isoformat(),
            size=size,
            modified=modified,
        )
        _write(waiting, known)
        shutil.rmtree(folder, ignore_errors=True)
        waiting.replace(folder)
    finally:
        shutil.rmtree(waiting, ignore_errors=True)
    return known


def targets(project: Project) -> list[Target]:
    """Return the targets of a project by name."""
    folder = targets_folder(project)
    found = (_read(path) for path in sorted(folder.glob("*/target.json")) if not path.parent.name.endswith(".new"))
    return [target for target, _ in found]


def find_target(project: Project, name: str) -> Target:
    """Return a target by its name; raises UsageError, which lists the targets, for an unknown one."""
    known = {target.name: target for target in targets(project)}
    if name in known:
        return known[name]
    hint = did_you_mean(name, list(known)) or (
        f"the targets are {', '.join(known)}" if known else f"add it with kg link targets add {name} --file FILE"
    )
    raise UsageError(f"no target named {name!r}", hint)


def remove_target(project: Project, name: str) -> None:
    """Remove a target and its index; the file that it was made of stays. Raises UsageError where there is none."""
    shutil.rmtree(targets_folder(project) / find_target(project, name).name)


def open_target(project: Project, name: str, say: Say = silent) -> tuple[Target, NameIndex]:
    """Open the index of a target; make it again first where its file has changed.

    Args:
        project: the project.
        name: the target's name.
        say: called with a message when an index is rebuilt.

    Raises:
        UsageError: there is no such target, or it is a reconciliation service, which has no index.
        InputError: its file has changed, and cannot be read any more.
    """
    target = find_target(project, name)
    if target.kind == "reconcile":
        raise UsageError(
            f"{name} is a reconciliation service, which has no index", "use kg link find, which queries it"
        )
    folder = targets_folder(project) / name
    _, format_ = _read(folder / "target.json")
    if format_ != _FORMAT or _has_changed(target):
        say(f"{target.source} has changed: reading it again")
        target = add_target(project, replace(target, retrieved=""))
    return target, NameIndex(folder)


def _of_file(target: Target, counts: dict[str, int]) -> Iterator[Record]:
    """Read a file; what two records have in common as their id is an error, since a link would be ambiguous."""
    path = Path(target.source)
    places: dict[str, int] = {}
    for place, record in read_records(path, target.kind or kind_of_file(path), target.mapping):
        if record is None:
            counts["nameless"] += 1
            continue
        _require_iri(record, path, place)
        if record.iri in places:
            raise InputError(
                f"{record.iri} is the id of two records; the first is at {places[record.iri]}",
                "give each record an id of its own",
                path=path,
                line=place,
            )
        places[record.iri] = place
        yield record


def _require_iri(record: Record, path: Path, place: int) -> None:
    """Raise InputError for an id that is not a valid IRI: a link with it could not be read again."""
    try:
        iri(record.iri)
    except UsageError as error:
        hint = "percent-encode the column of --iri as IRIs require, or correct the file"
        raise InputError(error.message, hint, path=path, line=place) from error


def _counted(records: Iterable[Record], progress: Progress) -> Iterator[Record]:
    for count, record in enumerate(records, 1):
        if count % 10_000 == 0:
            progress(f"{count:,} records")
        yield record
    progress("index")


def _state(target: Target) -> tuple[int, int]:
    """Return size and modification time of a target's file, zeros for a service."""
    if target.kind in ("sparql", "reconcile"):
        return 0, 0
    state = Path(target.source).stat()
    return state.st_size, state.st_mtime_ns


def _has_changed(target: Target) -> bool:
    """Return whether the file differs from the one that was read; a missing one does not count as changed."""
    if target.kind == "sparql" or not Path(target.source).is_file():
        return False
    return _state(target) != (target.size, target.modified)


def _write(folder: Path, target: Target) -> None:
    text = json.dumps({"format": _FORMAT} | asdict(target), ensure_ascii=False, indent=1)
    (folder / "target.json").write_text(text + "\n", encoding="utf-8")


def _read(path: Path) -> tuple[Target, int]:
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    format_ = record.pop("format")
    if record["mapping"] is not None:
        mapping = record["mapping"]
        record["mapping"] = ColumnMapping(**(mapping | {"keep": tuple(mapping["keep"])}))
    return Target(**record), format_
