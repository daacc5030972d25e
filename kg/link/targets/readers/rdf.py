"""Records of an RDF file, such as a thesaurus: whatever has a label is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, cast

from pyoxigraph import BlankNode, Literal, NamedNode, Triple, parse

from kg.errors import InputError
from kg.files.nesting import Bounded
from kg.files.reading import syntax_faults
from kg.formats import required_rdf_format
from kg.link.records.countries import country_code
from kg.link.records.hosts import host_of
from kg.link.records.record import Record
from kg.link.targets.readers.columns import MANY, ColumnMapping, year_of
from kg.link.targets.readers.files import open_binary, without_gz
from kg.query.labels import LABELS, language_rank
from kg.rdf.serialize import syntax
from kg.rdf.terms import FOAF, OWL, RDF, RDFS, SKOS

Term = NamedNode | BlankNode | Literal | Triple
Properties = dict[str, list[Term]]

_OBO = "http://www.geneontology.org/formats/oboInOwl#"
_SCHEMA = ("https://schema.org/", "http://schema.org/")
_LABELS = tuple(predicate.value for predicate in LABELS)
_ALIASES = (
    SKOS + "altLabel",
    SKOS + "hiddenLabel",
    _OBO + "hasExactSynonym",
    _OBO + "hasRelatedSynonym",
    *(space + "alternateName" for space in _SCHEMA),
)
_DESCRIPTIONS = (
    SKOS + "definition",
    SKOS + "scopeNote",
    RDFS + "comment",
    _OBO + "hasDefinition",
    "http://purl.org/dc/terms/description",
    *(space + "description" for space in _SCHEMA),
)
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
# The fields whose values are IRIs, and not names.
_IRIS = ("parents", "same_as", "successors")
_DEPRECATED = OWL + "deprecated"


def read_rdf(path: Path, mapping: ColumnMapping | None = None) -> Iterator[tuple[int, Record]]:
    """Return the records of an RDF file, in the order in which it first speaks of them; raises InputError.

    A mapping names properties by their IRIs: they fill a field beside those that are known here, and are kept.
    """
    found = required_rdf_format(path, without_gz(path))
    things: dict[str, Properties] = {}
    with open_binary(path) as file, syntax_faults(path):
        for quad in parse(cast("BinaryIO", Bounded(file, found, path)), format=syntax(found)):
            values = things.setdefault(_key(quad.subject), {}).setdefault(quad.predicate.value, [])
            values.append(quad.object)
    # SKOS-XL and OBO keep a name or a definition in a node of its own: such a node is no record.
    texts = (*_ALIASES, *_DESCRIPTIONS)
    named_by = {_key(value) for thing in things.values() for name in texts for value in thing.get(name, ())}
    for number, (iri, properties) in enumerate(things.items(), 1):
        if not iri.startswith("_:") and iri not in named_by and not _is_annotation(properties):
            record = _record(iri, properties, things, mapping)
            if record is not None and mapping is not None:
                record = _mapped(record, properties, things, mapping, path)
            if record is not None:
                yield number, record


def _key(term: Term) -> str:
    """Return the IRI of a node, the label of a blank one with `_:`, or the text of a literal."""
    return str(term) if isinstance(term, BlankNode) else str(getattr(term, "value", ""))


def _is_annotation(properties: Properties) -> bool:
    """Return whether a node is a property, or a definition or name that OBO keeps in a node of its own."""
    kinds = [_key(kind) for kind in properties.get(RDF + "type", ())]
    return any(kind.endswith("Property") or kind.startswith(_OBO) for kind in kinds)


def _mapped(
    record: Record,
    properties: Properties,
    things: Mapping[str, Properties],
    mapping: ColumnMapping,
    path: Path,
) -> Record:
    """Add the fields that a user has mapped, but the label, and what is to be kept."""

    def values(name: str) -> tuple[str, ...]:
        return tuple(text for value in properties.get(name, ()) for text in _texts(value, things) or [_key(value)])

    found: dict[str, Any] = {}
    for name, property_ in mapping.columns.items():
        given = values(property_)
        if not given or name == "label":
            continue
        try:
            if name == "website":
                hosts = map(host_of, map(_key, properties[property_]))
                found["domains"] = tuple(dict.fromkeys((*record.domains, *filter(None, hosts))))
            elif name in _IRIS:
                found[name] = (*getattr(record, name), *map(_key, properties[property_]))
            elif name in MANY:
                found[name] = tuple(dict.fromkeys((*getattr(record, name), *given)))
            elif name in ("year", "size"):
                found[name] = year_of(given[0]) if name == "year" else float(given[0])
            else:
                found[name] = country_code(given[0]) if name == "country" else given[0]
        except ValueError as error:
            raise InputError(
                f"{record.iri}: not a number: {error}", "map year and size to numbers", path=path
            ) from error
    kept: dict[str, str | float] = {name: "|".join(given) for name in mapping.keep if (given := values(name))}
    return record._replace(**found, properties={**record.properties, **kept})


def _record(
    iri: str, properties: Properties, things: Mapping[str, Properties], mapping: ColumnMapping | None
) -> Record | None:
    def texts(*names: str) -> list[str]:
        found = [value for name in names for value in properties.get(name, ())]
        # English names first: they are what a person sees in a list of candidates.
        found.sort(key=lambda value: language_rank(getattr(value, "language", None)))
        return [text.replace("_", " ") for value in found for text in _texts(value, things)]

    def iris(*names: str) -> tuple[str, ...]:
        return tuple(v.value for name in names for v in properties.get(name, ()) if isinstance(v, NamedNode))

    own = mapping.columns.get("label") if mapping else None
    labels = [*(texts(own) if own else ()), *texts(*_LABELS)]
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
        retired=any(_key(value) == "true" for value in properties.get(_DEPRECATED, ())),
    )


def _texts(value: Term, things: Mapping[str, Properties]) -> list[str]:
    """Return a literal's text, or the labels of a node that stands for a name."""
    if isinstance(value, Literal):
        return [value.value]
    node = things.get(_key(value), {})
    return [_key(label) for name in _LABELS for label in node.get(name, ())]
