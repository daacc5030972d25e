"""Rules as updates on a server, semi-naive: a rule looks at what is new since it last looked, joined with all facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pyoxigraph import NamedNode, Variable

from kg.reasoning.compiler import GENERAL_RULES, as_update, instantiate
from kg.reasoning.equality import RULES_OF_EQUALITY
from kg.reasoning.on_server.literals import Literals
from kg.reasoning.on_server.strata import in_groups
from kg.reasoning.on_server.workspace import Relation, Workspace, meet, relation_of
from kg.reasoning.rule_table import MEMBER, SAME_AS, TYPE, Pattern, Rule, Slot

_EQUALITY = {rule.name: rule for rule in GENERAL_RULES if rule.name in RULES_OF_EQUALITY}


@dataclass(frozen=True)
class Delta:
    """Facts that some rules have not looked at: a graph that holds them, and the relations that they are of."""

    graph: NamedNode
    relations: set[Relation]


class Evaluation:
    """Applies rules to the facts of a workspace.

    Attributes:
        recent: facts that the rules which were applied before have not looked at; None before there are any.
    """

    def __init__(self, work: Workspace, literals: Literals) -> None:
        self._work, self._literals = work, literals
        self._seen: set[Rule] = set()
        self.recent: Delta | None = None

    def forget(self) -> None:
        """Let each rule look at all facts when it is applied next."""
        self._seen.clear()

    def apply(self, rules: Sequence[Rule]) -> None:
        """Apply rules until they add nothing more; those of equality and those without a head are passed over."""
        wanted = [rule for rule in rules if rule.head is not None and rule.name not in RULES_OF_EQUALITY]
        self._assert_heads([rule for rule in wanted if not rule.body and rule not in self._seen])
        for group in in_groups([rule for rule in wanted if rule.body]):
            delta = {rule: self.recent if rule in self._seen else None for rule in group.rules}
            if group.recursive or self.recent is not None:
                grown = self._gather(delta, self._targets(), recursive=group.recursive)
            else:
                grown = self._apply_once(*group.rules)
            self._note(grown)
        self._seen.update(wanted)

    def share_among_the_same(self) -> None:
        """Let the same things have all that is said of one of them (OWL 2 Profiles, table 4).

        Afterwards, what that added is the recent.
        """
        work, delta = self._work, self.recent
        shared = next(graph for graph in work.recent if delta is None or graph != delta.graph)
        grown: set[Relation] = set()
        if work.sizes[SAME_AS, None] and (delta is None or delta.relations):
            into = [*self._targets(), shared]
            grown |= self._gather(dict.fromkeys((_EQUALITY["eq-sym"], _EQUALITY["eq-trans"]), delta), into)
            self._literals.describe_same(work.found[0])
            grown |= self._take("dt-type2", into)
            # Equality is complete, so one pass for each place in a fact is enough.
            for place in (self._same_subjects, self._same_objects, self._same_properties):
                self._note(grown)
                grown |= self._gather(dict.fromkeys(place(), delta), into, recursive=False)
        if delta is not None:
            work.clear(delta.graph)
        self.recent = Delta(shared, grown)

    # The rules of replacement have a variable in the place of the property. Servers choose very slow plans for that, so
    # there is a rule for each property.

    def _same_subjects(self) -> Iterator[Rule]:
        return (instantiate(_EQUALITY["eq-rep-s"], {Variable("p"): property_}) for property_ in self._properties())

    def _same_objects(self) -> Iterator[Rule]:
        # Not for members of lists, as in kg.reasoning.equality.
        properties = (property_ for property_ in self._properties() if property_ != MEMBER)
        return (instantiate(_EQUALITY["eq-rep-o"], {Variable("p"): property_}) for property_ in properties)

    def _same_properties(self) -> Iterator[Rule]:
        """Yield a rule for each two properties that are the same and of which the first has facts."""
        used = " ".join(map(str, [SAME_AS, *self._properties()]))
        pattern = f"VALUES ?p {{ {used} }} GRAPH {self._work.facts} {{ ?p {SAME_AS} ?q }}"
        for one, other in self._work.pages("?p ?q", pattern, "?p"):
            rule = instantiate(_EQUALITY["eq-rep-p"], {Variable("p"): one, Variable("q"): other})
            yield replace(rule, axioms=rule.body[:1], body=rule.body[1:])

    def _properties(self) -> list[Slot]:
        """Return the properties that have facts, without equality itself: that is complete before."""
        used = {property_ for (property_, _), number in self._work.sizes.items() if number and property_ is not None}
        return sorted(used - {SAME_AS}, key=str)

    def _targets(self) -> list[NamedNode]:
        return [self._work.facts] if self.recent is None else [self._work.facts, self.recent.graph]

    def _note(self, grown: set[Relation]) -> None:
        if self.recent is not None:
            self.recent.relations.update(grown)

    def _assert_heads(self, rules: Sequence[Rule]) -> None:
        """Add what rules without a body conclude."""
        of_head = {rule.head: rule for rule in rules if rule.head is not None}
        for graph in self._targets():
            self._work.insert(graph, of_head)
        for rule in {relation_of(head): rule for head, rule in of_head.items()}.values():
            self._note(self._recount(rule))

    def _apply_once(self, rule: Rule) -> set[Relation]:
        """Apply a rule that does not feed itself to all facts; return the relations that have grown."""
        return self._recount(rule) if self._update(rule, None, self._work.facts) else set()

    def _gather(
        self, delta: Mapping[Rule, Delta | None], into: Sequence[NamedNode], *, recursive: bool = True
    ) -> set[Relation]:
        """Apply rules to delta, or to all facts; if they feed each other, until they add nothing more.

        In each round, what is new is gathered in a graph of its own, which is the delta of the
        next round.

        Returns:
            the relations that have grown.
        """
        work = self._work
        all_grown: set[Relation] = set()
        found, other = work.found
        while True:
            grown: dict[Relation, int] = {}
            names = {rule.name for rule in delta}
            looked = False
            for rule in delta:
                if self._update(rule, delta[rule], found):
                    looked = True
                    if len(names) > 1:
                        self._count_new(rule.name, found, relation_of(_head(rule)), grown)
            if looked and len(names) == 1:
                self._count_new(names.pop(), found, (None, None), grown)
            if all_grown:
                work.clear(other)
            if not grown:
                return all_grown
            work.copy(found, into)
            all_grown.update(grown)
            if not recursive:
                work.clear(found)
                return all_grown
            delta = dict.fromkeys(delta, Delta(found, set(grown)))
            found, other = other, found

    def _take(self, rule: str, into: Sequence[NamedNode]) -> set[Relation]:
        """Move what is in the first of the graphs for what is found to the facts and elsewhere."""
        found = self._work.found[0]
        grown: dict[Relation, int] = {}
        self._count_new(rule, found, (None, None), grown)
        if grown:
            self._work.copy(found, into)
            self._work.clear(found)
        return set(grown)

    def _count_new(self, rule: str, found: NamedNode, relation: Relation, grown: dict[Relation, int]) -> None:
        """Count what a rule found beyond what others had found before."""
        for other, number in self._count(found, relation).items():
            if number > grown.get(other, 0):
                self._work.grown(other, number - grown.get(other, 0), rule)
                grown[other] = number

    def _update(self, rule: Rule, delta: Delta | None, into: NamedNode) -> bool:
        """Let a rule add what rests on delta; return whether there was something to look at."""
        work = self._work
        known = None if into == work.facts else work.facts
        looked = False
        for permuted, sources in self._bodies(rule, delta):
            work.update(as_update(permuted, into, sources, absent_from=known), rule.name)
            looked = True
        return looked

    def _bodies(self, rule: Rule, delta: Delta | None) -> Iterator[tuple[Rule, list[NamedNode]]]:
        """Yield a rule for each pattern of its body that may have delta, that pattern first, with its graphs."""
        work = self._work
        if not all(work.size(relation_of(pattern)) for pattern in rule.body):
            return
        if delta is None:
            yield rule, [work.facts] * len(rule.body)
            return
        for place, pattern in enumerate(rule.body):
            relation = relation_of(pattern)
            if relation in delta.relations or any(meet(relation, other) for other in delta.relations):
                body = _connected(pattern, [*rule.body[:place], *rule.body[place + 1 :]])
                yield replace(rule, body=body), [delta.graph, *[work.facts] * (len(body) - 1)]

    def _recount(self, rule: Rule) -> set[Relation]:
        """Count what a rule may have added to the facts; return the relations that have grown."""
        counted = self._count(self._work.facts, relation_of(_head(rule)))
        grown = {relation: number - self._work.sizes[relation] for relation, number in counted.items()}
        for relation, number in grown.items():
            self._work.grown(relation, number, rule.name)
        return {relation for relation, number in grown.items() if number}

    def _count(self, graph: NamedNode, relation: Relation) -> Mapping[Relation, int]:
        """Count the facts of a relation in a graph, or of each relation that it takes in."""
        property_, class_ = relation
        if property_ is None or (property_ == TYPE and class_ is None):
            found = self._work.relations(graph)
            return {other: number for other, number in found.items() if meet(relation, other)}
        return {relation: self._work.count(graph, relation)}


def _head(rule: Rule) -> Pattern:
    assert rule.head is not None
    return rule.head


def _connected(first: Pattern, rest: list[Pattern]) -> tuple[Pattern, ...]:
    """Order patterns so that each is joined with those before it, for servers that join in the order of the text."""
    body, bound = [first], set(first)
    while rest:
        following = max(
            rest, key=lambda pattern: sum(not isinstance(slot, Variable) or slot in bound for slot in pattern)
        )
        rest.remove(following)
        body.append(following)
        bound.update(following)
    return tuple(body)
