"""Rules as updates on a server, semi-naive: a rule looks at what is new since it last looked, joined with all facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pyoxigraph import NamedNode

from kg.owl2rl import SAME_AS, TYPE, Rule
from kg.rules import GENERAL_RULES, as_update
from kg.sameness import RULES_OF_EQUALITY
from kg.server_closure.groups import in_groups
from kg.server_closure.literals import Literals
from kg.server_closure.workspace import Relation, Workspace, meet, relation_of

_EQUALITY = {rule.name: rule for rule in GENERAL_RULES if rule.name in RULES_OF_EQUALITY}


@dataclass(frozen=True)
class News:
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
        self.recent: News | None = None

    def forget(self) -> None:
        """Let each rule look at all facts when it is applied next."""
        self._seen.clear()

    def apply(self, rules: Sequence[Rule]) -> None:
        """Apply rules until they add nothing more; those of equality and those without a head are passed over."""
        wanted = [rule for rule in rules if rule.head is not None and rule.name not in RULES_OF_EQUALITY]
        self._assert_heads([rule for rule in wanted if not rule.body and rule not in self._seen])
        for group in in_groups([rule for rule in wanted if rule.body]):
            news = {rule: self.recent if rule in self._seen else None for rule in group.rules}
            grown = self._saturate(news, self._targets()) if group.recursive else self._apply_once(news)
            if self.recent is not None:
                self.recent.relations.update(grown)
        self._seen.update(wanted)

    def share_among_the_same(self) -> None:
        """Let the same things have all that is said of one of them (OWL 2 Profiles, table 4).

        Afterwards, what that added is the recent.
        """
        work, news = self._work, self.recent
        before = dict(work.sizes)
        found = next(graph for graph in work.recent if news is None or graph != news.graph)
        if work.sizes[SAME_AS, None] and (news is None or news.relations):
            into = [*self._targets(), found]
            grown = self._saturate(dict.fromkeys((_EQUALITY["eq-sym"], _EQUALITY["eq-trans"]), news), into)
            self._literals.describe_same(into)
            # Sameness is complete, so one pass for each place in a fact is enough. What one of them adds is news for
            # the next, of whatever relation.
            more = news and News(news.graph, {*news.relations, *grown, (None, None)})
            for name in ("eq-rep-s", "eq-rep-o", "eq-rep-p"):
                self._update(_EQUALITY[name], more, into)
        relations = work.relations(found)
        for relation, number in relations.items():
            work.grown(relation, before.get(relation, 0) + number - work.sizes[relation], "eq-rep-s")
        if news is not None:
            work.clear(news.graph)
        self.recent = News(found, set(relations))

    def _targets(self) -> list[NamedNode]:
        return [self._work.facts] if self.recent is None else [self._work.facts, self.recent.graph]

    def _assert_heads(self, rules: Sequence[Rule]) -> None:
        """Add what rules without a body conclude."""
        heads = [rule.head for rule in rules if rule.head is not None]
        self._work.insert(self._targets(), heads)
        for rule in {relation_of(head): rule for head, rule in zip(heads, rules, strict=True)}.values():
            grown = self._recount(rule)
            if self.recent is not None:
                self.recent.relations.update(grown)

    def _apply_once(self, news: Mapping[Rule, News | None]) -> set[Relation]:
        """Apply a rule that does not feed itself; return the relations that have grown."""
        (rule,) = news
        return self._recount(rule) if self._update(rule, news[rule], self._targets()) else set()

    def _saturate(self, news: Mapping[Rule, News | None], into: Sequence[NamedNode]) -> set[Relation]:
        """Apply rules that feed each other until they add nothing more; return the relations that have grown.

        In each round, what they find is gathered in a graph of its own; it is the news of the next round.
        """
        work = self._work
        all_grown: set[Relation] = set()
        found, other = work.found
        while True:
            grown: dict[Relation, int] = {}
            for rule in news:
                if self._update(rule, news[rule], [found]):
                    assert rule.head is not None
                    for relation, number in self._count(found, relation_of(rule.head)).items():
                        if number > grown.get(relation, 0):
                            work.grown(relation, number - grown.get(relation, 0), rule.name)
                            grown[relation] = number
            work.clear(other)
            if not grown:
                return all_grown
            all_grown.update(grown)
            work.copy(found, into)
            news = dict.fromkeys(news, News(found, set(grown)))
            found, other = other, found

    def _update(self, rule: Rule, news: News | None, into: Sequence[NamedNode]) -> bool:
        """Let a rule add what rests on news; tell if there was something to look at."""
        work = self._work
        # What is in the facts already would be no news in the other graphs.
        known = None if list(into) == [work.facts] else work.facts
        looked = False
        for permuted, sources in self._bodies(rule, news):
            work.update(as_update(permuted, into, sources, absent_from=known), rule.name)
            looked = True
        return looked

    def _bodies(self, rule: Rule, news: News | None) -> Iterator[tuple[Rule, list[NamedNode]]]:
        """Yield a rule for each pattern of its body that may have news, that pattern first, with its graphs."""
        work = self._work
        if not all(work.size(relation_of(pattern)) for pattern in rule.body):
            return
        if news is None:
            yield rule, [work.facts] * len(rule.body)
            return
        for place, pattern in enumerate(rule.body):
            relation = relation_of(pattern)
            if relation in news.relations or any(meet(relation, other) for other in news.relations):
                body = (pattern, *rule.body[:place], *rule.body[place + 1 :])
                yield replace(rule, body=body), [news.graph, *[work.facts] * (len(body) - 1)]

    def _recount(self, rule: Rule) -> set[Relation]:
        """Count what a rule may have added to the facts; return the relations that have grown."""
        assert rule.head is not None
        counted = self._count(self._work.facts, relation_of(rule.head))
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
