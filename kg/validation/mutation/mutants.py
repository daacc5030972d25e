"""Faults that a curator could make, made on purpose: each mutant is one change to one node of a project's data.

What a fault is, is read from the project: what its shapes require, what its ontology says of classes and properties,
and how its data are. A change that is legal (an optional property dropped, a label in one more language) is none, and
so is another, well-formed fact: only a reader of the source can tell that it is false.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode, Quad

from kg.files.reading import Files
from kg.rdf.encoding import Quads
from kg.rdf.terms import RDF, RDFS
from kg.validation.mutation.expectations import Expectations

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


Value = NamedNode | Literal


class Statement(NamedTuple):
    """A triple of the data, where no node is blank."""

    subject: NamedNode
    predicate: NamedNode
    value: Value


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
        data, links = Quads.of(files.data), Quads.of(files.links)
        data, links = (quads.without(self.edit.removed) for quads in (data, links))
        return Files(files.ontology, data + self.edit.added, links, files.prefixes)


class Graph:
    """The data and links of a project, indexed, and what is expected of them.

    A triple that stands in several named graphs is one statement: it is gone only where it is taken out of all.
    """

    def __init__(self, files: Files, expect: Expectations) -> None:
        self.expect = expect
        self.quads: dict[Statement, list[Quad]] = defaultdict(list)
        self.values: dict[tuple[NamedNode, NamedNode], list[Value]] = defaultdict(list)
        self.classes: dict[NamedNode, list[NamedNode]] = defaultdict(list)
        for quad in (*files.data, *files.links):
            if isinstance(quad.subject, NamedNode) and isinstance(quad.object, Value):
                self.quads[Statement(quad.subject, quad.predicate, quad.object)].append(quad)
        for subject, predicate, value in self.quads:
            self.values[subject, predicate].append(value)
            if predicate == A and isinstance(value, NamedNode):
                self.classes[subject].append(value)
        self.nodes = list(self.classes)
        # Things that the ontology itself describes are the values of fixed lists: statuses, stances.
        self.listed = expect.individuals
        self.names = {*self.classes, *self.listed, *expect.classes, *expect.properties}
        self.languages = Counter(literal.language for _, literal in self.literals() if literal.language)

    def classes_of(self, node: Value) -> list[NamedNode]:
        """Return the classes that the data or the ontology give a node."""
        return self.classes.get(node) or self.listed.get(node, []) if isinstance(node, NamedNode) else []

    def literals(self) -> Iterator[tuple[Statement, Literal]]:
        """Yield the statements with a literal, and it."""
        return ((said, said.value) for said in self.quads if isinstance(said.value, Literal))

    def references(self) -> Iterator[tuple[Statement, NamedNode]]:
        """Yield the statements that join two described nodes, and the second one."""
        for said in self.quads:
            value = said.value
            if said.predicate != A and self.classes_of(said.subject) and self.classes_of(value):
                assert isinstance(value, NamedNode)  # only nodes have classes
                yield said, value

    def types(self) -> Iterator[tuple[Statement, NamedNode]]:
        """Yield the statements that give a node its class, and the class."""
        return ((said, said.value) for said in self.quads if said.predicate == A and isinstance(said.value, NamedNode))

    def of(self, node: NamedNode, *properties: NamedNode) -> list[Statement]:
        """Return what is said of a node with some properties."""
        return [Statement(node, path, value) for path in properties for value in self.values.get((node, path), ())]

    def drop(self, *old: Statement) -> Edit:
        """Take statements away."""
        return Edit(old[0].subject, frozenset(quad for said in old for quad in self.quads[said]), ())

    def add(self, beside: Statement, *new: Statement) -> Edit:
        """Add statements to the graph of one that stays."""
        graph = self.quads[beside][0].graph_name
        return Edit(beside.subject, frozenset(), tuple(Quad(*said, graph) for said in new))

    def swap(self, old: Iterable[Statement], new: Iterable[Statement], reason: str = "") -> Edit:
        """Put statements in place of others."""
        old = list(old)
        return Edit(old[0].subject, self.drop(*old).removed, self.add(old[0], *new).added, reason)

    def replace(self, old: Statement, value: Value, reason: str = "") -> Edit:
        """Put another value in place of one."""
        return self.swap([old], [old._replace(value=value)], reason)

    def fits(self, node: Value, wanted: Iterable[NamedNode]) -> bool:
        """Return whether a node is of all these classes."""
        return self.expect.wider(self.classes_of(node)) >= set(wanted)


def local_name(node: NamedNode) -> str:
    """Return the last part of an IRI."""
    return re.split(r"[/#]", node.value.rstrip("/#"))[-1]


def misspelt(node: NamedNode, known: Container[NamedNode], random: Random) -> NamedNode:
    """Take a letter out of an IRI's last part, so that it is the name of nothing that is known."""
    start = node.value.rindex(local_name(node))
    places = [place for place in range(start + 1, len(node.value)) if node.value[place].isalnum()]
    random.shuffle(places)
    names = (NamedNode(node.value[:place] + node.value[place + 1 :]) for place in places)
    return next((name for name in names if name not in known), NamedNode(f"{node.value}x"))
