"""A shapes graph, whose nodes are asked for their values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.errors import UsageError
from kg.rdf.terms import RDF, RDFS, Term

Node = NamedNode | BlankNode


class ShapesGraph:
    """The triples of a shapes graph, by subject and predicate."""

    def __init__(self, triples: Iterable[Triple]) -> None:
        self._objects: dict[tuple[Node, str], list[Term]] = defaultdict(list)
        self._predicates: dict[Node, set[str]] = defaultdict(set)
        self._subjects: dict[tuple[str, Term], list[Node]] = defaultdict(list)
        for subject, predicate, value in triples:
            if not isinstance(subject, Triple) and not isinstance(value, Triple):
                self._objects[subject, predicate.value].append(value)
                self._predicates[subject].add(predicate.value)
                self._subjects[predicate.value, value].append(subject)

    def nodes(self) -> list[Node]:
        """Return all subjects, in a stable order."""
        return sorted(self._predicates, key=str)

    def predicates(self, node: Node) -> set[str]:
        """Return the predicates of which a node is the subject."""
        return self._predicates.get(node, set())

    def objects(self, node: Node, predicate: str) -> list[Term]:
        """Return the values of a predicate, in a stable order."""
        return sorted(self._objects.get((node, predicate), ()), key=str)

    def subjects(self, predicate: str, value: Term) -> list[Node]:
        """Return the nodes that have a value."""
        return self._subjects.get((predicate, value), [])

    def one(self, node: Node, predicate: str) -> Term | None:
        """Return the only value of a predicate, or None; raises UsageError where there are more of them."""
        found = self.objects(node, predicate)
        if len(found) > 1:
            raise UsageError(f"{predicate} is given more than once for {node}", "a shape has one value of it at most")
        return found[0] if found else None

    def members(self, head: Term) -> tuple[Term, ...]:
        """Return the members of a list; raises UsageError for one that is broken."""
        found: list[Term] = []
        seen: set[Term] = set()
        while not (isinstance(head, NamedNode) and head.value == RDF + "nil"):
            first, rest = (
                (self._objects.get((head, RDF + name), []) if not isinstance(head, Literal) else [])
                for name in ("first", "rest")
            )
            if len(first) != 1 or len(rest) != 1 or head in seen:
                raise UsageError(f"{head} is no list", "a list has one rdf:first and one rdf:rest at each place")
            seen.add(head)
            found.append(first[0])
            head = rest[0]
        return tuple(found)

    def wider_classes(self, node: Node) -> set[Term]:
        """Return the classes of a node and all that are above them."""
        found: set[Term] = set()
        open_ = self.objects(node, RDF + "type")
        while open_:
            class_ = open_.pop()
            if class_ not in found and not isinstance(class_, Literal):
                found.add(class_)
                open_.extend(self.objects(class_, RDFS + "subClassOf"))
        return found
