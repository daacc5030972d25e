"""The graph's own entities as records, to be compared with those of a target."""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import NamedNode

from kg.link.records.countries import country_code
from kg.link.records.hosts import host_of
from kg.link.records.record import Record
from kg.query.labels import all_names, labels_among, labels_of
from kg.sparql.results import Rows
from kg.store import Store, select

# What other vocabularies call the kinds of things that targets tell apart. The ontology's own classes lead here by
# inference, so a project needs no more than to be aligned with one of these vocabularies.
_KINDS = {
    "http://www.w3.org/ns/org#Organization": "organization",
    "http://xmlns.com/foaf/0.1/Organization": "organization",
    "https://schema.org/Organization": "organization",
    "http://xmlns.com/foaf/0.1/Person": "person",
    "https://schema.org/Person": "person",
    "https://schema.org/Place": "place",
    "https://schema.org/City": "city",
    "https://schema.org/Country": "country",
    "https://schema.org/Event": "event",
    "https://schema.org/EventSeries": "event",
    "http://www.w3.org/2004/02/skos/core#Concept": "concept",
    "https://schema.org/CreativeWork": "work",
}
_PLACES = {"city", "country"}
_TYPES = "SELECT DISTINCT ?entity ?class { ?entity a ?class }"
_DESCRIPTIONS = "SELECT ?entity ?text { ?entity <http://purl.org/dc/terms/description> ?text }"
_LONGEST_ACRONYM = 12


def entity_records(store: Store, facts: Rows | None = None) -> list[Record]:
    """Return a record for each entity that has a name and a class, sorted by IRI.

    Args:
        store: the graph, with its inferred facts.
        facts: more about the entities: rows of `entity`, `field` and `value`, where a field is `country`, `place`,
            `year` or `website` (the canned query records-to-link of a project).
    """
    names = all_names(store)
    labels = labels_among(names)
    kinds, classes = _types(store)
    descriptions = {entity: text.value for entity, text in select(store, _DESCRIPTIONS).terms if text is not None}
    known: dict[str, dict[str, list[str]]] = {}
    for entity, field, value in facts.terms if facts is not None else ():
        known.setdefault(_value(entity), {}).setdefault(_value(field), []).append(_value(value))
    others: dict[NamedNode, list[str]] = {}
    for name in names:
        others.setdefault(name.entity, []).append(name.text)
    return [
        _record(
            entity,
            labels[entity],
            others[entity],
            kinds[entity],
            classes.get(entity, ()),
            known.get(entity.value, {}),
            str(descriptions.get(entity, "")),
        )
        for entity in sorted(labels, key=lambda node: node.value)
        if entity in kinds
    ]


def of_class(records: Iterable[Record], wanted: str) -> list[Record]:
    """Return the records of a kind or class, by its name in any case: `organization`, `Company`."""
    folded = wanted.casefold().replace("_", " ")
    return [record for record in records if folded in (kind.casefold() for kind in record.types)]


def _types(store: Store) -> tuple[dict[NamedNode, list[str]], dict[NamedNode, list[str]]]:
    """Return for each entity the kinds of _KINDS, and the names of its other classes."""
    kinds: dict[NamedNode, list[str]] = {}
    classes: dict[NamedNode, list[str]] = {}
    rows = select(store, _TYPES)
    labels = labels_of(store, (class_ for _, class_ in rows.terms))
    for entity, class_ in rows.terms:
        if not isinstance(entity, NamedNode) or not isinstance(class_, NamedNode):
            continue
        kind = _KINDS.get(class_.value)
        if kind:
            found = kinds.setdefault(entity, [])
            found += [part for part in (("place", kind) if kind in _PLACES else (kind,)) if part not in found]
        elif class_ in labels:
            classes.setdefault(entity, []).append(labels[class_])
            kinds.setdefault(entity, [])
    return kinds, classes


def _record(
    entity: NamedNode,
    label: str,
    names: list[str],
    kinds: list[str],
    classes: Iterable[str],
    known: dict[str, list[str]],
    description: str,
) -> Record:
    aliases = [name for name in dict.fromkeys(names) if name != label]
    acronyms = [name for name in aliases if name.isupper() and " " not in name and len(name) <= _LONGEST_ACRONYM]
    countries = {code for code in map(country_code, known.get("country", ())) if code}
    years = {year for year in known.get("year", ()) if year.isdigit()}
    return Record(
        iri=entity.value,
        label=label,
        aliases=tuple(name for name in aliases if name not in acronyms),
        acronyms=tuple(acronyms),
        types=tuple(dict.fromkeys((*kinds, *sorted(classes)))),
        # Several countries or years of one thing do not identify it.
        country=countries.pop() if len(countries) == 1 else None,
        place=known["place"][0] if len(known.get("place", ())) == 1 else None,
        domains=tuple(filter(None, map(host_of, known.get("website", ())))),
        year=int(years.pop()) if len(years) == 1 else None,
        description=description,
    )


def _value(term: object) -> str:
    return str(getattr(term, "value", ""))
