"""The results of shapes when little has changed: those of last time, and new ones for the nodes that it may concern."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from pyoxigraph import NamedNode

from kg.affected import Neighbourhood
from kg.delta import changed_triples
from kg.dictionary import Quads
from kg.findings import Finding
from kg.shape_reads import Reads, UnfollowedError
from kg.shapes import check_shapes, read_shape_file
from kg.state import State
from kg.terms import RDFS

_SUBCLASS = RDFS + "subClassOf"


def check_shapes_again(
    before: State, asserted: Quads, ontology: Quads, shape_files: Iterable[Path], engine: str
) -> list[Finding]:
    """Return what kg.shapes.check_shapes finds in a graph, from what it found in an older one.

    Args:
        before: the older graph, and what the same shapes found in it; its numbers are those of the new one.
        asserted: the graph.
        ontology: the part of it that has the classes.
        shape_files: Turtle files with shapes.
        engine: see check_shapes.
    """
    shape_files = tuple(shape_files)
    changed = changed_triples(before.asserted, asserted)
    if not len(changed):
        return list(before.findings)
    found = _found_again(before, asserted, ontology, changed, shape_files, engine)
    return check_shapes(asserted, shape_files, engine) if found is None else found


def _found_again(
    before: State, asserted: Quads, ontology: Quads, changed: Quads, shape_files: tuple[Path, ...], engine: str
) -> list[Finding] | None:
    """Return the findings; None where the whole graph must be validated."""
    dictionary = asserted.dictionary
    subclass = dictionary.find(NamedNode(_SUBCLASS))
    if subclass is not None and subclass in changed.column(1):
        return None
    try:
        reads = Reads.of(shape for path in shape_files for shape in read_shape_file(path))
    except UnfollowedError:
        return None
    around = Neighbourhood(asserted, reads)
    focus = around.affected(changed)
    part = around.read_by(focus, () if subclass is None else (subclass,)) + ontology
    found = check_shapes(part, shape_files, engine)
    # Only a focus node with an IRI is known again by its name.
    if not all(_is_iri(finding.focus_node) for finding in (*found, *before.findings)):
        return None
    nodes = (dictionary.terms[number] for number in np.flatnonzero(focus).tolist())
    names = {node.value for node in nodes if isinstance(node, NamedNode)}
    kept = [finding for finding in before.findings if finding.focus_node not in names]
    return [*kept, *(finding for finding in found if finding.focus_node in names)]


def _is_iri(focus_node: str) -> bool:
    return bool(focus_node) and not focus_node.startswith('"')
