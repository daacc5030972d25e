"""SSSOM tables of links to other open data: read strictly, written one link a line in a stable order.

The model of a row is that of sssom-pydantic, which the SSSOM community keeps; what the specification leaves open is
settled here: what was decided about a link. See https://mapping-commons.github.io/sssom/.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode, Quad

from kg.errors import InputError, UsageError, did_you_mean
from kg.files.rows import read_rows
from kg.files.text import read_text
from kg.files.writing import replace_file
from kg.files.yaml import read_yaml
from kg.rdf.terms import Prefixes, iri

if TYPE_CHECKING:
    from sssom_pydantic.models import Record as Row

REQUIRED = ("subject_id", "predicate_id", "object_id", "mapping_justification")
# Where the specification has two words for a row without a counterpart, this is the one.
NO_TERM_FOUND = "sssom:NoTermFound"
# Whatever some reader takes for the end of a line or of a cell (str.splitlines), and the blanks beside it.
_BREAKS = re.compile(r"\s*[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]\s*")
_BUILT_IN = {"sssom": "https://w3id.org/sssom/", "semapv": "https://w3id.org/semapv/vocab/"}


class Decision(StrEnum):
    """The decision about a link."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNSURE = "unsure"


@dataclass(frozen=True)
class Link:
    """A row of a table: what it says, and the line on which it stands."""

    row: Row
    line: int
    subject: NamedNode
    predicate: NamedNode
    object: NamedNode

    @property
    def decision(self) -> Decision:
        """What was decided: a negated row is rejected, one whose reviewer does not agree with it is unsure."""
        if self.row.predicate_modifier == "Not":
            return Decision.REJECTED
        agreement = self.row.reviewer_agreement
        return Decision.ACCEPTED if agreement is None or agreement > 0 else Decision.UNSURE

    @property
    def pair(self) -> tuple[str, str]:
        """The IRIs that it is about: ours, and the other side's."""
        return self.subject.value, self.object.value

    @property
    def has_counterpart(self) -> bool:
        """Whether it joins two things; a row may also say that one of them has no counterpart."""
        return NO_TERM_FOUND not in (self.row.subject_id, self.row.object_id)


@dataclass(frozen=True)
class LinkTable:
    """A table: its metadata as the header has it, its prefixes, its links in the order of the file."""

    path: Path
    metadata: Mapping[str, Any]
    prefixes: Prefixes
    links: tuple[Link, ...]

    @property
    def graph(self) -> NamedNode:
        """The named graph that the accepted links go to."""
        return iri(self.metadata["mapping_set_id"])

    def accepted(self) -> list[Link]:
        """Return the accepted links."""
        return [link for link in self.links if link.decision is Decision.ACCEPTED and link.has_counterpart]

    def quads(self) -> list[Quad]:
        """Return a quad for each accepted link."""
        return [Quad(link.subject, link.predicate, link.object, self.graph) for link in self.accepted()]

    def prefix(self, link: Link) -> str:
        """Return the prefix of a link's object."""
        return link.row.object_id.partition(":")[0]

    def namespace(self, link: Link) -> str:
        """Return the namespace of a link's object: which of other people's data it leads into."""
        return self.prefixes.namespaces[self.prefix(link)]


def read_links(path: Path) -> LinkTable:
    """Read an SSSOM table with its metadata in a YAML header of `#` lines.

    Raises:
        InputError: a row or the header is not valid; with file and line.
    """
    # Not splitlines(): what Unicode calls a separator of lines may stand in the middle of a cell.
    lines = read_text(path).split("\n")
    size = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    metadata = _header(path, lines[:size])
    prefixes = Prefixes(_BUILT_IN | metadata["curie_map"])
    names, rows = read_rows(lines[size:], path, size, dialect="excel-tab")
    _check_heading(path, size + 1, names)
    seen: dict[tuple[NamedNode, NamedNode, NamedNode], int] = {}
    links = []
    for line, cells in rows:
        link = _link(path, line, cells, prefixes)
        key = (link.subject, link.predicate, link.object)
        if key in seen:
            raise InputError(f"the same link is on line {seen[key]}", "keep one of the two", path=path, line=line)
        seen[key] = line
        links.append(link)
    return LinkTable(path, metadata, prefixes, tuple(links))


