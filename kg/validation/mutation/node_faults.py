"""Faults of whole nodes and of evidence. Every function yields all edits of its kind that a graph has room for."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from random import Random

from pyoxigraph import NamedNode, Quad

from kg.validation.mutation.mutants import LABEL, A, Edit, Graph, Statement, local_name, misspelt

NOTHING_AGAINST = "Nothing that is said of the node excludes the class: only the source tells what it is."


def bad_iri(graph: Graph, random: Random) -> Iterator[Edit]:
    """Rename a node wherever it stands, as a graph, too, so that all that refers to it still finds it."""
    about: dict[object, dict[Quad, None]] = defaultdict(dict)
    for quad in _quads(graph):
        for term in (quad.subject, quad.object, quad.graph_name):
            about[term][quad] = None
    for node in graph.nodes:
        start, local = re.split(r"(?<=[/#])(?=[^/#]+$)", node.value, maxsplit=1)
        wrong = (local.upper(), f"{local}/", f"{local}%20", f"{local.replace('-', '_')}_")
        names = [start + name for name in wrong] + [re.sub("^https?:", "ftp:", node.value)]
        for name in random.sample(names, 2):
            new = NamedNode(name)
            added = (
                Quad(
                    new if quad.subject == node else quad.subject,
                    quad.predicate,
                    new if quad.object == node else quad.object,
                    new if quad.graph_name == node else quad.graph_name,
                )
                for quad in about[node]
            )
            yield Edit(new, frozenset(about[node]), tuple(added))


def unknown_class(graph: Graph, random: Random) -> Iterator[Edit]:
    """Misspell a class, or take one of the same name from a vocabulary that the project does not describe."""
    for said, class_ in graph.types():
        yield graph.replace(said, misspelt(class_, graph.names, random))
        yield graph.replace(said, NamedNode(f"https://schema.org/{local_name(class_)}"))


def wrong_class(graph: Graph, random: Random) -> Iterator[Edit]:
    """Give a node a class that excludes its own, in place of it."""
    referring: dict[NamedNode, list[NamedNode]] = defaultdict(list)
    for said, value in graph.references():
        referring[value].append(said.predicate)
    having: dict[NamedNode, list[NamedNode]] = defaultdict(list)
    for node, path in graph.values:
        having[node].append(path)
    excluded = _excluded(graph)
    for node, classes in graph.classes.items():
        wanted = {end for path in having[node] for end in graph.expect.domains(path)}
        wanted |= {end for path in referring[node] for end in graph.expect.ranges(path)}
        for class_ in _some(excluded[tuple(classes)], random):
            fits = graph.expect.wider([class_]) >= wanted
            yield graph.swap(graph.of(node, A), [Statement(node, A, class_)], NOTHING_AGAINST if fits else "")


def two_classes(graph: Graph, random: Random) -> Iterator[Edit]:
    """Give a node a class that excludes its own, beside it."""
    excluded = _excluded(graph)
    for node, classes in graph.classes.items():
        for class_ in _some(excluded[tuple(classes)], random):
            yield graph.add(Statement(node, A, classes[0]), Statement(node, A, class_))


def fact_without_evidence(graph: Graph, random: Random) -> Iterator[Edit]:
    """Move a fact from the graph of its evidence to one that is none: misspelt, or the name of another thing."""
    evidence = _evidence(graph)
    classes = {class_ for name in evidence for class_ in graph.classes[name]}
    others = [node for node in graph.nodes if classes.isdisjoint(graph.classes[node])]
    for name, quads in evidence.items():
        for quad in quads:
            for wrong in (misspelt(name, graph.names, random), random.choice(others)):
                moved = Quad(quad.subject, quad.predicate, quad.object, wrong)
                yield Edit(name, frozenset([quad]), (moved,))


def evidence_without_facts(graph: Graph, _: Random) -> Iterator[Edit]:
    """Lose all facts that were read from a piece of evidence."""
    for name, quads in _evidence(graph).items():
        yield Edit(name, frozenset(quads), ())


def same_thing_twice(graph: Graph, _: Random) -> Iterator[Edit]:
    """Describe a thing a second time, with the same class and labels, under another IRI."""
    for node in graph.nodes:
        told = graph.of(node, A, LABEL)
        if any(said.predicate == LABEL for said in told):
            copy = NamedNode(f"{node.value}-2")
            yield graph.add(told[0], *(said._replace(subject=copy) for said in told))


def _quads(graph: Graph) -> Iterator[Quad]:
    return (quad for quads in graph.quads.values() for quad in quads)


def _evidence(graph: Graph) -> dict[NamedNode, list[Quad]]:
    """Return the quads of the named graphs that are themselves described, by the name of the graph."""
    found: dict[NamedNode, list[Quad]] = defaultdict(list)
    for quad in _quads(graph):
        if isinstance(quad.graph_name, NamedNode) and quad.graph_name in graph.classes:
            found[quad.graph_name].append(quad)
    return found


def _excluded(graph: Graph) -> dict[tuple[NamedNode, ...], list[NamedNode]]:
    """Return for the classes of each node the classes with members that exclude them."""
    used = list(dict.fromkeys(class_ for classes in graph.classes.values() for class_ in classes))
    return {
        classes: [class_ for class_ in used if graph.expect.exclude(classes, [class_])]
        for classes in {tuple(classes) for classes in graph.classes.values()}
    }


def _some(classes: list[NamedNode], random: Random) -> list[NamedNode]:
    return random.sample(classes, min(2, len(classes)))
