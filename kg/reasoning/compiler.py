"""The rules of OWL 2 RL compiled for an ontology, and their rendering as SPARQL.

A rule of the W3C tables speaks of axioms and of facts at once. Compiled for an ontology, it becomes one rule for each
of its axioms, which speaks of facts alone: from `prp-trp` and "locatedIn is transitive" comes a rule on locatedIn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import cast

from pyoxigraph import BlankNode, Literal, NamedNode, Variable

from kg.rdf.lists import FIRST, REST, RdfList
from kg.rdf.terms import OWL, XSD, Term, render, skolemized
from kg.reasoning.rule_table import MEMBER, RULES, SAME_AS, THING, TYPE, Pattern, Rule, Slot

Body = tuple[Pattern, ...]
Bindings = Mapping[Variable, Slot]

# Those that need no axiom: they hold for every ontology, and those named scm- close the ontology itself.
GENERAL_RULES = tuple(rule for rule in RULES if not rule.axioms)
_AXIOM_RULES = tuple(rule for rule in RULES if rule.axioms)

_AXIOM_PATTERNS = tuple(
    pattern for rule in RULES for pattern in (*rule.axioms, *(rule.body if rule.name.startswith("scm-") else ()))
)
# The properties and classes by which the RDF form of an ontology speaks (OWL 2 Mapping to RDF Graphs).
AXIOM_PROPERTIES = frozenset(
    {p.value for _, p, _ in _AXIOM_PATTERNS if isinstance(p, NamedNode) and p not in (TYPE, MEMBER)}
    | {OWL + name for name in ("propertyChainAxiom", "hasKey", "members", "distinctMembers")}
    | {FIRST, REST}
)
AXIOM_CLASSES = frozenset(
    {c.value for _, p, c in _AXIOM_PATTERNS if p == TYPE and isinstance(c, NamedNode)}
    | {OWL + name for name in ("AllDifferent", "AllDisjointClasses", "AllDisjointProperties")}
)


@dataclass
class Schema:
    """The axioms of an ontology, indexed; lists are there as pairs of list and member, too."""

    _index: dict[tuple[object, ...], list[Pattern]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, axioms: Iterable[Pattern]) -> Schema:
        """Index axioms."""
        schema = cls()
        for subject, predicate, value in axioms:
            schema._add((subject, predicate, _plain(value)))
        for head, member in schema.list_members():
            schema._add((head, MEMBER, member))
        return schema

    def list_members(self) -> list[tuple[Term, Term]]:
        """Return each list and rest of a list with each of its members."""
        cells = self.match((Variable("cell"), NamedNode(FIRST), Variable("member")))
        return [(cast(Term, cell), cast(Term, member)) for cell, _, _ in cells for member in self.members(cell)]

    def _add(self, pattern: Pattern) -> None:
        subject, predicate, value = pattern
        for key in ((subject, predicate, value), (subject, predicate), (predicate, value, None), (predicate,)):
            self._index[key].append(pattern)

    def match(self, pattern: Pattern) -> Sequence[Pattern]:
        """Return the axioms that fit a pattern; its predicate is no variable."""
        subject, predicate, value = (None if isinstance(slot, Variable) else slot for slot in pattern)
        if subject is not None:
            key: tuple[object, ...] = (subject, predicate) if value is None else (subject, predicate, value)
        else:
            key = (predicate,) if value is None else (predicate, value, None)
        return self._index.get(key, ())

    def solutions(self, patterns: Sequence[Pattern], known: Bindings | None = None) -> Iterator[Bindings]:
        """Yield the bindings of the variables of some patterns for which each is an axiom."""
        known = known or {}
        if not patterns:
            yield known
            return
        first = substitute(patterns[0], known)
        for axiom in self.match(first):
            found = unify(first, axiom)
            if found is not None:
                yield from self.solutions(patterns[1:], {**known, **found})

    def members(self, head: Slot) -> list[Slot]:
        """Return the members of an RDF list in order; a list that is broken or runs in a circle ends there."""
        return RdfList(head, self._values).members

    def _values(self, node: Slot, predicate: str) -> list[Slot]:
        return [value for _, _, value in self.match((node, NamedNode(predicate), Variable("value")))]


def compile_rules(schema: Schema) -> list[Rule]:
    """Return the rules of OWL 2 RL for an ontology: one for each of its axioms, and the general ones.

    Args:
        schema: the axioms, closed by the scm- rules (kg.reasoning.closure).

    Returns:
        rules without duplicates, in a stable order. Membership in owl:Thing holds of everything: what concludes it
        is left out, unless a rule has it as its condition.
    """
    rules = [instantiate(rule, known) for rule in _AXIOM_RULES for known in schema.solutions(rule.axioms)]
    rules += _list_rules(schema)
    if not any(pattern[1] == TYPE and pattern[2] == THING for rule in rules for pattern in rule.body):
        rules = [rule for rule in rules if not (rule.head and rule.head[1] == TYPE and rule.head[2] == THING)]
    useful = (rule for rule in rules if rule.head not in rule.body)
    return [*dict.fromkeys(useful), *GENERAL_RULES]


def instantiate(rule: Rule, known: Bindings) -> Rule:
    """Put values into the variables of a rule."""
    axioms = tuple(substitute(pattern, known) for pattern in rule.axioms)
    body = tuple(substitute(pattern, known) for pattern in rule.body)
    return Rule(rule.name, rule.meaning, axioms, body, rule.head and substitute(rule.head, known))


def _list_rules(schema: Schema) -> Iterator[Rule]:
    """Yield the rules over lists of any length: chains, keys, intersections, and what excludes each other.

    What is no list, or an empty one, gives no rule: none of the tables' rules has a body without patterns.
    """
    x, y, false = Variable("x"), Variable("y"), None

    def axioms(name: str) -> Iterator[tuple[Pattern, list[Slot]]]:
        for axiom in schema.match((Variable("s"), NamedNode(OWL + name), Variable("l"))):
            if found := schema.members(axiom[2]):
                yield axiom, found

    for axiom, steps in axioms("propertyChainAxiom"):
        u = [Variable(f"u{number}") for number in range(len(steps) + 1)]
        body: Body = tuple((u[n], step, u[n + 1]) for n, step in enumerate(steps))
        yield Rule("prp-spo2", "the steps of the chain make the property", (axiom,), body, (u[0], axiom[0], u[-1]))
    for axiom, parts in axioms("intersectionOf"):
        body = tuple((x, TYPE, part) for part in parts)
        yield Rule("cls-int1", "what is in each part is in the intersection", (axiom,), body, (x, TYPE, axiom[0]))
    for axiom, keys in axioms("hasKey"):
        z = [Variable(f"z{number}") for number in range(len(keys))]
        pairs: list[Body] = [((x, key, z[n]), (y, key, z[n])) for n, key in enumerate(keys)]
        body = (*(part for pair in pairs for part in pair), (x, TYPE, axiom[0]), (y, TYPE, axiom[0]))
        yield Rule("prp-key", "things with the same key are equal", (axiom,), body, (x, SAME_AS, y))
    for axiom, members in axioms("members"):
        if schema.match((axiom[0], TYPE, NamedNode(OWL + "AllDisjointClasses"))):
            for c, d in combinations(members, 2):
                yield Rule(
                    "cax-adc", "the classes have no member in common", (axiom,), ((x, TYPE, c), (x, TYPE, d)), false
                )
        elif schema.match((axiom[0], TYPE, NamedNode(OWL + "AllDisjointProperties"))):
            for p, q in combinations(members, 2):
                yield Rule("prp-adp", "the properties exclude each other", (axiom,), ((x, p, y), (x, q, y)), false)


def substitute(pattern: Pattern, known: Bindings) -> Pattern:
    """Put values into the variables of a pattern."""
    subject, predicate, value = (known.get(slot, slot) if isinstance(slot, Variable) else slot for slot in pattern)
    return subject, predicate, value


def unify(pattern: Pattern, other: Pattern) -> dict[Variable, Slot] | None:
    """Return the values of a pattern's variables that make it the other one; None where nothing does."""
    known: dict[Variable, Slot] = {}
    for slot, term in zip(pattern, other, strict=True):
        if isinstance(slot, Variable):
            if known.setdefault(slot, term) != term:
                return None
        elif slot != term:
            return None
    return known


