"""RDF lists (RDF Schema 1.1, section 5.2), whoever holds their triples."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

from pyoxigraph import NamedNode

from kg.rdf.terms import RDF

FIRST, REST, NIL = RDF + "first", RDF + "rest", NamedNode(RDF + "nil")

T = TypeVar("T", bound=Hashable)


class RdfList(Generic[T]):
    """The members of a list, as far as it goes, and the node at which it is broken (None where it is whole).

    A list is broken where a node of it has not just one rdf:first and one rdf:rest, and where it comes back to itself.
    """

    def __init__(self, head: T, values: Callable[[T, str], Sequence[T]]) -> None:
        """Follow a list from its first node; `values` returns what a node has for a property."""
        self.members: list[T] = []
        self.broken: T | None = None
        seen: set[T] = set()
        while head != NIL:
            first, rest = values(head, FIRST), values(head, REST)
            if self.broken is None and (len(first) != 1 or len(rest) != 1 or head in seen):
                self.broken = head
            if head in seen or not first:
                return
            seen.add(head)
            self.members.append(first[0])
            if not rest:
                return
            head = rest[0]
