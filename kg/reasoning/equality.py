"""Equality (OWL 2 Profiles, table 4, and table 8 for literals) as a partition of the terms into classes.

By the rules of the table, each pair of the same things would be joined with all facts. A class of the partition takes
all that is said of its members at once instead.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import permutations, product

import numpy as np
from pyoxigraph import Literal, NamedNode

from kg.rdf.datatypes import DATATYPES, DECIMAL, VALUE, Value, in_value_space, value_of
from kg.rdf.terms import OWL, XSD, is_canonical_integer
from kg.reasoning.facts import Facts
from kg.reasoning.relations import Numbers, pack, unpack
from kg.reasoning.rule_table import MEMBER, SAME_AS

# The rules that this module stands for.
RULES_OF_EQUALITY = frozenset({"eq-sym", "eq-trans", "eq-rep-s", "eq-rep-p", "eq-rep-o"})

_DIFFERENT = NamedNode(OWL + "differentFrom")
Groups = Sequence[Sequence[int]]


def relate_equal_values(facts: Facts) -> None:
    """Let rules see that different literals denote one value (dt-eq).

    What is said with one of them is said with a term for the value itself, too, so that keys and the like meet. To
    say it with each of the other literals would fill the graph with other spellings of what is there.
    """
    by_value: defaultdict[Value, list[int]] = defaultdict(list)
    integers = []
    for number, term in enumerate(facts.terms):
        if isinstance(term, Literal) and term.language is None:
            datatype = term.datatype.value
            if is_canonical_integer(datatype, term.value):
                integers.append(number)
            elif datatype != XSD + "string" and (value := value_of(term)) is not None:
                by_value[value].append(number)
    # Two canonical forms never denote one value: integers are only compared with numbers of other forms.
    if any(space == DECIMAL for space, _ in by_value):
        for number in integers:
            value = value_of(facts.terms[number])
            if value is not None and value in by_value:
                by_value[value].append(number)
    spelled = {number: value for value, group in by_value.items() if len(group) > 1 for number in group}
    if not spelled:
        return
    of_term = np.full(len(facts.terms), -1, dtype=np.int64)
    for number, value in spelled.items():
        of_term[number] = facts.term_id(Literal(repr(value), datatype=VALUE))
    for key, relation in list(facts.relations.items()):
        if key >= 0:
            first, second = unpack(relation.forward)
            chosen = of_term[second] >= 0
            facts.add(key, pack(first[chosen], of_term[second[chosen]]), "dt-eq")


def share_among_the_same(facts: Facts) -> bool:
    """Let the members of each class have all facts about one of them; return whether any were new."""
    groups = _partition(facts.relations[facts.term_id(SAME_AS)].forward)
    if not groups:
        return False
    grown = _complete(facts, groups)
    members = {number: np.array(group) for group in groups for number in group}
    size = np.ones(len(facts.terms), dtype=np.int64)
    size[list(members)] = [len(group) for group in members.values()]
    for key in list(facts.relations):
        pairs = facts.relations[key].forward
        grown |= facts.add(key, _with_others(pairs, members, size), "eq-rep-s")
        # A member of a list has one place in it, under whatever name: under two it would differ from itself (eq-diff2).
        if key >= 0 and key != facts.term_id(MEMBER):
            turned = _with_others(facts.relations[key].backward, members, size)
            second, first = unpack(turned)
            grown |= facts.add(key, pack(first, second), "eq-rep-o")
        number = key if key >= 0 else ~key
        for other in members.get(number, _packed([])).tolist():
            pairs = facts.relations[key].forward
            if key >= 0:
                grown |= facts.add(other, pairs, "eq-rep-p")
            else:
                grown |= facts.add(~other, pack(unpack(pairs)[0], other), "eq-rep-o")
    return grown


def _with_others(pairs: Numbers, members: Mapping[int, Numbers], size: Numbers) -> Numbers:
    """Return pairs with each same thing in the place of the first member; pairs without same things are left out."""
    first, second = unpack(pairs)
    chosen = size[first] > 1
    first, second = first[chosen], second[chosen]
    if not len(first):
        return first
    others = np.concatenate([members[number] for number in first.tolist()])
    return pack(others, np.repeat(second, size[first]))


def _complete(facts: Facts, groups: Groups) -> bool:
    """Say of all members of a class that they are the same, and what is known of literals among them."""
    same = facts.term_id(SAME_AS)
    first, second = unpack(facts.relations[same].forward)
    grown = facts.add(same, pack(second, first), "eq-sym")
    # That many pairs exceed any budget long before they are made.
    pairs = sum(len(group) * (len(group) - 1) for group in groups)
    facts.check_budget("eq-trans", pairs - len(facts.relations[same]))
    for group in groups:
        grown |= facts.add(same, _packed(list(permutations(group, 2))), "eq-trans")
    # Literals that are the same as a resource: elsewhere their datatypes and differences tell nothing.
    described = [
        [n for n in group if isinstance(facts.terms[n], Literal)]
        for group in groups
        if any(not isinstance(facts.terms[n], Literal) for n in group)
    ]
    for number in (number for values in described for number in values):
        grown |= _add_datatypes(facts, number)
    for values, others in permutations(described, 2):
        for number, other in product(values, others):
            if are_different(facts, number, other):
                grown |= facts.add(facts.term_id(_DIFFERENT), _packed([(number, other)]), "dt-diff")
    return grown


def _add_datatypes(facts: Facts, number: int) -> bool:
    """Say of a literal which datatypes it has (dt-type2)."""
    literal = facts.terms[number]
    assert isinstance(literal, Literal)
    if value_of(literal) is None:
        return False
    grown = False
    for datatype in sorted(DATATYPES):
        if in_value_space(literal, datatype):
            class_ = facts.term_id(NamedNode(datatype))
            grown |= facts.add(~class_, _packed([(number, class_)]), "dt-type2")
    return grown


def are_different(facts: Facts, number: int, other: int) -> bool:
    """Return whether two terms are literals that denote different values (dt-diff)."""
    here, there = facts.terms[number], facts.terms[other]
    if not (isinstance(here, Literal) and isinstance(there, Literal)):
        return False
    value, other_value = value_of(here), value_of(there)
    return value is not None and other_value is not None and value != other_value


def _partition(pairs: Numbers) -> list[list[int]]:
    """Return the classes of the smallest equivalence relation that has some pairs, those of one member left out."""
    parents: dict[int, int] = {}

    def root(number: int) -> int:
        while (parent := parents.setdefault(number, number)) != number:
            parents[number] = parents[parent]
            number = parent
        return number

    for first, second in zip(*(column.tolist() for column in unpack(pairs)), strict=True):
        parents[root(first)] = root(second)
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for number in parents:
        groups[root(number)].append(number)
    return [sorted(group) for group in groups.values() if len(group) > 1]


def _packed(pairs: Sequence[tuple[int, int]]) -> Numbers:
    columns = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return pack(columns[:, 0], columns[:, 1])
