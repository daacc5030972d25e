"""Records of the Research Organization Registry: its own dump (schema 2), or a flattened one.

See https://ror.readme.io/docs/ror-data-structure.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kg.errors import InputError
from kg.link.records.hosts import host_of
from kg.link.records.record import Record
from kg.link.targets.readers.files import json_objects

_WIKIDATA = "http://www.wikidata.org/entity/"


def read_ror(path: Path) -> Iterator[tuple[int, Record]]:
    """Return the records of a dump with their line or place; raises InputError."""
    for number, value in json_objects(path):
        try:
            yield number, _dumped(value) if isinstance(value.get("names"), list) else _flattened(value)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise InputError(
                f"no record of ROR: {error!r}", "ROR's dump has the fields of its schema 2", path=path, line=number
            ) from error


def _dumped(value: dict[str, Any]) -> Record:
    by_type: dict[str, list[str]] = {}
    for name in value["names"]:
        for kind in name["types"]:
            by_type.setdefault(kind, []).append(name["value"])
    place = value["locations"][0]["geonames_details"] if value.get("locations") else {}
    ids = {found["type"]: found["all"] for found in value.get("external_ids", ())}
    successors = [found["id"] for found in value.get("relationships", ()) if found["type"].lower() == "successor"]
    return _record(
        iri=value["id"],
        label=by_type["ror_display"][0],
        aliases=by_type.get("label", []) + by_type.get("alias", []),
        acronyms=by_type.get("acronym", []),
        types=value["types"],
        country=place.get("country_code"),
        city=place.get("name"),
        position=(place.get("lat"), place.get("lng")),
        links=[link["value"] for link in value.get("links", ()) if link["type"] == "website"],
        year=value.get("established"),
        wikidata=ids.get("wikidata", []),
        status=value["status"],
        successors=successors,
    )


def _flattened(value: dict[str, Any]) -> Record:
    return _record(
        iri=value["id"],
        label=value["name"],
        aliases=[text for text, _ in value["labels"]] + value["aliases"],
        acronyms=value["acronyms"],
        types=value["types"],
        country=value["country"],
        city=value["city"],
        position=(value.get("lat"), value.get("lng")),
        links=value["links"],
        year=value["established"],
        wikidata=value["ext"].get("wikidata", []),
        status=value["status"],
        successors=value.get("successors", []),
    )


def _record(
    *,
    iri: str,
    label: str,
    aliases: list[str],
    acronyms: list[str],
    types: list[str],
    country: str | None,
    city: str | None,
    position: tuple[float | None, float | None],
    links: list[str],
    year: int | None,
    wikidata: list[str],
    status: str,
    successors: list[str],
) -> Record:
    properties: dict[str, str | float] = {}
    if position[0] is not None and position[1] is not None:
        properties = {"latitude": position[0], "longitude": position[1]}
    if links:
        properties["website"] = links[0]
    if year is not None:
        properties["established"] = year
    return Record(
        iri=iri,
        label=label,
        aliases=tuple(dict.fromkeys(text for text in aliases if text != label)),
        acronyms=tuple(acronyms),
        types=("organization", *(kind.lower() for kind in types)),
        country=country,
        place=city,
        domains=tuple(dict.fromkeys(filter(None, map(host_of, links)))),
        year=year,
        description=", ".join(filter(None, [" and ".join(types), city, country, f"founded {year}" if year else ""])),
        same_as=tuple(_WIKIDATA + item for item in wikidata),
        successors=tuple(successors),
        retired=status != "active",
        properties=properties,
    )
