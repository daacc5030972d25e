"""Facts of linked records, copied as what they are: statements of another data set about its own records.

They are in one named graph per target, described as a source with version, date and licence, and their
subjects are the other data set's IRIs. So their origin stays visible, and they go when the link is withdrawn.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from pyoxigraph import Literal, NamedNode, Quad

from kg.errors import InputError, UsageError, did_you_mean
from kg.link.checks.rows import PlacedLink
from kg.link.index.name_index import NameIndex
from kg.link.targets.library import OpenTarget
from kg.link.targets.registry import Target
from kg.provenance.vocabulary import (
    DATASET,
    DESCRIPTION,
    IN_SOURCE,
    NAMESPACE,
    PREFIX,
    RECORD,
    REPORTED_FACT,
    RETRIEVED_ON,
    STATUS,
    URL,
    VERSION,
)
from kg.rdf.terms import DCTERMS, RDF, RDFS, XSD, Prefixes, iri, parse_iri

GEO = "http://www.w3.org/2003/01/geo/wgs84_pos#"
GN = "http://www.geonames.org/ontology#"
SCHEMA = "https://schema.org/"
PREFIXES = {PREFIX: NAMESPACE, "dcterms": DCTERMS, "geo": GEO, "gn": GN, "rdfs": RDFS, "schema": SCHEMA, "xsd": XSD}


@dataclass(frozen=True)
class Property:
    """How a property of records is written: its predicate, the kind of value, whether `|` is between several."""

    predicate: NamedNode
    kind: str
    many: bool = False


# The properties of records that the readers fill, in the terms of the Basic Geo vocabulary (W3C), the GeoNames ontology
# and schema.org.
VOCABULARY = {
    "latitude": Property(NamedNode(GEO + "lat"), "decimal"),
    "longitude": Property(NamedNode(GEO + "long"), "decimal"),
    "population": Property(NamedNode(GN + "population"), "integer"),
    "alternateName": Property(NamedNode(SCHEMA + "alternateName"), "string", many=True),
    "website": Property(NamedNode(SCHEMA + "url"), "iri"),
    "established": Property(NamedNode(SCHEMA + "foundingDate"), "gYear"),
}
# Names for groups of properties that are only useful together.
GROUPS = {"coordinates": ("latitude", "longitude")}
# The titles of the kinds of targets, and their home pages.
_KNOWN = {
    "ror": ("Research Organization Registry", "https://ror.org/"),
    "geonames": ("GeoNames", "https://www.geonames.org/"),
}


@dataclass(frozen=True)
class Enrichment:
    """What was copied: the quads, the numbers of records and of facts, and linked ids that the target lacks."""

    quads: tuple[Quad, ...]
    records: int
    facts: int
    missing: tuple[str, ...]


def choose_properties(wanted: Iterable[str], index: NameIndex, prefixes: Prefixes) -> dict[str, Property]:
    """Return the properties to copy.

    Args:
        wanted: names of properties, of GROUPS, or `NAME=PREDICATE` for a property that VOCABULARY has no term for.
        index: of the target.
        prefixes: to read predicates.

    Raises:
        UsageError: no record has such a property (the hint lists those there are), or no predicate is known for it.
    """
    chosen: dict[str, Property] = {}
    for text in wanted:
        name, equals, predicate = text.partition("=")
        if equals:
            chosen[name] = Property(parse_iri(predicate, prefixes), "any")
        else:
            chosen |= {part: VOCABULARY.get(part) or _of_rdf(part) for part in GROUPS.get(name, (name,))}
    if not chosen:
        raise UsageError("no properties named", "--properties coordinates,population")
    available = _available(index, chosen)
    for name, property_ in chosen.items():
        if name not in available:
            known = sorted(available | {group for group, parts in GROUPS.items() if available.issuperset(parts)})
            hint = (
                f"the properties are {', '.join(known)}"
                if known
                else "kg link targets add ... --keep COLUMN keeps some"
            )
            near = did_you_mean(name, known)
            raise UsageError(f"no record has a property {name!r}", f"{near} {hint}" if near else hint)
        if property_ is _NO_TERM:
            raise UsageError(
                f"kg has no predicate for the property {name!r}",
                f"name a predicate: {name}=schema:{name}, or a full IRI",
            )
    return chosen


def _of_rdf(name: str) -> Property:
    """Return the property itself where records of RDF keep it by its IRI."""
    return Property(iri(name), "any", many=True) if re.match("https?://", name) else _NO_TERM


_NO_TERM = Property(NamedNode(RDF + "value"), "any")


def enrich(
    place: OpenTarget,
    links: Iterable[PlacedLink],
    properties: Mapping[str, Property],
    base: str,
    url: str | None = None,
) -> Enrichment:
    """Copy facts about the records that accepted exact matches lead to.

    Args:
        place: the target.
        links: the rows of all tables.
        properties: see choose_properties.
        base: the beginning of the project's IRIs, such as `https://w3id.org/aigov-kg/`.
        url: the address of the data set, where the kind of target does not imply it.

    Returns:
        the facts in the graph `record/<target>-records`, which is described in `graph/sources`; the same input gives
        the same quads. No quads where no linked record has any of the properties.

    Raises:
        UsageError: the licence or the address of the target is not known.
        InputError: a value does not have the datatype of its property.
    """
    wanted = sorted({link.object for link in links if link.is_accepted and link.is_exact})
    held = {name: place.index.by_iri(name) for name in wanted}
    slug = re.sub(r"[^a-z0-9]+", "-", place.target.name.lower()).strip("-")
    graph = NamedNode(f"{base}record/{slug}-records")
    facts, given = [], set()
    for name, record in held.items():
        for key, property_ in properties.items():
            if record is None or key not in record.properties:
                continue
            given.add(name)
            for value in _values(record.properties[key], property_, f"{name}, {key}", place.target):
                facts.append(Quad(NamedNode(name), property_.predicate, value, graph))
    missing = tuple(name for name, record in held.items() if record is None and _is_of(name, place))
    source = NamedNode(f"{base}source/{slug}-records")
    described = _described(place.target, graph, source, NamedNode(base + "graph/sources"), url, properties, len(given))
    return Enrichment((*described, *facts) if facts else (), len(given), len(facts), missing)


def _is_of(name: str, place: OpenTarget) -> bool:
    return place.namespace is not None and name.startswith(place.namespace)


def _available(index: NameIndex, wanted: Collection[str]) -> set[str]:
    """Return the names of the properties that records have; stops once all wanted ones were seen."""
    found: set[str] = set()
    for record in index:
        found |= record.properties.keys()
        if found.issuperset(wanted):
            break
    return found


def _described(
    target: Target,
    graph: NamedNode,
    source: NamedNode,
    home: NamedNode,
    url: str | None,
    properties: Collection[str],
    count: int,
) -> list[Quad]:
    """Describe the graph of the facts as a record of the target, as data/records/ does."""
    if not target.license:
        hint = f"read it again with its licence: kg link targets add {target.name} ... --license IRI"
        raise UsageError(
            f"the licence of {target.name} is not known, and facts are copied only with their licence", hint
        )
    title, address = _KNOWN.get(target.kind, (target.name, target.source if target.kind == "sparql" else None))
    address = url or address
    if address is None:
        raise UsageError(
            f"it is not known where {target.name} is published", "name the address of the data set with --url"
        )
    words = ", ".join(properties)
    type_ = NamedNode(RDF + "type")
    facts: list[tuple[NamedNode, NamedNode, NamedNode | Literal]] = [
        (source, type_, DATASET),
        (source, NamedNode(RDFS + "label"), Literal(f"{title}, records of linked things", language="en")),
        (source, URL, iri(address)),
        (source, VERSION, Literal(target.version or f"as of {target.retrieved}")),
        (source, RETRIEVED_ON, Literal(target.retrieved, datatype=NamedNode(XSD + "date"))),
        (source, NamedNode(DCTERMS + "license"), iri(target.license)),
        (graph, type_, RECORD),
        (graph, IN_SOURCE, source),
        (graph, STATUS, REPORTED_FACT),
        (graph, DESCRIPTION, Literal(f"What {title} says of {count} linked things: {words}.", language="en")),
    ]
    return [Quad(*fact, home) for fact in facts]


def _values(given: str | float, property_: Property, what: str, target: Target) -> Iterator[NamedNode | Literal]:
    for text in str(given).split("|") if property_.many else (given,):
        try:
            yield _term(text, property_.kind)
        except (ValueError, OverflowError, InvalidOperation) as error:
            message = f"{what}: {text!r} is not a valid {property_.kind}"
            hint = "name a predicate, to copy the value as text: NAME=PREDICATE"
            raise InputError(message, hint, path=target.source) from error


def _term(value: str | float, kind: str) -> NamedNode | Literal:
    """Write a value in the form in which a store keeps it: numbers without zeros at their ends."""
    if kind == "any":
        kind = "string" if isinstance(value, str) else "decimal"
    if kind == "iri":
        try:
            return iri(str(value))
        except UsageError:
            return Literal(str(value))  # an address without its scheme is still what the record says
    if kind == "string":
        return Literal(str(value))
    number = Decimal(str(value))
    if kind == "decimal" and number != number.to_integral_value():
        return Literal(f"{number.normalize():f}", datatype=NamedNode(XSD + "decimal"))
    if kind == "decimal":
        return Literal(str(int(number)), datatype=NamedNode(XSD + "decimal"))
    if number != number.to_integral_value():
        raise ValueError(value)
    text = f"{int(number):05d}" if number < 0 else f"{int(number):04d}"
    return Literal(text if kind == "gYear" else str(int(number)), datatype=NamedNode(XSD + kind))
