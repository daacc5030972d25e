"""Faults of values and properties. Every function yields all edits of its kind that a graph has room for."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator
from random import Random

from pyoxigraph import Literal, NamedNode

from kg.rdf.terms import XSD
from kg.validation.mutation.expectations import WHOLE_NUMBER
from kg.validation.mutation.mutants import LABEL, A, Edit, Graph, Statement, Value, local_name, misspelt

ONLY_THE_TEXT = (
    "The value is well formed; only the text shows that it is wrong: check it with kg sources verify --text FILE."
)
EITHER_WAY = "The ontology allows the property in both directions here; only the source shows which is right."

# Languages that hardly any project has; the first one that this one has not is foreign to it.
_FOREIGN = ("eo", "tlh", "vo")

_DIGEST = re.compile(r"[0-9a-f]{32,128}")


def dropped_property(graph: Graph, _: Random) -> Iterator[Edit]:
    """Drop all values of a required property."""
    for node, classes in graph.classes.items():
        for path in graph.expect.required(classes):
            values = graph.of(node, path)
            if values:
                yield graph.drop(*values)


def wrong_datatype(graph: Graph, _: Random) -> Iterator[Edit]:
    """Give a literal another datatype, or one that it is no value of."""
    for said, literal in graph.literals():
        text, datatype = literal.value, literal.datatype
        wrong = [Literal("2023-10-18T00:00:00", datatype=NamedNode(XSD + "dateTime"))]
        if datatype.value == XSD + "string":
            wrong += [Literal(text, language="en"), Literal(text, datatype=NamedNode(XSD + "anyURI"))]
        elif literal.language:
            wrong.append(Literal("12", datatype=NamedNode(XSD + "integer")))
        else:
            wrong += [Literal(text), Literal(f"about {text}", datatype=datatype)]
        yield from (graph.replace(said, value) for value in wrong)


def text_for_node(graph: Graph, _: Random) -> Iterator[Edit]:
    """Write the name of a thing where its IRI should stand."""
    for said in graph.quads:
        if isinstance(said.value, NamedNode):
            yield graph.replace(said, Literal(local_name(said.value)))


def node_for_text(graph: Graph, random: Random) -> Iterator[Edit]:
    """Write the IRI of some thing where a text or a number should stand."""
    for said, _ in graph.literals():
        yield graph.replace(said, random.choice(graph.nodes))


def wrong_class_of_value(graph: Graph, random: Random) -> Iterator[Edit]:
    """Refer to a thing that is out of the property's range."""
    outside: dict[NamedNode, list[NamedNode]] = {}
    for said, _ in graph.references():
        path = said.predicate
        if path not in outside:
            ranges = graph.expect.ranges(path)
            outside[path] = [node for node in graph.nodes if ranges and not graph.fits(node, ranges)]
        wrong = random.sample(outside[path], min(2, len(outside[path])))
        yield from (graph.replace(said, node) for node in wrong)


def second_value(graph: Graph, random: Random) -> Iterator[Edit]:
    """Add a value to a property that takes one: one that other nodes have, or another one of the same list."""
    used: dict[NamedNode, dict[Value, None]] = defaultdict(dict)
    for _, predicate, value in graph.quads:
        used[predicate][value] = None
    for (node, path), values in graph.values.items():
        if path != A and path in graph.expect.single(graph.classes_of(node)):
            same = [name for name, classes in graph.listed.items() if classes == graph.classes_of(values[0])]
            others = [value for value in (*used[path], *same) if value not in values]
            if others:
                yield graph.add(Statement(node, path, values[0]), Statement(node, path, random.choice(others)))


def dangling_reference(graph: Graph, random: Random) -> Iterator[Edit]:
    """Misspell the IRI of a thing that is referred to."""
    for said, node in graph.references():
        yield graph.replace(said, misspelt(node, graph.names, random))


def value_outside_list(graph: Graph, random: Random) -> Iterator[Edit]:
    """Put a value that is not in the list in place of one that is: invented, of another list, or any node."""
    for said, value in graph.references():
        classes = graph.listed.get(value)
        if classes:
            others = [name for name, kinds in graph.listed.items() if kinds != classes]
            yield graph.replace(said, NamedNode(f"{value.value}Unknown"))
            yield graph.replace(said, random.choice([*others, *classes]))
            yield graph.replace(said, random.choice(graph.nodes))


