"""Answers of queries as Python values: rows for SELECT, a bool for ASK, triples for CONSTRUCT and DESCRIBE."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pyoxigraph import QueryBoolean, QuerySolutions, QueryTriples, Triple

from kg.rdf.terms import Term, python_value


class Row:
    """A row: each variable of the query is an attribute with a Python value (None where it is unbound)."""

    __slots__ = ("_terms", "_variables")

    def __init__(self, variables: Sequence[str], terms: Sequence[Term | None]) -> None:
        self._variables = variables
        self._terms = terms

    def term(self, variable: str) -> Term | None:
        """Return the RDF term of a variable; raises KeyError for a variable that the query does not have."""
        if variable not in self._variables:
            raise KeyError(f"no variable {variable}; the variables are {', '.join(self._variables)}")
        return self._terms[self._variables.index(variable)]

    def __getattr__(self, variable: str) -> object:
        if variable.startswith("_") or variable not in self._variables:
            raise AttributeError(f"no column {variable!r}; the columns are {', '.join(self._variables)}")
        return python_value(self.term(variable))

    def to_dict(self) -> dict[str, object]:
        """Return the Python values by the names of their variables."""
        return dict(zip(self._variables, map(python_value, self._terms), strict=True))

    def __repr__(self) -> str:
        return f"Row({', '.join(f'{name}={value!r}' for name, value in self.to_dict().items())})"


@dataclass(frozen=True)
class Rows:
    """The answer to a SELECT query: its variables, and a tuple of terms for each row."""

    variables: tuple[str, ...]
    terms: tuple[tuple[Term | None, ...], ...]

    def __len__(self) -> int:
        return len(self.terms)

    def __iter__(self) -> Iterator[Row]:
        return (Row(self.variables, terms) for terms in self.terms)

    def __getitem__(self, index: int) -> Row:
        return Row(self.variables, self.terms[index])

    def to_dicts(self) -> list[dict[str, object]]:
        """Return one dict of Python values for each row."""
        return [row.to_dict() for row in self]

    def select(self, variables: Sequence[str]) -> Rows:
        """Return the same rows with these columns only, in this order; raises ValueError for one that is not there."""
        indexes = [self.variables.index(name) for name in variables]
        return Rows(tuple(variables), tuple(tuple(terms[index] for index in indexes) for terms in self.terms))

    def head(self, limit: int) -> Rows:
        """Return the first rows."""
        return Rows(self.variables, self.terms[:limit])


Answer = Rows | bool | list[Triple]


def read(answer: QuerySolutions | QueryBoolean | QueryTriples) -> Answer:
    """Convert an answer of pyoxigraph: rows, a truth value, or triples (sorted, each once)."""
    if isinstance(answer, QuerySolutions):
        return Rows(tuple(variable.value for variable in answer.variables), tuple(tuple(row) for row in answer))
    if isinstance(answer, QueryBoolean):
        return bool(answer)
    return sorted(set(answer), key=str)
