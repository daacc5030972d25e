"""The OWL 2 RL closure, by owlrl (OWL 2 Profiles, section 4.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg.terms import OWL, RDF, RDFS, XSD

if TYPE_CHECKING:
    import rdflib
    from rdflib.term import Node

# What the rules derive from any graph, and what holds of every term by itself. It says nothing about the data,
# so it stays out of the closure:
# - x P x for relations that are reflexive by definition (eq-ref, scm-cls, scm-op, scm-dp);
_REFLEXIVE = frozenset(
    {
        OWL + "sameAs",
        OWL + "equivalentClass",
        OWL + "equivalentProperty",
        RDFS + "subClassOf",
        RDFS + "subPropertyOf",
    }
)
# - membership in, and inclusion in, the class of everything; the empty class below every class (scm-cls);
_UNIVERSAL = frozenset({OWL + "Thing", RDFS + "Resource"})
_EMPTY = OWL + "Nothing"
# - statements about the vocabulary of RDF, RDFS, OWL and XSD itself, literals included (dt-type1, axiomatic triples).
_BUILT_IN = (RDF, RDFS, OWL, XSD)


@dataclass(frozen=True, order=True)
class Inconsistency:
    """Facts that cannot hold together: the W3C name of the rule, what it says, and the premises that it met."""

    rule: str
    meaning: str
    premises: tuple[Triple, ...] = ()


@dataclass(frozen=True)
class Closure:
    """What reasoning added: triples that are in no file; and the contradictions that it met."""

    inferred: tuple[Triple, ...]
    inconsistencies: tuple[Inconsistency, ...]


def close(asserted: Iterable[Quad]) -> Closure:
    """Compute what follows from asserted quads by the OWL 2 RL rules.

    Args:
        asserted: quads of all graphs; the rules see them as one graph.

    Returns:
        the inferred triples, sorted, without those that hold of every graph (listed above), that are no RDF
        (literals as subjects) or that rest on a blank node of an axiom; and owlrl's error messages.
    """
    import owlrl
    import rdflib

    triples = {quad.triple for quad in asserted}
    graph = rdflib.Graph()
    graph.parse(data="".join(f"{triple} .\n" for triple in triples), format="nt")
    _mend_keys(graph)
    rules = owlrl.OWLRL_Semantics(graph, axioms=False, daxioms=False)
    rules.closure()
    candidates = (_triple(row) for row in graph if _is_about_the_data(row))
    inferred = {triple for triple in candidates if triple not in triples}
    contradictions = (Inconsistency("owlrl", message) for message in sorted(rules.error_messages))
    return Closure(tuple(sorted(inferred, key=str)), tuple(contradictions))


def _is_about_the_data(row: tuple[Node, Node, Node]) -> bool:
    """Tell a triple that belongs in the closure from those that the lists above leave out."""
    import rdflib

    subject, predicate, object_ = row
    if not isinstance(subject, rdflib.URIRef) or isinstance(object_, rdflib.BNode):
        return False
    if subject == object_ and str(predicate) in _REFLEXIVE:
        return False
    return not (
        str(object_) in _UNIVERSAL
        or str(subject) == _EMPTY
        or str(subject).startswith(_BUILT_IN)
        or (isinstance(object_, rdflib.URIRef) and str(object_).startswith(_BUILT_IN))
    )


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


def _triple(row: tuple[Node, Node, Node]) -> Triple:
    import rdflib

    subject, predicate, object_ = row
    if isinstance(object_, rdflib.Literal):
        value = (
            Literal(str(object_), language=object_.language)
            if object_.language
            else Literal(str(object_), datatype=NamedNode(str(object_.datatype)) if object_.datatype else None)
        )
        return Triple(NamedNode(str(subject)), NamedNode(str(predicate)), value)
    return Triple(NamedNode(str(subject)), NamedNode(str(predicate)), NamedNode(str(object_)))
