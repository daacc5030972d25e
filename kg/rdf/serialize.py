"""RDF as text in the standard syntaxes; the same quads always give the same bytes."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator
from itertools import chain

from pyoxigraph import CanonicalizationAlgorithm, Dataset, DefaultGraph, Literal, NamedNode, Quad, RdfFormat, serialize

from kg.errors import UsageError
from kg.formats import NQUADS, NTRIPLES, RDFXML, TRIG, TURTLE, Format
from kg.rdf.encoding import Quads
from kg.rdf.terms import RDF, Prefixes


def syntax(one: Format) -> RdfFormat:
    """Return what pyoxigraph calls an RDF syntax."""
    found = RdfFormat.from_media_type(one.media_type)
    assert found is not None, one.name
    return found


# The formats that are written here: those of one merged graph, and those that keep named graphs apart.
GRAPH_FORMATS = {one.name: syntax(one) for one in (TURTLE, NTRIPLES, RDFXML)}
DATASET_FORMATS = {one.name: syntax(one) for one in (TRIG, NQUADS)}
# Characters that XML 1.0 has no way to write (section 2.2).
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_rdf(quads: Iterable[Quad], format_name: str, prefixes: Prefixes) -> bytes:
    """Write quads in one of GRAPH_FORMATS, which merge the graphs, or DATASET_FORMATS.

    Raises UsageError where the format cannot hold the graph.
    """
    return b"".join(rdf_parts(quads, format_name, prefixes))


def rdf_parts(quads: Iterable[Quad], format_name: str, prefixes: Prefixes) -> Iterator[bytes]:
    """Yield what write_rdf returns in parts; only the formats with a line for each statement have more than one."""
    canonical = canonical_quads(quads)
    if format_name in GRAPH_FORMATS:
        default = canonical.dictionary.term_id(DefaultGraph())
        merged = canonical.ordered((0, 1, 2))
        merged.term_ids[3::4] = array("i", [default]) * len(merged)
        yield from _text(merged, GRAPH_FORMATS[format_name], prefixes)
    else:
        yield from _text(canonical.ordered((3, 0, 1, 2)), DATASET_FORMATS[format_name], prefixes)


def canonical_quads(quads: Iterable[Quad]) -> Quads:
    """Sort quads and give blank nodes the labels of RDFC-1.0, so that the same graph has the same text."""
    quads = Quads.of(quads)
    dictionary = quads.dictionary
    named = {n for n in set(quads.term_ids) if isinstance(dictionary.terms[n], NamedNode | Literal | DefaultGraph)}
    # A blank node's label rests on the quads that it stands in (RDF Dataset Canonicalization, section 4.6); they are
    # few, and the others can be millions.
    is_named = [named.issuperset(row) for row in quads.rows()]
    if not all(is_named):
        dataset = Dataset(quads.where(not whole for whole in is_named))
        dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
        quads = quads.where(is_named) + dataset
    return quads.ordered((0, 1, 2, 3))


def _text(quads: Quads, format_: RdfFormat, prefixes: Prefixes) -> Iterator[bytes]:
    """Yield sorted quads as text; what the serializer leaves open (order of prefixes, blank lines) is settled here."""
    if format_ in (RdfFormat.N_TRIPLES, RdfFormat.N_QUADS):
        default = quads.dictionary.term_id(DefaultGraph())
        in_default = [number == default for number in quads.column(3)]
        named = quads.where(not found for found in in_default)
        yield from map(str.encode, chain(quads.where(in_default).lines((0, 1, 2)), named.lines((0, 1, 2, 3))))
        return
    data = (serialize(quads, format=format_, prefixes=_used_prefixes(quads, prefixes)) or b"").decode()
    if format_ == RdfFormat.RDF_XML:
        start, root, rest = checked_xml(data).partition("<rdf:RDF ")
        attributes, close, rest = rest.partition(">")
        # A carriage return would be read back as a line feed (XML 1.0, section 2.11).
        yield (start + root + " ".join(sorted(attributes.split(" "))) + close + rest.replace("\r", "&#13;")).encode()
    else:
        lines = data.split("\n")
        head = sorted(line for line in lines if line.startswith("@prefix "))
        # Literals hold no line breaks here (they are escaped), so a line that is not indented begins a block.
        body = "\n".join(lines[len(head) :])
        yield ("\n".join(head) + "\n" + re.sub(r"^(?=[^\s}])", "\n", body, flags=re.MULTILINE)).encode()


def checked_xml(data: str) -> str:
    """Return XML as it is; raises UsageError where it holds a character that XML cannot hold."""
    if _NOT_IN_XML.search(data):
        raise UsageError(
            "there is a control character, which XML cannot represent", "choose another format, such as turtle or json"
        )
    return data


def _used_prefixes(quads: Quads, prefixes: Prefixes) -> dict[str, str]:
    """Return the prefixes that shorten an IRI of the quads, sorted; rdf:type is written `a`."""
    terms = map(quads.dictionary.terms.__getitem__, set(quads.term_ids))
    iris = {term.value for term in terms if isinstance(term, NamedNode)}
    names = {prefixes.shorten(iri).partition(":")[0] for iri in iris - {RDF + "type"}}
    return {name: namespace for name, namespace in sorted(prefixes.namespaces.items()) if name in names}
