"""The pipeline: load, reason, validate, publish. The same files always make the same store."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from kg.__version__ import __version__
from kg.build.manifest import FORMAT, Build, Manifest, file_states, note_files, usable_build, write_manifest
from kg.errors import InputError, OutsideError, UsageError
from kg.files.project import Project
from kg.progress import Progress, silent
from kg.rdf.terms import WELL_KNOWN

if TYPE_CHECKING:
    from pyoxigraph import Literal

    from kg.build.incremental.delta import Contents
    from kg.build.incremental.state import State
    from kg.files.reading import Files
    from kg.findings import Finding, Report
    from kg.reasoning.facts import Budget
    from kg.store import Store

# What takes part in making a store: another version of one of these may make another store.
COMPUTED_BY = ("elementpath", "numpy", "owlrl", "pyoxigraph", "pyshacl", "rdflib", "shacl")
_WARNINGS = 20  # that are told one by one
_AMENDED = 0.2  # the share of a store up to which it is faster to change it than to write it anew


@dataclass(frozen=True)
class BuildOptions:
    """How a store is made.

    Attributes:
        reasoner: what adds the OWL 2 RL closure, see kg.reasoning.closure.close; with `none` the store holds what the
            files assert.
        budget: how much the closure may cost.
        engine: what validates, see kg.validation.engines.check_shapes.
        same_as: take each accepted exact match for identity, too (kg.files.linksets.same_as). The shapes do not
            see that, since it stands in no file.
        force: build even if nothing changed.
    """

    reasoner: str = "rules"
    budget: Budget | None = None
    engine: str = "auto"
    same_as: bool = False
    force: bool = False


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


def build(project: Project, options: BuildOptions = BuildOptions(), progress: Progress = silent) -> BuildReport:
    """Make the store from a project's files, unless the store of just these files is there.

    Args:
        project: where the files and the store are.
        options: how it is made.
        progress: is told the name of each step, and how much of a long one is done.

    Raises:
        UsageError: the reasoner is not known, or is a server.
        InputError: a file cannot be read.
        OutsideError: the store's folder cannot be written, or the closure is larger than its budget.
    """
    if options.reasoner == "server":
        raise UsageError(
            "--reasoner server: this store is made here, where there is no server to reason",
            "kg publish URL --reasoner server lets the server reason over what is published to it",
        )
    digests = _digests(project)
    basis = _basis(options)
    key = _key(basis, digests)
    ready = usable_build(project)
    if ready is not None and ready.manifest.key == key and not options.force:
        return BuildReport(note_files(project, ready), fresh=False)
    with _locked(project.store_path, progress):
        # Another process may have built the same while we waited.
        ready = usable_build(project)
        if ready is not None and ready.manifest.key == key and not options.force:
            return BuildReport(note_files(project, ready), fresh=False)
        before = None
        if ready is not None and not options.force:
            from kg.build.incremental.state import read_state

            progress("reading the last build")
            before = read_state(ready.folder, basis)
        last = ready if before else None
        return _build(project, key, basis, digests, last, before, options, progress)


def build_key(project: Project, options: BuildOptions = BuildOptions()) -> str:
    """Return the digest of everything that a build depends on: files, options, versions of what computes."""
    return _key(_basis(options), _digests(project))


def built_store(project: Project) -> Store | None:
    """Open the store that was built from just the files of a project; None where there is none, or an older one."""
    from kg.store.embedded import EmbeddedStore

    ready = usable_build(project)
    return EmbeddedStore.open(ready.store) if ready and ready.manifest.key == build_key(project) else None


def _key(basis: str, digests: Mapping[str, str]) -> str:
    digest = hashlib.sha256(basis.encode())
    for path, content in digests.items():
        digest.update(f"\0{path}\0{content}".encode())
    return digest.hexdigest()[:32]


def _basis(options: BuildOptions) -> str:
    versions = " ".join(f"{name} {_version(name)}" for name in COMPUTED_BY)
    return f"{FORMAT} {__version__} {options.reasoner} {options.same_as} {versions}"


def _digests(project: Project) -> dict[str, str]:
    """Return the digest of each input file by its path."""
    return {project.relative(path): _digest(path) for path in project.input_files}


def _build(
    project: Project,
    key: str,
    basis: str,
    digests: Mapping[str, str],
    last: Build | None,
    before: State | None,
    options: BuildOptions,
    progress: Progress,
) -> BuildReport:
    """Build; where there is a last build with its state, only what has changed since is read, written and validated."""
    from kg.build.incremental.delta import Contents
    from kg.build.incremental.state import State, write_state
    from kg.files import linksets
    from kg.files.reading import read_project
    from kg.query.catalog import all_queries, record
    from kg.rdf.encoding import Quads, Triples
    from kg.reasoning.closure import Closure, close
    from kg.reasoning.facts import count_distinct
    from kg.store.embedded import EmbeddedStore, rewritten_literals
    from kg.validation.report import validate_files

    progress("reading the files")
    states = file_states(project)
    queries = all_queries(project.query_files)
    known = {path: file for path, file in before.read.items() if file.digest == digests.get(path)} if before else {}
    if not known:
        last = before = None  # its numbers would be those of another dictionary
    files = read_project(project, progress, known)
    asserted = files.quads
    warnings = _warnings(rewritten_literals(asserted))
    if options.same_as:
        asserted += linksets.same_as(files.tables)
    progress("reasoning")
    closure = Closure((), ())
    if options.reasoner != "none":
        closure = close(asserted, reasoner=options.reasoner, budget=options.budget, progress=progress)
    folder = _new_folder(project.store_path)
    described = Quads.of(linksets.linksets(files.tables, linksets.dataset_of(files.ontology)), asserted.dictionary)
    contents = Contents(asserted, Triples.of(closure.inferred, asserted.dictionary), described)
    _write_store(folder / "store", contents, last, before, progress)
    progress("validating")
    shapes = " ".join([options.engine, *(digests[project.relative(path)] for path in project.shape_files)])
    of_shapes = _check_shapes(project, files, shapes, before, options.engine)
    store = EmbeddedStore.open(folder / "store")
    validation = validate_files(project, files, closure, store=store, engine=options.engine, of_shapes=of_shapes)
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
    progress("keeping what the next build needs")
    state = State(basis, files.read, asserted, described, contents.inferred, shapes, of_shapes)
    write_state(folder, state, last.folder if last else None)
    write_manifest(folder, manifest)
    _publish(folder)
    return replace(report, published=Build(folder, manifest))


def _write_store(path: Path, contents: Contents, last: Build | None, before: State | None, progress: Progress) -> None:
    """Write a store: what is different from the last one, or all of it where that is faster."""
    from kg.build.incremental.delta import Contents, delta
    from kg.store.embedded import amend_store, write_store

    progress("writing the store")
    if last is not None and before is not None:
        change = delta(Contents(before.asserted, before.inferred, before.described), contents)
        if len(change) < _AMENDED * (2 * len(contents.asserted) + len(contents.inferred)):
            amend_store(last.store, path, change.removed, change.added, progress)
            return
    write_store(path, contents.asserted, contents.inferred, contents.described, progress)


def _check_shapes(project: Project, files: Files, shapes: str, before: State | None, engine: str) -> list[Finding]:
    if before is not None and before.shapes == shapes:
        from kg.build.incremental.revalidate import check_shapes_again
        from kg.rdf.encoding import Quads

        return check_shapes_again(before, files.quads, Quads.of(files.ontology), project.shape_files, engine)
    from kg.validation.engines import check_shapes

    return check_shapes(files.quads, project.shape_files, engine)


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


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(error.strerror or str(error), path=path) from error
