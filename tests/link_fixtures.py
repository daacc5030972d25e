"""A made-up register of organizations and tables of links into it, for the small project. Nothing here is real."""

from __future__ import annotations

import json
from pathlib import Path

from small_project import run_kg

BODY = "https://register.example/body/"
WIKIDATA = "http://www.wikidata.org/entity/"
CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"

_HEADER = """\
#mapping_set_id: https://w3id.org/aigov-kg/graph/links/{name}
#sssom_version: '1.1'
#curie_map:
#  geonames: https://sws.geonames.org/
#  id: https://w3id.org/aigov-kg/id/
#  register: https://register.example/body/
#  semapv: https://w3id.org/semapv/vocab/
#  skos: http://www.w3.org/2004/02/skos/core#
#  wikidata: http://www.wikidata.org/entity/
subject_id\tpredicate_id\tpredicate_modifier\tobject_id\tmapping_justification\treviewer_agreement
"""
HEADING_LINE = 10
_COUNTRIES = """\
#+ summary: What is known of our entities?
PREFIX id: <https://w3id.org/aigov-kg/id/>
SELECT ?entity ?field ?value {
  VALUES (?entity ?field ?value) { (id:river-council "country" "SE") (id:lake-council "country" "SE") }
}
"""


def record(number: int, name: str, **more: object) -> dict[str, object]:
    """Return a record in the shape of the Research Organization Registry's, flattened."""
    return {
        "id": f"{BODY}{number}",
        "status": "active",
        "name": name,
        "labels": [],
        "aliases": [],
        "acronyms": [],
        "country": "SE",
        "city": None,
        "types": ["nonprofit"],
        "links": [],
        "established": None,
        "ext": {},
        **more,
    }


def write_table(folder: Path, name: str, *rows: str) -> Path:
    """Write a table; a row is `subject predicate object`: `!object` was rejected, of `?object` nobody is sure."""
    lines = []
    for row in rows:
        subject, predicate, object_ = row.split()
        modifier, agreement = ("Not" if object_[0] == "!" else ""), ("0.0" if object_[0] == "?" else "")
        cells = (f"id:{subject}", f"skos:{predicate}", modifier, object_.lstrip("!?"), "semapv:ManualMappingCuration")
        lines.append("\t".join((*cells, agreement)) + "\n")
    path = folder / "data" / "links" / f"{name}.sssom.tsv"
    path.write_text(_HEADER.format(name=name) + "".join(lines), encoding="utf-8")
    return path


def add_register(folder: Path, *records: dict[str, object], options: tuple[str, ...] = ()) -> None:
    """Read made-up records as the target `register`, and let the project know countries of its entities."""
    path = folder / "register.jsonl"
    path.write_text("".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in records), encoding="utf-8")
    (folder / "queries").mkdir(exist_ok=True)
    (folder / "queries" / "records-to-link.rq").write_text(_COUNTRIES)
    done = run_kg(folder, "link", "targets", "add", "register", "--file", str(path), "--kind", "ror", *options)
    assert done.returncode == 0, done.stderr