def swapped_ends(graph: Graph, _: Random) -> Iterator[Edit]:
    """Swap subject and object."""
    for said, value in graph.references():
        subject, predicate, _value = said
        turned = Statement(value, predicate, subject)
        if subject != value and predicate not in graph.expect.symmetric and turned not in graph.quads:
            domains, ranges = graph.expect.domains(predicate), graph.expect.ranges(predicate)
            fits = graph.fits(value, domains) and graph.fits(subject, ranges)
            yield graph.swap([said], [turned], EITHER_WAY if fits else "")


def missing_label(graph: Graph, _: Random) -> Iterator[Edit]:
    """Drop all labels of a node, or the one in the language in which most texts of the project are."""
    main = max(graph.languages, key=lambda language: graph.languages[language], default=None)
    for node in graph.nodes:
        labels = graph.of(node, LABEL)
        mains = [said for said in labels if isinstance(said.value, Literal) and said.value.language == main]
        if mains:
            yield graph.drop(*labels)
            yield graph.drop(*mains)


def wrong_language(graph: Graph, _: Random) -> Iterator[Edit]:
    """Tag a text with another language of the project, with a foreign one, or not at all."""
    foreign = next(language for language in _FOREIGN if language not in graph.languages)
    for said, literal in graph.literals():
        if literal.language:
            others = [language for language in (*graph.languages, foreign) if language != literal.language]
            yield from (graph.replace(said, Literal(literal.value, language=other)) for other in others)
            yield graph.replace(said, Literal(literal.value))


def empty_text(graph: Graph, _: Random) -> Iterator[Edit]:
    """Leave a text empty, or with nothing but spaces."""
    for said, literal in graph.literals():
        if literal.language:
            yield from (graph.replace(said, Literal(text, language=literal.language)) for text in ("", "  "))


def wrong_digest(graph: Graph, random: Random) -> Iterator[Edit]:
    """Cut, miswrite, borrow or change a digest; the last leaves it well formed."""
    digests = [(said, text.value) for said, text in graph.literals() if _DIGEST.fullmatch(text.value)]
    for said, text in digests:
        others = [other for old, other in digests if old.predicate == said.predicate and other != text]
        place = random.randrange(len(text))
        before, digit, after = text[:place], text[place], text[place + 1 :]
        wrong = [text[:-1], text.upper(), f"{before}g{after}", hashlib.sha256(b"").hexdigest()]
        wrong += random.sample(others, min(1, len(others)))
        yield from (graph.replace(said, Literal(value)) for value in wrong)
        yield graph.replace(said, Literal(f"{before}{(int(digit, 16) + 1) % 16:x}{after}"), ONLY_THE_TEXT)


def end_before_start(graph: Graph, _: Random) -> Iterator[Edit]:
    """Swap two ordered values, or move the end before the start."""
    for node, classes in graph.classes.items():
        for first, last in graph.expect.ordered(classes):
            for start in graph.of(node, first):
                for end in graph.of(node, last):
                    if start.value != end.value:
                        swapped = [start._replace(value=end.value), end._replace(value=start.value)]
                        yield graph.swap([start, end], swapped)
                        if isinstance(start.value, Literal) and WHOLE_NUMBER.fullmatch(start.value.value):
                            yield graph.replace(end, _number(int(start.value.value) - 1, start.value))


def below_minimum(graph: Graph, _: Random) -> Iterator[Edit]:
    """Make a number negative, or one less than its minimum."""
    for node, classes in graph.classes.items():
        for path, least in graph.expect.minima(classes).items():
            for said in graph.of(node, path):
                if isinstance(said.value, Literal) and WHOLE_NUMBER.fullmatch(said.value.value):
                    for number in (least - 1, -int(said.value.value) - 1):
                        yield graph.replace(said, _number(number, said.value))


def unknown_property(graph: Graph, random: Random) -> Iterator[Edit]:
    """Misspell a property."""
    for said in graph.quads:
        if said.predicate != A:
            yield graph.swap([said], [said._replace(predicate=misspelt(said.predicate, graph.names, random))])


def foreign_property(graph: Graph, random: Random) -> Iterator[Edit]:
    """Use a property that takes the value, but does not belong to nodes of this class."""
    for said, value in graph.references():
        wrong = [
            path
            for path in graph.expect.properties
            if graph.expect.domains(path)
            and not graph.fits(said.subject, graph.expect.domains(path))
            and graph.fits(value, graph.expect.ranges(path))
        ]
        if wrong:
            yield graph.swap([said], [said._replace(predicate=random.choice(wrong))])


def _number(number: int, like: Literal) -> Literal:
    return Literal(str(number), datatype=like.datatype)
