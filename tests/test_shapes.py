"""The shapes: each class has one, and each kind of fault is caught by the constraint that is meant for it."""

from dataclasses import dataclass, replace
from pathlib import Path

import pyshacl
import pytest
import rdflib
from pyoxigraph import Quad, RdfFormat, parse
from rdflib import OWL, RDF, RDFS, SH
from small_project import AIGOV

from kg.files.project import find_project
from kg.files.reading import read_project
from kg.rdf.terms import Prefixes
from kg.reasoning.closure import Closure, close
from kg.validation.report import validate_files

OA = rdflib.Namespace("http://www.w3.org/ns/oa#")
PROJECT = find_project(Path(__file__).parent.parent)
FILES = read_project(PROJECT)
PREFIXES = Prefixes(FILES.prefixes | {"rdf": str(RDF), "sh": str(SH)})
TURTLE_PREFIXES = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in PREFIXES.namespaces.items())


@dataclass(frozen=True)
class Mutant:
    """One fault in the description of one node.

    An entity is copied, with all that is said of it and all that refers to it, and the copy gets the fault; evidence
    and sources, of which there are many, get it in place. `fault` is `- property` (drop its values), `+ property value`
    (add one), `= property value` (put it in place of all others), or `@ name` (rename). `caught_by` is the path (or
    the shape) and the constraint of every finding that it must cause; `focus` the node that is found faulty, where it
    is another one.
    """

    node: str
    fault: str
    caught_by: str
    focus: str = ""


