"""The graph as files: RDF syntaxes, JSON-LD with the project's own context, CSV of entities, GraphML.

What is asserted comes from the files, because the store rewrites some literals; what was inferred comes from the
store. All text is deterministic: the same graph gives the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyoxigraph import CanonicalizationAlgorithm, Dataset, DefaultGraph, NamedNode, Quad, RdfFormat, serialize

from kg.errors import UsageError
from kg.results import read
from kg.store import Store
from kg.terms import RDF, Prefixes, render

if TYPE_CHECKING:
    from kg.reading import Files

# Formats of one merged graph, and formats that keep the named graphs apart.
GRAPH_FORMATS = {"turtle": RdfFormat.TURTLE, "ntriples": RdfFormat.N_TRIPLES, "rdfxml": RdfFormat.RDF_XML}
DATASET_FORMATS = {"trig": RdfFormat.TRIG, "nquads": RdfFormat.N_QUADS}
FORMATS = (*GRAPH_FORMATS, *DATASET_FORMATS, "json-ld", "context", "csv", "graphml")
EXTENSIONS = {
    ".ttl": "turtle",
    ".nt": "ntriples",
    ".rdf": "rdfxml",
    ".trig": "trig",
    ".nq": "nquads",
    ".jsonld": "json-ld",
    ".csv": "csv",
    ".graphml": "graphml",
}
SCOPES = ("asserted", "inferred", "all")

# Characters that XML 1.0 has no way to write (section 2.2).
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

_INFERRED = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER NOT EXISTS { GRAPH ?g { ?s ?p ?o } } }"


@dataclass(frozen=True)
class Selection:
    """Which part of the graph to export; by default everything that is asserted."""

    scope: str = "asserted"
    graph: NamedNode | None = None
    entity: NamedNode | None = None


def select_quads(files: Files, store: Store, selection: Selection) -> list[Quad]:
    """Return the quads of a selection; inferred ones are in the default graph.

    Raises UsageError for a named graph or an entity of which there is nothing to export.
    """
    quads: list[Quad] = []
    if selection.scope in ("asserted", "all"):
        quads += files.quads
    if selection.scope in ("inferred", "all") and selection.graph is None:
        inferred = read(store.query(_INFERRED))
        assert isinstance(inferred, list)
        quads += (Quad(*triple) for triple in inferred)
    if selection.graph is not None:
        quads = [quad for quad in quads if quad.graph_name == selection.graph]
    if selection.entity is not None:
        quads = [quad for quad in quads if selection.entity in (quad.subject, quad.object)]
    if not quads and (selection.graph or selection.entity):
        nothing = " and ".join(render(node) for node in (selection.graph, selection.entity) if node)
        raise UsageError(
            f"there is nothing {selection.scope} of {nothing}",
            "kg export --scope all takes in what was inferred",
        )
    return quads


def write(
    quads: Iterable[Quad],
    format_name: str,
    prefixes: Prefixes,
    project: Iterable[Quad] = (),
    frame: dict[str, Any] | None = None,
) -> bytes:
    """Write quads in one of FORMATS.

    Args:
        quads: of any graphs; only trig and nquads keep the graphs apart, the other formats merge them.
        format_name: see FORMATS.
        prefixes: to shorten IRIs.
        project: all that the project asserts: whatever is selected, it gives the keys and types of JSON-LD, and the
            names that CSV and GraphML show.
        frame: a JSON-LD frame, for json-ld only.

    Raises:
        UsageError: the format cannot hold the graph.
    """
    canonical = _canonical(quads)
    if format_name in GRAPH_FORMATS:
        triples = sorted({quad.triple for quad in canonical}, key=str)
        return _serialize([Quad(*triple) for triple in triples], GRAPH_FORMATS[format_name], prefixes)
    if format_name in DATASET_FORMATS:
        ordered = sorted(canonical, key=lambda quad: (_graph_name(quad), str(quad.triple)))
        return _serialize(ordered, DATASET_FORMATS[format_name], prefixes)
    if format_name in ("json-ld", "context"):
        from kg import jsonld

        context = jsonld.context(project, prefixes)
        return jsonld.document(canonical, context, frame) if format_name == "json-ld" else jsonld.as_json(context)
    from kg import tables

    if format_name == "csv":
        return tables.entities_csv(canonical, project, prefixes)
    return _checked_xml(tables.graphml(canonical, project, prefixes).decode()).encode()


def _canonical(quads: Iterable[Quad]) -> list[Quad]:
    """Sort quads and give blank nodes the labels of RDFC-1.0, so that the same graph has the same text."""
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(dataset, key=str)


def _serialize(quads: list[Quad], format_: RdfFormat, prefixes: Prefixes) -> bytes:
    """Serialize sorted quads; what the serializer leaves open (order of prefixes, blank lines) is settled here."""
    data = (serialize(quads, format=format_, prefixes=used_prefixes(quads, prefixes)) or b"").decode()
    if format_ == RdfFormat.RDF_XML:
        start, root, rest = _checked_xml(data).partition("<rdf:RDF ")
        attributes, close, rest = rest.partition(">")
        # A carriage return would be read back as a line feed (XML 1.0, section 2.11).
        data = start + root + " ".join(sorted(attributes.split(" "))) + close + rest.replace("\r", "&#13;")
    elif format_ in (RdfFormat.TURTLE, RdfFormat.TRIG):
        lines = data.split("\n")
        head = sorted(line for line in lines if line.startswith("@prefix "))
        # Literals hold no line breaks here (they are escaped), so a line that is not indented begins a block.
        body = "\n".join(lines[len(head) :])
        data = "\n".join(head) + "\n" + re.sub(r"^(?=[^\s}])", "\n", body, flags=re.MULTILINE)
    return data.encode()


def _checked_xml(data: str) -> str:
    if _NOT_IN_XML.search(data):
        raise UsageError("XML cannot hold a control character of this graph", "choose another format")
    return data


def used_prefixes(quads: Iterable[Quad], prefixes: Prefixes) -> dict[str, str]:
    """Return the prefixes that shorten an IRI of the quads, sorted; rdf:type is written `a`."""
    iris = {node.value for quad in quads for node in (*quad.triple, quad.graph_name) if isinstance(node, NamedNode)}
    names = {prefixes.shorten(iri).partition(":")[0] for iri in iris - {RDF + "type"}}
    return {name: namespace for name, namespace in sorted(prefixes.namespaces.items()) if name in names}


def _graph_name(quad: Quad) -> str:
    return "" if isinstance(quad.graph_name, DefaultGraph) else str(quad.graph_name)