def write_links(path: Path, metadata: Mapping[str, Any], rows: Iterable[Row]) -> None:
    """Write a table, its rows sorted; the file is replaced whole, so that a killed process leaves the old one.

    Args:
        path: the file.
        metadata: of the mapping set; `mapping_set_id` and `curie_map` are needed.
        rows: in any order.
    """
    from sssom_pydantic.io import write_unprocessed

    ordered = sorted(map(_on_one_line, rows), key=lambda row: (row.subject_id, row.object_id, row.predicate_id))
    used = [name for name in type(ordered[0]).model_fields if any(getattr(row, name) is not None for row in ordered)]
    text = io.StringIO()
    write_unprocessed(ordered, text, metadata=dict(metadata), columns=used or REQUIRED, condense=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, [text.getvalue().replace("\r\n", "\n").encode()])


def _on_one_line(row: Row) -> Row:
    """Return a row without tabs and breaks of lines, which labels of other data may hold."""
    filled = row.model_dump(exclude_none=True)
    texts = {name: _BREAKS.sub(" ", value).strip() for name, value in filled.items() if isinstance(value, str)}
    lists = {
        name: [_BREAKS.sub(" ", text).strip() if isinstance(text, str) else text for text in value]
        for name, value in filled.items()
        if isinstance(value, list)
    }
    return row.model_copy(update={name: value for name, value in (texts | lists).items() if value != filled[name]})


def make_row(**slots: Any) -> Row:
    """Return a row with values for slots of SSSOM; raises pydantic's ValidationError for one that does not fit."""
    from sssom_pydantic.models import Record

    return Record(**slots)


def _link(path: Path, line: int, cells: dict[str, str], prefixes: Prefixes) -> Link:
    from pydantic import ValidationError
    from sssom_pydantic.constants import MULTIVALUED
    from sssom_pydantic.models import Record as Row

    filled = {name: value.strip() for name, value in cells.items() if value.strip()}
    missing = [name for name in REQUIRED if name not in filled]
    if missing:
        raise InputError(f"missing value of {', '.join(missing)}", "every row needs these values", path=path, line=line)
    values = {name: value.split("|") if name in MULTIVALUED else value for name, value in filled.items()}
    try:
        row = Row.model_validate(values)
        terms = [prefixes.expand(filled[name]) for name in REQUIRED]
    except ValidationError as error:
        faults = "; ".join(f"{fault['loc'][0]}: {fault['msg']}, not {fault['input']!r}" for fault in error.errors())
        raise InputError(faults, "see the list of slots in the documentation of SSSOM", path=path, line=line) from error
    except UsageError as error:
        raise InputError(error.message, "add the prefix to curie_map", path=path, line=line) from error
    return Link(row, line, *terms[:3])


def _check_heading(path: Path, line: int, names: Sequence[str]) -> None:
    from sssom_pydantic.models import Record as Row

    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise InputError(f"missing column{'s' * (len(missing) > 1)}: {', '.join(missing)}", path=path, line=line)
    for place, name in enumerate(names):
        if name in names[:place]:
            raise InputError(f"two columns are named {name!r}", "rename or remove one of them", path=path, line=line)
        if name not in Row.model_fields:
            hint = did_you_mean(name, list(Row.model_fields))
            raise InputError(f"{name!r} is not a column of SSSOM", hint, path=path, line=line)


def _header(path: Path, lines: list[str]) -> dict[str, Any]:
    header = read_yaml("\n".join(line[1:] for line in lines), path, 1)[0] or {}
    if not isinstance(header, dict):
        raise InputError("the header is not a YAML mapping", path=path, line=1)
    for key, kind in (("mapping_set_id", str), ("curie_map", dict)):
        if not isinstance(header.get(key), kind):
            raise InputError(f"the header has no {key}", "see the SSSOM documentation, mapping set metadata", path=path)
    for prefix, namespace in header["curie_map"].items():
        if not isinstance(prefix, str) or not isinstance(namespace, str):
            hint = "write a prefix and the beginning of an IRI, both as text"
            raise InputError(f"curie_map: the namespace of {prefix!r} is {namespace!r}", hint, path=path)
    try:
        iri(header["mapping_set_id"])
    except UsageError as error:
        hint = "the accepted links are put into the graph of that name"
        raise InputError(f"mapping_set_id: {error.message}", hint, path=path) from error
    return header
