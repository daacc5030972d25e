"""The facts that each row of an answer rests on.

A row rests on the triple patterns of the query, with the row's values in the place of the variables. So the query
is run once more with all of its variables, each solution is put into the patterns, and each triple is looked up. What
SELECT * does not show is asked for: the stops on a property path, blank nodes, the solutions of a sub-select.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from pyoxigraph import Literal

from kg.provenance.property_paths import Pattern, triples_along
from kg.query.labels import NAMES
from kg.rdf.terms import RDF, Term, render
from kg.sparql.functions import AGGREGATES
from kg.sparql.patterns import PatternReader, TriplePattern, path_text
from kg.sparql.results import Rows
from kg.sparql.syntax import Group, Query, parse_query
from kg.store import Store, select

Fact = tuple[Term, Term, Term]
Values = Mapping[str, str]  # what is bound in a solution, in N-Triples by `?name`

# What a thing is called, and of which class it is, is seldom what an answer is about.
_ASIDE = frozenset({RDF + "type", *(predicate.value for predicate in NAMES)})
_AT_ONCE = 500  # triples or solutions in one look-up
# An expression with one of these has no value before the rows are grouped, or another one each time.
_NOT_OF_A_SOLUTION = frozenset({*AGGREGATES, "RAND", "UUID", "STRUUID", "BNODE", "NOW"})


def facts_of_rows(query: str, rows: Rows, store: Store) -> list[list[Fact]]:
    """Return for each row of a SELECT query's answer the facts that it rests on.

    Names and classes are left out where a row rests on something else, too.
    """
    parsed = parse_query(query)
    triples_of = _Support(store).of_rows(_Select(parsed, parsed.prologue, PatternReader.of(parsed)), rows)
    facts = _look_up({triple for triples in triples_of for triple in triples}, store)
    return [[facts[triple] for triple in sorted(_telling(triples & facts.keys()))] for triples in triples_of]


def _telling(triples: set[Pattern]) -> set[Pattern]:
    return {triple for triple in triples if triple[1].strip("<>") not in _ASIDE} or triples


def _look_up(triples: Iterable[Pattern], store: Store) -> dict[Pattern, Fact]:
    """Return those triples that the graph holds; one with a blank node cannot be asked for."""
    ordered = sorted(t for t in triples if not t[0].startswith('"') and not any(part.startswith("_:") for part in t))
    facts: dict[Pattern, Fact] = {}
    for start in range(0, len(ordered), _AT_ONCE):
        part = ordered[start : start + _AT_ONCE]
        values = " ".join(f"({number} {' '.join(triple)})" for number, triple in enumerate(part))
        asked = f"SELECT ?number ?s ?p ?o {{ VALUES (?number ?s ?p ?o) {{ {values} }} ?s ?p ?o }}"
        for number, s, p, o in select(store, asked).terms:
            assert isinstance(number, Literal)
            assert s is not None
            assert p is not None
            assert o is not None
            # A store may write a number in another way than the query: the triple is known by its place.
            facts[part[int(number.value)]] = (s, p, o)
    return facts


@dataclass(frozen=True)
class _Select:
    """A SELECT query, or one that stands in another, with the declarations before all and what reads their patterns."""

    query: Query
    prologue: str
    reader: PatternReader

    @cached_property
    def all_solutions(self) -> str:
        """The query for all solutions with all variables, those that SELECT and GROUP BY compute included."""
        query, where = self.query, self.query.pattern
        dataset = " ".join(token.text for token in query.dataset)
        binds = " ".join(f"BIND({expression})" for expression in self._expressions)
        values = query.text[query.values.start : query.values.end] if query.values else ""
        pattern = query.text[where.start : where.end]
        return f"{self.prologue} SELECT * {dataset} {{ {{{pattern}}} {binds} }} {values}"

    @property
    def _expressions(self) -> Iterator[str]:
        """Yield each `expression AS ?name` of SELECT and GROUP BY that has a value in each solution."""
        left_out: set[str] = set()
        for item in (*self.query.group_by, *(self.query.items or ())):
            if item.name is None or item.expression is None:
                continue
            found, name = item.expression.tokens, item.name.text
            if any(token.keyword in _NOT_OF_A_SOLUTION or token.text in left_out for token in found):
                left_out.add(name)
            else:
                yield f"{self.query.text[found[0].start : found[-1].end]} AS {name}"

    @cached_property
    def sub_selects(self) -> list[_Select]:
        """The queries that stand in this one."""
        found = (group.select for group in self._needed if group.select)
        return [_Select(select, self.prologue, self.reader) for select in found]

    def shows(self, name: str) -> bool:
        """Return whether a variable can be seen from outside."""
        return self.query.items is None or name in self.query.columns

    @cached_property
    def basic_patterns(self) -> list[list[TriplePattern]]:
        """The basic graph patterns, those of sub-selects left out."""
        return [pattern for group in self._needed for pattern in _basic_patterns(group, self.reader)]

    @cached_property
    def _needed(self) -> list[Group]:
        return [group for outer in (self.query.pattern, *self.query.exists) for group in _needed(outer)]


def _needed(group: Group) -> Iterator[Group]:
    """Yield a group and those inside it, without what stands under NOT EXISTS and MINUS; sub-selects stay whole."""
    if not group.negated:
        yield group
        for element in group.elements:
            for inner in (*(() if element.kind == "minus" else element.groups), *element.exists):
                yield from _needed(inner)


def _basic_patterns(group: Group, reader: PatternReader) -> Iterator[list[TriplePattern]]:
    # A filter does not end a basic graph pattern (section 5.1).
    elements = (element for element in group.elements if element.kind != "filter")
    for are_triples, part in groupby(elements, lambda element: element.kind == "triples"):
        if are_triples:
            yield [pattern for element in part for pattern in reader.patterns(element.tokens)]


@dataclass(frozen=True)
class _Support:
    """Finds the triples below the rows of one store."""

    store: Store

    def of_rows(self, query: _Select, rows: Rows) -> list[set[Pattern]]:
        """Return the triples of each row: those of all solutions with the row's values."""
        solutions = select(self.store, query.all_solutions)
        # A row and a solution belong together where the variables that both show agree.
        shared = [name for name in rows.variables if name in solutions.variables and query.shows(name)]
        columns = [solutions.variables.index(name) for name in shared]
        found: defaultdict[tuple[Term | None, ...], set[Pattern]] = defaultdict(set)
        for solution, triples in zip(solutions.terms, self._of_solutions(query, solutions), strict=True):
            found[tuple(solution[column] for column in columns)] |= triples
        wanted = [rows.variables.index(name) for name in shared]
        return [found.get(tuple(terms[index] for index in wanted), set()) for terms in rows.terms]

    def _of_solutions(self, query: _Select, solutions: Rows) -> list[set[Pattern]]:
        bound: list[Values] = [
            {
                f"?{name}": render(term)
                for name, term in zip(solutions.variables, terms, strict=True)
                if term is not None
            }
            for terms in solutions.terms
        ]
        found: list[set[Pattern]] = [set() for _ in bound]
        for patterns in query.basic_patterns:
            shown = {f"?{name}" for name in solutions.variables}
            for triples, more in zip(found, self._of_pattern(patterns, shown, bound), strict=True):
                triples.update(more)
        for sub_select in query.sub_selects:
            for triples, more in zip(found, self.of_rows(sub_select, solutions), strict=True):
                triples.update(more)
        return found

    def _of_pattern(
        self, patterns: Sequence[TriplePattern], shown: Collection[str], bound: Sequence[Values]
    ) -> list[set[Pattern]]:
        """Return the triples of a basic graph pattern in each solution; none where a variable is unbound in it."""
        mentioned = {part for pattern in patterns for part in _variables(pattern)}
        names = sorted(mentioned.intersection(shown))
        keys = [tuple(values.get(name, "") for name in names) for values in bound]
        values_of: Mapping[tuple[str, ...], Sequence[Values]]
        values_of = {key: [dict(zip(names, key, strict=True))] for key in keys if all(key)}
        if mentioned.difference(shown):
            values_of = self._with_hidden(patterns, names, values_of.keys())
        triples_of = {key: self._put_into(patterns, solutions) for key, solutions in values_of.items()}
        return [triples_of.get(key, set()) for key in keys]

    def _put_into(self, patterns: Sequence[TriplePattern], solutions: Sequence[Values]) -> set[Pattern]:
        """Return the triples of a basic graph pattern for values of all its variables."""
        found: set[Pattern] = set()
        for values in solutions:
            for s, p, o in patterns:
                predicate = values.get(p, p) if isinstance(p, str) else p
                found |= triples_along(values.get(s, s), predicate, values.get(o, o), self.store)
        return found

    def _with_hidden(
        self, patterns: Sequence[TriplePattern], names: Sequence[str], keys: Iterable[tuple[str, ...]]
    ) -> dict[tuple[str, ...], list[Values]]:
        """Find what stands for the blank nodes of a basic graph pattern, and for variables of FILTER EXISTS."""
        pattern = " . ".join(f"{s} {path_text(p)} {o}" for s, p, o in patterns)
        found: defaultdict[tuple[str, ...], list[Values]] = defaultdict(list)
        ordered = sorted(key for key in keys if not any(part.startswith("_:") for part in key))
        for start in range(0, len(ordered), _AT_ONCE):
            rows = " ".join(f"({' '.join(key)})" for key in ordered[start : start + _AT_ONCE])
            asked = f"SELECT * {{ VALUES ({' '.join(names)}) {{ {rows} }} {pattern} }}"
            solutions = select(self.store, asked)
            for terms in solutions.terms:
                values = {f"?{n}": render(t) for n, t in zip(solutions.variables, terms, strict=True) if t is not None}
                found[tuple(values[name] for name in names)].append(values)
        return found


def _variables(pattern: TriplePattern) -> Iterator[str]:
    return (part for part in pattern if isinstance(part, str) and part.startswith("?"))
