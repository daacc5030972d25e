"""Where in a project's Turtle and TriG files a node, a fact or a value stands: RDF parsers do not keep positions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from typing import NamedTuple

from pyoxigraph import BlankNode, NamedNode, Triple

from kg.errors import InputError, UsageError
from kg.files.project import Project
from kg.files.text import read_text
from kg.files.turtle.lexer import Token
from kg.files.turtle.syntax import Brackets, Directive, Graph, Item, Property, Statement, Term, read_statements
from kg.findings import Finding
from kg.formats import TRIG, TURTLE, of_file
from kg.rdf.lists import FIRST, REST
from kg.rdf.terms import RDF, Prefixes

_Key = tuple[str, str, str]  # a statement; a part that may be any is empty


class Place(NamedTuple):
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int


class Fact(NamedTuple):
    """A subject, predicate and object as the file writes them, resolved to IRIs where they are some."""

    subject: str
    predicate: str
    value: str
    place: Place


class Locator:
    """Finds the places of findings; reads the files where there are some."""

    def __init__(self, project: Project, paths: Iterable[Path]) -> None:
        self._project = project
        self._paths = tuple(path for path in paths if of_file(path, (TURTLE, TRIG)))

    def placed(self, findings: Sequence[Finding]) -> list[Finding]:
        """Return findings with file, line and column: of the value, else of the property, else of the node."""
        keys = [_keys(finding) for finding in findings]
        places = self._places(set(chain.from_iterable(keys))) if findings else {}
        found = (
            (finding, next((places[key] for key in of if key in places), None))
            for finding, of in zip(findings, keys, strict=True)
        )
        return [replace(finding, **place._asdict()) if place else finding for finding, place in found]

    def _places(self, wanted: set[_Key]) -> dict[_Key, Place]:
        places: dict[_Key, Place] = {}
        for path in self._paths:
            text = read_text(path)
            for subject, predicate, value, place in facts(text, self._project.relative(path)):
                for key in ((subject, predicate, value), (subject, "", ""), ("", "", value)):
                    if key in wanted:
                        places.setdefault(key, place)
                # Where a property has one value too many, that is more likely the last one than the first.
                if predicate and (subject, predicate, "") in wanted:
                    places[subject, predicate, ""] = place
        return places


def _keys(finding: Finding) -> tuple[_Key, ...]:
    """Return what to look for in the files: the best place first; nothing where no node is named."""
    node, path, quoted = _written(finding.focus_node), finding.path, _written(finding.value)
    if not node:
        return ()
    # A number or a boolean stands in the file without quotes.
    return (
        (node, path, quoted),
        (node, path, quoted.strip('"')),
        (node, path, ""),
        (node, "", ""),
        ("", "", node),
        ("", "", node.strip('"')),
    )


def _written(term: str) -> str:
    """Return an IRI without its brackets, and a literal without its language or datatype."""
    parts = re.match(r'<(.*)>|(".*")', term, re.DOTALL)
    return parts[1] or parts[2] if parts else term


def facts(text: str, file: str) -> Iterator[Fact]:
    """Yield the facts of a Turtle or TriG text in order, with the place of the object's first character.

    Those of a subject are preceded by one with empty predicate and value, at the subject's place. IRIs and CURIEs come
    out as plain IRIs, literals as the file writes them; what has no name, as [ ] and each node of ( ), gets a number in
    brackets. Nothing comes of a text of which the tree cannot be read (RDF 1.2).
    """
    with suppress(InputError):
        yield from _Reader(file).of(read_statements(text, Path(file)))


class _Reader:
    """Reads facts from the tree of a file."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._prefixes: dict[str, str] = {}
        self._numbers = count()

    def of(self, items: Iterable[Item]) -> Iterator[Fact]:
        """Yield the facts of statements and graphs."""
        for item in items:
            match item.node:
                case Directive(prefix, iri) if prefix:
                    self._prefixes[prefix.removesuffix(":")] = iri[1:-1]
                case Graph(_, statements):
                    yield from self.of(statements)
                case Statement(node, properties):
                    subject = self._name(node)
                    yield self._fact(subject, "", "", node)
                    yield from self._within(subject, node)
                    yield from self._said(subject, properties)

    def _said(self, subject: str, properties: Iterable[Item]) -> Iterator[Fact]:
        for item in properties:
            if isinstance(item.node, Property):
                predicate = self._resolve(item.node.predicate)
                for value in item.node.objects:
                    yield from self._value(subject, predicate, value.node)

    def _value(self, subject: str, predicate: str, node: object) -> Iterator[Fact]:
        if isinstance(node, Term | Brackets):
            name = self._name(node)
            yield self._fact(subject, predicate, name, node)
            yield from self._within(name, node)

    def _within(self, name: str, node: Term | Brackets) -> Iterator[Fact]:
        """Yield the facts that stand in the brackets of a node."""
        if not isinstance(node, Brackets):
            return
        if node.first.text == "[":
            yield from self._said(name, node.items)
            return
        for number, item in enumerate(node.items):
            if number and isinstance(item.node, Term | Brackets):
                cell = self._number()
                yield self._fact(name, REST, cell, item.node)
                name = cell
            yield from self._value(name, FIRST, item.node)

    def _fact(self, subject: str, predicate: str, value: str, node: Term | Brackets) -> Fact:
        return Fact(subject, predicate, value, Place(self._file, node.first.line, node.first.column))

    def _name(self, node: Term | Brackets) -> str:
        return self._number() if isinstance(node, Brackets) else self._resolve(node.first)

    def _number(self) -> str:
        return f"[{next(self._numbers)}]"

    def _resolve(self, token: Token) -> str:
        if token.kind == "iri":
            return token.text[1:-1]
        if token.text == "a":
            return RDF + "type"
        if token.kind == "name":
            with suppress(UsageError):
                return Prefixes(self._prefixes).expand(token.text.replace("\\", "")).value
        return token.text


def places(text: str, file: str, triples: Sequence[Triple]) -> dict[Triple, Place]:
    """Return the places of the triples that a parser read from a text, those of blank nodes among them.

    Args:
        text: Turtle.
        file: its name.
        triples: what the parser read, in its order. Blank nodes are known by how they are reached, since a parser
            gives them other names: what stands nth in the text as the value of a property is its nth value.
    """
    written: defaultdict[str, defaultdict[str, list[Fact]]] = defaultdict(lambda: defaultdict(list))
    read: defaultdict[object, defaultdict[str, list[Triple]]] = defaultdict(lambda: defaultdict(list))
    for fact in facts(text, file):
        if fact.predicate:
            written[fact.subject][fact.predicate].append(fact)
    for triple in triples:
        read[triple.subject][triple.predicate.value].append(triple)
    values = {fact.value for by_property in written.values() for found in by_property.values() for fact in found}
    objects = {triple.object for triple in triples}
    unnamed = (name for name in written if name.startswith(("[", "_:")) and name not in values)
    waiting: list[tuple[object, str]] = [(node, node.value) for node in read if isinstance(node, NamedNode)]
    waiting += zip(
        (node for node in read if isinstance(node, BlankNode) and node not in objects), unnamed, strict=False
    )
    seen, placed = set(), dict[Triple, Place]()
    while waiting:
        node, name = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        for predicate, found in read[node].items():
            for triple, fact in zip(found, written[name][predicate], strict=False):
                placed.setdefault(triple, fact.place)
                if isinstance(triple.object, BlankNode):
                    waiting.append((triple.object, fact.value))
    return placed
