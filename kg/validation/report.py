"""All that can be found wrong with a project's files, as one report: shapes, evidence, contradictions, checks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.files.project import Project
from kg.files.reading import Files, read_project
from kg.files.turtle.positions import Locator
from kg.findings import Finding, Report, report
from kg.rdf.terms import WELL_KNOWN, Prefixes, display
from kg.reasoning.closure import Closure, close
from kg.reasoning.rule_table import Inconsistency, Pattern, Slot
from kg.store import Store, select
from kg.validation.check_queries import run_checks
from kg.validation.engines import check_shapes
from kg.validation.evidence import check_evidence, check_text
from kg.validation.shacl.well_formed import OF_THE_SHAPES, read_shapes

if TYPE_CHECKING:
    from kg.store.remote import RemoteStore


def validate_project(project: Project, engine: str = "auto") -> Report:
    """Read a project's files, reason over them and check them; see validate_files."""
    files = read_project(project)
    return validate_files(project, files, close(files.quads), engine=engine)


def validate_files(
    project: Project,
    files: Files,
    closure: Closure,
    *,
    store: Store | None = None,
    only: Iterable[Path] | None = None,
    engine: str = "auto",
    text: str | None = None,
    of_shapes: Iterable[Finding] | None = None,
    skip_unsupported: bool = False,
) -> Report:
    """Check what files assert, and what follows from it.

    Args:
        project: whose shapes and check queries are used, and in whose files the findings are located.
        files: the quads to check. The shapes see what is asserted, the check queries what follows as well.
        closure: what follows from the files (kg.reasoning.closure.close).
        store: of the files and the closure, for the check queries; without one it is made in memory.
        only: report only findings about nodes that are described in these files.
        engine: the SHACL engine, see kg.validation.engines.check_shapes.
        text: a text that passages were read from: their digests are compared with it.
        of_shapes: what the shapes find, where that is known already.
        skip_unsupported: leave out shapes with terms that not all engines know; a finding says which.

    Raises:
        InputError: a file of shapes or a check query cannot be read, or a shape has a fault.
    """
    chosen = [path.absolute() for path in only or ()]
    locator = Locator(project, dict.fromkeys((*chosen, *project.data_files, *project.ontology_files)))
    prefixes = Prefixes(WELL_KNOWN | files.prefixes)
    if of_shapes is None:
        of_shapes = check_shapes(files.quads, project.shape_files, engine, skip_unsupported=skip_unsupported)
    findings = locator.placed(
        [
            *(replace(found, file=project.relative(Path(found.file))) if found.file else found for found in of_shapes),
            *check_evidence(files),
            *(check_text(files, text) if text is not None else ()),
            *_contradictions(files, closure, prefixes),
            *_checked(project, files, closure, store, prefixes),
        ]
    )
    if only is not None:
        names = {project.relative(path) for path in chosen}
        # What is said of the shapes concerns every file.
        findings = [finding for finding in findings if finding.file in names or finding.check in OF_THE_SHAPES]
    return report(findings)


def validate_published(
    project: Project, store: RemoteStore, prefixes: Prefixes, *, skip_unsupported: bool = False
) -> Report:
    """Check what was published to a server, on the server: shapes as queries, and check queries.

    Args:
        project: whose shapes and check queries are used, and in whose files the findings are looked for.
        store: what was published. The shapes see what is asserted, the check queries what was inferred as well.
        prefixes: to write terms in messages.
        skip_unsupported: see validate_files.

    Raises:
        InputError: a file of shapes or a check query cannot be read, or a shape has a fault.
        UsageError: the shapes have what cannot be said in SPARQL (kg.validation.shacl.to_sparql).
        OutsideError: the server cannot be asked.
    """
    from kg.validation.shacl.to_sparql import check_on_store

    shapes, notes = read_shapes(project.shape_files, skip_unsupported=skip_unsupported)
    graph = store.publication.asserted
    findings = [
        *(replace(note, file=project.relative(Path(note.file))) for note in notes),
        *check_on_store(shapes.triples, lambda query: select(store.server, query), data_graph=graph),
        *run_checks(project.check_files, store, prefixes),
    ]
    locator = Locator(project, (*project.data_files, *project.ontology_files))
    return report(locator.placed(findings))


def require_usable_checks(project: Project) -> None:
    """Raise what validate_published would raise for the shapes and check queries: found out on an empty store."""
    from kg.store.embedded import EmbeddedStore
    from kg.validation.shacl.to_sparql import check_on_store

    empty = EmbeddedStore.in_memory(())
    shapes, _ = read_shapes(project.shape_files)
    check_on_store(shapes.triples, lambda query: select(empty, query))
    run_checks(project.check_files, empty, Prefixes())


def _checked(
    project: Project, files: Files, closure: Closure, store: Store | None, prefixes: Prefixes
) -> list[Finding]:
    if not project.check_files:
        return []
    if store is None:
        from kg.store.embedded import EmbeddedStore

        store = EmbeddedStore.in_memory(files.quads, closure.inferred)
    return run_checks(project.check_files, store, prefixes)


def _contradictions(files: Files, closure: Closure, prefixes: Prefixes) -> Iterator[Finding]:
    premises = {_as_triple(premise) for found in closure.inconsistencies for premise in found.premises}
    asserted = files.quads.triples_among(triple for triple in premises if triple) if premises else set()
    for found in closure.inconsistencies:
        yield contradiction(found, asserted, prefixes)


def contradiction(found: Inconsistency, asserted: Collection[Triple], prefixes: Prefixes) -> Finding:
    """Report an inconsistency at its first premise that is a fact of the files."""
    facts = [premise for premise in found.premises if _as_triple(premise) in asserted] or list(found.premises)
    # Axioms come first among the premises; what is wrong is more likely the last thing that was added.
    focus, path, value = facts[-1] if facts else (None, None, None)
    # The list of an axiom such as owl:AllDisjointClasses has no name by which anybody could find it.
    named = [premise for premise in found.premises if not any(isinstance(term, BlankNode) for term in premise)]
    premises = "; ".join(" ".join(_word(term, prefixes) for term in premise) for premise in named or found.premises)
    return Finding(
        "violation",
        focus.value if isinstance(focus, NamedNode) else str(focus) if isinstance(focus, Literal) else "",
        f"These facts contradict each other: {found.meaning} ({found.rule}). Correct one of: {premises}.",
        path=path.value if isinstance(path, NamedNode) else "",
        value=str(value) if value is not None else "",
        check=found.rule,
    )


def _word(term: Slot, prefixes: Prefixes) -> str:
    return str(term) if isinstance(term, Literal) else display(term, prefixes)  # type: ignore[arg-type]


def _as_triple(premise: Pattern) -> Triple | None:
    subject, predicate, value = premise
    if not isinstance(subject, NamedNode) or not isinstance(predicate, NamedNode):
        return None
    return Triple(subject, predicate, value)  # type: ignore[arg-type]  # premises have no variables
