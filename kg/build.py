"""The pipeline: load, reason, validate, publish. The same files always make the same store."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from kg import __version__
from kg.errors import InputError, OutsideError
from kg.manifest import FORMAT, Build, Manifest, file_states, note_files, usable_build, write_manifest
from kg.progress import Progress, silent
from kg.project import Project
from kg.terms import WELL_KNOWN

if TYPE_CHECKING:
    from pyoxigraph import Literal

    from kg.facts import Budget
    from kg.findings import Report

# What takes part in making a store: another version of one of these may make another store.
COMPUTED_BY = ("elementpath", "numpy", "owlrl", "pyoxigraph", "pyshacl", "rdflib", "shacl")
_WARNINGS = 20  # that are told one by one


@dataclass(frozen=True)
class BuildReport:
    """What a build did.

    `published` is None where the files have faults; `fresh` tells a new store from one that was there already.
    """

    published: Build | None
    fresh: bool
    validation: Report | None = None
    warnings: tuple[str, ...] = ()

    def require_published(self) -> Build:
        """Return the published build; raises InputError where the files have faults."""
        if self.published is None:
            raise InputError("the files have faults, so no store was built", "kg validate lists them")
        return self.published


def build(
    project: Project,
    *,
    force: bool = False,
    reasoner: str | None = "rules",
    budget: Budget | None = None,
    engine: str = "auto",
    same_as: bool = False,
    progress: Progress = silent,
) -> BuildReport:
    """Make the store from a project's files, unless the store of just these files is there.

    Args:
        project: where the files and the store are.
        force: build even if nothing changed.
        reasoner: what adds the OWL 2 RL closure, see kg.reason.close; without one the store holds what the files
            assert.
        budget: how much the closure may cost.
        engine: what validates, see kg.shapes.check_shapes.
        same_as: take each accepted exact match for identity, too (kg.linksets.same_as). The shapes do not see that,
            since it stands in no file.
        progress: is told the name of each step, and how much of a long one is done.

    Raises:
        InputError: a file cannot be read.
        OutsideError: the store's folder cannot be written, or the closure is larger than its budget.
    """
    key = build_key(project, reasoner, same_as=same_as)
    ready = usable_build(project)
    if ready is not None and ready.manifest.key == key and not force:
        return BuildReport(note_files(project, ready), fresh=False)
    with _locked(project.store_path, progress):
        # Another process may have built the same while we waited.
        ready = usable_build(project)
        if ready is not None and ready.manifest.key == key and not force:
            return BuildReport(note_files(project, ready), fresh=False)
        return _build(project, key, reasoner, budget, engine, same_as, progress)


def build_key(project: Project, reasoner: str | None = "rules", *, same_as: bool = False) -> str:
    """Return the digest of everything that a build depends on: files, options, versions of what computes."""
    digest = hashlib.sha256(f"{FORMAT} {__version__} {reasoner} {same_as}".encode())
    for name in COMPUTED_BY:
        digest.update(f" {name} {_version(name)}".encode())
    for path in project.input_files:
        content = hashlib.sha256(_bytes(path)).hexdigest()
        digest.update(f"\0{project.relative(path)}\0{content}".encode())
    return digest.hexdigest()[:32]


def _build(
    project: Project,
    key: str,
    reasoner: str | None,
    budget: Budget | None,
    engine: str,
    same_as: bool,
    progress: Progress,
) -> BuildReport:
    from kg import linksets
    from kg.catalog import all_queries, record
    from kg.facts import count_distinct
    from kg.reading import read_project
    from kg.reason import Closure, close
    from kg.store.embedded import EmbeddedStore, rewritten_literals, write_store
    from kg.validation import validate_files

    progress("reading the files")
    states = file_states(project)
    queries = all_queries(project.query_files)
    files = read_project(project, progress)
    asserted = files.quads
    warnings = _warnings(rewritten_literals(asserted))
    if same_as:
        asserted += linksets.same_as(files.tables)
    progress("reasoning")
    closure = Closure((), ())
    if reasoner:
        closure = close(asserted, reasoner=reasoner, budget=budget, progress=progress)
    progress("writing the store")
    folder = _new_folder(project.store_path)
    described = linksets.linksets(files.tables, linksets.dataset_of(files.ontology))
    write_store(folder / "store", asserted, closure.inferred, described, progress)
    progress("validating")
    store = EmbeddedStore.open(folder / "store")
    validation = validate_files(project, files, closure, store=store, engine=engine)
    report = BuildReport(None, True, validation, warnings)
    if not validation.conforms:
        shutil.rmtree(folder)
        return report
    manifest = Manifest(
        key,
        {**WELL_KNOWN, **files.prefixes},
        count_distinct(asserted),
        closure.by_rule,
        {query.name: record(query) for query in queries},
        states,
    )
    write_manifest(folder, manifest)
    _publish(folder)
    return replace(report, published=Build(folder, manifest))


def _warnings(rewritten: Sequence[tuple[Literal, Literal]]) -> tuple[str, ...]:
    """Tell of the literals that the store rewrites: the first of them by name."""
    told = [f"the store will give {before} back as {after}" for before, after in rewritten[:_WARNINGS]]
    more = len(rewritten) - len(told)
    return (*told, f"the store will rewrite {more:,} more literals") if more else tuple(told)


def _new_folder(place: Path) -> Path:
    """Make a folder for a build beside the others, of which only the current one is left."""
    builds, current = place / "builds", place / "current"
    try:
        kept = current.read_text(encoding="ascii").strip() if current.is_file() else None
        # Leftovers of killed builds, and builds older than the current one; that one may still be read.
        for path in builds.iterdir() if builds.is_dir() else ():
            if path.name != kept:
                shutil.rmtree(path)
        builds.mkdir(exist_ok=True)
        return Path(tempfile.mkdtemp(dir=builds))
    except OSError as error:
        raise _cannot_write(place, error) from error


def _publish(folder: Path) -> None:
    """Make a build the current one, in one step."""
    place = folder.parent.parent
    try:
        pointer = place / "current.new"
        pointer.write_text(folder.name, encoding="ascii")
        pointer.replace(place / "current")
    except OSError as error:
        raise _cannot_write(place, error) from error


@contextmanager
def _locked(place: Path, progress: Progress) -> Iterator[None]:
    """Let one build at a time write to a place; another one waits."""
    from filelock import FileLock, Timeout

    try:
        place.mkdir(parents=True, exist_ok=True)
        if not (place / ".gitignore").exists():
            (place / ".gitignore").write_text("*\n", encoding="ascii")
        lock = FileLock(place / "lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            progress("waiting for another build of this project")
            lock.acquire()
    except OSError as error:
        raise _cannot_write(place, error) from error
    try:
        yield
    finally:
        lock.release()


def _cannot_write(place: Path, error: OSError) -> OutsideError:
    return OutsideError(
        f"cannot write the store in {place}: {error.strerror or error}",
        "choose a place that can be written with --store or KG_STORE",
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # shacl, where there is no wheel of it
        return ""


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(error.strerror or str(error), path=path) from error
