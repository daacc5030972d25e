"""Answers of SPARQL endpoints, kept on disk with the time at which they were given."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from pyoxigraph import QueryResultsFormat, parse_query_results

from kg.files.writing import replace_file
from kg.sparql.result_formats import write_rows
from kg.sparql.results import Rows, read


@dataclass(frozen=True)
class KeptAnswer:
    """Rows, and when the endpoint gave them."""

    rows: Rows
    time: datetime


@dataclass(frozen=True)
class AnswerCache:
    """A folder of answers. Each is a file: a line of JSON that says what was asked, of whom and when; then the rows."""

    folder: Path

    def load(self, endpoint: str, query: str) -> KeptAnswer | None:
        """Return what an endpoint answered to a query; None if that was not kept, or cannot be read any more."""
        try:
            head, _, body = self._path(endpoint, query).read_bytes().partition(b"\n")
            rows = read(parse_query_results(body, format=QueryResultsFormat.JSON))
            time = datetime.fromisoformat(json.loads(head)["time"])
        except (OSError, ValueError, KeyError, TypeError, SyntaxError):
            return None
        return KeptAnswer(rows, time) if isinstance(rows, Rows) else None

    def keep(self, endpoint: str, query: str, rows: Rows) -> None:
        """Keep an answer that was given just now; raises OSError where the folder cannot be written."""
        head = {"endpoint": endpoint, "time": datetime.now(UTC).isoformat(timespec="seconds"), "query": query}
        data = json.dumps(head).encode() + b"\n" + write_rows(rows, "json")
        self.folder.mkdir(parents=True, exist_ok=True)
        replace_file(self._path(endpoint, query), [data])

    def _path(self, endpoint: str, query: str) -> Path:
        return self.folder / f"{sha256(f'{endpoint} {query}'.encode()).hexdigest()}.answer"
