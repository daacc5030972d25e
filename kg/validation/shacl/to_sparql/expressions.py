"""Boolean expressions of SPARQL that can be negated without `!` before EXISTS, and without errors that hide a row.

An error in a filter drops the row, in a filter and in its negation alike, so each test is guarded by others: where a
guard is false, `false && error` is false and `true || error` is true (SPARQL 1.1, section 17.2).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Test:
    """A test that has a truth value wherever its guards hold."""

    text: str
    negated: bool = False


@dataclass(frozen=True)
class Exists:
    """Whether a group pattern has a solution."""

    pattern: str
    negated: bool = False


@dataclass(frozen=True)
class And:
    """All of some expressions; of none: true."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True)
class Or:
    """Any of some expressions; of none: false."""

    parts: tuple[Expression, ...]


Expression = Test | Exists | And | Or
TRUE, FALSE = And(()), Or(())


def all_of(parts: Iterable[Expression]) -> Expression:
    """Return the conjunction of some expressions, as simple as it can be."""
    flat: list[Expression] = []
    for part in parts:
        if part == FALSE:
            return FALSE
        flat.extend(part.parts if isinstance(part, And) else [part])
    return flat[0] if len(flat) == 1 else And(tuple(dict.fromkeys(flat)))


def any_of(parts: Iterable[Expression]) -> Expression:
    """Return the disjunction of some expressions, as simple as it can be."""
    flat: list[Expression] = []
    for part in parts:
        if part == TRUE:
            return TRUE
        flat.extend(part.parts if isinstance(part, Or) else [part])
    return flat[0] if len(flat) == 1 else Or(tuple(dict.fromkeys(flat)))


def negation(expression: Expression) -> Expression:
    """Return the opposite; De Morgan's laws bring the negation to the leaves."""
    match expression:
        case Test(text, negated):
            return Test(text, not negated)
        case Exists(pattern, negated):
            return Exists(pattern, not negated)
        case And(parts):
            return any_of(map(negation, parts))
        case Or(parts):
            return all_of(map(negation, parts))


def written(expression: Expression) -> str:
    """Write an expression as SPARQL."""
    match expression:
        case Test(text, negated):
            return f"!({text})" if negated else text
        case Exists(pattern, negated):
            return f"{'NOT ' if negated else ''}EXISTS {{ {pattern} }}"
        case And(parts):
            return f"({' && '.join(map(written, parts))})" if parts else "true"
        case Or(parts):
            return f"({' || '.join(map(written, parts))})" if parts else "false"


def filtered(pattern: str, expression: Expression) -> str:
    """Add a filter to a group pattern."""
    return pattern if expression == TRUE else f"{pattern} FILTER({written(expression)})"
