"""Shapes as data: what is read from a shapes graph, and what of it is refused (SHACL, sections 2 to 5)."""

from __future__ import annotations

from dataclasses import dataclass, field

from kg.rdf.terms import Term
from kg.validation.shacl.paths import Path
from kg.validation.shacl.shapes_graph import Node


@dataclass(frozen=True)
class Target:
    """What a shape is about: `class`, `node`, `subjectsOf` or `objectsOf`, and the term."""

    kind: str
    term: Term


@dataclass(frozen=True)
class Constraint:
    """A constraint: the name of its parameter, and what the parameter says.

    `terms` are the values of the parameter (the members of a list), `shapes` those that it refers to, `option` what a
    second parameter says: the flags of a pattern, the properties that a closed shape allows, the siblings of a
    qualified shape.
    """

    name: str
    component: str
    terms: tuple[Term, ...] = ()
    shapes: tuple[Shape, ...] = ()
    siblings: tuple[Shape, ...] = ()
    flags: str = ""
    messages: tuple[str, ...] = ()
    select: str = ""

    @property
    def number(self) -> int:
        """The value of a parameter that is a count or a length."""
        return int(self.terms[0].value)


@dataclass(frozen=True, eq=False)
class Shape:
    """A node shape, or with a path a property shape. A deactivated one has neither constraints nor properties."""

    node: Node
    path: Path | None = None
    targets: tuple[Target, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    properties: tuple[Shape, ...] = ()
    severity: str = "violation"
    messages: tuple[str, ...] = field(default=())
