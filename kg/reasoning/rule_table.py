"""The rules of OWL 2 RL as data (OWL 2 Profiles, section 4.3, tables 4 to 9)."""

from __future__ import annotations

from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode, Variable

from kg.rdf.datatypes import NAMES_OF_DATATYPES
from kg.rdf.terms import OWL, RDF, RDFS

Slot = NamedNode | BlankNode | Literal | Variable
Pattern = tuple[Slot, Slot, Slot]

TYPE = NamedNode(RDF + "type")
SAME_AS = NamedNode(OWL + "sameAs")
THING = NamedNode(OWL + "Thing")
# Relates an RDF list to each of its members: what SPARQL writes as rdf:rest*/rdf:first.
MEMBER = NamedNode("urn:kg:list-member")


@dataclass(frozen=True)
class Rule:
    """When the axioms and all patterns of the body hold, the head does; a rule without a head finds a contradiction.

    `name` is that of the W3C tables, `meaning` says it in plain words. Once compiled, the axioms have no variables.
    """

    name: str
    meaning: str
    axioms: tuple[Pattern, ...]
    body: tuple[Pattern, ...]
    head: Pattern | None


@dataclass(frozen=True)
class Inconsistency:
    """Facts that cannot hold together: the name of the rule, what it says, and the axioms and facts that it met.

    A premise is a subject, predicate and object; its subject may be a literal.
    """

    rule: str
    meaning: str
    premises: tuple[Pattern, ...] = ()


