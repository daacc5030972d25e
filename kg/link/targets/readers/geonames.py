"""Places of GeoNames: a dump as it is published, without a heading, or a table with one.

See the readme of https://download.geonames.org/export/dump/.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from kg.errors import InputError
from kg.link.records.record import Record
from kg.link.targets.readers.files import lines

# The positions of the columns of a dump, by the names that a table with a heading gives them.
_DUMP = {
    "geonameid": 0,
    "name": 1,
    "alternatenames": 3,
    "lat": 4,
    "lon": 5,
    "class": 6,
    "country": 8,
    "admin1": 10,
    "population": 14,
}
_NEEDED = ("geonameid", "name")
_CLASSES = {"A": "region", "P": "city"}


def read_geonames(path: Path) -> Iterator[tuple[int, Record]]:
    """Return the places with their lines; raises InputError."""
    columns: Mapping[str, int] = _DUMP
    for number, line in lines(path):
        cells = line.split("\t")
        if number == 1 and not cells[0].isdigit():
            columns = {name: place for place, name in enumerate(cells)}
            missing = [name for name in _NEEDED if name not in columns]
            if missing:
                raise InputError(
                    f"missing column{'s' * (len(missing) > 1)}: {', '.join(missing)}",
                    "use a dump of GeoNames, or a table with these columns",
                    path=path,
                    line=1,
                )
            continue
        try:
            yield number, _record({name: cells[place] for name, place in columns.items()})
        except (IndexError, OverflowError, ValueError) as error:  # an infinite population overflows
            raise InputError(
                f"not a row of GeoNames: {error}", "check that the file is complete", path=path, line=number
            ) from error


def _record(cells: Mapping[str, str]) -> Record:
    if not cells["geonameid"].isdigit():
        raise ValueError(f"{cells['geonameid']!r} is not a valid GeoNames id")
    # The file of countries names its columns otherwise than the file of cities.
    country = cells.get("country") or cells.get("iso2", "")
    population = float(cells["population"]) if cells.get("population") else None
    kind = "country" if "iso2" in cells else _CLASSES.get(cells.get("class", "P"), "place")
    names = [name for name in cells.get("alternatenames", "").replace("|", ",").split(",") if name]
    properties: dict[str, str | float] = {}
    if cells.get("lat") and cells.get("lon"):
        properties = {"latitude": float(cells["lat"]), "longitude": float(cells["lon"])}
    if population:
        properties["population"] = int(population)
    if names:
        properties["alternateName"] = "|".join(names)
    return Record(
        iri=f"https://sws.geonames.org/{cells['geonameid']}/",
        label=cells["name"],
        aliases=tuple(dict.fromkeys(name for name in names if name != cells["name"])),
        types=("place", kind),
        country=country or None,
        description=f"{kind} in {country}" + (f", {population:,.0f} inhabitants" if population else ""),
        size=population,
        properties=properties,
    )
