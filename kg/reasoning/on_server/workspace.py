"""The graphs on a server where its closure is computed, and the requests that read and change them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol

from pyoxigraph import Literal, NamedNode, Triple, Variable

from kg.progress import Progress
from kg.rdf.terms import Term, render
from kg.reasoning.facts import Budget
from kg.reasoning.rule_table import TYPE, Pattern, Slot
from kg.sparql.results import Rows

# What a relation is: a property, or membership in one class. None stands for all properties, or for all classes.
Relation = tuple[Slot | None, Slot | None]

_PAGE = 5_000  # rows; servers cut off longer answers (Virtuoso at 10,000)
_AT_ONCE = 500  # triples of an INSERT DATA; Virtuoso refuses 1,500


class SparqlServer(Protocol):
    """A server with SPARQL 1.1 Query and Update; both raise OutsideError where it fails."""

    def query(self, text: str) -> Rows | bool | Sequence[Triple]:
        """Answer a query; an answer that is cut off is an error."""
        ...

    def update(self, text: str) -> None:
        """Carry out an update of one operation."""
        ...


class Workspace:
    """The asserted graph, the closure to be, and scratch graphs between them, on one server.

    Attributes:
        facts: asserted and inferred facts with stand-ins for literals; what rules read.
        literals: which literal each stand-in stands for.
        recent: two graphs for facts that some rules have not seen yet.
        found: two graphs for what the rules of a group find in one round.
        sizes: how many facts each relation has.
        added: how many facts each rule was the first to conclude.
    """

    def __init__(
        self,
        server: SparqlServer,
        asserted: NamedNode,
        closure: NamedNode,
        budget: Budget,
        progress: Progress,
        update_prefix: str,
    ) -> None:
        self.asserted, self.closure = asserted, closure
        scratch = scratch_graphs(closure)
        self.facts, self.literals = scratch[:2]
        self.recent, self.found = (scratch[2], scratch[3]), (scratch[4], scratch[5])
        self.sizes: Counter[Relation] = Counter()
        self.added: Counter[str] = Counter()
        self._scratch, self._server, self._prefix = scratch, server, update_prefix
        self._budget, self._progress = budget, progress
        self._start = time.monotonic()

    def select(self, text: str) -> Rows:
        """Answer a SELECT query."""
        answer = self._server.query(text)
        assert isinstance(answer, Rows)
        return answer

    def update(self, text: str, rule: str = "") -> None:
        """Carry out an update for a rule; raises OutsideError where the budget is spent."""
        self.check_budget(rule)
        self._server.update(f"{self._prefix} {text}" if self._prefix else text)

    def pages(self, variables: str, pattern: str, key: str) -> Iterator[tuple[Term, ...]]:
        """Yield the rows of a query of any length, in parts that no server cuts off.

        Args:
            variables: what is asked for, with the key as the first one.
            pattern: the group graph pattern without its braces.
            key: a variable whose values are IRIs; by it the rows are distinguished, and in parts of one value taken.
        """
        after, size = "", _PAGE
        while True:
            rest = f"FILTER(STR({key}) > {render(Literal(after))})" if after else ""
            text = f"SELECT DISTINCT {variables} WHERE {{ {pattern} {rest} }} ORDER BY STR({key}) LIMIT {size}"
            rows = self.select(text).terms
            keys = [row[0].value for row in rows if row[0] is not None]
            # The last value of a full page may go on on the next one.
            whole = len(rows) if len(rows) < size else keys.index(keys[-1])
            yield from rows[:whole]  # type: ignore[misc]  # every variable is bound
            if len(rows) < size:
                return
            after, size = (keys[whole - 1], _PAGE) if whole else (after, 2 * size)

    def insert(self, graph: NamedNode, patterns: Iterable[Pattern], absent_from: NamedNode | None = None) -> None:
        """Insert triples that are known here, in parts that every server takes; those not in a graph, if one is named.

        Raises OutsideError where the budget is spent.
        """
        rest = iter(patterns)
        while part := list(islice(rest, _AT_ONCE)):
            rows = [" ".join(map(_word, pattern)) for pattern in part]
            if absent_from is None:
                self.update(f"INSERT DATA {{ GRAPH {graph} {{ {' . '.join(rows)} }} }}")
            else:
                values = f"VALUES (?s ?p ?o) {{ {' '.join(f'({row})' for row in rows)} }}"
                known = f"FILTER NOT EXISTS {{ GRAPH {absent_from} {{ ?s ?p ?o }} }}"
                self.update(f"INSERT {{ GRAPH {graph} {{ ?s ?p ?o }} }} WHERE {{ {values} {known} }}")

    def copy(self, source: NamedNode, targets: Sequence[NamedNode]) -> None:
        """Insert what one graph holds into others."""
        for target in targets:  # Virtuoso fails to insert into two graphs at once
            self.update(f"INSERT {{ GRAPH {target} {{ ?s ?p ?o }} }} WHERE {{ GRAPH {source} {{ ?s ?p ?o }} }}")

    def clear(self, *graphs: NamedNode) -> None:
        """Empty graphs."""
        for graph in graphs:
            self._server.update(f"CLEAR SILENT GRAPH {graph}")

    def clear_scratch(self) -> None:
        """Empty all scratch graphs."""
        self.clear(*self._scratch)

    def count(self, graph: NamedNode, relation: Relation = (None, None)) -> int:
        """Return how many facts a graph has, or a relation in it."""
        property_, class_ = (render(part) if part is not None else None for part in relation)  # type: ignore[arg-type]
        pattern = f"?s {property_ or '?p'} {class_ or '?o'}"
        ((number,),) = self.select(f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH {graph} {{ {pattern} }} }}").terms
        assert isinstance(number, Literal)
        return int(number.value)

    def relations(self, graph: NamedNode) -> Counter[Relation]:
        """Return how many facts each relation has in a graph."""
        found: Counter[Relation] = Counter()
        for what, pattern in (("?p", "?s ?p ?o"), ("?o", f"?s {TYPE} ?o")):
            grouped = f"{{ SELECT {what} (COUNT(*) AS ?n) WHERE {{ GRAPH {graph} {{ {pattern} }} }} GROUP BY {what} }}"
            for term, number in self.pages(f"{what} ?n", grouped, what):
                if term != TYPE or what == "?o":
                    found[(term, None) if what == "?p" else (TYPE, term)] = int(number.value)
        return found

    def size(self, relation: Relation) -> int:
        """Return how many facts a relation has, as far as is known here."""
        if None not in relation or (relation[0] not in (None, TYPE)):
            return self.sizes[relation]
        return sum(number for other, number in self.sizes.items() if meet(relation, other))

    def grown(self, relation: Relation, number: int, rule: str) -> None:
        """Take notice of what a rule added to a relation; raises OutsideError where the budget is spent."""
        if not number:
            return
        self.sizes[relation] += number
        self.added[rule] += number
        self.check_budget(rule)
        self._progress(f"reasoning on the server: {self.added.total():,} triples inferred, by {rule}")

    def check_budget(self, rule: str) -> None:
        """Raise OutsideError where the facts that were added, or the time, are more than the budget."""
        self._budget.check(self.added, self._start, rule)


def scratch_graphs(closure: NamedNode) -> list[NamedNode]:
    """Return the graphs that serve while a closure is computed; a run that is killed leaves them."""
    names = ("facts", "literals", "recent-1", "recent-2", "found-1", "found-2")
    return [NamedNode(f"{closure.value}/scratch/{name}") for name in names]


def relation_of(pattern: Pattern) -> Relation:
    """Return the relation that a pattern speaks of."""
    property_, value = (None if isinstance(slot, Variable) else slot for slot in pattern[1:])
    return property_, value if property_ == TYPE else None


def meet(one: Relation, other: Relation) -> bool:
    """Return whether two relations may have a fact in common."""
    return all(None in pair or pair[0] == pair[1] for pair in zip(one, other, strict=True))


def _word(slot: Slot) -> str:
    assert isinstance(slot, NamedNode | Literal)
    return render(slot)
