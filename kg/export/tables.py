"""The graph for tools that are no RDF tools: a CSV row for each entity, and GraphML for network analysis."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree

from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg.rdf.terms import AIGOV, OWL, RDF, RDFS, SKOS, Prefixes

COLUMNS = ("iri", "curie", "class", "label_en", "label_zh", "aliases", "description")
_DESCRIPTION = "http://purl.org/dc/terms/description"


@dataclass
class _Entity:
    classes: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)
    description: str = ""


def entities_csv(quads: Iterable[Quad], project: Iterable[Quad], prefixes: Prefixes) -> bytes:
    """Write a row for each thing of which the quads tell; aliases are split by ` | `.

    Args:
        quads: the selection.
        project: all that the project asserts; it gives names, classes and descriptions.
        prefixes: for the column `curie`.
    """
    subjects = {quad.subject for quad in quads}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for node, entity in _entities(project).items():
        if node not in subjects:
            continue
        writer.writerow(
            (
                node.value,
                prefixes.shorten(node),
                " | ".join(entity.classes),
                entity.labels.get("en", ""),
                entity.labels.get("zh", ""),
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
    names = _labels(project)
    mentioned = {node for quad in quads for node in (quad.subject, quad.object)}
    entities = {node: entity for node, entity in _entities(project).items() if node in mentioned}
    statuses: dict[object, str] = {
        q.subject: names.get(q.object, "") for q in project if q.predicate.value == AIGOV + "status"
    }

    root = ElementTree.Element("graphml", xmlns="http://graphml.graphdrawing.org/xmlns")
    for key, kind in (
        ("label", "node"),
        ("class", "node"),
        ("iri", "node"),
        ("property", "edge"),
        ("evidence", "edge"),
        ("status", "edge"),
    ):
        attributes = {"id": key, "for": kind, "attr.name": key, "attr.type": "string"}
        ElementTree.SubElement(root, "key", attributes)
    graph = ElementTree.SubElement(root, "graph", id="kg", edgedefault="directed")
    for node, entity in entities.items():
        element = ElementTree.SubElement(graph, "node", id=prefixes.shorten(node))
        label = entity.labels.get("en") or next(iter(entity.labels.values()))
        _add_data(element, {"label": label, "class": " | ".join(entity.classes), "iri": node.value})
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
                "status": statuses.get(name, ""),
            },
        )
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _add_data(element: ElementTree.Element, values: Mapping[str, str]) -> None:
    for key, value in values.items():
        if value:
            ElementTree.SubElement(element, "data", key=key).text = value


def _labels(facts: Iterable[Quad | Triple]) -> dict[object, str]:
    """Return the English label of everything that has one."""
    return {
        fact.subject: fact.object.value
        for fact in facts
        if fact.predicate.value == RDFS + "label" and isinstance(fact.object, Literal) and fact.object.language == "en"
    }


def _entities(project: Iterable[Quad]) -> dict[NamedNode, _Entity]:
    """Collect what the two formats show of each thing with a label, the ontology's own terms left out, by IRI."""
    triples = sorted({quad.triple for quad in project}, key=str)
    names = _labels(triples)
    found: dict[NamedNode, _Entity] = defaultdict(_Entity)
    terms = set()  # classes, properties and the like
    for triple in triples:
        node, value = triple.subject, triple.object
        if not isinstance(node, NamedNode):
            continue
        entity = found[node]
        if triple.predicate.value == RDF + "type" and isinstance(value, NamedNode):
            if value.value.startswith((OWL, RDFS)):
                terms.add(node)
            entity.classes.append(names.get(value, value.value))
        elif isinstance(value, Literal) and triple.predicate.value == RDFS + "label":
            entity.labels[value.language or ""] = value.value
        elif isinstance(value, Literal) and triple.predicate.value == SKOS + "altLabel":
            entity.aliases.append(value.value)
        elif isinstance(value, Literal) and triple.predicate.value == _DESCRIPTION:
            entity.description = value.value
    chosen = (node for node, entity in found.items() if entity.labels and node not in terms)
    return {node: found[node] for node in sorted(chosen, key=lambda node: node.value)}
