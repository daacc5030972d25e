"""Materialization: all that follows from some facts by the rules of OWL 2 RL, evaluated in memory.

Evaluation is semi-naive: a rule looks only at what is new since it last looked. Rules wait in the order of their
dependencies, so that only those which feed each other are evaluated more than once.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from pyoxigraph import Literal, NamedNode, Variable

from kg.rdf.datatypes import DATATYPES, in_value_space
from kg.reasoning.compiler import (
    AXIOM_CLASSES,
    AXIOM_PROPERTIES,
    GENERAL_RULES,
    Schema,
    compile_rules,
    instantiate,
    substitute,
)
from kg.reasoning.depth_first import postorder
from kg.reasoning.equality import RULES_OF_EQUALITY, are_different, relate_equal_values, share_among_the_same
from kg.reasoning.facts import Facts
from kg.reasoning.relations import Atom, Numbers, Table, bindings, in_portions, pack, solve, unique, unpack
from kg.reasoning.rule_table import MEMBER, SAME_AS, TYPE, Inconsistency, Pattern, Rule, Slot

_REPORTED = 20  # inconsistencies that one rule reports


@dataclass
class _Task:
    """A rule over term ids, and how many batches of each of its relations it has seen."""

    rule: Rule
    body: tuple[Atom, ...]
    head: Atom | None
    seen: list[int] = field(default_factory=list)


def materialize(facts: Facts) -> list[Inconsistency]:
    """Add to facts all that follows from them; return what cannot hold together.

    Axioms are taken from the facts. Where new ones are inferred, the rules are compiled again.

    Raises:
        OutsideError: more follows than the budget of the facts allows.
    """
    tasks: dict[Rule, _Task] = {}
    relate_equal_values(facts)
    _relate_lists(facts, Schema.of(axioms_of(facts)))
    _install([rule for rule in GENERAL_RULES if rule.name.startswith("scm-")], tasks, facts)
    _evaluate(tasks.values(), facts)
    grown = True
    while _install(compile_rules(Schema.of(axioms_of(facts))), tasks, facts) or grown:
        _evaluate(tasks.values(), facts)
        grown = share_among_the_same(facts)
    return [*_inconsistencies(tasks.values(), facts), *_faulty_literals(facts)]


def axioms_of(facts: Facts) -> list[Pattern]:
    """Return the facts that belong to an ontology."""
    names = ((key, facts.terms[key if key >= 0 else ~key]) for key in facts.relations)
    keys = [
        key
        for key, term in names
        if isinstance(term, NamedNode) and term.value in (AXIOM_PROPERTIES if key >= 0 else AXIOM_CLASSES)
    ]
    return list(facts.patterns(keys))


def _relate_lists(facts: Facts, schema: Schema) -> None:
    pairs = [(facts.term_id(head), facts.term_id(member)) for head, member in schema.list_members()]
    columns = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    facts.add(facts.term_id(MEMBER), pack(columns[:, 0], columns[:, 1]), "list")


def _install(rules: Iterable[Rule], tasks: dict[Rule, _Task], facts: Facts) -> bool:
    """Make tasks of new rules; return whether there are any."""
    wanted = [rule for rule in rules if rule.name not in RULES_OF_EQUALITY]
    new = [rule for general in wanted for rule in _for_each_class(general, facts) if rule not in tasks]
    for rule in new:
        head = _atom(rule.head, facts) if rule.head is not None else None
        tasks[rule] = _Task(rule, tuple(_atom(pattern, facts) for pattern in rule.body), head)
    return bool(new)


def _for_each_class(rule: Rule, facts: Facts) -> list[Rule]:
    """Put each class into a rule on rdf:type itself, such as one on its range: membership is a relation by class."""
    variable = next((p[2] for p in rule.body if p[1] == TYPE and isinstance(p[2], Variable)), None)
    if variable is None:
        return [rule]
    classes = [facts.terms[~key] for key in facts.relations if key < 0]
    return [more for class_ in classes for more in _for_each_class(instantiate(rule, {variable: class_}), facts)]


def _atom(pattern: Pattern, facts: Facts) -> Atom:
    subject, predicate, value = (_numbered(slot, facts) for slot in pattern)
    assert isinstance(predicate, int)  # only the rules of equality have a variable as their property
    if predicate == facts.term_id(TYPE) and isinstance(value, int):
        return Atom(~value, subject, None)
    return Atom(predicate, subject, value)


def _numbered(slot: Slot, facts: Facts) -> int | str:
    return slot.value if isinstance(slot, Variable) else facts.term_id(slot)


def _evaluate(tasks: Iterable[_Task], facts: Facts) -> None:
    """Apply rules until they add nothing more."""
    ordered = _in_order_of_dependency([task for task in tasks if task.head is not None])
    readers: defaultdict[int, list[int]] = defaultdict(list)
    for place, task in enumerate(ordered):
        for key in {atom.key for atom in task.body}:
            readers[key].append(place)
    waiting = list(range(len(ordered)))
    while waiting:
        place = heapq.heappop(waiting)
        while waiting and waiting[0] == place:
            heapq.heappop(waiting)
        task = ordered[place]
        assert task.head is not None
        concluded = (_pairs(task.head, table) for table in _new_bindings(task, facts))
        # Facts that come while the rule is still at work are new to it when it looks again.
        grown = [facts.add(task.head.key, portion, task.rule.name) for portion in in_portions(concluded)]
        if any(grown):
            for reader in readers[task.head.key] if task.head.key != facts.term_id(TYPE) else range(len(ordered)):
                heapq.heappush(waiting, reader)


def _in_order_of_dependency(tasks: Sequence[_Task]) -> list[_Task]:
    """Put each rule after those that feed it, but for circles (depth-first, reverse postorder)."""
    readers: defaultdict[int, list[int]] = defaultdict(list)
    for place, task in enumerate(tasks):
        for atom in task.body:
            readers[atom.key].append(place)
    feeds = [readers[task.head.key] if task.head else [] for task in tasks]
    return [tasks[place] for place in reversed(postorder(range(len(tasks)), feeds.__getitem__, set()))]


def _new_bindings(task: _Task, facts: Facts) -> Iterator[Table]:
    """Yield the bindings of a rule's body that rest on something new since the rule last looked."""
    first_time = not task.seen
    now = [len(facts.relations[atom.key].batches) for atom in task.body]
    before, task.seen = task.seen or [0] * len(now), now or [1]
    if not task.body:
        if first_time:
            yield Table({}, 1)
        return
    places = [place for place, batch in enumerate(before) if batch < now[place]]
    if first_time:  # everything is new: to begin at one place is enough
        places = [min(range(len(now)), key=lambda place: len(facts.relations[task.body[place].key]))]
    for place in places:
        start, others = task.body[place], [*task.body[:place], *task.body[place + 1 :]]
        table = bindings(start, facts.relations[start.key].since(before[place]))
        for part in solve(table, others, facts.relations):
            facts.check_budget(task.rule.name)
            if part.rows:
                yield part


