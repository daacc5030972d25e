"""What is compared when records are linked: a thing of an open data set, or one of our entities."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import NamedTuple

_NONE: Mapping[str, str | float] = {}


class NameKind(IntEnum):
    """What sort of name a text is: the name that a record goes by, another name, or an abbreviation."""

    LABEL = 0
    ALIAS = 1
    ACRONYM = 2


class Record(NamedTuple):
    """A thing with what distinguishes it from others; all but `iri` and `label` may be missing.

    Attributes:
        iri: the IRI of the thing.
        label: the name that it goes by.
        aliases: other names, in any language.
        acronyms: its abbreviations.
        types: what kind of thing it is, in lower case, in the data set's own words (`education`, `city`).
        country: ISO 3166-1 alpha-2 code, in capitals.
        place: the town or region in which it is.
        domains: the host names of its web pages, without `www.`.
        year: when it was founded, published or held.
        people: the names of its authors or members.
        parents: what it is a part or a kind of, as IRIs.
        description: a sentence about it, for people who review links.
        same_as: IRIs of the same thing in other data sets, as this data set says.
        successors: where the record is retired, the IRIs of what replaces it.
        retired: whether the data set has withdrawn the record.
        size: what the data set itself ranks by, such as the population of a city.
        properties: other facts, by the names of the data set's own fields, for `kg link enrich`.
    """

    iri: str
    label: str
    aliases: tuple[str, ...] = ()
    acronyms: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    country: str | None = None
    place: str | None = None
    domains: tuple[str, ...] = ()
    year: int | None = None
    people: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    description: str = ""
    same_as: tuple[str, ...] = ()
    successors: tuple[str, ...] = ()
    retired: bool = False
    size: float | None = None
    properties: Mapping[str, str | float] = _NONE

    def names(self) -> list[tuple[str, NameKind]]:
        """Return every name with its kind."""
        return [
            (self.label, NameKind.LABEL),
            *((text, NameKind.ALIAS) for text in self.aliases),
            *((text, NameKind.ACRONYM) for text in self.acronyms),
        ]
