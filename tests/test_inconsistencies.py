"""Contradictions in random ontologies and facts: our rules find one exactly where the reference does."""

from hypothesis import given
from hypothesis import strategies as st
from search import examples
from test_reason import (
    AXIOMS,
    CLASS_PAIR,
    CLASSES,
    DECLARATIONS,
    FACTS,
    PROPERTIES,
    PROPERTY_PAIR,
    THINGS,
    VALUES,
    quads,
    sentences,
)

from kg.reasoning.closure import close

# owlrl passes over the last member of AllDifferent and AllDisjointProperties: here nothing is said of it.
EXCLUSIONS = st.one_of(
    sentences("{c} owl:disjointWith {d} .", **CLASS_PAIR),
    sentences("{c} owl:complementOf {d} .", **CLASS_PAIR),
    sentences("{c} rdfs:subClassOf [ owl:complementOf {d} ] .", **CLASS_PAIR),
    sentences("{c} rdfs:subClassOf owl:Nothing .", c=CLASSES),
    sentences("{p} {axiom} owl:Nothing .", p=PROPERTIES, axiom=st.sampled_from(["rdfs:domain", "rdfs:range"])),
    sentences("[] a owl:AllDisjointClasses ; owl:members ( {c} {d} {e} ) .", **CLASS_PAIR, e=CLASSES),
    sentences("{p} owl:propertyDisjointWith {q} .", **PROPERTY_PAIR),
    sentences("[] a owl:AllDisjointProperties ; owl:members ( {p} {q} :unused ) .", **PROPERTY_PAIR),
    sentences("{p} a {kind} .", p=PROPERTIES,
        kind=st.sampled_from(["owl:AsymmetricProperty", "owl:IrreflexiveProperty"])),
    sentences("{i} owl:differentFrom {j} .", i=THINGS, j=THINGS),
    sentences("[] a owl:AllDifferent ; {members} ( {two} :unnamed ) .",
        two=st.sampled_from([":i0 :i1", ":i0 :i2", ":i2 :i1"]),
        members=st.sampled_from(["owl:members", "owl:distinctMembers"])),
    sentences("[] a owl:NegativePropertyAssertion ; owl:sourceIndividual {i} ; owl:assertionProperty {p} ;"
        " owl:targetIndividual {j} .", i=THINGS, p=PROPERTIES, j=THINGS),
    sentences("[] a owl:NegativePropertyAssertion ; owl:sourceIndividual {i} ; owl:assertionProperty :name ;"
        " owl:targetValue {v} .", i=THINGS, v=VALUES),
    sentences("{c} rdfs:subClassOf [ a owl:Restriction ; owl:onProperty {p} ;"
        ' owl:maxCardinality "{n}"^^xsd:nonNegativeInteger ] .', c=CLASSES, p=PROPERTIES, n=st.sampled_from("01")),
    sentences("{c} rdfs:subClassOf [ a owl:Restriction ; owl:onProperty {p} ; owl:onClass {d} ;"
        ' owl:maxQualifiedCardinality "{n}"^^xsd:nonNegativeInteger ] .',
        c=CLASSES, p=PROPERTIES, d=st.one_of(CLASSES, st.just("owl:Thing")), n=st.sampled_from("01")),
)  # fmt: skip
GRAPHS = st.builds(
    lambda *parts: "\n".join([DECLARATIONS, *(sentence for part in parts for sentence in part)]),
    st.lists(AXIOMS, max_size=4, unique=True),
    st.lists(EXCLUSIONS, min_size=1, max_size=3, unique=True),
    st.lists(FACTS, min_size=3, max_size=8, unique=True),
)


@given(GRAPHS)
@examples(20)
def test_a_contradiction_is_found_where_the_reference_finds_one(turtle):
    asserted = quads(turtle)
    ours, reference = close(asserted), close(asserted, reasoner="owlrl")
    assert bool(ours.inconsistencies) == bool(reference.inconsistencies)
    assert set(ours.inferred) == set(reference.inferred)
