"""SHACL property paths as SPARQL property paths (SHACL, section 2.3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, NamedNode

from kg.errors import InputError
from kg.rdf.lists import FIRST, NIL
from kg.rdf.terms import SH, render

if TYPE_CHECKING:
    from kg.validation.shacl.shapes_graph import ShapesGraph, Value

_OPERATORS = {"zeroOrMorePath": "({})*", "oneOrMorePath": "({})+", "zeroOrOnePath": "({})?", "inversePath": "^({})"}


@dataclass(frozen=True)
class Path:
    """A path: its steps as SPARQL, and the IRI of one that is a single predicate."""

    steps: tuple[str, ...]
    predicate: str = ""

    @property
    def text(self) -> str:
        """The whole path as SPARQL."""
        return self.steps[0] if len(self.steps) == 1 else "/".join(f"({step})" for step in self.steps)


def read_path(graph: ShapesGraph, node: Value, within: frozenset[Value] = frozenset()) -> Path:
    """Read a path; raises InputError for what is none."""
    if isinstance(node, NamedNode) and node != NIL:
        return Path((render(node),), node.value)
    if not isinstance(node, BlankNode) or node in within:
        raise InputError(
            f"{node} is not a valid property path", "write an IRI, or a blank node ([ ... ]) with a path in it"
        )
    within |= {node}
    if graph.objects(node, FIRST):
        parts = [read_path(graph, member, within) for member in graph.members(node)]
        if len(parts) < 2:
            raise InputError(
                "a sequence path needs at least two members", "write sh:path without ( ) for a single step"
            )
        return Path(tuple(step for part in parts for step in part.steps))
    return Path((_operator(graph, node, within),))


def _operator(graph: ShapesGraph, node: BlankNode, within: frozenset[Value]) -> str:
    alternatives = graph.one(node, SH + "alternativePath")
    if alternatives is not None:
        parts = [read_path(graph, member, within).text for member in graph.members(alternatives)]
        if len(parts) < 2:
            raise InputError("an alternative path needs at least two members", "write sh:path ex:p for a single one")
        return "|".join(f"({part})" for part in parts)
    for name, form in _OPERATORS.items():
        inner = graph.one(node, SH + name)
        if inner is not None:
            path = read_path(graph, inner, within)
            return f"^{path.text}" if name == "inversePath" and path.predicate else form.format(path.text)
    raise InputError(
        "a blank node is not a valid property path by itself", "write sh:inversePath, a list, or the like in it"
    )