def as_update(
    rule: Rule, into: NamedNode | None = None, sources: Sequence[NamedNode] = (), absent_from: NamedNode | None = None
) -> str:
    """Render a rule with a head as a SPARQL update that adds what it concludes.

    Args:
        rule: the rule.
        into: the named graph that gets what is concluded; None for the default graph.
        sources: the named graph that each pattern of the body is looked for in; none for the default graph.
        absent_from: a named graph; what is there already is not added again.
    """
    if rule.head is None:
        raise ValueError(f"{rule.name} has no conclusion: find what contradicts it with as_select")
    head = _in_graphs([(into, rule.head)]) if into else in_sparql(rule.head)
    known = f" FILTER NOT EXISTS {{ {_in_graphs([(absent_from, rule.head)])} }}" if absent_from else ""
    return f"INSERT {{ {head} }} WHERE {{ {_group(rule, sources)}{known} }}"


def as_select(rule: Rule, sources: Sequence[NamedNode] = ()) -> str:
    """Render a rule as a SPARQL query for the solutions of its body; see as_update for the sources."""
    return f"SELECT * WHERE {{ {_group(rule, sources)} }}"


def _group(rule: Rule, sources: Sequence[NamedNode]) -> str:
    if sources:
        parts = [_in_graphs(list(zip(sources, rule.body, strict=True)))]
    else:
        parts = [in_sparql(pattern) for pattern in rule.body]
    if rule.head is not None and (rule.head[1] == SAME_AS or isinstance(rule.head[1], Variable)):
        # That a thing equals itself need not be stated.
        subject, predicate, value = map(_word, rule.head)
        other = "" if rule.head[1] == SAME_AS else f" || {predicate} != {render(SAME_AS)}"
        parts.append(f"FILTER(!sameTerm({subject}, {value}){other})")
    # A graph may say of a thing that it is the same as itself: from that nothing follows, and it contradicts nothing.
    same = [(_word(subject), _word(value)) for subject, predicate, value in rule.body if predicate == SAME_AS]
    parts += [f"FILTER(!sameTerm({subject}, {value}))" for subject, value in same]
    return " ".join(parts)


def _in_graphs(patterns: Sequence[tuple[NamedNode, Pattern]]) -> str:
    """Render patterns of named graphs, where lists are spelled out as pairs of list and member."""
    return " ".join(f"GRAPH {graph} {{ {' '.join(map(_word, pattern))} }}" for graph, pattern in patterns)


def in_sparql(pattern: Pattern) -> str:
    """Render a pattern as a triple pattern of SPARQL."""
    subject, predicate, value = pattern
    path = f"<{REST}>*/<{FIRST}>" if predicate == MEMBER else _word(predicate)
    return f"{_word(subject)} {path} {_word(value)} ."


def _word(slot: Slot) -> str:
    if isinstance(slot, Variable):
        return f"?{slot.value}"
    # In SPARQL a blank node is a variable: a store that runs the rules has IRIs in their place.
    return render(skolemized(slot) if isinstance(slot, BlankNode) else slot)


def _plain(term: Slot) -> Slot:
    """Return a number as an xsd:integer, whatever integer type it was written with."""
    if isinstance(term, Literal) and term.datatype.value == XSD + "nonNegativeInteger" and term.value.isdecimal():
        return Literal(int(term.value))
    return term
