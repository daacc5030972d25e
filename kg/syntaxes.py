"""RDF as text in the standard syntaxes; the same quads always give the same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pyoxigraph import CanonicalizationAlgorithm, Dataset, DefaultGraph, NamedNode, Quad, RdfFormat, serialize

from kg.errors import UsageError
from kg.terms import RDF, Prefixes

# Formats of one merged graph, and formats that keep the named graphs apart.
GRAPH_FORMATS = {"turtle": RdfFormat.TURTLE, "ntriples": RdfFormat.N_TRIPLES, "rdfxml": RdfFormat.RDF_XML}
DATASET_FORMATS = {"trig": RdfFormat.TRIG, "nquads": RdfFormat.N_QUADS}
# Characters that XML 1.0 has no way to write (section 2.2).
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_rdf(quads: Iterable[Quad], format_name: str, prefixes: Prefixes) -> bytes:
    """Write quads in one of GRAPH_FORMATS, which merge the graphs, or DATASET_FORMATS.

    Raises UsageError where the format cannot hold the graph.
    """
    canonical = canonical_quads(quads)
    if format_name in DATASET_FORMATS:
        ordered = sorted(canonical, key=lambda quad: (_graph_name(quad), str(quad.triple)))
        return _serialize(ordered, DATASET_FORMATS[format_name], prefixes)
    triples = sorted({quad.triple for quad in canonical}, key=str)
    return _serialize([Quad(*triple) for triple in triples], GRAPH_FORMATS[format_name], prefixes)


def canonical_quads(quads: Iterable[Quad]) -> list[Quad]:
    """Sort quads and give blank nodes the labels of RDFC-1.0, so that the same graph has the same text."""
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(dataset, key=str)


def _serialize(quads: list[Quad], format_: RdfFormat, prefixes: Prefixes) -> bytes:
    """Serialize sorted quads; what the serializer leaves open (order of prefixes, blank lines) is settled here."""
    data = (serialize(quads, format=format_, prefixes=_used_prefixes(quads, prefixes)) or b"").decode()
    if format_ == RdfFormat.RDF_XML:
        start, root, rest = checked_xml(data).partition("<rdf:RDF ")
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


def checked_xml(data: str) -> str:
    """Return XML as it is; raises UsageError where it holds a character that XML cannot hold."""
    if _NOT_IN_XML.search(data):
        raise UsageError("XML cannot hold a control character of this graph", "choose another format")
    return data


def _used_prefixes(quads: Iterable[Quad], prefixes: Prefixes) -> dict[str, str]:
    """Return the prefixes that shorten an IRI of the quads, sorted; rdf:type is written `a`."""
    iris = {node.value for quad in quads for node in (*quad.triple, quad.graph_name) if isinstance(node, NamedNode)}
    names = {prefixes.shorten(iri).partition(":")[0] for iri in iris - {RDF + "type"}}
    return {name: namespace for name, namespace in sorted(prefixes.namespaces.items()) if name in names}


def _graph_name(quad: Quad) -> str:
    return "" if isinstance(quad.graph_name, DefaultGraph) else str(quad.graph_name)
