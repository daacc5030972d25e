"""Check queries: SPARQL files whose rows are findings, for what shapes cannot say.

They see the closure. A row binds `focus`, the node that is at fault, and may bind `path` and `value`:

    #+ summary: Is something a part of itself?
    #+ severity: violation
    #+ message: It is a part of itself; look for the circle through {value}.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import NamedNode

from kg.errors import InputError, UsageError
from kg.files.text import read_text
from kg.findings import SEVERITIES, Finding
from kg.query.header import check_keys, read_header
from kg.rdf.terms import Prefixes, Term, display, render
from kg.sparql.classification import require_query
from kg.sparql.errors import faults_in
from kg.sparql.syntax import parse_query
from kg.store import Store, select

_KEYS = {"summary": str, "description": str, "severity": str, "message": str}
_REQUIRED = ("summary", "severity", "message")


@dataclass(frozen=True)
class Check:
    """A check query; `message` may hold the names of columns in braces."""

    name: str
    path: Path
    summary: str
    severity: str
    message: str
    text: str


def load_check(path: Path) -> Check:
    """Read a check query.

    Raises:
        InputError: with file and line, where the header is not exactly as it should be.
    """
    text = read_text(path)
    header, lines = read_header(path, text)
    check_keys(path, header, _KEYS, lines)
    for key in _REQUIRED:
        if key not in header:
            raise InputError(
                f"the header has no {key}", f"a check query needs {', '.join(_REQUIRED)}", path=path, line=1
            )
    if header["severity"] not in SEVERITIES:
        raise InputError(
            f"unknown severity {header['severity']!r}",
            f"the severities are {', '.join(SEVERITIES)}",
            path=path,
            line=lines["severity"],
        )
    try:
        with faults_in(text, path):
            require_query(text)
            parse_query(text)
    except UsageError as error:
        raise InputError(error.message, error.hint, path=path) from error
    return Check(path.stem, path, header["summary"], header["severity"], header["message"], text)


def run_checks(files: Iterable[Path], store: Store, prefixes: Prefixes) -> list[Finding]:
    """Return a finding for each row of each check query.

    Args:
        files: the check queries.
        store: its default graph is the closure.
        prefixes: for what messages quote.

    Raises:
        InputError: a file is no check query.
    """
    return [finding for path in files for finding in _run(load_check(path), store, prefixes)]


def _run(check: Check, store: Store, prefixes: Prefixes) -> Iterable[Finding]:
    with faults_in(check.text, check.path):
        rows = select(store, check.text)
    for name in ("focus", *re.findall(r"{(\w+)}", check.message)):
        if name not in rows.variables:
            raise InputError(f"the query does not select ?{name}", "add the variable to SELECT", path=check.path)
    for terms in rows.terms:
        row = dict(zip(rows.variables, terms, strict=True))
        message = re.sub(r"{(\w+)}", lambda match, row=row: display(row[match[1]], prefixes), check.message)  # type: ignore[misc]
        value = row.get("value")
        yield Finding(
            check.severity,
            _iri(row["focus"]),
            message,
            path=_iri(row.get("path")),
            value=render(value) if value is not None else "",
            check=check.name,
        )


def _iri(term: Term | None) -> str:
    return term.value if isinstance(term, NamedNode) else ""
