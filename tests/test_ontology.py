"""The ontology: documented, used, aligned with checked terms, in OWL 2 RL, and consistent with the facts."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
import rdflib
from owl_rl import outside_rl
from pyoxigraph import Literal, NamedNode, Quad, Store, Triple
from rdflib import OWL, RDF, RDFS, SKOS, URIRef
from small_project import AIGOV

from kg.files.project import find_project
from kg.files.reading import read_project
from kg.rdf.terms import Prefixes
from kg.reasoning.closure import close

PROJECT = find_project(Path(__file__).parent.parent)
FILES = read_project(PROJECT)
PREFIXES = Prefixes(FILES.prefixes | {"rdf": str(RDF)})
ONTOLOGY = URIRef("https://w3id.org/aigov-kg/ontology")
ID = "https://w3id.org/aigov-kg/id/"
SOURCES = NamedNode("https://w3id.org/aigov-kg/graph/sources")
RDF_TYPE = NamedNode(str(RDF.type))

# Terms of other vocabularies that axioms may name. Each was looked up in its vocabulary's own file, and means there
# what we take it to mean.
CHECKED_TERMS = {
    "cito": "citesAsEvidence",
    "dcterms": "creator isPartOf publisher rights subject",
    "dpv": "Principle",
    "foaf": "Person",
    "gist": "Agreement Commitment CountryGovernment Intention",
    "m8g": "PublicOrganisation",
    "oa": "SpecificResource hasSource",
    "org": "Organization Post holds",
    "prov": "Activity wasAssociatedWith wasAttributedTo",
    "qb": "Observation",
    "schema": "AgreeAction City Claim CommunicateAction Corporation Country Event EventSeries GovernmentOrganization "
    "NewsMediaOrganization Observation OpinionNewsArticle ResearchOrganization Statement about currency endDate "
    "foundingDate location measuredProperty minValue participant startDate superEvent",
    "skos": "Concept",
}

# No passage of the shipped texts yields nothing, so this one property is ready and without a fact.
UNUSED_FOR_NOW = {"aigov:noFactsBecause"}


def union(paths):
    graph = rdflib.Graph()
    for path in paths:
        graph.parse(path)
    return graph


GRAPH = union(PROJECT.ontology_files)
SHAPES = union(PROJECT.shape_files)
CLASSES = set(GRAPH.subjects(RDF.type, OWL.Class))
PROPERTIES = set(GRAPH.subjects(RDF.type, OWL.ObjectProperty)) | set(GRAPH.subjects(RDF.type, OWL.DatatypeProperty))
TERMS = {term for term in GRAPH.subjects(RDF.type) if str(term).startswith(AIGOV)}


def curies(terms):
    return {PREFIXES.shorten(str(term)) for term in terms}


@pytest.fixture(scope="module")
def closure():
    return close(FILES.quads)


# Every term is documented


@pytest.mark.parametrize("annotation", [RDFS.label, SKOS.definition])
def test_every_term_says_in_english_what_it_is(annotation):
    english = {term for term in TERMS if [text.language for text in GRAPH.objects(term, annotation)].count("en") == 1}
    assert curies(TERMS - english) == set()


def test_every_class_and_property_has_an_example():
    assert curies(term for term in CLASSES | PROPERTIES if not GRAPH.value(term, SKOS.example)) == set()


def test_every_class_and_property_belongs_to_the_ontology():
    strays = {term for term in CLASSES | PROPERTIES if GRAPH.value(term, RDFS.isDefinedBy) != ONTOLOGY}
    assert curies(strays) == set()


def test_classes_and_properties_are_ours():
    """Other vocabularies are aligned with, and not redefined."""
    assert curies(CLASSES | PROPERTIES) <= curies(TERMS)


def test_labels_tell_terms_apart():
    for terms in (CLASSES, PROPERTIES):
        labels = [(label.language, str(label)) for term in terms for label in GRAPH.objects(term, RDFS.label)]
        assert sorted(set(labels)) == sorted(labels)


# Every term is used, and only terms that exist are


def test_every_class_has_instances_or_a_subclass_that_has(closure):
    used = {URIRef(quad.object.value) for quad in FILES.quads if quad.predicate == RDF_TYPE}
    used |= {URIRef(triple.object.value) for triple in closure.inferred if triple.predicate == RDF_TYPE}
    assert curies(CLASSES - used) == set()


def test_every_property_has_facts(closure):
    """Asserted ones, or those that an inverse, a subproperty or a chain brings."""
    used = {URIRef(quad.predicate.value) for quad in FILES.data}
    used |= {URIRef(triple.predicate.value) for triple in closure.inferred}
    assert curies(PROPERTIES - used) == UNUSED_FOR_NOW


def test_only_terms_that_exist_are_used():
    used = {term for triple in GRAPH + SHAPES for term in triple if isinstance(term, URIRef) and term.startswith(AIGOV)}
    used |= {URIRef(term) for quad in FILES.data for term in iris(quad) if term.startswith(AIGOV)}
    for path in PROJECT.query_files:
        written = re.findall(rf"(?:\baigov:|<{AIGOV})(\w+)", path.read_text(encoding="utf-8"))
        used |= {URIRef(AIGOV + name) for name in written}
    assert curies(used - TERMS) == set()


def iris(quad):
    return [term.value for term in (quad.subject, quad.predicate, quad.object) if isinstance(term, NamedNode)]


# Alignment and profile


def test_axioms_name_checked_terms_of_other_vocabularies_only():
    checked = {
        PREFIXES.expand(f"{prefix}:{name}").value for prefix, names in CHECKED_TERMS.items() for name in names.split()
    }
    axioms = (RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range, OWL.equivalentClass, OWL.equivalentProperty)
    named = {
        str(value)
        for axiom in axioms
        for value in GRAPH.objects(None, axiom)
        if isinstance(value, URIRef) and not str(value).startswith((AIGOV, str(rdflib.XSD)))
    }
    assert named == checked


def test_the_ontology_is_in_owl_2_rl():
    assert outside_rl(GRAPH) == []


@pytest.mark.parametrize(
    "axiom",
    [
        "e:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty e:p ; owl:someValuesFrom e:B ]",
        "e:A rdfs:subClassOf [ a owl:Class ; owl:unionOf ( e:B e:C ) ]",
        "e:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty e:p ; owl:maxCardinality 2 ]",
        "e:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty e:p ; owl:minCardinality 1 ]",
        "e:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty e:p ; owl:hasSelf true ]",
        "[ a owl:Restriction ; owl:onProperty e:p ; owl:allValuesFrom e:B ] rdfs:subClassOf e:A",
        "[ a owl:Class ; owl:complementOf e:B ] rdfs:subClassOf e:A",
        "owl:Thing rdfs:subClassOf e:A",
        "e:A owl:equivalentClass [ a owl:Class ; owl:unionOf ( e:B e:C ) ]",
        "e:A owl:equivalentClass [ a owl:Restriction ; owl:onProperty e:p ; owl:someValuesFrom e:B ]",
        "e:A owl:disjointUnionOf ( e:B e:C )",
        "e:p rdfs:domain [ a owl:Class ; owl:unionOf ( e:B e:C ) ]",
        "e:p a owl:ReflexiveProperty",
        "e:p owl:propertyChainAxiom ( e:q [ owl:inverseOf e:p ] )",
        "e:d a owl:DatatypeProperty ; rdfs:range xsd:date",
        "e:d a owl:DatatypeProperty, owl:TransitiveProperty",
        "[ a owl:AllDisjointClasses ; owl:members ( e:A [ a owl:Class ; owl:complementOf e:B ] ) ]",
    ],
)
def test_an_axiom_outside_owl_2_rl_is_found(axiom):
    assert outside_rl(axioms(axiom)) != []


@pytest.mark.parametrize(
    "axiom",
    [
        "[ a owl:Restriction ; owl:onProperty e:p ; owl:someValuesFrom e:B ] rdfs:subClassOf e:A",
        "[ a owl:Class ; owl:unionOf ( e:B e:C ) ] rdfs:subClassOf e:A",
        "e:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty e:p ; owl:allValuesFrom e:B ]",
        "e:A rdfs:subClassOf [ a owl:Restriction ; owl:onProperty e:p ; owl:maxCardinality 1 ]",
        "e:A rdfs:subClassOf [ a owl:Class ; owl:complementOf e:B ]",
        "e:A owl:equivalentClass [ a owl:Restriction ; owl:onProperty e:p ; owl:hasValue e:b ]",
        "e:A owl:hasKey ( e:p )",
        "e:p owl:propertyChainAxiom ( e:q e:p )",
        "e:p a owl:AsymmetricProperty, owl:IrreflexiveProperty",
        "e:d a owl:DatatypeProperty, owl:FunctionalProperty ; rdfs:range xsd:integer",
    ],
)
def test_an_axiom_of_owl_2_rl_passes(axiom):
    assert outside_rl(axioms(axiom)) == []


def axioms(turtle):
    prefixes = f"@prefix e: <urn:e:> . @prefix owl: <{OWL}> . @prefix rdfs: <{RDFS}> . @prefix xsd: <{rdflib.XSD}> ."
    return rdflib.Graph().parse(data=f"{prefixes} {turtle} .", format="turtle")


# Reasoning over the facts


def test_ontology_and_facts_are_consistent(closure):
    assert closure.inconsistencies == ()


@pytest.mark.parametrize(
    "fact",
    [
        "id:world-internet-conference aigov:locatedIn id:china",
        "id:recommendation-conduct-risk-assessments aigov:statedBy id:china",
        "id:recommendation-oppose-illegal-activities aigov:statedBy id:cyberspace-administration-of-china",
        "id:bletchley-declaration aigov:signedAt id:ai-safety-summit",
        "id:global-ai-governance-initiative aigov:announcedAt id:belt-and-road-forum-3",
        "id:all-countries aigov:calledOnBy id:china",
        "id:op-ed-author aigov:affiliatedWith id:pakistan-research-center",
        "id:government-of-the-united-states aigov:dialoguePartner id:government-of-china",
        "id:traditional-sectors aigov:hasPart id:medicine",
        "id:ai-safety-summit rdf:type aigov:Event",
        "id:bletchley-declaration rdf:type gist:Agreement",
    ]
    + [f"id:{name} rdf:type aigov:Initiator" for name in ("alibaba-group", "cncert", "cnnic", "gsma", "tencent")],
)
def test_reasoning_adds_what_a_user_would_ask_for(fact, closure):
    assert Triple(*(PREFIXES.expand(term) for term in fact.split())) in closure.inferred


@pytest.mark.parametrize(
    "fact",
    [
        "id:tencent rdf:type aigov:City",
        "id:privacy rdf:type aigov:Event",
        "id:xi-jinping aigov:seatedIn id:beijing",
        "id:beijing aigov:proposedBy id:china",
        "id:belt-and-road-forum-3 aigov:partOfSeries id:tencent",
        "id:global-ai-governance-initiative aigov:elaboratesOn id:global-ai-governance-initiative",
    ],
)
def test_a_fact_that_cannot_be_is_a_contradiction(fact):
    added = Quad(*(PREFIXES.expand(term) for term in fact.split()), SOURCES)
    assert close((*FILES.quads, added)).inconsistencies


# The facts themselves


def test_every_entity_has_a_class_and_a_label():
    entities = {term for quad in FILES.data for term in iris(quad) if term.startswith(ID)}
    described = {
        predicate: {quad.subject.value for quad in FILES.data if quad.predicate.value == str(predicate)}
        for predicate in (RDF.type, RDFS.label)
    }
    assert curies(entities - described[RDF.type]) == set()
    assert curies(entities - described[RDFS.label]) == set()


def test_links_are_about_entities_of_the_graph():
    assert curies({quad.subject.value for quad in FILES.links} - {quad.subject.value for quad in FILES.data}) == set()


def test_every_entity_is_connected_with_the_others():
    """By statements between entities, in either direction, or by a passage that speaks of both."""
    near = {}
    for quad in FILES.data:
        if quad.graph_name != SOURCES:
            terms = [term for term in (*iris(quad), quad.graph_name.value) if not term.startswith(AIGOV)]
            for term in terms:
                near.setdefault(term, set()).update(terms)
    reached, front = set(), {ID + "global-ai-governance-initiative"}
    while front:
        reached |= front
        front = {term for node in front for term in near[node]} - reached
    assert curies(term for term in near if term.startswith(ID) and term not in reached) == set()


def test_literals_survive_the_store():
    """Oxigraph rewrites some, as xsd:int to xsd:integer; ours mean the same before and after."""
    store = Store()
    store.extend(FILES.quads)
    assert set(store) == set(FILES.quads)


def test_there_are_no_blank_nodes_among_the_facts():
    assert all(isinstance(term, NamedNode | Literal) for quad in (*FILES.data, *FILES.links) for term in quad.triple)


def test_every_graph_with_facts_is_a_passage_or_a_record():
    graphs = {quad.graph_name.value for quad in FILES.data} - {SOURCES.value}
    assert curies(graphs - instances("Passage") - instances("Record")) == set()


def instances(name):
    return {q.subject.value for q in FILES.data if q.predicate == RDF_TYPE and q.object.value == AIGOV + name}


def numbers(name):
    return {q.subject.value: int(q.object.value) for q in FILES.data if q.predicate.value.endswith(f"#{name}")}


def test_both_texts_are_covered_sentence_by_sentence():
    paragraphs, sentences = numbers("paragraph"), numbers("sentence")
    covered = {(paragraphs[passage], sentences[passage]) for passage in instances("Passage")}
    assert len(covered) == 30
    assert {paragraph for paragraph, _ in covered} == set(range(1, 19))
    # No sentence is left out between two others.
    assert all(sentence == 1 or (paragraph, sentence - 1) in covered for paragraph, sentence in covered)


def test_passages_follow_each_other_without_overlap():
    start, end = numbers("start"), numbers("end")
    extents = sorted((start[selector], end[selector]) for selector in start)
    assert len(extents) == len(instances("Passage"))
    assert all(first[1] <= second[0] for first, second in pairwise(extents))