MUTANTS = [
    # What all entities share
    Mutant("id:tencent", "@ id:Tencent_2", "Named Pattern"),
    Mutant("id:tencent", '= rdfs:label "腾讯"@zh', "rdfs:label QualifiedMinCount"),
    Mutant("id:tencent", '+ rdfs:label "Tencent Holdings"@en', "rdfs:label QualifiedMaxCount, rdfs:label UniqueLang"),
    Mutant("id:tencent", '+ rdfs:label "腾讯"@zh', "rdfs:label UniqueLang"),
    Mutant("id:gsma", '+ rdfs:label "Association mondiale"@fr', "rdfs:label LanguageIn, rdfs:label Or"),
    Mutant("id:gsma", '+ rdfs:label "GSMA"', "rdfs:label Datatype, rdfs:label LanguageIn, rdfs:label Or"),
    Mutant("id:gsma", '= rdfs:label "世界"@en', "rdfs:label Or"),
    Mutant("id:gsma", '+ rdfs:label "Quanqiu"@zh', "rdfs:label Or"),
    Mutant("id:gsma", '= rdfs:label "GSM Association "@en', "rdfs:label Pattern"),
    Mutant(
        "id:gsma", '+ skos:altLabel "Global System for Mobile Communication Association"@en', "skos:altLabel Disjoint"
    ),
    Mutant("id:gsma", '+ skos:altLabel "GSM"', "skos:altLabel Datatype, skos:altLabel LanguageIn, skos:altLabel Or"),
    Mutant("id:gsma", '+ skos:altLabel " "@en', "skos:altLabel Pattern"),
    Mutant("id:gsma", '+ skos:altLabel "Xiehui"@zh', "skos:altLabel Or"),
    Mutant("id:gsma", '+ skos:altLabel "协会"@en', "skos:altLabel Or"),
    Mutant("id:gsma", '= rdf:type "Company"', "KnownClass Or", '<"Company">'),
    Mutant("id:gsma", "= rdf:type schema:Organization", "KnownClass Or", "schema:Organization"),
    Mutant("id:red-teaming", '= dcterms:description ""@en', "dcterms:description Pattern"),
    Mutant("id:red-teaming", '+ dcterms:description "Another."@en', "dcterms:description MaxCount"),
    Mutant("id:red-teaming", '= dcterms:description "红队测试"@zh', "dcterms:description LanguageIn"),
    Mutant("id:gsma", "- rdf:type", "rdf:type MinCount"),
    Mutant("id:gsma", "= rdf:type aigov:Organization", "rdf:type Not"),
    Mutant("id:gsma", "+ rdf:type aigov:Initiator", "rdf:type Not"),
    Mutant("id:gsma", "= rdf:type aigov:Asociation", "KnownClass Or", "aigov:Asociation"),
    Mutant("id:gsma", '+ skos:exactMatch "Q865811"', "NodeKind"),
    # Agents and places
    Mutant("id:gsma", "+ aigov:governs id:china", "aigov:governs Closed"),
    Mutant("id:china", "+ aigov:proposedBy id:global-ai-governance-initiative", "aigov:proposedBy Closed"),
    Mutant("id:world-internet-conference", "= aigov:seatedIn id:tencent", "aigov:seatedIn Class"),
    Mutant("id:world-internet-conference", "= aigov:initiatedBy id:beijing", "aigov:initiatedBy Class"),
    Mutant("id:world-internet-conference", '= aigov:establishedOn "2022"^^xsd:gYear', "aigov:establishedOn Datatype"),
    Mutant("id:cyberspace-administration-of-china", "- aigov:country", "aigov:country MinCount"),
    Mutant("id:cnnic", '= rdfs:label "China Internet Network Information Center"@en', "ChineseName Or"),
    Mutant("id:government-of-china", "- aigov:governs", "aigov:governs MinCount"),
    Mutant("id:government-of-china", "+ aigov:governs id:pakistan", "aigov:governs MaxCount"),
    Mutant("id:op-ed-author", "= aigov:holdsPost id:pakistan-research-center", "aigov:holdsPost Class"),
    Mutant("id:op-ed-author", '+ aigov:birthDate "1970-01-01"^^xsd:date', "aigov:birthDate Closed"),
    Mutant("id:executive-director", "= aigov:postIn id:islamabad", "aigov:postIn Class"),
    Mutant("id:china", '= aigov:isoCode "chn"', "aigov:isoCode Pattern"),
    Mutant("id:china", "- aigov:isoCode", "aigov:isoCode MinCount"),
    Mutant("id:china", '+ aigov:isoCode "US"', "aigov:isoCode MaxCount"),
    Mutant("id:beijing", "= aigov:locatedIn id:alibaba-group", "aigov:locatedIn Class"),
    # Concepts
    Mutant("id:education", "= aigov:partOf id:tencent", "aigov:partOf Class"),
    Mutant("id:us-dollar", '= aigov:currencyCode "$"', "aigov:currencyCode Pattern"),
    Mutant("id:us-dollar", "- aigov:currencyCode", "aigov:currencyCode MinCount"),
    Mutant("id:privacy", "+ aigov:operatedBy id:china", "aigov:operatedBy Closed"),
    Mutant("id:filing-of-ai-models", "= aigov:operatedBy id:red-lines", "aigov:operatedBy Class"),
    Mutant("id:supervision-of-ai-in-china", "= aigov:guidedBy id:china", "aigov:guidedBy Class"),
    Mutant("id:rapid-evolution-of-ai-technology", "+ aigov:hinders id:innovation", "CauseOrEffect Class"),
    Mutant("id:technological-monopolies", "= aigov:hinders id:nobody-1", "rdf:type MinCount", "id:nobody-1"),
    Mutant("id:goal-global-inclusivity", "+ aigov:addresses id:privacy", "aigov:addresses Class"),
    # Instruments and provisions
    Mutant("id:global-ai-governance-initiative", "- aigov:proposedBy", "aigov:proposedBy MinCount"),
    Mutant("id:global-ai-governance-initiative", "= aigov:proposedBy id:privacy", "aigov:proposedBy Class"),
    Mutant("id:global-ai-governance-initiative", "+ aigov:signedAt id:ai-safety-summit", "aigov:signedAt Closed"),
    Mutant("id:global-ai-governance-initiative", "+ aigov:hasGoal id:people-centered-approach", "aigov:hasGoal Class"),
    Mutant("id:statement-of-the-cyberspace-administration", "- aigov:issuedBy", "aigov:issuedBy MinCount"),
    Mutant(
        "id:statement-of-the-cyberspace-administration",
        '= aigov:issuedBy "CAC"',
        "aigov:issuedBy Class, aigov:issuedBy NodeKind",
    ),
    Mutant("id:bletchley-declaration", "= aigov:concerns id:nobody-2", "rdf:type MinCount", "id:nobody-2"),
    Mutant("id:recommendation-conduct-risk-assessments", "= aigov:callsFor id:all-countries", "aigov:callsFor Class"),
    Mutant("id:recommendation-share-best-practices", "+ aigov:committedBy id:china", "aigov:committedBy Closed"),
    Mutant("id:commitment-frontier-ai-safety", "- aigov:committedBy", "aigov:committedBy MinCount"),
    # Events
    Mutant("id:belt-and-road-forum-3", "= aigov:editionNumber 0", "aigov:editionNumber MinInclusive"),
    Mutant("id:belt-and-road-forum-3", "+ aigov:editionNumber 4", "aigov:editionNumber MaxCount"),
    Mutant(
        "id:belt-and-road-forum-3",
        '= aigov:editionNumber "third"@en',
        "aigov:editionNumber Datatype, aigov:editionNumber MinInclusive",
    ),
    Mutant("id:ai-safety-summit", '= aigov:endDate "2023-10-30"^^xsd:date', "aigov:startDate LessThanOrEquals"),
    Mutant(
        "id:ai-safety-summit",
        '= aigov:startDate "1 November"',
        "aigov:startDate Datatype, aigov:startDate LessThanOrEquals",
    ),
    Mutant("id:ai-safety-summit", '+ aigov:inMonth "November"', "aigov:inMonth Or, aigov:inMonth Pattern"),
    Mutant("id:china-us-government-talks-on-ai", "- aigov:participant", "aigov:participant MinCount"),
    Mutant("id:signing-of-the-bletchley-declaration", "- aigov:signs", "aigov:signs MinCount"),
    Mutant(
        "id:signing-of-the-bletchley-declaration",
        "+ aigov:signs id:global-ai-governance-initiative",
        "aigov:signs MaxCount",
    ),
    Mutant(
        "id:signing-of-the-bletchley-declaration",
        "= aigov:partOfEvent id:belt-and-road-forum",
        "aigov:partOfEvent Class",
    ),
    Mutant(
        "id:signing-of-the-bletchley-declaration",
        "+ aigov:announces id:bletchley-declaration",
        "aigov:announces Closed",
    ),
    Mutant("id:announcement-of-the-initiative", "= aigov:heldIn id:belt-and-road-forum-3", "aigov:heldIn Class"),
    Mutant("id:keynote-of-xi-jinping", "= aigov:deliveredBy id:china", "aigov:deliveredBy Class"),
    # Claims, positions, observations
    Mutant("id:assessment-guiding-light", "- aigov:claimedBy", "aigov:claimedBy MinCount"),
    Mutant("id:assessment-guiding-light", "- aigov:judgement", "aigov:judgement MinCount"),
    Mutant("id:assessment-guiding-light", "= aigov:about id:nobody-3", "rdf:type MinCount", "id:nobody-3"),
    Mutant("id:projection-digital-industries", '+ aigov:judgement "Also this."@en', "aigov:judgement MaxCount"),
    Mutant("id:position-beijing-for-cooperation", "= aigov:stance aigov:undecided", "aigov:stance Class"),
    Mutant("id:position-beijing-for-cooperation", "+ aigov:stance aigov:against", "aigov:stance MaxCount"),
    Mutant("id:position-beijing-for-cooperation", "- aigov:towards", "aigov:towards MinCount"),
    Mutant("id:position-beijing-for-cooperation", "- aigov:positionOf", "aigov:positionOf MinCount"),
    Mutant("id:count-ai-models-being-filed", "= aigov:value -10", "aigov:value MinInclusive"),
    Mutant("id:count-ai-models-being-filed", "- aigov:value", "Quantity Xone"),
    Mutant("id:count-ai-models-being-filed", "+ aigov:lowerBound 9", "Quantity Xone, aigov:boundIsStrict MinCount"),
    Mutant("id:count-ai-models-being-filed", "- aigov:indicator", "aigov:indicator MinCount"),
    Mutant("id:count-filed-ai-models", "- aigov:boundIsStrict", "aigov:boundIsStrict MinCount"),
    Mutant("id:count-filed-ai-models", "+ aigov:rank 1", "aigov:rank Closed"),
    Mutant("id:estimate-china-core-ai-industry", "- aigov:currency", "aigov:currency MinCount"),
    Mutant(
        "id:estimate-china-core-ai-industry",
        '= aigov:lowerBound "68 billion"',
        "aigov:lowerBound MinInclusive, aigov:lowerBound Or",
    ),
    Mutant("id:ranking-china-ai-innovation", "= aigov:rank 0", "aigov:rank MinInclusive"),
    Mutant("id:ranking-china-ai-innovation", "- aigov:rank", "aigov:rank MinCount"),
    Mutant("id:ranking-china-ai-innovation", "= aigov:consecutiveYears 0", "aigov:consecutiveYears MinInclusive"),
    # Sources and evidence, in place
    Mutant("oped:p2s1", '= aigov:sha256 "1821C6"', "aigov:sha256 Pattern"),
    Mutant(
        "oped:p1s1a",
        '= aigov:sha256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"',
        "aigov:sha256 Not",
    ),
    Mutant("oped:p11s1b-position", "@ oped:P11S1B", "PassageParts SPARQL", "oped:p11s1b"),
    Mutant("oped:p2s2", "- aigov:speaker", "PassageSpeaker Or"),
    Mutant("oped:p3s2", "= aigov:status aigov:rumour", "aigov:status Class"),
    Mutant("oped:p4s1", "+ aigov:status aigov:background", "aigov:status MaxCount"),
    Mutant("oped:p5s1", "= aigov:paragraph 0", "PassageParts SPARQL, aigov:paragraph MinInclusive"),
    Mutant("oped:p5s2", "= aigov:sentence 3", "PassageParts SPARQL"),
    Mutant("oped:p6s1a", "= aigov:clause 2", "PassageParts SPARQL"),
    Mutant("oped:p7s1", "@ oped:P7S1", "PassageName Pattern, PassageParts SPARQL"),
    Mutant("oped:p8s1", "- dcterms:description", "dcterms:description MinCount"),
    Mutant("oped:p9s1", "- oa:hasSelector", "oa:hasSelector MinCount"),
    Mutant("oped:p10s1", "+ aigov:concerns id:privacy", "aigov:concerns Closed"),
    Mutant("oped:p10s2", "+ aigov:speaker id:red-teaming", "aigov:speaker Class"),
    Mutant("oped:p11s1a-position", "= oa:end 1", "oa:start LessThan"),
    Mutant("wic:p18s1-position", "= oa:start -1", "oa:start MinInclusive"),
    Mutant("oped:p14s1-position", '+ oa:exact "The text itself"', "oa:exact Closed"),
    Mutant("oped:p16s1", "= oa:hasSelector oped:p16s2-position", "MaxCount", "oped:p16s2-position"),
    Mutant("rec:geonames", "@ rec:GeoNames", "RecordName Pattern"),
    Mutant("rec:ror", "- aigov:inSource", "aigov:inSource MinCount"),
    Mutant("rec:akin-gaigi", "= aigov:inSource src:nobody", "aigov:inSource Class"),
    Mutant("src:country-codes", "- aigov:version", "aigov:version MinCount"),
    Mutant("src:cldr-territories", '= aigov:url "https://pypi.org/"', "aigov:url NodeKind"),
    Mutant("src:sesec-gaigi", "- aigov:retrievedOn", "SourceRead Or"),
    Mutant("src:ror", "@ src:ROR", "SourceName Pattern"),
    Mutant("src:euronews-talks", "- aigov:url", "aigov:url MinCount"),
    Mutant("src:wic-introduction", "- aigov:textSha256", "MinCount", "wic:p18s2"),
    Mutant("src:gaigi-op-ed", "- aigov:author", "aigov:author MinCount"),
    Mutant("aigov:background", "- skos:definition", "skos:definition MinCount"),
    Mutant("aigov:inFavour", "+ aigov:status aigov:background", "aigov:status Closed"),
]


