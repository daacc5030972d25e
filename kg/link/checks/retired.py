"""Lists of identifiers that were retired, deleted or redirected, and the links that use them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kg.errors import InputError, UsageError
from kg.files.json import read_json
from kg.files.rows import read_rows
from kg.files.text import read_text
from kg.findings import Finding
from kg.formats import JSON, of_file
from kg.link.checks.rows import PlacedLink
from kg.rdf.terms import Prefixes, iri

_WIKIDATA = "http://www.wikidata.org/entity/"
_COLUMNS = ("id", "status", "successors")
# The categories of warnings about Wikidata items that concern the identifier itself; others concern what is said there.
_CATEGORIES = {"deleted": "deleted", "unresolved-redirect": "redirected", "replacement": "replaced"}
_ITEM = re.compile(r"\bQ[1-9][0-9]*\b")
# A record made in error should not be linked to; the record of a body that has closed still describes that body.
_GONE = ("deleted", "withdrawn")


@dataclass(frozen=True)
class Retired:
    """An identifier that should not be used any more.

    Attributes:
        iri: the identifier.
        status: what happened to it: `withdrawn`, `inactive`, `deleted`, `redirected`, `replaced` ...
        successors: the IRIs to use in its place.
        source: which list says so, and the date of that list.
    """

    iri: str
    status: str
    successors: tuple[str, ...]
    source: str


def read_retired(path: Path) -> dict[str, Retired]:
    """Read a list of retired identifiers.

    Args:
        path: a table (TSV) with the columns id, status and successors, IRIs of which the last ones are split by `|`;
            or the warnings about Wikidata items that the name-suggestion-index publishes (JSON).

    Returns:
        the entry of each identifier, by its IRI.

    Raises:
        InputError: the list cannot be read, or has no retired identifier.
    """
    text = read_text(path)
    found = list(_of_json(path, text) if of_file(path, (JSON,)) else _of_table(path, text))
    if not found:
        raise InputError("the file has no retired identifiers", "check that it is the right file", path=path)
    return {retired.iri: retired for retired in found}


def check_retired(links: Iterable[PlacedLink], retired: Mapping[str, Retired], prefixes: Prefixes) -> list[Finding]:
    """Find links with identifiers that are retired, and propose their successors.

    Args:
        links: the rows of all tables.
        retired: by IRI.
        prefixes: for the names in messages.
    """
    found = []
    for link in links:
        entry = retired.get(link.object)
        if entry is None or link.is_rejected:
            continue
        successors = " or ".join(map(prefixes.shorten, current_successors(entry, retired)))
        remedy = (
            f"Replace it with {successors}, if that is the same thing."
            if successors
            else "No successor is listed: find what replaced it, or reject the link (set predicate_modifier to Not)."
        )
        severity = "violation" if entry.status in _GONE else "warning"
        message = f"{link.curie} is {entry.status} ({entry.source}). {remedy}"
        found.append(link.finding(severity, "retired-id", message))
    return found


def current_successors(entry: Retired, retired: Mapping[str, Retired]) -> list[str]:
    """Return the successors of an identifier; where one is retired as well, its own successors."""
    found: dict[str, None] = {}
    waiting, seen = list(entry.successors), {entry.iri}
    while waiting:
        name = waiting.pop(0)
        if name not in seen:
            seen.add(name)
            following = retired[name].successors if name in retired else ()
            if following:
                waiting += following
            else:
                found[name] = None
    return list(found)


def _of_table(path: Path, text: str) -> Iterator[Retired]:
    columns, rows = read_rows(text.split("\n"), path, delimiter="\t", quoting=csv.QUOTE_NONE)
    missing = [name for name in _COLUMNS if name not in columns]
    if missing:
        hint = f"a list of retired identifiers has the columns {', '.join(_COLUMNS)}"
        raise InputError(f"missing column{'s' * (len(missing) > 1)}: {', '.join(missing)}", hint, path=path, line=1)
    for line, row in rows:
        names = [row["id"], *filter(None, row["successors"].split("|"))]
        try:
            node, *successors = (iri(name.strip()).value for name in names)
        except UsageError as error:
            raise InputError(error.message, "write whole IRIs", path=path, line=line) from error
        yield Retired(node, row["status"].strip() or "retired", tuple(successors), path.name)


def _of_json(path: Path, text: str) -> Iterator[Retired]:
    hint = "use warnings.json of the name-suggestion-index, or a TSV file"
    content = read_json(text, path, hint)
    try:
        day = str(content.get("_meta", {}).get("generated", ""))[:10]
        source = f"{path.name}, {day}" if day else path.name
        for warning in content["warnings"]:
            item, status = str(warning["qid"]), _CATEGORIES.get(warning["category"])
            if status is not None:
                others = [name for name in _ITEM.findall(warning["msg"]) if name != item]
                # A deleted item is recognised by its name, which may be any text.
                successors = () if status == "deleted" else tuple(_WIKIDATA + name for name in others[-1:])
                # One item is said to be replaced by itself, which is nothing to act on.
                if successors or status == "deleted":
                    yield Retired(_WIKIDATA + item, status, successors, source)
    except (AttributeError, KeyError, TypeError) as error:
        raise InputError(f"not a list of warnings: {error!r}", hint, path=path) from error
