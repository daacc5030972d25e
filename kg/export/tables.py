"""The graph for tools other than RDF tools: a CSV row for each entity, and GraphML for network analysis."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree

from pyoxigraph import Literal, NamedNode, Quad

from kg.provenance.vocabulary import DESCRIPTION, HAS_SELECTOR, IN_SOURCE, STATUS
from kg.query.labels import labels_in, language_rank, local_name, names_in, preference
from kg.rdf.terms import OWL, RDF, RDFS, Prefixes


@dataclass
class _Entity:
    """What the two formats show of a thing; `labels` has one for each language, `label` is the one of all."""

    label: str
    classes: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)
    description: str = ""


def entities_csv(quads: Iterable[Quad], project: Iterable[Quad], prefixes: Prefixes) -> bytes:
    """Write a row for each thing that the quads describe; aliases are separated by ` | `.

    There is a column of labels for each language that the project has labels in.

    Args:
        quads: the selection.
        project: all that the project asserts; it gives names, classes and descriptions.
        prefixes: for the column `curie`.
    """
    subjects = {quad.subject for quad in quads}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    entities = _entities(project)
    found = {language for entity in entities.values() for language in entity.labels}
    languages = sorted(found, key=lambda language: (language_rank(language), language))
    headings = (f"label_{language}" if language else "label" for language in languages)
    writer.writerow(("iri", "curie", "class", *headings, "aliases", "description"))
    for node, entity in entities.items():
        if node not in subjects:
            continue
        writer.writerow(
            (
                node.value,
                prefixes.shorten(node),
                " | ".join(entity.classes),
                *(entity.labels.get(language, "") for language in languages),
                " | ".join(entity.aliases),
                entity.description,
            )
        )
    return text.getvalue().encode()


def graphml(quads: Iterable[Quad], project: Iterable[Quad], prefixes: Prefixes) -> bytes:
    """Write entities as nodes and the facts between them as edges, with the status of their evidence.

    Args:
        quads: the selection; an edge for each quad between two entities.
        project: all that the project asserts; it gives names, classes and statuses.
        prefixes: for the identifiers of nodes.
    """
    quads, project = list(quads), list(project)
    names = labels_in(project)
    mentioned = {node for quad in quads for node in (quad.subject, quad.object)}
    entities = {node: entity for node, entity in _entities(project).items() if node in mentioned}
    statuses = {
        quad.subject: names.get(quad.object, quad.object.value)
        for quad in project
        if quad.predicate == STATUS and isinstance(quad.object, NamedNode)
    }

    root = ElementTree.Element("graphml", xmlns="http://graphml.graphdrawing.org/xmlns")
    for key, kind in (
        ("label", "node"),
        ("class", "node"),
        ("iri", "node"),
        ("property", "edge"),
        ("evidence", "edge"),
        *((("status", "edge"),) if statuses else ()),
    ):
        attributes = {"id": key, "for": kind, "attr.name": key, "attr.type": "string"}
        ElementTree.SubElement(root, "key", attributes)
    graph = ElementTree.SubElement(root, "graph", id="kg", edgedefault="directed")
    for node, entity in entities.items():
        element = ElementTree.SubElement(graph, "node", id=prefixes.shorten(node))
        _add_data(element, {"label": entity.label, "class": " | ".join(entity.classes), "iri": node.value})
    for quad in quads:
        source, target, name = quad.subject, quad.object, quad.graph_name
        if not (
            isinstance(source, NamedNode) and isinstance(target, NamedNode) and {source, target} <= entities.keys()
        ):
            continue
        ends = {"source": prefixes.shorten(source), "target": prefixes.shorten(target)}
        _add_data(
            ElementTree.SubElement(graph, "edge", ends),
            {
                "property": names.get(quad.predicate) or prefixes.shorten(quad.predicate),
                "evidence": prefixes.shorten(name) if isinstance(name, NamedNode) else "inferred",
                "status": statuses.get(name, "") if isinstance(name, NamedNode) else "",
            },
        )
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _add_data(element: ElementTree.Element, values: Mapping[str, str]) -> None:
    for key, value in values.items():
        if value:
            ElementTree.SubElement(element, "data", key=key).text = value


def _entities(project: Iterable[Quad]) -> dict[NamedNode, _Entity]:
    """Collect what the two formats show of each thing, by IRI.

    The ontology's own terms are left out, and so are passages and records and their places: they are evidence.
    """
    triples = sorted({quad.triple for quad in project}, key=str)
    labels = labels_in(triples)
    aside: set[object] = set()
    found: dict[NamedNode, _Entity] = {}
    for triple in triples:
        node, predicate, value = triple.subject, triple.predicate, triple.object
        if predicate == IN_SOURCE:
            aside.add(node)
        elif predicate == HAS_SELECTOR:
            aside.add(value)
        if not isinstance(node, NamedNode):
            continue
        entity = found.setdefault(node, _Entity(labels.get(node) or local_name(node)))
        if predicate.value == RDF + "type" and isinstance(value, NamedNode):
            if value.value.startswith((OWL, RDFS, RDF)):
                aside.add(node)
            entity.classes.append(labels.get(value, value.value))
        elif predicate == DESCRIPTION and isinstance(value, Literal):
            entity.description = value.value
    for name in sorted(names_in(triples), key=lambda name: preference(name.literal, name.predicate)):
        if name.preferred:
            found[name.entity].labels.setdefault(name.language or "", name.text)
        else:
            found[name.entity].aliases.append(name.text)
    return {node: found[node] for node in sorted(found.keys() - aside, key=lambda node: node.value)}