def name_of(number, mutant):
    """The CURIE under which a mutant's node stands in the mutated graph."""
    if mutant.fault.startswith("@ "):
        return mutant.fault.removeprefix("@ ")
    return f"id:mutant-{number}" if mutant.node.startswith("id:") else mutant.node


def renamed(quad, old, new):
    subject, object_ = (new if term == old else term for term in (quad.subject, quad.object))
    return Quad(subject, quad.predicate, object_, quad.graph_name)


def mutated(quads):
    """All mutants side by side in one graph."""
    original, graph = set(quads), set(quads)
    for number, mutant in enumerate(MUTANTS):
        old, new = PREFIXES.expand(mutant.node), PREFIXES.expand(name_of(number, mutant))
        copied = mutant.node.startswith("id:")
        touched = {quad for quad in (original if copied else graph) if old in (quad.subject, quad.object)}
        if not copied:
            graph -= touched
        graph |= {renamed(quad, old, new) for quad in touched}
        kind, _, statement = mutant.fault.partition(" ")
        if kind in ("-", "="):
            predicate = PREFIXES.expand(statement.split()[0])
            dropped = {quad for quad in graph if quad.subject == new and quad.predicate == predicate}
            assert dropped, f"the fault {mutant.fault!r} changes nothing"
            graph -= dropped
        if kind in ("+", "="):
            evidence = next(quad.graph_name for quad in touched if quad.subject == old)
            text = f"{TURTLE_PREFIXES}{new} {statement} ."
            graph |= {Quad(*quad.triple, evidence) for quad in parse(text, RdfFormat.TURTLE)}
    return tuple(graph)


