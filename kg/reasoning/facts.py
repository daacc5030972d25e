"""Facts as relations over term ids: what rules are evaluated on."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyoxigraph import Quad

from kg.errors import OutsideError
from kg.progress import Progress, silent
from kg.rdf.encoding import Quads
from kg.reasoning.relations import Numbers, Relation, pack, unique, unpack
from kg.reasoning.rule_table import SAME_AS, TYPE, Pattern


@dataclass(frozen=True)
class Budget:
    """How much a closure may cost: triples that it adds, and seconds."""

    triples: int = 50_000_000
    seconds: float = 3600.0

    def check(self, added: Counter[str], start: float, rule: str, pending: int = 0) -> None:
        """Raise OutsideError where a closure costs more.

        Args:
            added: how many triples each rule has added.
            start: when it began, by time.monotonic.
            rule: the one that is at work.
            pending: triples that are about to be added.
        """
        total, seconds = added.total() + pending, time.monotonic() - start
        if total > self.triples or seconds > self.seconds:
            most = ", ".join(f"{name} {number:,}" for name, number in added.most_common(3))
            where = "; ".join([*([f"in rule {rule}"] if rule else []), *([f"most are from {most}"] if most else [])])
            raise OutsideError(
                f"reasoning stopped at its limit, with {total:,} inferred triples after {seconds:.0f} s"
                + (f" ({where})" if where else ""),
                "check the axioms of these rules, or raise the limits with --max-inferred or --max-seconds",
            )


class Facts:
    """Asserted facts and those that rules add, but for what holds of everything: that a thing is the same as itself.

    The key of a relation is the id of its property. Membership is one relation for each class: its key is
    ~id of the class, its pairs are of member and class.

    Attributes:
        dictionary: the terms and their ids; `terms` has them by their ids.
        relations: the pairs by their key.
        added: how many facts each rule was the first to conclude; `progress` is called when there are more.
    """

    def __init__(self, asserted: Iterable[Quad], budget: Budget, progress: Progress = silent) -> None:
        self.added: Counter[str] = Counter()
        self.relations: defaultdict[int, Relation] = defaultdict(Relation)
        self._budget, self._progress = budget, progress
        self._start = time.monotonic()
        self._rules: defaultdict[int, list[str]]  # what added each batch of a relation; nothing did for the asserted
        quads = Quads.of(asserted)
        self.dictionary = quads.dictionary
        self.terms: list[Any] = self.dictionary.terms
        self.term_id = self.dictionary.term_id
        self._load(quads.table())

    def _load(self, columns: NDArray[np.intc]) -> None:
        properties, objects = columns[:, 1], columns[:, 2]
        keys = np.where(properties == self.term_id(TYPE), ~objects, properties)
        for key, pairs in _by_key(keys, pack(columns[:, 0].astype(np.int64), objects)):
            some = _of_two(pairs) if key == self.term_id(SAME_AS) else pairs
            if len(some):
                self.relations[key].add(some)
        self._rules = defaultdict(list, {key: [""] for key in self.relations})

    def add(self, key: int, pairs: Numbers, rule: str) -> bool:
        """Add what a rule concludes; tell if some of it is new.

        That a thing is the same as itself is not added. Raises OutsideError where the budget is spent.
        """
        if key == self.term_id(TYPE):
            return sum(self.add(class_, part, rule) for class_, part in _by_key(~unpack(pairs)[1], pairs)) > 0
        if key == self.term_id(SAME_AS):
            pairs = _of_two(pairs)
        new = len(self.relations[key].add(pairs))
        if new:
            self._rules[key].append(rule)
            self.added[rule] += new
            self.check_budget(rule)
            self._progress(f"reasoning: {self.added.total():,} triples inferred, by {rule}")
        return bool(new)

    def check_budget(self, rule: str, pending: int = 0) -> None:
        """Raise OutsideError where the facts that were added and are to come, or the time, exceed the budget."""
        self._budget.check(self.added, self._start, rule, pending)

    def columns(self, key: int, pairs: Numbers) -> tuple[Numbers, int, Numbers]:
        """Return pairs of a relation as subjects, the property and objects, all term ids."""
        first, second = unpack(pairs)
        return first, key if key >= 0 else self.term_id(TYPE), second

    def patterns(self, keys: Iterable[int]) -> Iterator[Pattern]:
        """Yield the facts of some relations; a literal may be their subject."""
        for key in keys:
            subjects, property_, objects = self.columns(key, self.relations[key].forward)
            for subject, value in zip(subjects.tolist(), objects.tolist(), strict=True):
                yield self.terms[subject], self.terms[property_], self.terms[value]

    def inferred(self) -> Iterator[tuple[str, Numbers, int, Numbers]]:
        """Yield what rules added: the rule, subjects, the property, objects."""
        for key, rules in self._rules.items():
            for rule, batch in zip(rules, self.relations[key].batches, strict=True):
                if rule:
                    yield rule, *self.columns(key, batch)


def _of_two(pairs: Numbers) -> Numbers:
    """Return the pairs of two different things."""
    first, second = unpack(pairs)
    chosen: Numbers = pairs[first != second]
    return chosen


def _by_key(keys: NDArray[np.integer[Any]], pairs: Numbers) -> Iterator[tuple[int, Numbers]]:
    """Yield the pairs of each key."""
    order = np.argsort(keys, kind="stable")
    keys, pairs = keys[order], pairs[order]
    ends = [*np.flatnonzero(np.diff(keys)) + 1, len(keys)] if len(keys) else []
    for start, end in pairwise([0, *ends]):
        yield int(keys[start]), pairs[start:end]


def count_distinct(quads: Quads) -> int:
    """Return how many different triples some quads are."""
    columns = quads.table()
    pairs = pack(columns[:, 0].astype(np.int64), columns[:, 2])
    return sum(len(unique(part)) for _, part in _by_key(columns[:, 1], pairs))