def _pairs(head: Atom, table: Table) -> Numbers:
    """Return the pairs that a rule concludes from bindings."""
    first = table.value(head.first)
    second = table.value(head.second) if head.second is not None else ~head.key
    assert first is not None
    assert second is not None
    return unique(pack(first, second))


def _inconsistencies(tasks: Iterable[_Task], facts: Facts) -> Iterator[Inconsistency]:
    for task in tasks:
        if task.head is None:
            tables = _new_bindings(task, facts)
            found = 0
            for table in tables:
                for row in range(min(table.rows, _REPORTED - found)):
                    known = {Variable(name): facts.terms[column[row]] for name, column in table.columns.items()}
                    premises = (*task.rule.axioms, *(substitute(pattern, known) for pattern in task.rule.body))
                    yield Inconsistency(task.rule.name, task.rule.meaning, premises)
                    found += 1
                if found == _REPORTED:
                    break


def _faulty_literals(facts: Facts) -> Iterator[Inconsistency]:
    """Find literals that are said to be of a datatype which they are not of, or to be the same as another value."""
    for key in list(facts.relations):
        datatype = facts.terms[~key] if key < 0 else None
        if isinstance(datatype, NamedNode) and datatype.value in DATATYPES:
            for number in unpack(facts.relations[key].forward)[0].tolist():
                literal = facts.terms[number]
                if isinstance(literal, Literal) and not in_value_space(literal, datatype.value):
                    premise = (literal, TYPE, datatype)
                    yield Inconsistency("dt-not-type", "the literal is not a valid value of the datatype", (premise,))
    for first, second in zip(*unpack(facts.relations[facts.term_id(SAME_AS)].forward), strict=True):
        if first < second and are_different(facts, first, second):
            premise = (facts.terms[first], SAME_AS, facts.terms[second])
            yield Inconsistency("dt-diff", "two different values are said to be equal", (premise,))
