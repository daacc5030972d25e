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
from typing import Any

from kg.provenance.property_paths import Pattern, path_text, triples_along
from kg.query.labels import NAMES
from kg.rdf.terms import RDF, Term, render
from kg.sparql.results import Rows
from kg.sparql.syntax import Query, parse_query, sub_selects
from kg.store import Store, select

Fact = tuple[Term, Term, Term]
Step = tuple[str, Any, str]  # a triple pattern; its predicate may be a property path of rdflib
Values = Mapping[str, str]  # what is bound in a solution, in N-Triples by `?name`

# What a thing is called, and of which class it is, is seldom what an answer is about.
_ASIDE = frozenset({RDF + "type", *(predicate.value for predicate in NAMES)})
_AT_ONCE = 500  # triples or solutions in one look-up
# An expression with one of these has no value before the rows are grouped, or another one each time.
_NOT_OF_A_SOLUTION = frozenset(
    "COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT RAND UUID STRUUID BNODE NOW".split()  # noqa: SIM905
)


def facts_of_rows(query: str, rows: Rows, store: Store) -> list[list[Fact]]:
    """Return for each row of a SELECT query's answer the facts that it rests on.

    Names and classes are left out where a row rests on something else, too.
    """
    parsed = parse_query(query)
    triples_of = _Support(store).of_rows(_Select(parsed, parsed.prologue), rows)
    facts = _look_up({triple for triples in triples_of for triple in triples}, store)
    return [[facts[triple] for triple in sorted(_telling(triples & facts.keys()))] for triples in triples_of]


def _telling(triples: set[Pattern]) -> set[Pattern]:
    return {triple for triple in triples if triple[1].strip("<>") not in _ASIDE} or triples


def _look_up(triples: Iterable[Pattern], store: Store) -> dict[Pattern, Fact]:
    """Return those triples that the graph holds; one with a blank node cannot be asked for."""
    ordered = sorted(t for t in triples if not t[0].startswith('"') and not any(part.startswith("_:") for part in t))
    facts: dict[Pattern, Fact] = {}
    for start in range(0, len(ordered), _AT_ONCE):
        values = " ".join(f"({' '.join(triple)})" for triple in ordered[start : start + _AT_ONCE])
        for s, p, o in select(store, f"SELECT ?s ?p ?o {{ VALUES (?s ?p ?o) {{ {values} }} ?s ?p ?o }}").terms:
            assert s is not None
            assert p is not None
            assert o is not None
            facts[render(s), render(p), render(o)] = (s, p, o)
    return facts


@dataclass(frozen=True)
class _Select:
    """A SELECT query, or one that stands in another, with the declarations before all."""

    query: Query
    prologue: str

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
        return [_Select(inner, self.prologue) for inner in sub_selects(self.query.pattern)]

    def shows(self, name: str) -> bool:
        """Tell whether a variable can be seen from outside."""
        return self.query.items is None or name in self.query.columns

    @cached_property
    def basic_patterns(self) -> list[list[Step]]:
        """The basic graph patterns, those under NOT EXISTS and MINUS and in sub-selects left out.

        By rdflib: here each triple is needed, with its names as IRIs, its property path as a tree, and collections and
        blank nodes written out, which kg.sparql.syntax leaves to Oxigraph.
        """
        from rdflib.plugins.sparql import prepareQuery

        whole = f"{self.prologue} {self.query.text[self.query.start : self.query.tokens[-1].end]}"
        return list(_basic_patterns(prepareQuery(whole).algebra))


def _basic_patterns(node: Any) -> Iterator[list[Step]]:
    from rdflib.plugins.sparql.parserutils import CompValue

    if isinstance(node, list | tuple):
        for part in node:
            yield from _basic_patterns(part)
    elif isinstance(node, CompValue):
        if node.name in ("Builtin_NOTEXISTS", "Minus", "ToMultiSet"):
            yield from _basic_patterns(node.get("p1"))
            return
        if node.name == "Builtin_EXISTS":
            yield from _basic_patterns(node.graph)  # the item of this name is the pattern as it was written
            return
        if node.name == "BGP":
            yield [(_name(s), p, _name(o)) for s, p, o in node.triples]
        for key, part in node.items():
            if key not in ("triples", "_vars", "PV"):
                yield from _basic_patterns(part)


def _name(term: Any) -> str:
    from rdflib import BNode

    # A blank node of a query is a variable that is not shown.
    return f"?blank_{term}" if isinstance(term, BNode) else str(term.n3())


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
        for steps in query.basic_patterns:
            shown = {f"?{name}" for name in solutions.variables}
            for triples, more in zip(found, self._of_pattern(steps, shown, bound), strict=True):
                triples.update(more)
        for sub_select in query.sub_selects:
            for triples, more in zip(found, self.of_rows(sub_select, solutions), strict=True):
                triples.update(more)
        return found

    def _of_pattern(self, steps: Sequence[Step], shown: Collection[str], bound: Sequence[Values]) -> list[set[Pattern]]:
        """Return the triples of a basic graph pattern in each solution; none where a variable is unbound in it."""
        mentioned = {part for step in steps for part in _variables(step)}
        names = sorted(mentioned.intersection(shown))
        keys = [tuple(values.get(name, "") for name in names) for values in bound]
        values_of: Mapping[tuple[str, ...], Sequence[Values]]
        values_of = {key: [dict(zip(names, key, strict=True))] for key in keys if all(key)}
        if mentioned.difference(shown):
            values_of = self._with_hidden(steps, names, values_of.keys())
        triples_of = {key: self._put_into(steps, solutions) for key, solutions in values_of.items()}
        return [triples_of.get(key, set()) for key in keys]

    def _put_into(self, steps: Sequence[Step], solutions: Sequence[Values]) -> set[Pattern]:
        """Return the triples of a basic graph pattern for values of all its variables."""
        found: set[Pattern] = set()
        for values in solutions:
            for s, p, o in steps:
                found |= triples_along(values.get(s, s), _predicate(p, values), values.get(o, o), self.store)
        return found

    def _with_hidden(
        self, steps: Sequence[Step], names: Sequence[str], keys: Iterable[tuple[str, ...]]
    ) -> dict[tuple[str, ...], list[Values]]:
        """Find what stands for the blank nodes of a basic graph pattern, and for variables of FILTER EXISTS."""
        pattern = " . ".join(f"{s} {path_text(p)} {o}" for s, p, o in steps)
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


def _variables(step: Step) -> Iterator[str]:
    subject, predicate, object_ = step
    for part in (subject, _text(predicate), object_):
        if part.startswith("?"):
            yield part


def _text(predicate: Any) -> str:
    from rdflib.term import Node

    return str(predicate.n3()) if isinstance(predicate, Node) else ""


def _predicate(predicate: Any, values: Values) -> Any:
    from rdflib import URIRef, Variable

    return URIRef(values[predicate.n3()].strip("<>")) if isinstance(predicate, Variable) else predicate
