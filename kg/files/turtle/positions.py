"""Where in a project's Turtle and TriG files a node, a fact or a value stands.

RDF parsers do not keep positions. This reads just enough of the grammar to know, for each token, which statement it
belongs to.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from typing import NamedTuple

from pyoxigraph import BlankNode, NamedNode, Triple

from kg.errors import UsageError
from kg.files.project import Project
from kg.files.text import read_text
from kg.files.turtle.lexer import tokens
from kg.findings import Finding
from kg.formats import TRIG, TURTLE, of_file
from kg.rdf.lists import FIRST, REST
from kg.rdf.terms import RDF, Prefixes

# What comes after a mark.
_NEXT = {".": "subject", "{": "subject", "}": "subject", ";": "predicate", ",": "value"}

_Key = tuple[str, str, str]  # a statement; a part that may be any is empty


class Place(NamedTuple):
    """A place in a file; line and column count from 1."""

    file: str
    line: int
    column: int


class Statement(NamedTuple):
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
            for subject, predicate, value, place in statements(text, self._project.relative(path)):
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


def statements(text: str, file: str) -> Iterator[Statement]:
    """Yield the statements of a Turtle or TriG text in order, with the place of the object's first character.

    The first statement of a subject is preceded by one with empty predicate and value, at the subject's place.
    IRIs and CURIEs come out as plain IRIs, literals as the file writes them; what has no name, as [ ] and each node of
    ( ), gets a number in brackets.
    """
    prefixes: dict[str, str] = {}
    numbers = count()
    subject = predicate = ""
    expected = "subject"
    around: list[tuple[str, str, str]] = []
    for kind, token, place in _tokens_of_statements(text, file, prefixes):
        if token in ("]", ")"):
            subject, predicate, expected = around.pop()
        elif token.upper() == "GRAPH":
            expected = "name of a graph"
        elif token in _NEXT:
            expected = _NEXT[token]
        else:
            node = f"[{next(numbers)}]" if token in ("[", "(") else _resolve(kind, token, prefixes)
            if expected == "subject":
                subject, expected = node, "predicate"
                yield Statement(subject, "", "", place)
            elif expected == "predicate":
                predicate, expected = node, "value"
            elif expected != "name of a graph":
                if expected == "next member":
                    cell = f"[{next(numbers)}]"
                    yield Statement(subject, REST, cell, place)
                    subject = cell
                yield Statement(subject, predicate, node, place)
                expected = "mark" if expected == "value" else "next member"
            if token in ("[", "("):
                around.append((subject, predicate, expected))
                subject, predicate, expected = (
                    (node, "", "predicate") if token == "[" else (node, FIRST, "first member")
                )


def places(text: str, file: str, triples: Sequence[Triple]) -> dict[Triple, Place]:
    """Return the places of the triples that a parser read from a text, those of blank nodes among them.

    Args:
        text: Turtle.
        file: its name.
        triples: what the parser read, in its order. Blank nodes are known by how they are reached, since a parser
            gives them other names: what stands nth in the text as the value of a property is its nth value.
    """
    written: defaultdict[str, defaultdict[str, list[Statement]]] = defaultdict(lambda: defaultdict(list))
    read: defaultdict[object, defaultdict[str, list[Triple]]] = defaultdict(lambda: defaultdict(list))
    for statement in statements(text, file):
        if statement.predicate:
            written[statement.subject][statement.predicate].append(statement)
    for triple in triples:
        read[triple.subject][triple.predicate.value].append(triple)
    values = {
        statement.value for by_property in written.values() for found in by_property.values() for statement in found
    }
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
            for triple, statement in zip(found, written[name][predicate], strict=False):
                placed.setdefault(triple, statement.place)
                if isinstance(triple.object, BlankNode):
                    waiting.append((triple.object, statement.value))
    return placed


def _tokens_of_statements(text: str, file: str, prefixes: dict[str, str]) -> Iterator[tuple[str, str, Place]]:
    """Yield the tokens without comments, directives, language tags and datatypes; the prefixes are taken down."""
    words: list[str] = []
    before = ""
    for kind, token, _, line, column in tokens(text):
        if kind == "comment":
            continue
        if words or token.lower() in ("@prefix", "@base", "prefix", "base"):
            words.append(token)
            if len(words) == 3 and words[0].lower().endswith("prefix"):
                prefixes[words[1].removesuffix(":")] = token[1:-1]
            if token == "." or (kind == "iri" and not words[0].startswith("@")):
                words = []
        elif kind != "tag" and "^^" not in (token, before):
            yield kind, token, Place(file, line, column)
        before = token


def _resolve(kind: str, token: str, prefixes: dict[str, str]) -> str:
    if kind == "iri":
        return token[1:-1]
    if token == "a":
        return RDF + "type"
    if kind == "name":
        try:
            return Prefixes(prefixes).expand(token.replace("\\", "")).value
        except UsageError:
            return token
    return token
