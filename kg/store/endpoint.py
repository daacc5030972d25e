"""Queries to a SPARQL endpoint (SPARQL 1.1 Protocol, section 2.1): a whole answer, or an error.

An answer that was truncated, by the server's limits or on its way, must never pass for one with fewer rows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import IO, cast

from pyoxigraph import QueryResultsFormat, QuerySolutions, RdfFormat, Triple, parse, parse_query_results

from kg.errors import OutsideError, UsageError
from kg.files.nesting import Bounded
from kg.formats import JSON, NTRIPLES, RESULTS_JSON
from kg.http.client import Client
from kg.http.response import Response, cut_off, wrong_media_type
from kg.sparql.results import Answer, Rows, read
from kg.sparql.syntax import form

_RESULTS = (RESULTS_JSON.media_type, JSON.media_type)
_TRIPLES = (NTRIPLES.media_type, "text/plain")  # some servers still use what N-Triples had before it had its own


@dataclass(frozen=True)
class Endpoint:
    """A SPARQL endpoint at an address, and the client that asks it."""

    url: str
    client: Client

    def query(self, text: str, *, timeout: float | None = None) -> Answer:
        """Ask a query: rows for SELECT, a truth value for ASK, triples for CONSTRUCT and DESCRIBE.

        Args:
            text: a SPARQL 1.1 query with all its prefixes declared.
            timeout: seconds, where less than the client's own.

        Raises:
            UsageError: the text is not a query.
            OutsideError: the endpoint could not be reached, or its answer is incomplete; see kg.http.client.
        """
        kind = form(text)
        if kind == "update":
            raise UsageError("SPARQL updates are not allowed", "kg only queries endpoints")
        if kind == "ask":
            with self._results(text, timeout) as response:
                return _boolean(response)
        if kind == "select":
            with self._results(text, timeout) as response:
                return _rows(response)
        with self._request(text, _TRIPLES, timeout) as response:
            return sorted(set(read_triples(response)), key=str)

    def _request(
        self, text: str, media_types: tuple[str, ...], timeout: float | None
    ) -> AbstractContextManager[Response]:
        # A form, for Virtuoso hangs at the other kind of POST, and some addresses are too long for GET.
        return self.client.post_form(self.url, {"query": text}, media_types[0], timeout=timeout)

    @contextmanager
    def _results(self, text: str, timeout: float | None) -> Iterator[Response]:
        with self._request(text, _RESULTS, timeout) as response:
            _require_untruncated(response)
            if response.media_type not in _RESULTS:
                raise wrong_media_type(response, _RESULTS[0])
            yield response


def _require_untruncated(response: Response) -> None:
    """Refuse what Virtuoso marks by headers only: rows beyond its limit left out, or time over with a part done."""
    if "X-SPARQL-MaxRows" in response.headers:
        limit = response.headers["X-SPARQL-MaxRows"]
        raise OutsideError(f"{response.url} truncated its answer after {limit} rows", "request less data at once")
    if "X-SQL-State" in response.headers:
        state, message = response.headers["X-SQL-State"], response.headers.get("X-SQL-Message", "")
        raise OutsideError(
            f"{response.url} returned only a part of the answer ({state} {message})".replace(" )", ")"),
            "its time limit was too short for the query: request less data at once",
        )


def _rows(response: Response) -> Rows:
    try:
        answer = parse_query_results(
            cast("IO[bytes]", Bounded(response, RESULTS_JSON, response.url)), format=QueryResultsFormat.JSON
        )
        rows = read(answer)
    except (SyntaxError, OSError) as error:
        raise cut_off(response.url, str(error)) from error
    if not isinstance(answer, QuerySolutions) or not isinstance(rows, Rows):
        raise cut_off(response.url, "a truth value (boolean) instead of rows")
    return rows


def _boolean(response: Response) -> bool:
    # Unlike the parser of rows, pyoxigraph's does not look at what comes after a truth value.
    try:
        document = json.loads(response.read())
    except (ValueError, RecursionError) as error:
        raise cut_off(response.url, str(error)) from error
    value = document.get("boolean") if isinstance(document, dict) else None
    if value is None and isinstance(document, dict) and document.get("head", {}).get("vars") == ["__ASK_RETVAL"]:
        # Virtuoso answers an ASK without triple patterns as a row with a number.
        bindings = document.get("results", {}).get("bindings") or [{}]
        value = bindings[0].get("__ASK_RETVAL", {}).get("value") == "1"
    if not isinstance(value, bool):
        raise cut_off(response.url, "not a truth value (boolean)")
    return value


def read_triples(response: Response) -> Iterator[Triple]:
    """Yield the triples of an answer as they come; raises OutsideError if it is corrupt or incomplete."""
    _require_untruncated(response)
    if response.media_type not in _TRIPLES:
        raise wrong_media_type(response, _TRIPLES[0])
    try:
        for quad in parse(cast("IO[bytes]", Bounded(response, NTRIPLES, response.url)), format=RdfFormat.N_TRIPLES):
            yield quad.triple
    except (SyntaxError, OSError) as error:
        raise cut_off(response.url, str(error)) from error