@pytest.fixture(scope="module")
def findings():
    """The findings about the graph of all mutants: focus node -> path, or else shape, and constraint of each."""
    report = validate_files(PROJECT, replace(FILES, ontology=(), links=(), data=mutated(FILES.quads)), Closure((), ()))
    found = {}
    for finding in report.findings:
        constraint = finding.component.rpartition("#")[2].removesuffix("ConstraintComponent")
        # The others are about graphs, and of no shape; and a copy is a namesake of the entity, fault or no fault.
        if constraint and not finding.source_shape.endswith("#namesake"):
            place = PREFIXES.shorten(finding.path) if finding.path else finding.source_shape.rpartition("#")[2]
            found.setdefault(PREFIXES.shorten(finding.focus_node), set()).add(f"{place} {constraint}".strip())
    return found


@pytest.fixture(scope="module")
def shapes():
    return union(PROJECT.shape_files)


@pytest.fixture(scope="module")
def ontology():
    return union(PROJECT.ontology_files)


def union(paths):
    graph = rdflib.Graph()
    for path in paths:
        graph.parse(path)
    return graph


@pytest.mark.parametrize(
    ("number", "mutant"), list(enumerate(MUTANTS)), ids=[f"{mutant.node} {mutant.fault}" for mutant in MUTANTS]
)
def test_a_fault_is_caught_by_the_constraint_that_is_meant_for_it(number, mutant, findings):
    focus = mutant.focus or name_of(number, mutant)
    assert ", ".join(sorted(findings.get(focus, ()))) == mutant.caught_by