# name | axioms | body | head | meaning. Rules over lists of any length are compiled in kg.reasoning.compiler.
_TABLES = """
eq-sym    |  | ?x owl:sameAs ?y                      | ?y owl:sameAs ?x | equality holds in both directions
eq-trans  |  | ?x owl:sameAs ?y . ?y owl:sameAs ?z   | ?x owl:sameAs ?z | equality is transitive
eq-rep-s  |  | ?s owl:sameAs ?t . ?s ?p ?o           | ?t ?p ?o | what holds for a thing holds for its equals
eq-rep-p  |  | ?p owl:sameAs ?q . ?s ?p ?o           | ?s ?q ?o | what a property relates, its equals relate
eq-rep-o  |  | ?o owl:sameAs ?v . ?s ?p ?o           | ?s ?p ?v | what refers to a thing refers to its equals
eq-diff1  |  | ?x owl:sameAs ?y . ?x owl:differentFrom ?y | false | equal things are said to be different
eq-diff1  |  | ?x owl:differentFrom ?x               | false | a thing is said to be different from itself
eq-diff2  |  | ?d a owl:AllDifferent . ?d owl:members ?l . ?l list:member ?x . ?l list:member ?y . ?x owl:sameAs ?y \
             | false | things that must all be different are equal
eq-diff3  |  | ?d a owl:AllDifferent . ?d owl:distinctMembers ?l . ?l list:member ?x . ?l list:member ?y . \
               ?x owl:sameAs ?y | false | things that must all be different are equal

prp-dom   | ?p rdfs:domain ?c                 | ?x ?p ?y              | ?x a ?c | a subject is in the property's domain
prp-rng   | ?p rdfs:range ?c                  | ?x ?p ?y              | ?y a ?c | a value is in the property's range
prp-fp    | ?p a owl:FunctionalProperty       | ?x ?p ?y . ?x ?p ?z   | ?y owl:sameAs ?z | functional: at most one value
prp-ifp   | ?p a owl:InverseFunctionalProperty | ?x ?p ?z . ?y ?p ?z  | ?x owl:sameAs ?y | one thing has the value
prp-irp   | ?p a owl:IrreflexiveProperty      | ?x ?p ?x              | false | irreflexive property
prp-symp  | ?p a owl:SymmetricProperty        | ?x ?p ?y              | ?y ?p ?x | symmetric property
prp-asyp  | ?p a owl:AsymmetricProperty       | ?x ?p ?y . ?y ?p ?x   | false | asymmetric property
prp-trp   | ?p a owl:TransitiveProperty       | ?x ?p ?y . ?y ?p ?z   | ?x ?p ?z | transitive property
prp-spo1  | ?q rdfs:subPropertyOf ?p          | ?x ?q ?y              | ?x ?p ?y | the one property implies the other
prp-eqp1  | ?q owl:equivalentProperty ?p      | ?x ?q ?y              | ?x ?p ?y | the properties mean the same
prp-eqp2  | ?p owl:equivalentProperty ?q      | ?x ?q ?y              | ?x ?p ?y | the properties mean the same
prp-pdw   | ?p owl:propertyDisjointWith ?q    | ?x ?p ?y . ?x ?q ?y   | false | the properties exclude each other
prp-inv1  | ?q owl:inverseOf ?p               | ?y ?q ?x              | ?x ?p ?y | inverse properties
prp-inv2  | ?p owl:inverseOf ?q               | ?y ?q ?x              | ?x ?p ?y | inverse properties
prp-npa1  | ?n owl:sourceIndividual ?x . ?n owl:assertionProperty ?p . ?n owl:targetIndividual ?y \
          | ?x ?p ?y | false | a fact is said not to hold
prp-npa2  | ?n owl:sourceIndividual ?x . ?n owl:assertionProperty ?p . ?n owl:targetValue ?y \
          | ?x ?p ?y | false | a fact is said not to hold

cls-nothing2 |                                         | ?x a owl:Nothing | false | nothing is in the empty class
cls-int2  | ?c owl:intersectionOf ?l . ?l list:member ?d | ?x a ?c | ?x a ?d | what is in all is in each
cls-uni   | ?c owl:unionOf ?l . ?l list:member ?d      | ?x a ?d | ?x a ?c | what is in one is in the union
cls-com   | ?c owl:complementOf ?d                     | ?x a ?c . ?x a ?d | false | the classes exclude each other
cls-svf1  | ?c owl:someValuesFrom ?d . ?c owl:onProperty ?p | ?x ?p ?y . ?y a ?d | ?x a ?c | it has such a value
cls-svf2  | ?c owl:someValuesFrom owl:Thing . ?c owl:onProperty ?p | ?x ?p ?y | ?x a ?c | it has a value
cls-avf   | ?c owl:allValuesFrom ?d . ?c owl:onProperty ?p | ?x a ?c . ?x ?p ?y | ?y a ?d | all its values are such
cls-hv1   | ?c owl:hasValue ?v . ?c owl:onProperty ?p  | ?x a ?c | ?x ?p ?v | the members have this value
cls-hv2   | ?c owl:hasValue ?v . ?c owl:onProperty ?p  | ?x ?p ?v | ?x a ?c | what has this value is a member
cls-maxc1 | ?c owl:maxCardinality 0 . ?c owl:onProperty ?p | ?x a ?c . ?x ?p ?y | false | the members have no value
cls-maxc2 | ?c owl:maxCardinality 1 . ?c owl:onProperty ?p | ?x a ?c . ?x ?p ?y . ?x ?p ?z \
          | ?y owl:sameAs ?z | the members have one value
cls-maxqc1 | ?c owl:maxQualifiedCardinality 0 . ?c owl:onProperty ?p . ?c owl:onClass ?d \
          | ?x a ?c . ?x ?p ?y . ?y a ?d | false | the members have no such value
cls-maxqc2 | ?c owl:maxQualifiedCardinality 0 . ?c owl:onProperty ?p . ?c owl:onClass owl:Thing \
          | ?x a ?c . ?x ?p ?y | false | the members have no value
cls-maxqc3 | ?c owl:maxQualifiedCardinality 1 . ?c owl:onProperty ?p . ?c owl:onClass ?d \
          | ?x a ?c . ?x ?p ?y . ?y a ?d . ?x ?p ?z . ?z a ?d | ?y owl:sameAs ?z | the members have one such value
cls-maxqc4 | ?c owl:maxQualifiedCardinality 1 . ?c owl:onProperty ?p . ?c owl:onClass owl:Thing \
          | ?x a ?c . ?x ?p ?y . ?x ?p ?z | ?y owl:sameAs ?z | the members have one value
cls-oo    | ?c owl:oneOf ?l . ?l list:member ?x        | | ?x a ?c | the class is the list of its members

cax-sco   | ?d rdfs:subClassOf ?c     | ?x a ?d            | ?x a ?c | a subclass is in its superclass
cax-eqc1  | ?d owl:equivalentClass ?c | ?x a ?d            | ?x a ?c | the classes have the same members
cax-eqc2  | ?c owl:equivalentClass ?d | ?x a ?d            | ?x a ?c | the classes have the same members
cax-dw    | ?c owl:disjointWith ?d    | ?x a ?c . ?x a ?d  | false   | the classes have no member in common

scm-cls   |  | ?c a owl:Class . ?c owl:sameAs ?d | ?c owl:equivalentClass ?d | it is one class
scm-cls   |  | ?c a owl:Class | owl:Nothing rdfs:subClassOf ?c | the empty class is in every class
scm-op    |  | ?p a owl:ObjectProperty . ?p owl:sameAs ?q | ?p owl:equivalentProperty ?q | it is one property
scm-dp    |  | ?p a owl:DatatypeProperty . ?p owl:sameAs ?q | ?p owl:equivalentProperty ?q | it is one property
scm-sco   |  | ?c rdfs:subClassOf ?d . ?d rdfs:subClassOf ?e | ?c rdfs:subClassOf ?e | it is transitive
scm-eqc1  |  | ?c owl:equivalentClass ?d | ?c rdfs:subClassOf ?d | equal classes include each other
scm-eqc1  |  | ?c owl:equivalentClass ?d | ?d rdfs:subClassOf ?c | equal classes include each other
scm-eqc2  |  | ?c rdfs:subClassOf ?d . ?d rdfs:subClassOf ?c | ?c owl:equivalentClass ?d \
          | classes that include each other are the same
scm-spo   |  | ?p rdfs:subPropertyOf ?q . ?q rdfs:subPropertyOf ?r | ?p rdfs:subPropertyOf ?r | it is transitive
scm-eqp1  |  | ?p owl:equivalentProperty ?q | ?p rdfs:subPropertyOf ?q | properties that are the same imply each other
scm-eqp1  |  | ?p owl:equivalentProperty ?q | ?q rdfs:subPropertyOf ?p | properties that are the same imply each other
scm-eqp2  |  | ?p rdfs:subPropertyOf ?q . ?q rdfs:subPropertyOf ?p | ?p owl:equivalentProperty ?q \
          | properties that imply each other are the same
scm-dom1  |  | ?p rdfs:domain ?c . ?c rdfs:subClassOf ?d | ?p rdfs:domain ?d | the class above a domain is one
scm-dom2  |  | ?q rdfs:domain ?c . ?p rdfs:subPropertyOf ?q | ?p rdfs:domain ?c | what implies it has its domain
scm-rng1  |  | ?p rdfs:range ?c . ?c rdfs:subClassOf ?d | ?p rdfs:range ?d | the class above a range is one
scm-rng2  |  | ?q rdfs:range ?c . ?p rdfs:subPropertyOf ?q | ?p rdfs:range ?c | what implies it has its range
scm-hv    |  | ?c owl:hasValue ?v . ?c owl:onProperty ?p . ?d owl:hasValue ?v . ?d owl:onProperty ?q . \
               ?p rdfs:subPropertyOf ?q | ?c rdfs:subClassOf ?d | the same value of a wider property
scm-hv    |  | ?c owl:hasValue ?v . ?c owl:onProperty ?p . ?d owl:hasValue ?v . ?d owl:onProperty ?p \
          | ?c rdfs:subClassOf ?d | the same value of the same property
scm-svf1  |  | ?c owl:someValuesFrom ?y . ?c owl:onProperty ?p . ?d owl:someValuesFrom ?z . ?d owl:onProperty ?p . \
               ?y rdfs:subClassOf ?z | ?c rdfs:subClassOf ?d | a value in a wider class
scm-svf2  |  | ?c owl:someValuesFrom ?y . ?c owl:onProperty ?p . ?d owl:someValuesFrom ?y . ?d owl:onProperty ?q . \
               ?p rdfs:subPropertyOf ?q | ?c rdfs:subClassOf ?d | a value of a wider property
scm-svf1  |  | ?c owl:someValuesFrom ?y . ?c owl:onProperty ?p . ?d owl:someValuesFrom owl:Thing . \
               ?d owl:onProperty ?p . ?y a owl:Class | ?c rdfs:subClassOf ?d | a value in any class
scm-svf1  |  | ?c owl:someValuesFrom ?y . ?c owl:onProperty ?p . ?d owl:someValuesFrom ?y . ?d owl:onProperty ?p \
          | ?c rdfs:subClassOf ?d | a value of the same property in the same class
scm-avf1  |  | ?c owl:allValuesFrom ?y . ?c owl:onProperty ?p . ?d owl:allValuesFrom ?z . ?d owl:onProperty ?p . \
               ?y rdfs:subClassOf ?z | ?c rdfs:subClassOf ?d | all values in a wider class
scm-avf2  |  | ?c owl:allValuesFrom ?y . ?c owl:onProperty ?p . ?d owl:allValuesFrom ?y . ?d owl:onProperty ?q . \
               ?p rdfs:subPropertyOf ?q | ?d rdfs:subClassOf ?c | all values of a narrower property
scm-avf1  |  | ?c owl:allValuesFrom ?y . ?c owl:onProperty ?p . ?d owl:allValuesFrom owl:Thing . \
               ?d owl:onProperty ?p . ?y a owl:Class | ?c rdfs:subClassOf ?d | all values in any class
scm-avf1  |  | ?c owl:allValuesFrom ?y . ?c owl:onProperty ?p . ?d owl:allValuesFrom ?y . ?d owl:onProperty ?p \
          | ?c rdfs:subClassOf ?d | all values of the same property in the same class
scm-int   |  | ?c owl:intersectionOf ?l . ?l list:member ?d | ?c rdfs:subClassOf ?d | an intersection is in each part
scm-uni   |  | ?c owl:unionOf ?l . ?l list:member ?d | ?d rdfs:subClassOf ?c | a union includes each part
"""

