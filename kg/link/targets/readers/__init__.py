"""Readers of files in the formats of other data sets; each yields records."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from kg.errors import InputError, UsageError
from kg.formats import CSV, JSON, JSONL, TEXT, TSV, of_file, rdf_format
from kg.link.records.record import Record
from kg.link.targets.readers.columns import ColumnMapping, read_columns
from kg.link.targets.readers.files import first_line, without_gz
from kg.link.targets.readers.geonames import read_geonames
from kg.link.targets.readers.rdf import read_rdf
from kg.link.targets.readers.ror import read_ror

__all__ = ["KINDS", "ColumnMapping", "kind_of_file", "read_records"]

KINDS = ("ror", "geonames", "rdf", "table")


def read_records(path: Path, kind: str, mapping: ColumnMapping | None = None) -> Iterator[tuple[int, Record | None]]:
    """Return the records of a file with the line or place of each; None for a row that has no name.

    Args:
        path: the file, compressed with gzip where its name ends in .gz.
        kind: one of KINDS.
        mapping: how the columns of a table or the properties of RDF fill a record; a table needs one.

    Raises:
        InputError: the file cannot be read; with the line of the first error.
        UsageError: a table without a mapping.
    """
    if kind == "table":
        if mapping is None:
            raise UsageError(
                "a table needs a mapping", "for example --iri 'https://example.org/{id}' --column label=NAME"
            )
        return read_columns(path, mapping)
    if kind == "rdf":
        return read_rdf(path, mapping)
    return {"ror": read_ror, "geonames": read_geonames}[kind](path)


def kind_of_file(path: Path) -> str:
    """Guess what kind of file it is, by its extension and its first line; raises InputError where that is unclear."""
    unpacked = without_gz(path)
    if rdf_format(unpacked) and not of_file(unpacked, (JSON,)):
        return "rdf"
    if unpacked.suffix.lower() == ".zip":
        raise InputError("an archive may hold several files", "unpack it, and name the file to read", path=path)
    first = first_line(path)
    if not first:
        raise InputError("no records: the file is empty", "check that the download is complete", path=path)
    if of_file(unpacked, (JSON, JSONL)):
        return "ror" if "https://ror.org/" in first or first.strip() == "[" else "table"
    table = of_file(unpacked, (TEXT, TSV, CSV))
    if first.startswith("geonameid\t") or (table in (TEXT, TSV) and first.count("\t") == 18):
        return "geonames"
    if table:
        return "table"
    raise InputError("the kind of this file is unclear", f"name it with --kind {'|'.join(KINDS)}", path=path)