def test_the_shipped_graph_conforms():
    assert validate_files(PROJECT, FILES, close(FILES.quads)).findings == ()


def test_every_class_with_instances_has_a_closed_shape(shapes, ontology):
    closed = {
        class_
        for shape in shapes.subjects(SH.closed, rdflib.Literal(True))
        for class_ in shapes.objects(shape, SH.targetClass)
    }
    classes = {rdflib.URIRef(quad.object.value) for quad in FILES.data if quad.predicate.value == str(RDF.type)}
    classes |= {rdflib.URIRef(AIGOV + name) for name in ("Stance", "Status")}
    wider = {class_: set(ontology.transitive_objects(class_, RDFS.subClassOf)) for class_ in classes}
    assert [class_ for class_ in classes if not wider[class_] & closed] == []


def test_targets_are_classes_of_the_ontology(shapes, ontology):
    unknown = set(shapes.objects(None, SH.targetClass)) - set(ontology.subjects(RDF.type, OWL.Class))
    assert unknown == {OA.TextPositionSelector}


def test_every_constraint_tells_the_curator_what_to_do(shapes):
    """Each shape that gives findings has one message, a sentence."""
    reported = set(shapes.objects(None, SH.property)) | set(shapes.objects(None, SH.sparql))
    reported |= {
        shape
        for shape in shapes.subjects(RDF.type, SH.NodeShape)
        if any(
            (shape, constraint, None) in shapes
            for constraint in (SH.closed, SH["or"], SH.xone, SH["class"], SH.pattern)
        )
    }
    # Shapes below sh:or, sh:xone, sh:not and sh:qualifiedValueShape only say yes or no.
    silent = {
        nested
        for head in (SH["or"], SH.xone, SH["not"], SH.qualifiedValueShape)
        for value in shapes.objects(None, head)
        for nested in shapes.transitive_objects(value, None)
    }
    assert [shape for shape in reported - silent if len(list(shapes.objects(shape, SH.message))) != 1] == []
    assert [text for text in shapes.objects(None, SH.message) if not text.strip().endswith(".")] == []


def test_the_shapes_are_well_formed(shapes):
    """They conform to the shapes of SHACL itself (SHACL, appendix C)."""
    pyshacl.validate(rdflib.Graph(), shacl_graph=shapes, meta_shacl=True)  # raises if not
