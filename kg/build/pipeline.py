"""The pipeline: load, reason, validate, publish. The same files always make the same store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kg.build.manifest import (
    FORMAT,
    Build,
    Fingerprint,
    Inputs,
    Manifest,
    file_digest,
    is_current,
    look,
    usable_build,
    versions,
    write_manifest,
)
from kg.build.store_folder import for_writing, new_build, publish
from kg.errors import InputError, UsageError
from kg.files.project import Project
from kg.progress import Progress, silent

if TYPE_CHECKING:
    from pyoxigraph import Literal

    from kg.build.incremental.state import Contents, State
    from kg.files.reading import Files, ReadFile
    from kg.findings import Finding, Report
    from kg.rdf.encoding import Quads
    from kg.reasoning.closure import Closure
    from kg.reasoning.facts import Budget
    from kg.store import Store

_WARNINGS = 20  # that are reported one by one
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

    @property
    def basis(self) -> str:
        """What a store follows from beside the files: see kg.build.manifest.Fingerprint."""
        return f"{FORMAT} {self.reasoner} {self.same_as} {versions()}"


@dataclass(frozen=True)
class BuildReport:
    """What a build did.

    `published` is None if the files have errors; `fresh` tells a new store from one that was there already.
    `prefixes` are those of the files, to write the findings with.
    """

    published: Build | None
    fresh: bool
    validation: Report | None = None
    warnings: tuple[str, ...] = ()
    prefixes: Mapping[str, str] = field(default_factory=dict)

    def require_published(self) -> Build:
        """Return the published build; raises InputError if the files have errors."""
        if self.published is None:
            raise InputError("the files have errors, so no store was built", "list the errors with kg validate")
        return self.published


@dataclass(frozen=True)
class Previous:
    """The last build, what it kept for the next one, and which of its files have not changed since.

    Its term ids are those of the next build, too.
    """

    build: Build
    state: State
    known: Mapping[str, ReadFile]


def build(project: Project, options: BuildOptions = BuildOptions(), progress: Progress = silent) -> BuildReport:
    """Make the store from a project's files, unless the store of just these files is there.

    Args:
        project: where the files and the store are.
        options: how it is made.
        progress: called with the name of each step, and the share of a long one that is done.

    Raises:
        UsageError: the reasoner is not known, or is a server.
        InputError: a file cannot be read.
        OutsideError: the store's folder cannot be written, or the closure is larger than its budget.
    """
    if options.reasoner == "server":
        raise UsageError(
            "--reasoner server needs a server, but this store is built on this machine",
            "let a server reason with kg publish URL --reasoner server",
        )
    last, basis = usable_build(project), options.basis
    inputs = look(project, last)
    if last and not options.force and is_current(last, basis, inputs):
        return _nothing_to_do(last, options)
    with for_writing(project, progress):
        newer = usable_build(project)
        if newer and (last is None or newer.folder != last.folder):
            # Another process has built while we waited, and perhaps the same.
            last, inputs = newer, look(project, newer)
            if not options.force and is_current(newer, basis, inputs):
                return _nothing_to_do(newer, options)
        return _build(project, options, basis, inputs, None if options.force else newer, progress)


def built_store(project: Project) -> Store | None:
    """Open the store that was built from just the files of a project; None where there is none, or an older one."""
    from kg.store.embedded import EmbeddedStore

    last = usable_build(project)
    current = last and is_current(last, BuildOptions().basis, look(project, last))
    return EmbeddedStore.open(last.store) if last and current else None


def _nothing_to_do(last: Build, options: BuildOptions) -> BuildReport:
    return BuildReport(last, fresh=False, warnings=_of_identity(options), prefixes=last.manifest.prefixes)


def _build(
    project: Project, options: BuildOptions, basis: str, inputs: Inputs, last: Build | None, progress: Progress
) -> BuildReport:
    """Build; where there is a last build with its state, only what has changed since is read, written and validated."""
    import shutil

    from kg.build.incremental.state import Contents, State, write_state
    from kg.files import linksets
    from kg.files.reading import read_project
    from kg.query.catalog import all_queries, record
    from kg.rdf.encoding import Quads, Triples
    from kg.rdf.terms import WELL_KNOWN
    from kg.reasoning.facts import count_distinct
    from kg.store.embedded import EmbeddedStore, rewritten_literals
    from kg.validation.report import validate_files

    queries = all_queries(project.query_files)
    previous = _previous(last, basis, inputs, progress)
    progress("reading the files")
    files = read_project(project, progress, previous.known if previous else None)
    fingerprint = _fingerprint(project, basis, inputs, files)
    asserted = files.quads
    warnings = _of_identity(options) + _warnings(rewritten_literals(asserted))
    if options.same_as:
        asserted += linksets.same_as(files.tables)
    progress("reasoning")
    closure = _close(asserted, options, progress)
    folder = new_build(project.store_path)
    described = Quads.of(linksets.linksets(files.tables, linksets.dataset_of(files.ontology)), asserted.dictionary)
    contents = Contents(asserted, Triples.of(closure.inferred, asserted.dictionary), described)
    _write_store(folder / "store", contents, previous, progress)
    progress("validating")
    shapes = " ".join((options.engine, *(fingerprint.digests[project.relative(path)] for path in project.shape_files)))
    of_shapes = _check_shapes(project, files, shapes, previous, options.engine)
    store = EmbeddedStore.open(folder / "store")
    validation = validate_files(project, files, closure, store=store, engine=options.engine, of_shapes=of_shapes)
    report = BuildReport(None, True, validation, warnings, WELL_KNOWN | files.prefixes)
    if not validation.conforms:
        shutil.rmtree(folder)
        return report
    progress("saving the state for the next build")
    write_state(folder, State(files.read, contents, shapes, of_shapes), previous.build.folder if previous else None)
    manifest = Manifest(
        fingerprint.key,
        fingerprint.basis,
        fingerprint.digests,
        inputs.files,
        inputs.looked_at,
        report.prefixes,
        count_distinct(asserted),
        closure.by_rule,
        {query.name: record(query) for query in queries},
        project.identity,
    )
    write_manifest(folder, manifest)
    publish(folder)
    return replace(report, published=Build(folder, manifest))


def _previous(last: Build | None, basis: str, inputs: Inputs, progress: Progress) -> Previous | None:
    """Read what the last build kept; None where it rests on something else, or none of its files is still the same."""
    if last is None or last.manifest.basis != basis:
        return None
    from kg.build.incremental.state import read_state

    progress("reading the last build")
    state = read_state(last.folder)
    known = (
        {path: file for path, file in state.read.items() if file.digest == inputs.digests.get(path)} if state else {}
    )
    return Previous(last, state, known) if state and known else None


def _fingerprint(project: Project, basis: str, inputs: Inputs, files: Files) -> Fingerprint:
    """Return the fingerprint of what was read: a file that was parsed has the digest of what was parsed."""
    digests = {}
    for path in project.input_files:
        name = project.relative(path)
        read = files.read.get(name)
        digests[name] = read.digest if read else inputs.digests.get(name) or file_digest(path)
    return Fingerprint(basis, digests)


def _close(asserted: Quads, options: BuildOptions, progress: Progress) -> Closure:
    from kg.reasoning.closure import Closure, close

    if options.reasoner == "none":
        return Closure((), ())
    return close(asserted, reasoner=options.reasoner, budget=options.budget, progress=progress)


def _write_store(path: Path, contents: Contents, previous: Previous | None, progress: Progress) -> None:
    """Write a store: what is different from the last one, or all of it where that is faster."""
    from kg.build.incremental.delta import delta
    from kg.store.embedded import amend_store, write_store

    progress("writing the store")
    if previous is not None:
        change = delta(previous.state.contents, contents)
        if len(change) < _AMENDED * (2 * len(contents.asserted) + len(contents.inferred)):
            amend_store(previous.build.store, path, change.removed, change.added, progress)
            return
    write_store(path, contents.asserted, contents.inferred, contents.described, progress)


def _check_shapes(project: Project, files: Files, shapes: str, previous: Previous | None, engine: str) -> list[Finding]:
    if previous is not None and previous.state.shapes == shapes:
        from kg.build.incremental.revalidate import check_shapes_again
        from kg.rdf.encoding import Quads

        return check_shapes_again(previous.state, files.quads, Quads.of(files.ontology), project.shape_files, engine)
    from kg.validation.engines import check_shapes

    return check_shapes(files.quads, project.shape_files, engine)


def _of_identity(options: BuildOptions) -> tuple[str, ...]:
    if not options.same_as:
        return ()
    from kg.files.linksets import SAME_AS_WARNING

    return (SAME_AS_WARNING,)


def _warnings(rewritten: Sequence[tuple[Literal, Literal]]) -> tuple[str, ...]:
    """Yield warnings about the literals that the store rewrites: the first of them by name."""
    told = [f"the store changes the spelling of {before} to {after}" for before, after in rewritten[:_WARNINGS]]
    more = len(rewritten) - len(told)
    return (*told, f"the store changes the spelling of {more:,} more literals") if more else tuple(told)
