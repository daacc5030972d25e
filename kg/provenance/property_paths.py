"""The triples along a SPARQL property path between two ends (SPARQL 1.1 Query Language, section 9)."""

from __future__ import annotations

from collections.abc import Sequence

from kg.rdf.terms import render
from kg.sparql.patterns import Alternatives, Excluding, Inverse, Path, Repeated, Steps, path_text
from kg.sparql.results import Rows
from kg.store import Store, select

Pattern = tuple[str, str, str]  # each part a term in N-Triples, or a variable as `?name`


def triples_along(start: str, path: Path, end: str, store: Store) -> set[Pattern]:
    """Return the triples of all paths that match from one term to another.

    Args:
        start: an IRI or literal in N-Triples; from a blank node, which no query can name, there are none.
        path: an IRI or a property path.
        end: as `start`.
        store: where the path leads along. That the ends are connected is not checked for a single step.
    """
    if start.startswith("_:") or end.startswith("_:"):
        return set()
    match path:
        case Inverse(inner):
            found = triples_along(end, inner, start, store)
        case Alternatives(paths):
            found = set().union(*(triples_along(start, part, end, store) for part in paths))
        case Steps(paths):
            found = _along_steps(start, paths, end, store)
        case Repeated(inner, "?"):
            found = triples_along(start, inner, end, store)
        case Repeated(inner):
            found = _along_repetition(start, inner, end, store)
        case Excluding(forwards, backwards):
            found = set() if forwards is None else _along_any_other(start, forwards, end, store)
            if backwards is not None:
                found |= _along_any_other(end, backwards, start, store)
        case _:
            found = {(start, path, end)}
    return found


def _along_steps(start: str, steps: Sequence[Path], end: str, store: Store) -> set[Pattern]:
    stops = ["?start", *(f"?stop{number}" for number in range(1, len(steps))), "?end"]
    pattern = " . ".join(f"{stops[i]} {path_text(step)} {stops[i + 1]}" for i, step in enumerate(steps))
    found: set[Pattern] = set()
    for terms in _between(" ".join(stops), start, pattern, end, store).terms:
        names = [render(term) for term in terms if term is not None]
        for i, step in enumerate(steps):
            found |= triples_along(names[i], step, names[i + 1], store)
    return found


def _along_repetition(start: str, step: Path, end: str, store: Store) -> set[Pattern]:
    """Follow `step+` or `step*`: each single step that can be reached from the start, and from which the end can."""
    one, any_number = path_text(step), f"{path_text(step)}*"
    pattern = f"?start {any_number} ?from . ?from {one} ?to . ?to {any_number} ?end"
    found: set[Pattern] = set()
    for first, last in _between("?from ?to", start, pattern, end, store).terms:
        if first is not None and last is not None:
            found |= triples_along(render(first), step, render(last), store)
    return found


def _along_any_other(start: str, excluded: Sequence[str], end: str, store: Store) -> set[Pattern]:
    pattern = f"?start ?p ?end FILTER(?p NOT IN ({', '.join(excluded)}))"
    return {(start, render(p), end) for (p,) in _between("?p", start, pattern, end, store).terms if p is not None}


def _between(variables: str, start: str, pattern: str, end: str, store: Store) -> Rows:
    # The ends are bound beside the pattern, because a literal cannot stand where a path begins.
    return select(store, f"SELECT DISTINCT {variables} {{ VALUES (?start ?end) {{ ({start} {end}) }} {pattern} }}")
