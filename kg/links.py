"""SSSOM tables of links to other open data -> quads (https://mapping-commons.github.io/sssom/)."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from pyoxigraph import Quad

from kg.errors import InputError, UsageError
from kg.terms import Prefixes, iri

REQUIRED = ("subject_id", "predicate_id", "object_id", "mapping_justification")


def read_links(path: Path) -> tuple[list[Quad], dict[str, str]]:
    """Read an SSSOM table with its metadata in a YAML header of `#` lines.

    Returns:
        one quad for each row, in the named graph of the mapping set, and the prefixes of the table's curie_map.
        A row with the predicate modifier `Not` is a rejected link: it is kept in the table and gives no quad.

    Raises:
        InputError: a row or the header has a fault; with file and line, none is dropped in silence.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    size = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    header = _header(path, lines[:size])
    prefixes = Prefixes(header["curie_map"])
    graph = iri(header["mapping_set_id"])

    table = csv.DictReader(lines[size:], dialect="excel-tab")
    missing = [name for name in REQUIRED if name not in (table.fieldnames or ())]
    if missing:
        raise InputError(f"no column {', '.join(missing)}", path=path, line=size + 1)
    quads = []
    for row in table:
        line = size + table.line_num
        if None in row or None in row.values():
            raise InputError("the row has more or fewer cells than the heading", path=path, line=line)
        try:
            subject, predicate, target = (prefixes.expand(row[name]) for name in REQUIRED[:3])
        except UsageError as error:
            raise InputError(error.message, "add the prefix to curie_map", path=path, line=line) from error
        if row.get("predicate_modifier") != "Not":
            quads.append(Quad(subject, predicate, target, graph))
    return quads, dict(prefixes.namespaces)


def _header(path: Path, lines: list[str]) -> dict[str, Any]:
    import yaml

    try:
        header = yaml.safe_load("\n".join(line[1:] for line in lines)) or {}
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise InputError(f"the header is not YAML: {error.problem}", path=path, line=line) from error
    if not isinstance(header, dict):
        raise InputError("the header is no YAML mapping", path=path, line=1)
    for key, kind in (("mapping_set_id", str), ("curie_map", dict)):
        if not isinstance(header.get(key), kind):
            raise InputError(f"the header has no {key}", "see the SSSOM documentation, mapping set metadata", path=path)
    return header
