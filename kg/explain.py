"""Why a fact holds: the evidence of an asserted one, a proof of an inferred one. The rules are run backwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Variable

from kg.owl2rl import MEMBER, TYPE, Pattern, Rule, Slot, rule_without_premises
from kg.rules import (
    AXIOM_CLASSES,
    AXIOM_PROPERTIES,
    GENERAL_RULES,
    Schema,
    compile_rules,
    in_sparql,
    substitute,
    unify,
)
from kg.store import Store, select
from kg.terms import RDF

DEEPEST = 16  # steps from a fact down to what is asserted; a deeper proof is not looked for
_WIDEST = 200  # ways to apply one rule that are tried

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
class Explainer:
    """Explains facts of one store; what it finds out about one fact it keeps for the next."""

    store: Store
    _graphs: dict[Pattern, tuple[NamedNode, ...]] = field(default_factory=dict)
    _steps: dict[Pattern, list[tuple[Rule, list[Pattern]]]] = field(default_factory=dict)
    _proofs: dict[Pattern, Proof] = field(default_factory=dict)

    def explain(self, triple: Pattern) -> Proof | None:
        """Return the proof of a fact that has the fewest levels; None where it does not hold, or none was found."""
        for depth in range(DEEPEST + 1):
            proof = self._prove(triple, depth, frozenset())
            if proof is not None:
                return proof
        return None

    def explain_in_all_ways(self, triple: Pattern) -> list[Proof]:
        """Return a proof for each way in which a last step leads to a fact, the shortest first."""
        proofs = [Proof(triple, graphs)] if (graphs := self._asserted_in(triple)) else []
        for rule, premises in self._last_steps(triple):
            found = [self._prove(premise, DEEPEST, frozenset({triple})) for premise in premises]
            proofs += [Proof(triple, (), rule, tuple(p for p in found if p))] if all(found) else []
        return sorted(proofs, key=lambda proof: sum(1 for _ in proof.steps()))

    @cached_property
    def schema(self) -> Schema:
        """The axioms of the store, closed."""
        from kg.facts import Budget, Facts
        from kg.materialize import axioms_of, materialize

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

    def _prove(self, triple: Pattern, depth: int, above: frozenset[Pattern]) -> Proof | None:
        if triple in self._proofs:
            return self._proofs[triple]
        graphs = self._asserted_in(triple)
        if graphs:
            self._proofs[triple] = Proof(triple, graphs)
            return self._proofs[triple]
        if (name := rule_without_premises(triple)) is not None:
            return Proof(triple, (), Rule(name, "this holds of every graph", (), (), triple))
        if depth == 0 or triple in above:
            return None
        for rule, premises in self._last_steps(triple):
            proofs = []
            for premise in premises:
                proof = self._prove(premise, depth - 1, above | {triple})
                if proof is None:
                    break
                proofs.append(proof)
            else:
                self._proofs[triple] = Proof(triple, (), rule, tuple(proofs))
                return self._proofs[triple]
        return None

    def _asserted_in(self, triple: Pattern) -> tuple[NamedNode, ...]:
        if not _can_be_queried(triple):
            _ = self.schema  # knows the axioms, whose blank nodes no query could name
            return self._graphs.get(triple, ())
        if triple not in self._graphs:
            rows = select(self.store, f"SELECT DISTINCT ?g {{ GRAPH ?g {{ {in_sparql(triple)} }} }} ORDER BY ?g")
            self._graphs[triple] = tuple(row[0] for row in rows.terms if isinstance(row[0], NamedNode))
        return self._graphs[triple]

    def _last_steps(self, triple: Pattern) -> list[tuple[Rule, list[Pattern]]]:
        """Return the ways in which a rule gives a fact from others that hold, those with most asserted ones first."""
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
        limit = f"LIMIT {_WIDEST}" if len(asked) == len(body) else ""
        rows = select(self.store, f"SELECT * {{ {' '.join(map(in_sparql, asked))} }} {limit}")
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
