"""Rules in the order of their dependencies: groups of rules that feed each other, each after those that feed it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from kg.reasoning.depth_first import postorder
from kg.reasoning.on_server.workspace import Relation, meet, relation_of
from kg.reasoning.rule_table import Rule


@dataclass(frozen=True)
class Group:
    """Rules that feed each other; one rule alone is `recursive` where it feeds itself."""

    rules: tuple[Rule, ...]
    recursive: bool


def in_groups(rules: Sequence[Rule]) -> list[Group]:
    """Return the strongly connected components of some rules with heads, in an order of their dependencies."""
    readers: defaultdict[Relation, list[int]] = defaultdict(list)
    for place, rule in enumerate(rules):
        for relation in {relation_of(pattern) for pattern in rule.body}:
            readers[relation].append(place)
    fed: list[list[int]] = [[] for _ in rules]
    feeding: list[list[int]] = [[] for _ in rules]
    of_head: dict[Relation, list[int]] = {}
    for place, rule in enumerate(rules):
        assert rule.head is not None
        head = relation_of(rule.head)
        if head not in of_head:
            of_head[head] = [reader for relation in readers if meet(head, relation) for reader in readers[relation]]
        fed[place] = of_head[head]
        for reader in fed[place]:
            feeding[reader].append(place)
    # Kosaraju: what is reached backwards, in the reverse of the order in which a search forwards leaves the rules.
    component: dict[int, int] = {}
    groups = []
    for root in reversed(postorder(range(len(rules)), fed.__getitem__, set())):
        if root not in component:
            members = sorted(postorder([root], feeding.__getitem__, set(component)))
            component |= dict.fromkeys(members, root)
            recursive = len(members) > 1 or root in fed[root]
            groups.append(Group(tuple(rules[place] for place in members), recursive))
    return groups
