"""Where built graphs are kept. Code above this package must not know which kind of store it has."""

from __future__ import annotations

from typing import Protocol

from kg.sparql.results import Answer, Rows


class Queryable(Protocol):
    """What answers SPARQL queries."""

    def query(self, text: str, *, timeout: float | None = None) -> Answer:
        """Answer a SPARQL 1.1 query; at most `timeout` seconds.

        Raises UsageError for a query with an error and OutsideError when the time is over.
        """
        ...


class Store(Queryable, Protocol):
    """A read-only store whose default graph is the merged closure and whose named graphs are the evidence."""

    def asserted(self) -> Store:
        """Return the same graph without what reasoning added."""
        ...


def select(store: Queryable, query: str) -> Rows:
    """Run a SELECT query and return its rows."""
    rows = store.query(query)
    if not isinstance(rows, Rows):
        raise TypeError("not a SELECT query")
    return rows
