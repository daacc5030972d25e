"""The OWL 2 RL closure of a graph on a SPARQL server, by the server: the compiled rules as SPARQL updates.

It is the closure of kg.reason.close for the terms as the server holds them. The server needs no more than SPARQL 1.1:
each update is one operation on named graphs, without blank nodes, and can be repeated. How many requests it takes
depends on the ontology and not on the data, but for the values and axioms that are read here in pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Variable

from kg.errors import KgError
from kg.facts import Budget
from kg.owl2rl import MEMBER, REFLEXIVE, TYPE, Inconsistency, Pattern, Rule, Slot
from kg.reason import BUILT_IN
from kg.rules import (
    AXIOM_CLASSES,
    AXIOM_PROPERTIES,
    GENERAL_RULES,
    Schema,
    as_select,
    compile_rules,
    substitute,
)
from kg.server_closure.evaluation import Evaluation
from kg.server_closure.literals import BLANK, EQUAL, LITERAL, Literals
from kg.server_closure.workspace import SparqlServer, Workspace, relation_of
from kg.terms import OWL, RDF

__all__ = ["ServerClosure", "SparqlServer", "close_on_server"]

_REPORTED = 20  # inconsistencies that one rule reports
_CARDINALITIES = frozenset({NamedNode(OWL + "maxCardinality"), NamedNode(OWL + "maxQualifiedCardinality")})
_STAND_INS = (BLANK, LITERAL, EQUAL)


@dataclass(frozen=True)
class ServerClosure:
    """What reasoning on a server did.

    `inferred` counts what the closure has beyond the asserted. `by_rule` counts what each rule was the first to add,
    and what serves on the way and stays out of the closure is among that; what a resource shares with those that are
    the same is counted as `eq-rep-s`.
    """

    inferred: int
    by_rule: Mapping[str, int]
    inconsistencies: tuple[Inconsistency, ...]


def close_on_server(
    server: SparqlServer,
    *,
    asserted: NamedNode,
    closure: NamedNode,
    budget: Budget | None = None,
    progress: Callable[[str], None] = lambda _: None,
    update_prefix: str = "",
) -> ServerClosure:
    """Fill a named graph of a server with what another one asserts and all that follows from it.

    What the closure held before is gone, first of all; it is filled by the last steps. A run that was killed is simply
    started again. Scratch graphs have names that begin with the closure's and `/scratch/`.

    Args:
        server: where the graphs are.
        asserted: the graph of all that is asserted; for a blank node with the label x it has the IRI urn:kg:blank:x.
        closure: the graph to fill.
        budget: how many triples may be added on the way, and how many seconds it may take; looked at between requests.
        progress: is told how far the closure is.
        update_prefix: what to write before each update, such as pragmas of an engine.

    Raises:
        OutsideError: the server fails, or more follows than the budget allows; the closure graph is empty then, unless
            the server cannot even do that.
    """
    work = Workspace(server, asserted, closure, budget or Budget(), progress, update_prefix)
    work.clear(closure)
    work.clear_scratch()
    try:
        inconsistencies = _close(work)
        work.check_budget("the last one")
        inferred = work.count(closure) - work.count(asserted)
    except KgError:
        with suppress(KgError):
            work.clear(closure)
            work.clear_scratch()
        raise
    work.clear_scratch()
    by_rule = {rule: number for rule, number in work.added.most_common() if number}
    return ServerClosure(inferred, by_rule, inconsistencies)


def _close(work: Workspace) -> tuple[Inconsistency, ...]:
    literals = Literals(work)
    literals.read_asserted()
    work.sizes = work.relations(work.facts)
    _relate_lists(work)
    evaluation = Evaluation(work, literals)
    evaluation.apply([rule for rule in GENERAL_RULES if rule.name.startswith("scm-")])
    evaluation.forget()
    rules: list[Rule] = []
    while True:
        known = set(rules)
        rules = compile_rules(_read_schema(work, literals))
        if evaluation.recent is not None and not evaluation.recent.relations and known.issuperset(rules):
            break
        evaluation.apply(rules)
        evaluation.share_among_the_same()
    inconsistencies = (*_contradictions(work, literals, rules), *literals.inconsistencies())
    work.copy(work.asserted, [work.closure])
    literals.write_closure(_hidden())
    return inconsistencies


def _axioms(work: Workspace) -> Iterator[Pattern]:
    """Read the facts that belong to an ontology."""
    properties = " ".join(f"<{name}>" for name in sorted(AXIOM_PROPERTIES))
    classes = " ".join(f"<{name}>" for name in sorted(AXIOM_CLASSES))
    for pattern in (
        f"VALUES ?p {{ {properties} }} GRAPH {work.facts} {{ ?s ?p ?o }}",
        f"VALUES ?o {{ {classes} }} VALUES ?p {{ {TYPE} }} GRAPH {work.facts} {{ ?s ?p ?o }}",
    ):
        for subject, predicate, value in work.pages("?s ?p ?o", pattern, "?s"):
            yield subject, predicate, value


def _read_schema(work: Workspace, literals: Literals) -> Schema:
    axioms = list(_axioms(work))
    # Cardinalities are read as numbers; of all other literals their stand-ins are what the rules need.
    numbers = literals.read({value for _, predicate, value in axioms if predicate in _CARDINALITIES})
    return Schema.of((s, p, numbers.get(o, o) if p in _CARDINALITIES else o) for s, p, o in axioms)


def _relate_lists(work: Workspace) -> None:
    """Relate each list that an axiom names to its members."""
    axioms = list(_axioms(work))
    named = {value for _, predicate, value in axioms if predicate != NamedNode(RDF + "rest")}
    pairs = [(head, MEMBER, member) for head, member in Schema.of(axioms).list_members() if head in named]
    work.insert([work.facts], pairs)
    work.sizes[MEMBER, None] = len(set(pairs))


def _contradictions(work: Workspace, literals: Literals, rules: list[Rule]) -> Iterator[Inconsistency]:
    """Find what cannot hold together."""
    found: list[tuple[Rule, list[Pattern]]] = []
    for rule in rules:
        if rule.head is None and all(work.size(relation_of(pattern)) for pattern in rule.body):
            text = f"{as_select(rule, [work.facts] * len(rule.body))} LIMIT {_REPORTED}"
            work.check_budget(rule.name)
            rows = work.select(text)
            names = [Variable(name) for name in rows.variables]
            for row in rows.terms:
                known = {name: term for name, term in zip(names, row, strict=True) if term is not None}
                found.append((rule, [*rule.axioms, *(substitute(pattern, known) for pattern in rule.body)]))
    terms = literals.read({slot for _, premises in found for premise in premises for slot in premise})

    def original(pattern: Pattern) -> Pattern:
        subject, predicate, value = (terms.get(slot, slot) for slot in pattern)
        return subject, predicate, value

    for rule, premises in found:
        yield Inconsistency(rule.name, rule.meaning, tuple(map(original, premises)))


def _hidden() -> str:
    """Return the condition for what stays out of the closure, as kg.reason has it."""

    def begins(variable: str, *prefixes: str) -> list[str]:
        return [f'STRSTARTS(STR({variable}), "{prefix}")' for prefix in prefixes]

    reflexive = ", ".join(f"<{name}>" for name in sorted(REFLEXIVE))
    return " || ".join(
        [
            *begins("?s", *_STAND_INS, *BUILT_IN),
            *begins("?p", *_STAND_INS, MEMBER.value),
            *(f"(isIRI(?o) && {test})" for test in begins("?o", *_STAND_INS, *BUILT_IN)),
            f"(?s = ?o && ?p IN ({reflexive}))",
        ]
    )
