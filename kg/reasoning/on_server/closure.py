"""The OWL 2 RL closure of a graph on a SPARQL server, by the server: the compiled rules as SPARQL updates.

It is the closure of kg.reasoning.closure.close for the terms as the server holds them. The server needs no more than
SPARQL 1.1: each update is one operation on named graphs, without blank nodes, and can be repeated. How many requests it
takes depends on the ontology and not on the data, but for the values and axioms that are read here in pages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from pyoxigraph import NamedNode, Variable

from kg.errors import KgError
from kg.progress import Progress, silent
from kg.rdf.lists import REST
from kg.rdf.terms import BLANK, OWL
from kg.reasoning.closure import BUILT_IN
from kg.reasoning.compiler import (
    AXIOM_CLASSES,
    AXIOM_PROPERTIES,
    GENERAL_RULES,
    Schema,
    as_select,
    compile_rules,
    substitute,
)
from kg.reasoning.facts import Budget
from kg.reasoning.on_server.evaluation import Evaluation
from kg.reasoning.on_server.literals import EQUAL, LITERAL, Literals
from kg.reasoning.on_server.workspace import Relation, SparqlServer, Workspace, relation_of
from kg.reasoning.rule_table import MEMBER, TYPE, Inconsistency, Pattern, Rule, Slot, is_reflexive

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
    progress: Progress = silent,
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
        progress: called with the progress of the closure.
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
    asserted = work.sizes.copy()
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
    _publish(work, literals, asserted)
    return inconsistencies


def _axioms(work: Workspace) -> Iterator[Pattern]:
    """Read the facts that belong to an ontology."""
    properties = " ".join(f"<{name}>" for name in sorted(AXIOM_PROPERTIES))
    classes = " ".join(f"<{name}>" for name in sorted(AXIOM_CLASSES))
    for pattern in (
        f"VALUES ?p {{ {properties} }} GRAPH {work.facts} {{ ?s ?p ?o }}",
        f"VALUES ?o {{ {classes} }} VALUES ?p {{ {TYPE} }} GRAPH {work.facts} {{ ?s ?p ?o }}",
    ):
        yield from work.pages("?s ?p ?o", pattern, "?s")  # type: ignore[misc]  # three variables, three terms


def _read_schema(work: Workspace, literals: Literals) -> Schema:
    axioms = list(_axioms(work))
    # Cardinalities are read as numbers; of all other literals their stand-ins are what the rules need.
    numbers = literals.read({value for _, predicate, value in axioms if predicate in _CARDINALITIES})
    return Schema.of((s, p, numbers.get(o, o) if p in _CARDINALITIES else o) for s, p, o in axioms)


def _relate_lists(work: Workspace) -> None:
    """Relate each list that an axiom names to its members."""
    axioms = list(_axioms(work))
    named = {value for _, predicate, value in axioms if predicate != NamedNode(REST)}
    pairs = [(head, MEMBER, member) for head, member in Schema.of(axioms).list_members() if head in named]
    work.insert(work.facts, pairs)
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


def _publish(work: Workspace, literals: Literals, asserted: Counter[Relation]) -> None:
    """Fill the closure: with what is asserted, and of the relations that have grown with what a closure shows."""
    work.copy(work.asserted, [work.closure])
    grown = [relation for relation, number in work.sizes.items() if number > asserted[relation]]
    hidden = (*_STAND_INS, *BUILT_IN)
    classes = [class_ for _, class_ in grown if class_ is not None and not _begins(class_, *hidden)]
    properties = {property_ for property_, _ in grown if not _begins(property_, *_STAND_INS, MEMBER.value)}
    for property_ in sorted(properties, key=str):
        assert isinstance(property_, NamedNode)
        patterns = [
            f"GRAPH {work.facts} {{ ?s {property_} ?o }} FILTER({_shown('?o')})",
            literals.objects_of(property_),
        ]
        if property_ == TYPE:
            patterns[0] = f"VALUES ?o {{ {' '.join(map(str, classes))} }} GRAPH {work.facts} {{ ?s {TYPE} ?o }}"
        condition = f"{_shown('?s')}{' && ?s != ?o' if is_reflexive(property_) else ''}"
        known = f"FILTER NOT EXISTS {{ GRAPH {work.asserted} {{ ?s {property_} ?o }} }}"
        for pattern in patterns:
            work.update(
                f"INSERT {{ GRAPH {work.closure} {{ ?s {property_} ?o }} }}"
                f" WHERE {{ {pattern} FILTER({condition}) {known} }}"
            )


def _begins(slot: Slot | None, *prefixes: str) -> bool:
    return isinstance(slot, NamedNode) and slot.value.startswith(prefixes)


def _shown(variable: str) -> str:
    """Return the condition for an IRI that is neither a stand-in nor of the vocabulary of RDF, RDFS, OWL and XSD."""
    prefixes = (*_STAND_INS, *BUILT_IN)
    # Most IRIs begin with neither of these, and need no further look.
    tests = (
        f'(STRSTARTS(STR({variable}), "{start}") && ('
        + " || ".join(f'STRSTARTS(STR({variable}), "{prefix}")' for prefix in prefixes if prefix.startswith(start))
        + "))"
        for start in ("urn:kg:", "http://www.w3.org/")
    )
    return f"!({' || '.join(tests)})"
