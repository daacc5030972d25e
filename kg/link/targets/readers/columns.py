"""Records of any table: CSV, TSV or JSON, with a mapping of its columns to the fields of a record."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kg.errors import InputError, UsageError, did_you_mean
from kg.files.rows import read_rows
from kg.formats import JSON, JSONL, TSV, of_file
from kg.link.records.countries import country_code
from kg.link.records.hosts import host_of
from kg.link.records.record import Record
from kg.link.targets.readers.files import json_objects, lines, without_gz

MANY = ("aliases", "acronyms", "types", "people", "parents", "same_as", "successors")
_ONE = ("label", "country", "place", "description")
# What a user may map a column to; `website` fills `domains`.
FIELDS = (*_ONE, *MANY, "website", "year", "size")
_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class ColumnMapping:
    """How the columns of a table fill a record.

    Attributes:
        iri: a template with columns in braces: `http://www.wikidata.org/entity/{qid}`; empty for RDF, whose columns are
            the IRIs of properties.
        columns: the name of a column for each field of FIELDS that it fills; a dot leads into a JSON object.
        separator: the text between several values in one cell.
        keep: columns whose values are kept for `kg link enrich`.
        delimiter: the character between the cells; None for a tab in a .tsv file and a comma elsewhere.
    """

    iri: str
    columns: Mapping[str, str]
    separator: str = "|"
    keep: tuple[str, ...] = ()
    delimiter: str | None = None

    def __post_init__(self) -> None:
        for name in self.columns:
            if name not in FIELDS:
                hint = did_you_mean(name, list(FIELDS)) or f"the fields are {', '.join(FIELDS)}"
                raise UsageError(f"a record has no field {name!r}", hint)
        if self.iri and "label" not in self.columns:
            raise UsageError("no column is mapped to the label", "add --column label=NAME_OF_THE_COLUMN")
        if self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '\r\n"'):
            raise UsageError(f"{self.delimiter!r} is not a valid delimiter of cells", "use one character, such as ';'")
        if self.iri and not _PLACEHOLDER.search(self.iri):
            raise UsageError(
                f"the template {self.iri!r} names no column",
                "name a column in braces: --iri 'https://example.org/{id}'",
            )

    def used(self) -> set[str]:
        """Return the names of the columns that must be there."""
        return {*self.columns.values(), *self.keep, *_PLACEHOLDER.findall(self.iri)}


def read_columns(path: Path, mapping: ColumnMapping) -> Iterator[tuple[int, Record | None]]:
    """Return the record of each row with its line; None for a row without a label or an id; raises InputError."""
    for number, cells in _rows(path, mapping):
        yield number, _record(path, number, cells, mapping)


def _rows(path: Path, mapping: ColumnMapping) -> Iterator[tuple[int, Mapping[str, str]]]:
    unpacked = without_gz(path)
    if of_file(unpacked, (JSON, JSONL)):
        for number, value in json_objects(path):
            yield number, {column: _inside(value, column) for column in mapping.used()}
        return
    numbered = lines(path)
    delimiter = mapping.delimiter or ("\t" if of_file(unpacked, (TSV,)) else ",")
    # A tab-separated table as GeoNames or Wikidata give it knows no quotation marks.
    quoting = csv.QUOTE_NONE if delimiter == "\t" else csv.QUOTE_MINIMAL
    names, rows = read_rows((text + "\n" for _, text in numbered), path, delimiter=delimiter, quoting=quoting)
    for column in sorted(mapping.used()):
        if column not in names:
            hint = did_you_mean(column, names) or f"the columns are {', '.join(names)}"
            if len(names) == 1:
                hint += "; name the character between cells with --delimiter"
            raise InputError(f"missing column {column!r}", hint, path=path, line=1)
    yield from rows


def _inside(value: object, column: str) -> str:
    for key in column.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, list):
        return "|".join(str(item) for item in value)
    return "" if value is None else str(value)


def _record(path: Path, line: int, cells: Mapping[str, str], mapping: ColumnMapping) -> Record | None:
    given = {name: cells[column].strip() for name, column in mapping.columns.items()}
    ids = [cells[column].strip() for column in _PLACEHOLDER.findall(mapping.iri)]
    if not given["label"] or not all(ids):
        return None
    many = {
        name: tuple(dict.fromkeys(filter(None, map(str.strip, given[name].split(mapping.separator)))))
        for name in MANY
        if name in given
    }
    try:
        numbers = {"year": year_of(given.get("year", "")), "size": float(given["size"]) if given.get("size") else None}
    except ValueError as error:
        raise InputError(
            f"not a number: {error}", "map year and size to columns with numbers", path=path, line=line
        ) from error
    texts: dict[str, str | None] = {name: given[name] for name in _ONE if given.get(name)}
    if "country" in texts:
        texts["country"] = country_code(texts["country"])
    host = host_of(given["website"]) if given.get("website") else ""
    return Record(
        iri=_PLACEHOLDER.sub(lambda found: cells[found[1]].strip(), mapping.iri),
        domains=(host,) if host else (),
        properties={column: cells[column] for column in mapping.keep if cells[column]},
        **(texts | many | numbers),  # type: ignore[arg-type]
    )


def year_of(text: str) -> int | None:
    """Return the year of a date such as 1998, 1998-05-01 or -0044."""
    return int(text[: 4 + text.startswith("-")]) if text else None
