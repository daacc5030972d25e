"""How each kind of fault is made: every function yields all edits of its kind that a graph has room for."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from random import Random

from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg.expectations import Expectations
from kg.mutants import LABEL, A, Edit, Graph, Kind, Mutant
from kg.reading import Files
from kg.terms import XSD, Term

ONLY_THE_TEXT = "The value is well formed, and only the text shows that it is false: kg sources verify --text FILE."
EITHER_WAY = "By the ontology the property can join these two either way round: only the source tells which."
NOTHING_AGAINST = "Nothing that is said of the node excludes the class: only the source tells what it is."

# Languages that hardly any project has; the first one that this one has not is foreign to it.
FOREIGN = ("eo", "tlh", "vo")

_HEXADECIMAL = re.compile(r"[0-9a-f]{32,128}")


def make_mutants(files: Files, expect: Expectations, count: int, seed: int) -> list[Mutant]:
    """Break a graph in many ways, one at a time.

    Args:
        files: the graph; its data and links are broken, its ontology is not.
        expect: what its shapes and ontology expect.
        count: how many mutants; fewer come out where the graph has no room for more.
        seed: the same seed and files give the same mutants.

    Returns:
        mutants of all kinds in turn, so that each kind has its share, or all that there are of it.
    """
    graph = Graph(files, expect)
    waiting = []
    for kind, edits in FAULTS.items():
        random = Random(f"{seed} {kind}")
        mutants = list(dict.fromkeys(Mutant(kind, edit) for edit in edits(graph, random)))
        random.shuffle(mutants)
        waiting.append(mutants)
    chosen: list[Mutant] = []
    while len(chosen) < count and any(waiting):
        chosen += [mutants.pop() for mutants in waiting if mutants]
    return chosen[:count]


def _dropped(graph: Graph, _: Random) -> Iterator[Edit]:
    for node, classes in graph.classes.items():
        for path in graph.expect.required(classes):
            values = graph.values.get((node, path))
            if values:
                yield graph.drop(*(Triple(node, path, value) for value in values))


def _wrong_datatype(graph: Graph, _: Random) -> Iterator[Edit]:
    for triple, literal in graph.literals():
        text, kind = literal.value, literal.datatype
        wrong = [Literal("2023-10-18T00:00:00", datatype=NamedNode(XSD + "dateTime"))]
        if kind.value == XSD + "string":
            wrong += [Literal(text, language="en"), Literal(text, datatype=NamedNode(XSD + "anyURI"))]
        elif literal.language:
            wrong.append(Literal("12", datatype=NamedNode(XSD + "integer")))
        else:
            wrong += [Literal(text), Literal(f"about {text}", datatype=kind)]
        yield from (graph.replace(triple, value) for value in wrong)


def _text_for_node(graph: Graph, _: Random) -> Iterator[Edit]:
    for triple in graph.quads:
        if isinstance(triple.object, NamedNode):
            yield graph.replace(triple, Literal(_local_name(triple.object)))


def _node_for_text(graph: Graph, random: Random) -> Iterator[Edit]:
    for triple, _ in graph.literals():
        yield graph.replace(triple, random.choice(graph.nodes))


def _wrong_class_of_value(graph: Graph, random: Random) -> Iterator[Edit]:
    for triple in graph.joined():
        ranges = graph.expect.ranges(triple.predicate)
        wrong = [node for node in graph.nodes if ranges and not graph.fits(node, ranges)]
        yield from (graph.replace(triple, node) for node in random.sample(wrong, min(2, len(wrong))))


def _second_value(graph: Graph, random: Random) -> Iterator[Edit]:
    used: dict[NamedNode, dict[Term, None]] = defaultdict(dict)
    for _, predicate, value in graph.quads:
        used[predicate][value] = None
    for (node, path), values in graph.values.items():
        if path != A and path in graph.expect.single(graph.classes_of(node)):
            same = [name for name, classes in graph.listed.items() if classes == graph.classes_of(values[0])]
            others = [value for value in (*used[path], *same) if value not in values]
            if others:
                yield graph.add(Triple(node, path, values[0]), Triple(node, path, random.choice(others)))


def _dangling(graph: Graph, random: Random) -> Iterator[Edit]:
    for triple in graph.joined():
        yield graph.replace(triple, _typo(triple.object, graph.names, random))


def _bad_iri(graph: Graph, random: Random) -> Iterator[Edit]:
    """Rename a node wherever it stands, as a graph, too, so that all that refers to it still finds it."""
    about: dict[Term, dict[Quad, None]] = defaultdict(dict)
    for quad in (quad for quads in graph.quads.values() for quad in quads):
        for term in (quad.subject, quad.object, quad.graph_name):
            about[term][quad] = None
    for node in graph.nodes:
        start, local = re.split(r"(?<=[/#])(?=[^/#]+$)", node.value, maxsplit=1)
        wrong = (local.upper(), f"{local}/", f"{local}%20", f"{local.replace('-', '_')}_")
        names = [start + name for name in wrong] + [re.sub("^https?:", "ftp:", node.value)]
        for name in random.sample(names, 2):
            new = NamedNode(name)
            added = (Quad(*(new if term == node else term for term in quad)) for quad in about[node])
            yield Edit(new, frozenset(about[node]), tuple(added))


def _missing_label(graph: Graph, _: Random) -> Iterator[Edit]:
    main = max(graph.languages, key=lambda language: graph.languages[language], default=None)
    for node in graph.nodes:
        labels = [Triple(node, LABEL, value) for value in graph.values.get((node, LABEL), ())]
        mains = [label for label in labels if label.object.language == main]
        if mains:
            yield graph.drop(*labels)
            yield graph.drop(*mains)


def _wrong_language(graph: Graph, _: Random) -> Iterator[Edit]:
    foreign = next(language for language in FOREIGN if language not in graph.languages)
    for triple, literal in graph.literals():
        if literal.language:
            others = [language for language in (*graph.languages, foreign) if language != literal.language]
            yield from (graph.replace(triple, Literal(literal.value, language=other)) for other in others)
            yield graph.replace(triple, Literal(literal.value))


def _empty_text(graph: Graph, _: Random) -> Iterator[Edit]:
    for triple, literal in graph.literals():
        if literal.language:
            yield from (graph.replace(triple, Literal(text, language=literal.language)) for text in ("", "  "))


def _swapped(graph: Graph, _: Random) -> Iterator[Edit]:
    for triple in graph.joined():
        subject, predicate, value = triple
        turned = Triple(value, predicate, subject)
        if subject != value and predicate not in graph.expect.symmetric and turned not in graph.quads:
            domains, ranges = graph.expect.domains(predicate), graph.expect.ranges(predicate)
            fits = graph.fits(value, domains) and graph.fits(subject, ranges)
            yield graph.replace(triple, turned, EITHER_WAY if fits else "")


def _digest(graph: Graph, random: Random) -> Iterator[Edit]:
    digests = [(triple, text.value) for triple, text in graph.literals() if _HEXADECIMAL.fullmatch(text.value)]
    for triple, text in digests:
        others = [other for old, other in digests if old.predicate == triple.predicate and other != text]
        place = random.randrange(len(text))
        yield graph.replace(triple, Literal(text[:-1]))
        yield graph.replace(triple, Literal(text.upper()))
        yield graph.replace(triple, Literal(f"{text[:place]}g{text[place + 1 :]}"))
        yield graph.replace(triple, Literal(hashlib.sha256(b"").hexdigest()))
        yield from (graph.replace(triple, Literal(other)) for other in others[:1] and [random.choice(others)])
        changed = f"{text[:place]}{(int(text[place], 16) + 1) % 16:x}{text[place + 1 :]}"
        yield graph.replace(triple, Literal(changed), ONLY_THE_TEXT)


def _end_before_start(graph: Graph, _: Random) -> Iterator[Edit]:
    for node, classes in graph.classes.items():
        for first, last in graph.expect.ordered(classes):
            for start in graph.values.get((node, first), ()):
                for end in graph.values.get((node, last), ()):
                    if start != end:
                        old = (Triple(node, first, start), Triple(node, last, end))
                        new = (Triple(node, first, end), Triple(node, last, start))
                        yield graph.drop(*old)._replace(added=graph.add(old[0], *new).added)
                        if isinstance(start, Literal) and re.fullmatch(r"-?[0-9]+", start.value):
                            yield graph.replace(old[1], _number(int(start.value) - 1, end))


def _below_minimum(graph: Graph, _: Random) -> Iterator[Edit]:
    for node, classes in graph.classes.items():
        for path, least in graph.expect.minima(classes).items():
            for value in graph.values.get((node, path), ()):
                for number in {least - 1, -int(value.value) - 1}:
                    yield graph.replace(Triple(node, path, value), _number(number, value))


def _unknown_in_list(graph: Graph, random: Random) -> Iterator[Edit]:
    for triple in graph.joined():
        classes = graph.listed.get(triple.object)
        if classes:
            other = [name for name, kinds in graph.listed.items() if kinds != classes]
            yield graph.replace(triple, NamedNode(f"{triple.object.value}Unknown"))
            yield graph.replace(triple, random.choice([*other, *classes]))
            yield graph.replace(triple, random.choice(graph.nodes))


def _unknown_class(graph: Graph, random: Random) -> Iterator[Edit]:
    for triple in list(graph.quads):
        if triple.predicate == A:
            yield graph.replace(triple, _typo(triple.object, graph.names, random))
            yield graph.replace(triple, NamedNode(f"https://schema.org/{_local_name(triple.object)}"))


def _wrong_class(graph: Graph, random: Random) -> Iterator[Edit]:
    """Give a node a class that excludes its own."""
    referring: dict[Term, list[NamedNode]] = defaultdict(list)
    for triple in graph.joined():
        referring[triple.object].append(triple.predicate)
    having = defaultdict(list)
    for node, path in graph.values:
        having[node].append(path)
    for node, classes in graph.classes.items():
        for class_ in _exclusive(graph, classes, random):
            wider = graph.expect.wider([class_])
            wanted = {end for path in having[node] for end in graph.expect.domains(path)}
            wanted |= {end for path in referring[node] for end in graph.expect.ranges(path)}
            reason = NOTHING_AGAINST if wider >= wanted else ""
            old = [Triple(node, A, value) for value in classes]
            yield graph.drop(*old)._replace(added=graph.add(old[0], Triple(node, A, class_)).added, reason=reason)


def _two_classes(graph: Graph, random: Random) -> Iterator[Edit]:
    for node, classes in graph.classes.items():
        for class_ in _exclusive(graph, classes, random):
            yield graph.add(Triple(node, A, classes[0]), Triple(node, A, class_))


def _exclusive(graph: Graph, classes: Iterable[Term], random: Random) -> list[Term]:
    """Choose up to two of the classes that have members and that exclude the given ones."""
    used = list(dict.fromkeys(class_ for node in graph.nodes for class_ in graph.classes[node]))
    found = [class_ for class_ in used if graph.expect.exclude(classes, [class_])]
    return random.sample(found, min(2, len(found)))


def _unknown_property(graph: Graph, random: Random) -> Iterator[Edit]:
    for triple in list(graph.quads):
        if triple.predicate != A:
            typo = _typo(triple.predicate, graph.names, random)
            yield graph.replace(triple, Triple(triple.subject, typo, triple.object))


def _foreign_property(graph: Graph, random: Random) -> Iterator[Edit]:
    for triple in graph.joined():
        wrong = [
            property_
            for property_ in graph.expect.properties
            if graph.expect.domains(property_)
            and not graph.fits(triple.subject, graph.expect.domains(property_))
            and graph.fits(triple.object, graph.expect.ranges(property_))
        ]
        if wrong:
            yield graph.replace(triple, Triple(triple.subject, random.choice(wrong), triple.object))


def _without_evidence(graph: Graph, random: Random) -> Iterator[Edit]:
    """Move a fact from the graph of its evidence to one that is none: misspelt, or the name of another thing."""
    entities = [node for node in graph.nodes if node not in _evidence(graph)]
    for triple, quads in graph.quads.items():
        if quads[0].graph_name in _evidence(graph):
            names = (_typo(quads[0].graph_name, graph.names, random), random.choice(entities))
            yield from (Edit(triple.subject, frozenset(quads[:1]), (Quad(*triple, name),)) for name in names)


def _without_facts(graph: Graph, _: Random) -> Iterator[Edit]:
    for name, quads in _evidence(graph).items():
        yield Edit(name, frozenset(quads), ())


def _twice(graph: Graph, _: Random) -> Iterator[Edit]:
    for node in graph.nodes:
        told = [Triple(node, path, value) for path in (A, LABEL) for value in graph.values.get((node, path), ())]
        if len(told) > 1:
            copy = NamedNode(f"{node.value}-2")
            yield graph.add(told[0], *(Triple(copy, predicate, value) for _, predicate, value in told))


def _evidence(graph: Graph) -> dict[Term, list[Quad]]:
    """Return the quads of the named graphs that are themselves described, by name."""
    found: dict[Term, list[Quad]] = defaultdict(list)
    for quad in (quad for quads in graph.quads.values() for quad in quads):
        if quad.graph_name in graph.classes:
            found[quad.graph_name].append(quad)
    return found


def _local_name(node: NamedNode) -> str:
    return re.split(r"[/#]", node.value.rstrip("/#"))[-1]


def _typo(node: NamedNode, known: set[Term], random: Random) -> NamedNode:
    """Take a letter out of a local name, so that it is the name of nothing that is known."""
    text = node.value
    places = [number for number in range(text.rindex(_local_name(node)), len(text)) if text[number].isalnum()]
    random.shuffle(places)
    names = (NamedNode(text[:number] + text[number + 1 :]) for number in places[: len(places) - 1])
    return next((name for name in names if name not in known), NamedNode(f"{text}x"))


def _number(number: int, like: Literal) -> Literal:
    return Literal(str(number), datatype=like.datatype)


FAULTS: dict[Kind, Callable[[Graph, Random], Iterator[Edit]]] = {
    Kind.DROPPED: _dropped,
    Kind.WRONG_DATATYPE: _wrong_datatype,
    Kind.TEXT_FOR_NODE: _text_for_node,
    Kind.NODE_FOR_TEXT: _node_for_text,
    Kind.WRONG_VALUE_CLASS: _wrong_class_of_value,
    Kind.SECOND_VALUE: _second_value,
    Kind.DANGLING: _dangling,
    Kind.BAD_IRI: _bad_iri,
    Kind.MISSING_LABEL: _missing_label,
    Kind.WRONG_LANGUAGE: _wrong_language,
    Kind.EMPTY_TEXT: _empty_text,
    Kind.SWAPPED: _swapped,
    Kind.DIGEST: _digest,
    Kind.ORDER: _end_before_start,
    Kind.BELOW_MINIMUM: _below_minimum,
    Kind.UNKNOWN_STATUS: _unknown_in_list,
    Kind.UNKNOWN_CLASS: _unknown_class,
    Kind.WRONG_CLASS: _wrong_class,
    Kind.TWO_CLASSES: _two_classes,
    Kind.UNKNOWN_PROPERTY: _unknown_property,
    Kind.FOREIGN_PROPERTY: _foreign_property,
    Kind.NO_EVIDENCE: _without_evidence,
    Kind.NO_FACTS: _without_facts,
    Kind.TWICE: _twice,
}
