"""Makes mutants of a graph, and finds those that no check catches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from random import Random

from kg.files.project import Project
from kg.files.reading import Files
from kg.findings import Finding
from kg.progress import Progress, silent
from kg.validation.mutation import faults, node_faults
from kg.validation.mutation.expectations import Expectations
from kg.validation.mutation.mutants import Edit, Graph, Kind, Mutant
from kg.validation.mutation.report import MutationReport
from kg.validation.shacl.well_formed import read_shapes

Check = Callable[[Files], Iterable[Finding]]

FAULTS: dict[Kind, Callable[[Graph, Random], Iterator[Edit]]] = {
    Kind.DROPPED: faults.dropped_property,
    Kind.WRONG_DATATYPE: faults.wrong_datatype,
    Kind.TEXT_FOR_NODE: faults.text_for_node,
    Kind.NODE_FOR_TEXT: faults.node_for_text,
    Kind.WRONG_VALUE_CLASS: faults.wrong_class_of_value,
    Kind.SECOND_VALUE: faults.second_value,
    Kind.DANGLING: faults.dangling_reference,
    Kind.UNKNOWN_STATUS: faults.value_outside_list,
    Kind.SWAPPED: faults.swapped_ends,
    Kind.MISSING_LABEL: faults.missing_label,
    Kind.WRONG_LANGUAGE: faults.wrong_language,
    Kind.EMPTY_TEXT: faults.empty_text,
    Kind.DIGEST: faults.wrong_digest,
    Kind.ORDER: faults.end_before_start,
    Kind.BELOW_MINIMUM: faults.below_minimum,
    Kind.UNKNOWN_PROPERTY: faults.unknown_property,
    Kind.FOREIGN_PROPERTY: faults.foreign_property,
    Kind.BAD_IRI: node_faults.bad_iri,
    Kind.UNKNOWN_CLASS: node_faults.unknown_class,
    Kind.WRONG_CLASS: node_faults.wrong_class,
    Kind.TWO_CLASSES: node_faults.two_classes,
    Kind.NO_EVIDENCE: node_faults.fact_without_evidence,
    Kind.NO_FACTS: node_faults.evidence_without_facts,
    Kind.TWICE: node_faults.same_thing_twice,
}


def mutation_report(
    project: Project,
    files: Files,
    count: int = 2000,
    seed: int = 1,
    progress: Progress = silent,
    *,
    checks: Sequence[Check] | None = None,
) -> MutationReport:
    """Break a graph on purpose, one change at a time, and report which errors validation catches.

    Args:
        project: whose shapes say what is required.
        files: what the project's files say.
        count: how many mutants; fewer are made where the graph has no room for more.
        seed: the same seed, files and shapes give the same mutants.
        progress: called with the number of mutants tried.
        checks: in this order; a mutant is caught by the first one with a finding that the graph as it is does not
            give. Without them: all of validation, see standard_checks.

    Returns:
        how many mutants of each kind were caught, and the survivors, each with the reason why it may survive.

    Raises:
        InputError: a shapes file cannot be read.
    """
    mutants = make_mutants(project, files, count, seed)
    tried = [(check, set(check(files))) for check in (standard_checks(project) if checks is None else checks)]
    survivors = []
    for number, mutant in enumerate(mutants):
        if number % 10 == 0:
            progress(f"{number} of {len(mutants)} changes tried")
        broken = mutant.apply(files)
        if all(known.issuperset(check(broken)) for check, known in tried):
            survivors.append(mutant)
    return MutationReport(seed, tuple(mutants), tuple(survivors))


def make_mutants(project: Project, files: Files, count: int, seed: int) -> list[Mutant]:
    """Make mutants of all kinds in turn, so that each kind has its share, or all that the graph has room for."""
    shapes, _ = read_shapes(project.shape_files)
    graph = Graph(files, Expectations(shapes, files.ontology))
    waiting = []
    for kind, edits in FAULTS.items():
        random = Random(f"{seed} {kind}")
        mutants = list(dict.fromkeys(Mutant(kind, edit) for edit in edits(graph, random)))
        random.shuffle(mutants)
        waiting.append(mutants)
    chosen: list[Mutant] = []
    while len(chosen) < count and any(waiting):
        chosen += [mutants.pop() for mutants in waiting if mutants]
    return chosen[:count]


def standard_checks(project: Project, text: str | None = None, engine: str = "auto") -> list[Check]:
    """Return the checks of `kg validate`, a fast part of them first, so that only few mutants meet the whole.

    Args:
        project: whose shapes and check queries are used.
        text: a text that passages were read from: their digests are compared with it, too.
        engine: the SHACL engine, see kg.validation.engines.check_shapes.
    """
    from kg.reasoning.closure import close
    from kg.validation.engines import check_shapes
    from kg.validation.evidence import check_evidence, check_text
    from kg.validation.report import validate_files

    def asserted(files: Files) -> Iterable[Finding]:
        return [*check_shapes(files.quads, project.shape_files, engine), *check_evidence(files)]

    def whole(files: Files) -> Iterable[Finding]:
        return validate_files(project, files, close(files.quads), engine=engine).findings

    return [asserted, whole] if text is None else [asserted, whole, lambda files: check_text(files, text)]
