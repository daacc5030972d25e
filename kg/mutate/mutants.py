"""Faults that a curator could make, made on purpose: each mutant is one change to one node of a project's data.

What a fault is, is read from the project: what its shapes require, what its ontology says of classes and properties,
and how its data are. A change that is legal (an optional property dropped, a label in one more language) is none, and
so is another, well-formed fact: only a reader of the source can tell that it is false.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg.expectations import Expectations
from kg.reading import Files
from kg.terms import RDF, RDFS, Term

A = NamedNode(RDF + "type")
LABEL = NamedNode(RDFS + "label")


class Kind(StrEnum):
    """Kinds of faults."""

    DROPPED = "dropped required property"
    WRONG_DATATYPE = "wrong datatype"
    TEXT_FOR_NODE = "text in place of a node"
    NODE_FOR_TEXT = "node in place of a text"
    WRONG_VALUE_CLASS = "wrong class of value"
    SECOND_VALUE = "second value of a single-valued property"
    DANGLING = "dangling reference"
    BAD_IRI = "bad IRI"
    MISSING_LABEL = "missing label"
    WRONG_LANGUAGE = "wrong language tag"
    EMPTY_TEXT = "empty text"
    SWAPPED = "swapped subject and object"
    DIGEST = "digest that does not match"
    ORDER = "end before start"
    BELOW_MINIMUM = "negative or too small number"
    UNKNOWN_STATUS = "value outside a fixed list"
    UNKNOWN_CLASS = "unknown class"
    WRONG_CLASS = "wrong class of node"
    TWO_CLASSES = "two classes that exclude each other"
    UNKNOWN_PROPERTY = "unknown property"
    FOREIGN_PROPERTY = "property of another class"
    NO_EVIDENCE = "fact without evidence"
    NO_FACTS = "evidence without facts"
    TWICE = "the same thing twice"


class Edit(NamedTuple):
    """One change to the data: quads taken away and added, and the node that this makes faulty.

    `reason` says why the files alone may not show the fault; it is empty where they must.
    """

    node: NamedNode
    removed: frozenset[Quad]
    added: tuple[Quad, ...]
    reason: str = ""


@dataclass(frozen=True)
class Mutant:
    """An edit that makes a fault of a kind."""

    kind: Kind
    edit: Edit

    def apply(self, files: Files) -> Files:
        """Return the files with the fault."""
        data = (quad for quad in files.data if quad not in self.edit.removed)
        links = tuple(quad for quad in files.links if quad not in self.edit.removed)
        return Files(files.ontology, (*data, *self.edit.added), links, files.prefixes)


class Graph:
    """The data and links of a project, indexed, and what is expected of them.

    A triple that stands in several named graphs is one statement: it is gone only where it is taken out of all.
    """

    def __init__(self, files: Files, expect: Expectations) -> None:
        self.expect = expect
        self.quads: dict[Triple, list[Quad]] = defaultdict(list)
        self.values: dict[tuple[NamedNode, NamedNode], list[Term]] = defaultdict(list)
        self.classes: dict[Term, list[Term]] = defaultdict(list)
        for quad in (*files.data, *files.links):
            if isinstance(quad.subject, NamedNode):
                self.quads[quad.triple].append(quad)
        for subject, predicate, value in self.quads:
            self.values[subject, predicate].append(value)
            if predicate == A:
                self.classes[subject].append(value)
        self.nodes = list(self.classes)
        # Things that the ontology itself describes are the values of fixed lists: statuses, stances.
        known = set(expect.classes)
        self.listed: dict[Term, list[Term]] = defaultdict(list)
        for quad in files.ontology:
            if quad.predicate == A and quad.object in known:
                self.listed[quad.subject].append(quad.object)
        self.names = {*self.classes, *self.listed, *expect.classes, *expect.properties}
        self.languages = Counter(literal.language for _, literal in self.literals() if literal.language)

    def classes_of(self, node: Term) -> list[Term]:
        """Return the classes that the data or the ontology give a node."""
        return self.classes.get(node) or self.listed.get(node, [])

    def literals(self) -> Iterator[tuple[Triple, Literal]]:
        """Yield the statements with a literal, and it."""
        return ((triple, triple.object) for triple in self.quads if isinstance(triple.object, Literal))

    def joined(self) -> Iterator[Triple]:
        """Yield the statements that join two described nodes."""
        return (t for t in self.quads if t.predicate != A and self.classes_of(t.subject) and self.classes_of(t.object))

    def drop(self, *old: Triple) -> Edit:
        """Take statements away."""
        return Edit(old[0].subject, frozenset(quad for triple in old for quad in self.quads[triple]), ())

    def add(self, beside: Triple, *new: Triple) -> Edit:
        """Add statements to the graph of one that stays."""
        graph = self.quads[beside][0].graph_name
        return Edit(beside.subject, frozenset(), tuple(Quad(*triple, graph) for triple in new))

    def replace(self, old: Triple, new: Triple | Term, reason: str = "") -> Edit:
        """Put a statement, or a value of the same property, in place of one."""
        triple = new if isinstance(new, Triple) else Triple(old.subject, old.predicate, new)
        return Edit(old.subject, self.drop(old).removed, self.add(old, triple).added, reason)

    def fits(self, node: Term, wanted: Iterable[Term]) -> bool:
        """Tell whether a node is of all these classes."""
        return self.expect.wider(self.classes_of(node)) >= set(wanted)
