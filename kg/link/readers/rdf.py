"""Records of an RDF file, such as a thesaurus: whatever has a label is one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from kg.errors import InputError
from kg.link.hosts import host_of
from kg.link.readers.files import open_binary
from kg.link.record import Record
from kg.terms import FOAF, OWL, RDF, RDFS, SKOS

_SCHEMA = ("https://schema.org/", "http://schema.org/")
_LABELS = (SKOS + "prefLabel", RDFS + "label", FOAF + "name", *(space + "name" for space in _SCHEMA))
_ALIASES = (
    SKOS + "altLabel",
    SKOS + "hiddenLabel",
    "http://www.geneontology.org/formats/oboInOwl#hasExactSynonym",
    "http://www.geneontology.org/formats/oboInOwl#hasRelatedSynonym",
    *(space + "alternateName" for space in _SCHEMA),
)
_DESCRIPTIONS = (SKOS + "definition", SKOS + "scopeNote", RDFS + "comment", "http://purl.org/dc/terms/description",
                 *(space + "description" for space in _SCHEMA))  # fmt: skip
_PARENTS = (SKOS + "broader", RDFS + "subClassOf")
_PAGES = (FOAF + "homepage", *(space + "url" for space in _SCHEMA))
_SAME = (OWL + "sameAs", SKOS + "exactMatch")
_KINDS = {
    SKOS + "Concept": "concept",
    OWL + "Class": "concept",
    FOAF + "Organization": "organization",
    "http://www.w3.org/ns/org#Organization": "organization",
    FOAF + "Person": "person",
    **{space + name.capitalize(): name for space in _SCHEMA for name in ("organization", "person", "place", "event")},
}
_DEPRECATED = OWL + "deprecated"


def read_rdf(path: Path) -> Iterator[tuple[int, Record]]:
    """Return the records of an RDF file, in the order in which it first speaks of them; raises InputError."""
    suffix = (path.with_suffix("") if path.suffix == ".gz" else path).suffix.removeprefix(".")
    format_ = RdfFormat.from_extension(suffix)
    if format_ is None:
        raise InputError(f"no RDF syntax has the extension .{suffix}", "name it .ttl, .nt, .rdf ...", path=path)
    things: dict[str, dict[str, list[NamedNode | Literal]]] = {}
    synonyms: dict[str, str] = {}
    try:
        with open_binary(path) as file:
            for quad in parse(file, format=format_):
                if quad.predicate.value in (RDFS + "label",) and not isinstance(quad.subject, NamedNode):
                    synonyms[str(quad.subject)] = quad.object.value  # OBO keeps a synonym in a node of its own
                elif isinstance(quad.subject, NamedNode):
                    values = things.setdefault(quad.subject.value, {}).setdefault(quad.predicate.value, [])
                    values.append(quad.object)
    except SyntaxError as error:
        raise InputError(str(error.msg), path=path, line=error.lineno, column=error.offset) from error
    for number, (iri, properties) in enumerate(things.items(), 1):
        record = _record(iri, properties, synonyms)
        if record is not None:
            yield number, record


def _record(iri: str, properties: dict[str, list[NamedNode | Literal]], synonyms: dict[str, str]) -> Record | None:
    def texts(*names: str) -> list[str]:
        found = [value for name in names for value in properties.get(name, ())]
        # English names first: they are what a person sees in a list of candidates.
        found.sort(key=lambda value: getattr(value, "language", None) not in ("en", None))
        return [synonyms.get(str(value), value.value).replace("_", " ") for value in found]

    def iris(*names: str) -> tuple[str, ...]:
        return tuple(v.value for name in names for v in properties.get(name, ()) if isinstance(v, NamedNode))

    labels = texts(*_LABELS)
    if not labels:
        return None
    kinds = dict.fromkeys(_KINDS[kind] for kind in iris(RDF + "type") if kind in _KINDS)
    return Record(
        iri=iri,
        label=labels[0],
        aliases=tuple(dict.fromkeys(text for text in (*labels[1:], *texts(*_ALIASES)) if text != labels[0])),
        types=tuple(kinds),
        domains=tuple(filter(None, map(host_of, iris(*_PAGES)))),
        parents=iris(*_PARENTS),
        description=(texts(*_DESCRIPTIONS) or [""])[0],
        same_as=iris(*_SAME),
        retired=any(value.value == "true" for value in properties.get(_DEPRECATED, ())),
    )
