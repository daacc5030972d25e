"""The OWL 2 RL closure of a graph: by our rules, or by owlrl, the reference (OWL 2 Profiles, section 4.3)."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg.errors import InputError, UsageError
from kg.progress import Progress, silent
from kg.rdf.datatypes import VALUE
from kg.rdf.encoding import Triples
from kg.rdf.quiet import quiet_literals
from kg.rdf.terms import OWL, RDF, RDFS, XSD, Term
from kg.reasoning.rule_table import MEMBER, Inconsistency, is_reflexive

if TYPE_CHECKING:
    import rdflib
    from rdflib.term import Node

    from kg.reasoning.facts import Budget

REASONERS = ("rules", "owlrl")

# Statements about the vocabulary of RDF, RDFS, OWL and XSD, and membership in its classes, say nothing about the data:
# everything is an owl:Thing, "a" is an xsd:string. With what holds of every graph they stay out of the closure.
BUILT_IN = (RDF, RDFS, OWL, XSD)


@dataclass(frozen=True)
class Closure:
    """What reasoning added: triples that are in no file, and how many each rule did; and the contradictions."""

    inferred: Sequence[Triple]
    inconsistencies: tuple[Inconsistency, ...]
    by_rule: Mapping[str, int] = field(default_factory=dict)


def close(
    asserted: Iterable[Quad],
    *,
    reasoner: str = "rules",
    budget: Budget | None = None,
    progress: Progress = silent,
) -> Closure:
    """Compute what follows from asserted quads by the OWL 2 RL rules.

    Args:
        asserted: quads of all graphs; the rules see them as one graph.
        reasoner: `rules` for ours, `owlrl` for the reference, which is slower and names no rules.
        budget: how much our closure may cost.
        progress: called with the progress of our closure.

    Returns:
        the inferred triples, in a stable order, without those that hold in every graph, that are not RDF
        (literals as subjects) or that rest on a blank node of an axiom; and what contradicts itself.

    Raises:
        OutsideError: the closure is larger than its budget.
    """
    if reasoner == "rules":
        return _by_rules(asserted, budget, progress)
    if reasoner == "owlrl":
        return _by_owlrl(asserted)
    raise UsageError(f"unknown reasoner {reasoner!r}", f"the reasoners are {', '.join(REASONERS)}")


def _by_rules(asserted: Iterable[Quad], budget: Budget | None, progress: Progress) -> Closure:
    import numpy as np

    from kg.reasoning.evaluation import materialize
    from kg.reasoning.facts import Budget, Facts

    facts = Facts(asserted, budget or Budget(), progress)
    inconsistencies = materialize(facts)
    is_subject = np.fromiter((not _is_hidden_subject(term) for term in facts.terms), dtype=np.bool_)
    # Literals can stand there, too.
    literals = (isinstance(term, Literal) and not _is_hidden_object(term) for term in facts.terms)
    is_object = is_subject | np.fromiter(literals, dtype=np.bool_)
    by_rule: Counter[str] = Counter()
    inferred = array("i")
    for rule, first, property_, second in facts.inferred():
        predicate = facts.terms[property_]
        if not isinstance(predicate, NamedNode) or predicate == MEMBER:
            continue
        chosen = is_subject[first] & is_object[second]
        if is_reflexive(predicate):
            chosen &= first != second
        subjects, objects = first[chosen], second[chosen]
        columns = np.stack((subjects, np.full_like(subjects, property_), objects), axis=1)
        inferred.frombytes(columns.astype(np.intc).tobytes())
        by_rule[rule] += len(subjects)
    counts = {rule: number for rule, number in by_rule.most_common() if number}
    return Closure(Triples(facts.dictionary, inferred), tuple(inconsistencies), counts)


def _is_hidden_subject(term: Term) -> bool:
    return not isinstance(term, NamedNode) or term.value.startswith(BUILT_IN)


def _is_hidden_object(term: Term) -> bool:
    if isinstance(term, Literal):
        return term.datatype == VALUE
    return not isinstance(term, NamedNode) or term.value.startswith(BUILT_IN)


def _by_owlrl(asserted: Iterable[Quad]) -> Closure:
    import owlrl
    import rdflib

    triples = {quad.triple for quad in asserted}
    graph = rdflib.Graph()
    with quiet_literals():
        graph.parse(data="".join(f"{triple} .\n" for triple in triples), format="nt")
        _mend_keys(graph)
        rules = owlrl.OWLRL_Semantics(graph, axioms=False, daxioms=False)
        try:
            rules.closure()
        except (ArithmeticError, TypeError, ValueError) as error:  # literals that are not of their datatypes
            raise InputError(f"owlrl does not get through this graph: {error!r}", "use --reasoner rules") from error
    rows = ((_term(s), _term(p), _term(o)) for s, p, o in graph)
    candidates = (
        Triple(s, p, o)
        for s, p, o in rows
        if isinstance(s, NamedNode) and isinstance(p, NamedNode)
        if not (_is_hidden_subject(s) or _is_hidden_object(o) or (s == o and is_reflexive(p)))
    )
    inferred = {triple for triple in candidates if triple not in triples}
    inconsistencies = (Inconsistency("owlrl", message) for message in sorted(rules.error_messages))
    return Closure(tuple(sorted(inferred, key=str)), tuple(inconsistencies), {"owlrl": len(inferred)})


def _mend_keys(graph: rdflib.Graph) -> None:
    """Repeat the last property of every owl:hasKey list.

    owlrl 7.6.2 compares all properties of a key but the last one (rule prp-key), so that a key of one property
    makes every two members of the class the same. With the last one twice, all of them are compared.
    """
    import rdflib
    from rdflib.collection import Collection

    for head in set(graph.objects(None, rdflib.OWL.hasKey)):
        key = Collection(graph, head)
        key.append(key[len(key) - 1])


def _term(node: Node) -> Term:
    import rdflib

    if isinstance(node, rdflib.Literal):
        if node.language:
            return Literal(str(node), language=node.language)
        return Literal(str(node), datatype=NamedNode(str(node.datatype)) if node.datatype else None)
    return NamedNode(str(node)) if isinstance(node, rdflib.URIRef) else BlankNode(str(node))