_NAMESPACES = {"owl": OWL, "rdfs": RDFS}


def _slot(word: str) -> Slot:
    if word.startswith("?"):
        return Variable(word[1:])
    if word.isdigit():
        return Literal(int(word))
    if word in ("a", "list:member"):
        return TYPE if word == "a" else MEMBER
    prefix, _, name = word.partition(":")
    return NamedNode(_NAMESPACES[prefix] + name)


def _patterns(text: str) -> tuple[Pattern, ...]:
    triples = (part.split() for part in text.split(" . ")) if text else ()
    return tuple((_slot(s), _slot(p), _slot(o)) for s, p, o in triples)


def _read(line: str) -> Rule:
    name, axioms, body, head, meaning = (cell.strip() for cell in line.split("|"))
    return Rule(name, meaning, _patterns(axioms), _patterns(body), None if head == "false" else _patterns(head)[0])


RULES = tuple(_read(line) for line in _TABLES.splitlines() if line)

# What holds of every graph (eq-ref, prp-ap, cls-thing, cls-nothing1, dt-type1, the reflexive part of scm-cls, scm-op
# and scm-dp) says nothing about the data. So it is in no closure; this is where one can ask for it.
_REFLEXIVE = {
    OWL + "sameAs": "eq-ref",
    OWL + "equivalentClass": "scm-cls",
    RDFS + "subClassOf": "scm-cls",
    OWL + "equivalentProperty": "scm-op",
    RDFS + "subPropertyOf": "scm-op",
}
_ANNOTATIONS = frozenset(
    {*(RDFS + name for name in ("label", "comment", "seeAlso", "isDefinedBy"))}
    | {*(OWL + name for name in ("deprecated", "versionInfo", "priorVersion"))}
    | {*(OWL + name for name in ("backwardCompatibleWith", "incompatibleWith"))}
)
_BUILT_IN_TYPES = {
    OWL + "AnnotationProperty": ("prp-ap", _ANNOTATIONS),
    OWL + "Class": ("cls-thing", frozenset({OWL + "Thing", OWL + "Nothing"})),
    RDFS + "Datatype": ("dt-type1", NAMES_OF_DATATYPES),
}


def is_reflexive(predicate: NamedNode) -> bool:
    """Return whether everything is related to itself by a property."""
    return predicate.value in _REFLEXIVE


def rule_without_premises(triple: Pattern) -> str | None:
    """Return the name of the rule by which a triple holds of every graph; None for all others."""
    subject, predicate, value = triple
    assert isinstance(predicate, NamedNode)
    if subject == value:
        return _REFLEXIVE.get(predicate.value)
    if predicate.value == RDFS + "subClassOf" and (value == THING or subject == NamedNode(OWL + "Nothing")):
        return "scm-cls"
    if predicate != TYPE or not isinstance(value, NamedNode):
        return None
    if value == THING:
        return "cls-thing"
    rule, members = _BUILT_IN_TYPES.get(value.value, ("", frozenset()))
    return rule if isinstance(subject, NamedNode) and subject.value in members else None
