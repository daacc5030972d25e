"""Why a fact holds: the evidence of an asserted one, a proof of an inferred one. The rules are run backwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count, takewhile

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Variable

from kg.rdf.terms import RDF
from kg.reasoning.compiler import (
    AXIOM_CLASSES,
    AXIOM_PROPERTIES,
    GENERAL_RULES,
    Schema,
    compile_rules,
    in_sparql,
    substitute,
    unify,
)
from kg.reasoning.rule_table import MEMBER, TYPE, Pattern, Rule, Slot, rule_without_premises
from kg.store import Store, select

_WIDEST = 200

_AXIOMS = f"""
SELECT ?s ?p ?o ?g {{
  {{ VALUES ?p {{ {" ".join(f"<{name}>" for name in sorted(AXIOM_PROPERTIES))} }} ?s ?p ?o }}
  UNION
  {{ VALUES ?o {{ {" ".join(f"<{name}>" for name in sorted(AXIOM_CLASSES))} }} ?s ?p ?o FILTER(?p = <{RDF}type>) }}
  OPTIONAL {{ GRAPH ?g {{ ?s ?p ?o }} }}
}}"""


@dataclass(frozen=True)
class Proof:
    """A fact and why it holds: the named graphs that assert it, or else a rule and the proofs of its premises."""

    triple: Pattern
    graphs: tuple[NamedNode, ...] = ()
    rule: Rule | None = None
    premises: tuple[Proof, ...] = ()

    @property
    def levels(self) -> int:
        """How many steps there are, one above the other."""
        return 1 + max(premise.levels for premise in self.premises) if self.premises else 0

    def leaves(self) -> Iterator[Proof]:
        """Yield the asserted facts and axioms that the proof rests on."""
        if self.rule is None:
            yield self
        for premise in self.premises:
            yield from premise.leaves()

    def steps(self) -> Iterator[Proof]:
        """Yield the inferred facts of the proof, the last one first."""
        if self.rule is not None:
            yield self
        for premise in self.premises:
            yield from premise.steps()


@dataclass
class _Search:
    """Looks for the proofs with the fewest levels; with `without`, for those that do not rest on that fact."""

    explainer: Explainer
    without: Pattern | None = None
    _proofs: dict[Pattern, tuple[int, Proof]] = field(default_factory=dict)  # with their levels, the fewest
    _failed: dict[Pattern, int] = field(default_factory=dict)  # the levels that were tried in vain
    _cut: bool = False  # a proof that is known has more levels than were allowed

    def prove(self, triple: Pattern) -> Proof | None:
        """Return a proof with as few levels as there can be; None where there is none."""
        self._failed.clear()
        for levels in count():
            self._cut = False
            proof = self._within(levels, triple)
            if proof is not None:
                return proof
            # On the way to a deeper proof a premise fails at each level, and no fact is its own premise.
            if levels > len(self._failed) and not self._cut:
                return None
        return None

    def _within(self, levels: int, triple: Pattern) -> Proof | None:
        if triple == self.without:
            return None
        if triple not in self._proofs and (leaf := self.explainer.leaf(triple)) is not None:
            self._proofs[triple] = 0, leaf
        if triple in self._proofs:
            needed, proof = self._proofs[triple]
            self._cut |= needed > levels
            return proof if needed <= levels else None
        for level in range(self._failed.get(triple, 0) + 1, levels + 1):
            for rule, premises in self.explainer.last_steps(triple):
                proofs = list(takewhile(bool, (self._within(level - 1, premise) for premise in premises)))
                if len(proofs) == len(premises):
                    found = Proof(triple, (), rule, tuple(proof for proof in proofs if proof))
                    self._proofs[triple] = level, found
                    return found
            self._failed[triple] = level
        return None


@dataclass
class Explainer:
    """Explains facts of one store; what it finds out about one fact it keeps for the next.

    Of the applications of one rule it tries `widest`, and all if none of these leads to a proof.
    """

    store: Store
    widest: int | None = _WIDEST
    _graphs: dict[Pattern, tuple[NamedNode, ...]] = field(default_factory=dict)
    _steps: dict[Pattern, list[tuple[Rule, list[Pattern]]]] = field(default_factory=dict)
    _passed_over: bool = False  # a rule has more applications than were tried

    def explain(self, triple: Pattern) -> Proof | None:
        """Return the proof of a fact that has the fewest levels; None where it does not hold."""
        proof = self._search.prove(triple)
        if proof is None and self._passed_over:
            self.widest = None
            self._steps.clear()
            proof = self._search.prove(triple)
        return proof

    def explain_in_all_ways(self, triple: Pattern) -> list[Proof]:
        """Return a proof for each last step that leads to a fact, the shortest first."""
        proofs = [Proof(triple, graphs)] if (graphs := self._asserted_in(triple)) else []
        search = _Search(self, without=triple)
        for rule, premises in self.last_steps(triple):
            found = [proof for premise in premises if (proof := search.prove(premise)) is not None]
            proofs += [Proof(triple, (), rule, tuple(found))] if len(found) == len(premises) else []
        return sorted(proofs, key=lambda proof: (proof.levels, sum(1 for _ in proof.steps())))

    def leaf(self, triple: Pattern) -> Proof | None:
        """Return the proof of a fact that is asserted, or holds of every graph; None for others."""
        if graphs := self._asserted_in(triple):
            return Proof(triple, graphs)
        name = rule_without_premises(triple)
        return Proof(triple, (), Rule(name, "this holds in every graph", (), (), triple)) if name is not None else None

    @cached_property
    def _search(self) -> _Search:
        return _Search(self)

    @cached_property
    def schema(self) -> Schema:
        """The axioms of the store, closed."""
        from kg.reasoning.evaluation import axioms_of, materialize
        from kg.reasoning.facts import Budget, Facts

        quads = []
        graphs: defaultdict[Pattern, set[NamedNode]] = defaultdict(set)
        for s, p, o, g in select(self.store, _AXIOMS).terms:
            assert isinstance(s, NamedNode | BlankNode)
            assert isinstance(p, NamedNode)
            assert o is not None
            quads.append(Quad(s, p, o))
            if isinstance(g, NamedNode):
                graphs[s, p, o].add(g)
        for axiom, names in graphs.items():
            self._graphs[axiom] = tuple(sorted(names, key=lambda name: name.value))
        facts = Facts(quads, Budget())
        materialize(facts)
        return Schema.of(axioms_of(facts))

    @cached_property
    def _rules(self) -> dict[tuple[Slot, Slot | None], list[Rule]]:
        """The rules that lead to a fact, by the property and class of their heads."""
        rules: defaultdict[tuple[Slot, Slot | None], list[Rule]] = defaultdict(list)
        for rule in compile_rules(self.schema):
            if rule.head is not None:
                rules[_key(rule.head)].append(rule)
        return rules

    def _asserted_in(self, triple: Pattern) -> tuple[NamedNode, ...]:
        if not _can_be_queried(triple):
            _ = self.schema  # knows the axioms, whose blank nodes no query could name
            return self._graphs.get(triple, ())
        if triple not in self._graphs:
            rows = select(self.store, f"SELECT DISTINCT ?g {{ GRAPH ?g {{ {in_sparql(triple)} }} }} ORDER BY ?g")
            self._graphs[triple] = tuple(row[0] for row in rows.terms if isinstance(row[0], NamedNode))
        return self._graphs[triple]

    def last_steps(self, triple: Pattern) -> list[tuple[Rule, list[Pattern]]]:
        """Return the premises from which a rule gives a fact, those with most asserted ones first."""
        if triple not in self._steps:
            _, predicate, value = triple
            rules = [
                rule
                for key in ((predicate, value), (predicate, None), (Variable("p"), None))
                for rule in self._rules.get(key, ())
            ]
            steps = [(rule, premises) for rule in rules for premises in self._applications(rule, triple)]
            steps.sort(key=lambda step: (sum(not self._asserted_in(p) for p in step[1]), len(step[1])))
            self._steps[triple] = steps
        return self._steps[triple]

    def _applications(self, rule: Rule, triple: Pattern) -> Iterator[list[Pattern]]:
        """Yield the premises from which a rule gives a fact, each of which holds or is still to be proved."""
        assert rule.head is not None
        known = unify(rule.head, triple)
        if known is None:
            return
        body = [substitute(pattern, known) for pattern in rule.body]
        for found in self._solutions(rule, body):
            premises = [p for p in (*rule.axioms, *(substitute(p, found) for p in body)) if p[1] != MEMBER]
            if triple not in premises:
                yield premises

    def _solutions(self, rule: Rule, body: Sequence[Pattern]) -> Iterator[dict[Variable, Slot]]:
        if rule in GENERAL_RULES and rule.name.startswith("scm-"):
            yield from map(dict, self.schema.solutions(body))
            return
        # The others bind their variables: a class without a name is that of a subject or value of a property.
        asked = [pattern for pattern in body if _can_be_queried(pattern)]
        if not asked:
            yield {}
            return
        limit = f"LIMIT {self.widest}" if self.widest and len(asked) == len(body) else ""
        rows = select(self.store, f"SELECT * {{ {' '.join(map(in_sparql, asked))} }} {limit}")
        self._passed_over |= bool(limit) and len(rows) == self.widest
        variables = [Variable(name) for name in rows.variables]
        for terms in rows.terms:
            yield {name: term for name, term in zip(variables, terms, strict=True) if term is not None}


def _key(head: Pattern) -> tuple[Slot, Slot | None]:
    """Return the property of a pattern, and its class where it is about membership in one."""
    _, predicate, value = head
    if isinstance(predicate, Variable):
        return Variable("p"), None
    return predicate, value if predicate == TYPE and not isinstance(value, Variable) else None


def _can_be_queried(pattern: Pattern) -> bool:
    """Tell what a store can hold and a query can name from what is only thought of on the way to a fact.

    That is membership in a class without a name, and a literal as a subject.
    """
    subject, _, value = pattern
    return not isinstance(subject, BlankNode | Literal) and not isinstance(value, BlankNode)


def nearest(triple: Pattern, store: Store, limit: int = 10) -> list[Pattern]:
    """Return facts that hold and share most with one that does not: other values, other subjects, other properties."""
    s, p, o = triple
    x = Variable("x")
    found: dict[Pattern, None] = {}
    for pattern in ((s, x, o), (o, x, s), (s, p, x), (x, p, o)):
        if _can_be_queried(pattern):
            rows = select(store, f"SELECT DISTINCT ?x {{ {in_sparql(pattern)} }} ORDER BY ?x LIMIT {limit}")
            found |= {substitute(pattern, {x: terms[0]}): None for terms in rows.terms if terms[0] is not None}
    return [fact for fact in found if not isinstance(fact[2], BlankNode)][:limit]
