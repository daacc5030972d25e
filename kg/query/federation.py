"""Federated queries (SPARQL 1.1 Federated Query): each SERVICE clause becomes the VALUES that its endpoint answers.

An engine may send the body of SERVICE as it stands, which asks Wikidata for everything that it has. Here our own side
is evaluated first, and the endpoint is asked only about what our side has, in batches:

1. what stands beside the clause is asked of our own store, for the values of the variables that the body binds;
2. the endpoint is asked for the body joined with these values;
3. its rows take the place of the clause, as VALUES, and the query is one for our own store.

The answer is that of the specification, whatever else the query holds: what is sent leaves out rows that could be
joined with nothing of ours, and no others (`_beside` and `_sent` say why).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from hashlib import sha256
from urllib.parse import quote

from pyoxigraph import BlankNode, NamedNode

from kg.errors import OutsideError, UsageError
from kg.query.services import Services
from kg.rdf.terms import BLANK, Term, render
from kg.sparql.classification import calls_service, require_query
from kg.sparql.results import Rows
from kg.sparql.syntax import (
    JOINED,
    Element,
    Path,
    Query,
    bound_variables,
    find,
    first_bound_variables,
    parse_query,
    sub_selects,
)
from kg.sparql.tokens import Token, tokens, variables
from kg.store import Store, select
from kg.store.embedded import EmbeddedStore

BATCH = 200  # bindings in one request: more make a query that some servers refuse


def federate(text: str, store: Store, services: Services, *, timeout: float | None = None) -> str:
    """Ask the endpoints of a query's SERVICE clauses, and return a query that needs none.

    Args:
        text: a query with all its prefixes declared and its parameters bound.
        store: our own side.
        services: the endpoints that may be asked.
        timeout: seconds for all of it.

    Returns:
        the query with VALUES in the place of each SERVICE, to be answered by `store`.

    Raises:
        UsageError: an endpoint that is not allowed, or a SERVICE where it cannot be replaced.
        OutsideError: an endpoint could not be reached, or its answer is incomplete; not for SERVICE SILENT.
    """
    require_query(text, services.addresses)
    clock = _Clock(timeout)
    # One after the other, since one clause may bind what the next asks about.
    while calls_service(text):
        query = parse_query(text)
        found = list(find(query.pattern, "service"))
        _require_replaceable(query, found)
        clause = _element(found[0])
        values = _Clause(query, found[0]).evaluate(store, services, clock)
        text = text[: clause.start] + values + text[clause.end :]
    return text


class _Clock:
    """The time that is left."""

    def __init__(self, timeout: float | None) -> None:
        self._timeout = timeout
        self._start = time.monotonic()

    def left(self) -> float | None:
        if self._timeout is None:
            return None
        left = self._timeout - (time.monotonic() - self._start)
        if left <= 0:
            raise OutsideError(f"no answer within {self._timeout:g} seconds", "give a longer --timeout")
        return left


class _Clause:
    """A SERVICE clause in its query."""

    def __init__(self, query: Query, path: Path) -> None:
        element = _element(path)
        assert element.name is not None
        self.query = query
        self.path = path
        self.silent = element.tokens[1].keyword == "SILENT"
        self.endpoint = element.name.text[1:-1]
        self.group = element.groups[0]
        self.body = query.text[self.group.start : self.group.end].strip()
        self.prologue = _prologue(query, element.tokens)

    def evaluate(self, store: Store, services: Services, clock: _Clock) -> str:
        """Return what takes the place of the clause."""
        columns = self._columns()
        names, bindings = self._sent(store, services, clock)
        if not bindings:
            services.say(f"<{self.endpoint}> was not queried: the graph has nothing to ask it about.")
            return _values(columns, ())
        rows: list[Sequence[Term | None]] = []
        queries = [self._request(columns, names, bindings[i : i + BATCH]) for i in range(0, len(bindings), BATCH)]
        about = f"{len(bindings)} match{'' if len(bindings) == 1 else 'es'} in the graph" if names else "everything"
        try:
            for query, answer in services.ask(self.endpoint, about, queries, clock.left):
                if missing := [name for name in columns if name not in answer.variables]:
                    raise OutsideError(
                        f"the answer of <{self.endpoint}> lacks ?{', ?'.join(missing)}", "use another endpoint"
                    )
                rows += _skolemized(answer.select(columns).terms, query)
        except OutsideError as error:
            if not self.silent:
                raise
            # SPARQL 1.1 Federated Query, section 2.2: as if the answer were one solution without bindings.
            services.say(f"Warning: {error.message}; SERVICE SILENT goes on without it.")
            return "{ }"
        return _values(columns, rows)

    def _columns(self) -> list[str]:
        """Return the variables of the body that the rest of the query uses."""
        rows = select(EmbeddedStore.in_memory(()), f"{self.prologue} SELECT * {{ {self.body} }} LIMIT 0")
        element = _element(self.path)
        if _selects_all(self.query, element):
            return list(rows.variables)
        used = variables(token for token in self.query.tokens if not element.start <= token.start < element.end)
        return [name for name in rows.variables if name in used]

    def _sent(self, store: Store, services: Services, clock: _Clock) -> tuple[list[str], list[tuple[str, ...]]]:
        """Return variables and their distinct values on our side; no values where our side has no solution at all.

        Only variables that both sides always bind are sent: then each row of the endpoint's answer is there as often
        as without VALUES, and binds the same variables.
        """
        beside = _beside(self.query, self.path)
        names = sorted(bound_variables(self.group) & variables(tokens(beside)))
        head = " ".join(token.text for declaration in self.query.declarations for token in declaration)
        ours = f"{' '.join(token.text for token in self.query.dataset)} WHERE {{ {beside} }}"
        if not names:
            exists = store.query(f"{head} ASK {ours}", timeout=clock.left())
            return [], [()] if exists else []
        projection = " ".join(f"?{name}" for name in names)
        found = store.query(f"{head} SELECT DISTINCT {projection} {ours}", timeout=clock.left())
        assert isinstance(found, Rows)
        terms = [row for row in found.terms if not any(isinstance(term, BlankNode) for term in row)]
        if len(terms) < len(found):
            # A blank node of ours is none of theirs: there is no row to join it with.
            services.say(
                f"{len(found) - len(terms)} solutions with blank nodes are left out: no endpoint can match them."
            )
        kept = [index for index in range(len(names)) if all(row[index] is not None for row in terms)]
        distinct = {tuple(render(term) for i in kept if (term := row[i]) is not None) for row in terms}
        return [names[index] for index in kept], sorted(distinct)

    def _request(self, columns: Sequence[str], names: Sequence[str], bindings: Sequence[Sequence[str]]) -> str:
        projection = " ".join(f"?{name}" for name in columns) or "*"
        if not names:
            return f"{self.prologue}SELECT {projection} WHERE {{ {self.body} }}"
        # Within the body's own group engines use the values first; where that would change its meaning, beside it.
        inline = set(names) <= first_bound_variables(self.group)
        body = self.body if inline else f"{{ {self.body} }}"
        return f"{self.prologue}SELECT {projection} WHERE {{ {_table(names, bindings)} {body} }}"


def _beside(query: Query, path: Path) -> str:
    """Return a pattern with a solution for each solution that the rows of a clause may be joined with.

    From the clause outwards: all that stands before it in its group is evaluated before it, and so is taken as it is;
    what comes later and is joined has to fit as well. A filter is taken where all its variables are bound, for these
    keep their values. What OPTIONAL or MINUS holds is compared with what stands before them: what comes later must
    not decide whether there is a match. A sub-select may count, so that nothing outside may restrict it.
    """
    inside = ""
    for group, index in reversed(path):
        if group.select is not None:
            break
        element = group.elements[index]
        if element.kind == "graph" and element.name is not None:
            inside = f"GRAPH {element.name.text} {{ {inside} }}"
        elif element.kind != "service":
            inside = f"{{ {inside} }}"
        compared = element.kind in ("optional", "minus", "lateral")
        parts = [_source(query, one) for one in group.elements[:index] if one.kind != "filter"]
        parts.append(inside)
        if not compared:
            later = (one for one in group.elements[index + 1 :] if one.kind in JOINED and not one.has("SERVICE"))
            parts += [_source(query, one) for one in later]
        parts += [_where_bound(query, one) for one in group.elements if one.kind == "filter" and not one.has("EXISTS")]
        inside = " ".join(parts)
        if compared:
            break
    return inside


def _source(query: Query, element: Element) -> str:
    if element.kind != "triples":
        return query.text[element.start : element.end]
    last = next(token for token in reversed(element.tokens) if token.text != ".")
    return f"{query.text[element.start : last.end]} ."


def _where_bound(query: Query, element: Element) -> str:
    unbound = "".join(f"!BOUND(?{name}) || " for name in sorted(variables(element.tokens)))
    return f"FILTER({unbound}{query.text[element.tokens[1].start : element.end]})"


def _require_replaceable(query: Query, found: Sequence[Path]) -> None:
    """Raise UsageError for a SERVICE clause within another one, or in an expression."""
    clauses = [_element(path) for path in found]
    for token in query.tokens:
        if token.keyword != "SERVICE" or token.start in [clause.start for clause in clauses]:
            continue
        if any(clause.start < token.start < clause.end for clause in clauses):
            raise UsageError(
                f"SERVICE within SERVICE (line {token.line}) is not supported: the other server would call it",
                "write the two clauses one after the other",
            )
        raise UsageError(
            f"SERVICE within EXISTS (line {token.line}) would be called for each solution",
            "write OPTIONAL { SERVICE ... } and FILTER(BOUND(?variable)) or FILTER(!BOUND(?variable))",
        )


def _element(path: Path) -> Element:
    group, index = path[-1]
    return group.elements[index]


def _prologue(query: Query, used: Sequence[Token]) -> str:
    """Return the declarations of a query, those of prefixes that some tokens do not use left out."""
    names = {token.text.partition(":")[0] for token in used if token.kind == "name"}
    return "".join(
        f"{' '.join(token.text for token in declaration)} "
        for declaration in query.declarations
        if declaration[0].keyword == "BASE" or declaration[1].text.rstrip(":") in names
    )


def _selects_all(query: Query, clause: Element) -> bool:
    """Return whether a query, or a sub-select in it, selects all variables; those inside a clause do not count."""
    return query.items is None or any(
        _selects_all(inner, clause) for inner in sub_selects(query) if not clause.start < inner.start < clause.end
    )


def _skolemized(rows: Sequence[Sequence[Term | None]], query: str) -> list[Sequence[Term | None]]:
    """Give blank nodes of an answer an IRI (RDF 1.1 Concepts, section 3.5): VALUES can hold none."""
    scope = sha256(query.encode()).hexdigest()[:16]
    return [
        [NamedNode(f"{BLANK}{scope}:{quote(t.value, safe='')}") if isinstance(t, BlankNode) else t for t in row]
        for row in rows
    ]


def _values(columns: Sequence[str], rows: Sequence[Sequence[Term | None]]) -> str:
    return _table(columns, [["UNDEF" if term is None else render(term) for term in row] for row in rows])


def _table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if len(names) == 1:
        return f"VALUES ?{names[0]} {{ {' '.join(row[0] for row in rows)} }}"
    head = " ".join(f"?{name}" for name in names)
    return f"VALUES ({head}) {{ {' '.join('(' + ' '.join(row) + ')' for row in rows)} }}"
