"""The graph for tools that are no RDF tools: a CSV row for each entity, and GraphML for network analysis."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree

from pyoxigraph import Literal, NamedNode, Quad

from kg.terms import AIGOV, OWL, RDF, RDFS, SKOS, Prefixes

COLUMNS = ("iri", "curie", "class", "label_en", "label_zh", "aliases", "description")
_DESCRIPTION = "http://purl.org/dc/terms/description"


@dataclass
class _Entity:
    classes: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)
    description: str = ""


def entities_csv(quads: Iterable[Quad], project: Iterable[Quad], prefixes: Prefixes) -> bytes:
    """Write a row for each thing that has a label, the ontology's own terms left out; aliases are split by ` | `."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for node, entity in _entities(quads, _labels(project)).items():
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
    """Write entities as nodes and the facts between them as edges, with the status of their evidence."""
    quads = list(quads)
    names = _labels(project)
    entities = _entities(quads, names)
    statuses: dict[object, str] = {
        q.subject: names.get(q.object, "") for q in quads if q.predicate.value == AIGOV + "status"
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


def _labels(quads: Iterable[Quad]) -> dict[object, str]:
    """Return the English label of everything that has one."""
    return {
        quad.subject: quad.object.value
        for quad in quads
        if quad.predicate.value == RDFS + "label" and isinstance(quad.object, Literal) and quad.object.language == "en"
    }


def _entities(quads: Iterable[Quad], names: Mapping[object, str]) -> dict[NamedNode, _Entity]:
    """Collect what the two formats show of each thing with a label, sorted by IRI."""
    found: dict[NamedNode, _Entity] = defaultdict(_Entity)
    terms = set()  # classes, properties and the like
    for quad in quads:
        node, value = quad.subject, quad.object
        if not isinstance(node, NamedNode):
            continue
        entity = found[node]
        if quad.predicate.value == RDF + "type" and isinstance(value, NamedNode):
            if value.value.startswith((OWL, RDFS)):
                terms.add(node)
            name = names.get(value, value.value)
            if name not in entity.classes:
                entity.classes.append(name)
        elif isinstance(value, Literal) and quad.predicate.value == RDFS + "label":
            entity.labels[value.language or ""] = value.value
        elif isinstance(value, Literal) and quad.predicate.value == SKOS + "altLabel":
            entity.aliases.append(value.value)
        elif isinstance(value, Literal) and quad.predicate.value == _DESCRIPTION:
            entity.description = value.value
    chosen = (node for node, entity in found.items() if entity.labels and node not in terms)
    return {node: found[node] for node in sorted(chosen, key=lambda node: node.value)}
