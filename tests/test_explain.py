"""Proofs: every inferred fact has one, each of its steps follows by its rule, and it ends at what was read."""

import json
from pathlib import Path

import owlrl
import pytest
import rdflib
from hypothesis import given
from pyoxigraph import BlankNode, Literal, NamedNode, Quad
from rdflib import PROV, RDF
from rdflib.collection import Collection
from rdflib.util import from_n3
from search import examples
from small_project import AIGOV, ID, NOTE, run_kg
from test_reason import GRAPHS, quads

import kg
from kg.files.project import find_project
from kg.files.reading import read_project
from kg.reasoning.closure import BUILT_IN, close
from kg.reasoning.explain import Explainer
from kg.reasoning.rule_table import SAME_AS
from kg.render.proof import as_triples
from kg.store.embedded import EmbeddedStore

ROOT = Path(__file__).parent.parent
GRAPH_NAME = NamedNode("https://e.example/graph")


def follows(step, structure):
    """Tell whether the reference concludes a step of a proof from its premises and what its blank nodes mean."""
    graph = rdflib.Graph()
    premises = [premise.triple for premise in step.premises if not isinstance(premise.triple[0], Literal)]
    for triple in (*premises, *structure):
        graph.add(tuple(map(rdflib_term, triple)))
    for property_, value in list(graph.subject_objects(rdflib.OWL.hasKey)):
        # The reference ignores the last property of a key (kg.reasoning.closure): it is given twice.
        keys = list(Collection(graph, value))
        graph.set((property_, rdflib.OWL.hasKey, Collection(graph, rdflib.BNode(), [*keys, keys[-1]]).uri))
    owlrl.OWLRL_Semantics(graph, axioms=False, daxioms=False).closure()
    return tuple(map(rdflib_term, step.triple)) in graph


def rdflib_term(term):
    """Return a term as rdflib's, with an IRI in the place of a blank node."""
    return rdflib.URIRef(f"urn:blank:{term.value}") if isinstance(term, BlankNode) else from_n3(str(term))


def structure_of(asserted):
    """Return what is said of the blank nodes of axioms: lists and class expressions, and what their members are.

    A member of a list that is the same as another thing may stand in a step under either name.
    """
    named = {q.object for q in asserted if isinstance(q.subject, BlankNode)}
    same = [q for q in asserted if q.predicate == SAME_AS and {q.subject, q.object} & named]
    said = [q for q in asserted if isinstance(q.subject, BlankNode)]
    return [(q.subject, q.predicate, q.object) for q in (*said, *same)]


def test_every_inferred_fact_of_the_shipped_graph_is_explained():
    project = find_project(ROOT)
    files = read_project(project)
    inferred = close(files.quads).inferred
    store = EmbeddedStore.in_memory(files.quads, inferred)
    quads = set(files.quads)
    asserted = {quad.triple for quad in quads}
    explainer = Explainer(store)
    steps = {}
    for triple in inferred:
        proof = explainer.explain((triple.subject, triple.predicate, triple.object))
        assert proof is not None, triple
        assert proof.triple == (triple.subject, triple.predicate, triple.object)
        for step in proof.steps():
            steps[step.rule, step.triple] = step
        for leaf in proof.leaves():
            assert leaf.graphs, leaf
            assert all(Quad(*leaf.triple, graph) in quads for graph in leaf.graphs)
    assert len(inferred) > 1000
    assert asserted.isdisjoint(inferred)
    structure = structure_of(files.ontology)
    # What a rule concludes does not depend on our names: of steps that differ in these alone, one is checked.
    different = {step if _uses_structure(step) else _without_names(step): step for step in steps.values()}
    wrong = [step for step in different.values() if not follows(step, structure if _uses_structure(step) else ())]
    assert wrong == []


def _without_names(step):
    """Return a step with numbers in the place of the IRIs that are not of the vocabulary of RDF and OWL."""
    numbers = {}

    def numbered(term):
        if not isinstance(term, NamedNode) or term.value.startswith(BUILT_IN):
            return term
        return numbers.setdefault(term, len(numbers))

    return step.rule.name, tuple(tuple(map(numbered, part.triple)) for part in (step, *step.premises))


def _uses_structure(step):
    return any(isinstance(term, BlankNode) for part in (step, *step.premises) for term in part.triple)


@given(GRAPHS)
@examples(20)
def test_every_inferred_fact_of_any_graph_is_explained(turtle):
    asserted = [Quad(*quad.triple, GRAPH_NAME) for quad in quads(turtle)]
    inferred = close(asserted).inferred
    explainer = Explainer(EmbeddedStore.in_memory(asserted, inferred))
    structure = structure_of(asserted)
    for triple in inferred:
        proof = explainer.explain((triple.subject, triple.predicate, triple.object))
        assert proof is not None, triple
        assert all(leaf.graphs == (GRAPH_NAME,) for leaf in proof.leaves())
    for triple in inferred[:3]:
        for step in explainer.explain((triple.subject, triple.predicate, triple.object)).steps():
            assert not step.premises or follows(step, structure)


def test_a_proof_tree_ends_at_passages(folder):
    done = run_kg(folder, "explain", "RC", "locatedIn", "sweden", COLUMNS="100")
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "River Council · located in · Sweden",
        "prp-trp: transitive property",
        "├── located in · is a · owl:TransitiveProperty [1]",
        "├── River Council · located in · Lund",
        "│   prp-spo1: the one property implies the other",
        "│   ├── seated in · rdfs:subPropertyOf · located in [1]",
        "│   └── River Council · seated in · Lund [2]",
        "└── Lund · located in · Sweden [3]",
        "",
        "[1] <https://w3id.org/aigov-kg/ontology>",
        "[2] reported fact: A note on rivers, paragraph 1, sentence 1 (note:p1s1)",
        "[3] author's opinion: A note on rivers, paragraph 2, sentence 2 (note:p2s2)",
    ]


def test_an_asserted_fact_is_explained_by_its_passage(folder):
    done = run_kg(folder, "explain", "id:river-council", "aigov:seatedIn", "Lund", COLUMNS="100")
    assert done.stdout.splitlines() == [
        "River Council · seated in · Lund [1]",
        "",
        "[1] reported fact: A note on rivers, paragraph 1, sentence 1 (note:p1s1)",
    ]


def test_what_does_not_hold_is_answered_with_what_does(folder):
    done = run_kg(folder, "explain", "Sweden", "located in", "Lund")
    assert done.returncode == 1
    assert done.stdout.splitlines()[0] == "This does not hold: Sweden · located in · Lund"
    assert "  Lund · located in · Sweden" in done.stdout.splitlines()
    assert run_kg(folder, "explain", "RC", "members", "12").returncode == 0
    assert run_kg(folder, "explain", "RC", "a", "aigov:City").returncode == 1


@pytest.mark.parametrize("words", [("Swedn", "locatedIn", "lund"), ("RC", "lokatedIn", "lund"), ("RC", "members", "x")])
def test_an_unknown_name_is_told(folder, words):
    done = run_kg(folder, "explain", *words)
    assert done.returncode == 2
    assert "is named" in done.stderr


def test_a_proof_as_json(folder):
    record = json.loads(run_kg(folder, "explain", "RC", "locatedIn", "sweden", "-f", "json").stdout)
    (proof,) = record["proofs"]
    assert proof["rule"]["name"] == "prp-trp"
    assert proof["object"] == {"type": "uri", "value": ID + "sweden"}
    axiom, first, second = proof["premises"]
    assert axiom["predicate"]["value"].endswith("type")
    assert first["rule"]["name"] == "prp-spo1"
    assert second["asserted_in"] == [NOTE + "p2s2"]
    assert record["evidence"][NOTE + "p2s2"]["status"] == AIGOV + "authorsOpinion"


def test_a_proof_as_provenance(folder, tmp_path):
    path = tmp_path / "proof.ttl"
    assert run_kg(folder, "explain", "RC", "locatedIn", "sweden", "-o", str(path)).returncode == 0
    graph = rdflib.Graph().parse(path)
    (statement,) = set(graph.subjects(RDF.object, rdflib.URIRef(ID + "sweden"))) & set(
        graph.subjects(PROV.wasGeneratedBy, None)
    )
    (step,) = graph.objects(statement, PROV.wasGeneratedBy)
    assert str(graph.value(step, rdflib.RDFS.label)) == "prp-trp"
    premises = set(graph.objects(step, PROV.used))
    assert premises == set(graph.objects(statement, PROV.wasDerivedFrom))
    assert len(premises) == 3
    assert rdflib.URIRef(NOTE + "p2s2") in {s for p in premises for s in graph.objects(p, PROV.hadPrimarySource)}


def test_all_ways_come_shortest_first(tmp_path):
    # The fact is asserted, follows by symmetry, and by two circles of inverse properties.
    asserted = [
        Quad(*quad.triple, GRAPH_NAME)
        for quad in quads(
            ":p a owl:SymmetricProperty ; owl:inverseOf :q . :q owl:inverseOf :p . :a :p :b . :b :p :a . :a :q :b ."
        )
    ]
    explainer = Explainer(EmbeddedStore.in_memory(asserted, close(asserted).inferred))
    (fact,) = quads(":a :p :b .")
    proofs = explainer.explain_in_all_ways((fact.subject, fact.predicate, fact.object))
    assert [proof.rule.name if proof.rule else "asserted" for proof in proofs][:2] == ["asserted", "prp-symp"]
    lengths = [sum(1 for _ in proof.steps()) for proof in proofs]
    assert lengths == sorted(lengths)
    for proof in proofs:
        assert all(leaf.graphs for leaf in proof.leaves())


def explained(turtle, fact):
    asserted = [Quad(*quad.triple, GRAPH_NAME) for quad in quads(turtle)]
    explainer = Explainer(EmbeddedStore.in_memory(asserted, close(asserted).inferred))
    (quad,) = quads(fact)
    return explainer.explain((quad.subject, quad.predicate, quad.object))


@pytest.mark.parametrize(("length", "levels"), [(2, 1), (4, 2), (8, 3), (16, 4), (20, 5)])
def test_a_proof_has_as_few_levels_as_there_can_be(length, levels):
    chain = "".join(f":n{n} :p :n{n + 1} ." for n in range(length))
    assert explained(f":p a owl:TransitiveProperty . {chain}", f":n0 :p :n{length} .").levels == levels


def test_a_proof_may_be_deep():
    inverses = "".join(f":p{n + 1} owl:inverseOf :p{n} ." for n in range(30))
    assert explained(f"{inverses} :a :p0 :b .", ":a :p30 :b .").levels == 30


def test_a_fact_is_explained_where_the_first_ways_lead_nowhere():
    asserted = [
        Quad(*quad.triple, GRAPH_NAME) for quad in quads("".join(f":n{n} owl:sameAs :n{n + 1} ." for n in range(8)))
    ]
    store = EmbeddedStore.in_memory(asserted, close(asserted).inferred)
    for triple in close(asserted).inferred:
        proof = Explainer(store, widest=1).explain((triple.subject, triple.predicate, triple.object))
        assert all(leaf.graphs == (GRAPH_NAME,) for leaf in proof.leaves())
    same = asserted[0].predicate
    assert Explainer(store, widest=1).explain((asserted[0].subject, same, NamedNode("https://e.example/m"))) is None


def test_all_ways_are_in_the_provenance():
    asserted = [
        Quad(*quad.triple, GRAPH_NAME)
        for quad in quads(":p a owl:SymmetricProperty . :q rdfs:subPropertyOf :p . :a :q :b . :b :p :a .")
    ]
    explainer = Explainer(EmbeddedStore.in_memory(asserted, close(asserted).inferred))
    (fact,) = quads(":a :p :b .")
    proofs = explainer.explain_in_all_ways((fact.subject, fact.predicate, fact.object))
    triples = as_triples(proofs)
    labels = {triple.object.value for triple in triples if triple.predicate.value == str(rdflib.RDFS.label)}
    assert labels == {"prp-symp", "prp-spo1"}
    assert len(triples) == len(set(triples))
    assert sum(triple.predicate.value == str(PROV.wasGeneratedBy) for triple in triples) == 2


def test_a_class_expression_is_written_in_words(tmp_path):
    asserted = [
        Quad(*quad.triple, GRAPH_NAME)
        for quad in quads(
            ":Seated owl:equivalentClass [ owl:intersectionOf ( :Body _:inCity ) ] ."
            " _:inCity owl:onProperty :in ; owl:someValuesFrom :City . :a a :Body ; :in :b . :b a :City ."
        )
    ]
    explainer = Explainer(EmbeddedStore.in_memory(asserted, close(asserted).inferred))
    (fact,) = quads(":a a :Seated .")
    proof = explainer.explain((fact.subject, fact.predicate, fact.object))
    assert {step.rule.name for step in proof.steps()} >= {"cls-int1", "cls-svf1"}
    names = kg.open(ROOT).names(explainer)
    sentences = {names.sentence(step.triple) for step in proof.steps()}
    assert any("some <https://e.example/City>" in sentence for sentence in sentences)


def test_the_rows_of_a_query_are_explained(folder):
    text = "SELECT ?x ?place { ?x aigov:locatedIn ?place . ?x a aigov:Organization }"
    done = run_kg(folder, "query", "text", text, "--explain")
    assert "id:river-council · id:sweden" in done.stdout
    assert "prp-trp: transitive property" in done.stdout
    record = json.loads(run_kg(folder, "query", "text", text, "--explain", "-f", "json").stdout)
    by_place = {row["row"]["place"]["value"]: row["proofs"] for row in record["rows"]}
    assert by_place.keys() == {ID + "lund", ID + "sweden"}
    assert by_place[ID + "sweden"][0]["rule"]["name"] == "prp-trp"
    refused = run_kg(folder, "query", "text", text, "--explain", "-f", "csv")
    assert refused.returncode == 2
    assert "the formats are table (.txt), json (.json .srj)" in refused.stderr


def test_an_inferred_answer_is_cited_down_to_its_passages(folder):
    text = "SELECT ?place { id:river-council aigov:locatedIn ?place }"
    done = run_kg(folder, "query", "text", text, "--cite", "-f", "json")
    rows = {
        row["place"]["value"]: row["evidence"]["value"].split()
        for row in json.loads(done.stdout)["results"]["bindings"]
    }
    assert rows == {ID + "lund": [NOTE + "p1s1"], ID + "sweden": [NOTE + "p1s1", NOTE + "p2s2"]}


def test_explaining_from_python(graph):
    proof = graph.explain("RC", "locatedIn", "sweden")
    assert [leaf.graphs[0].value.rpartition("#")[2] for leaf in proof.leaves() if "source" in leaf.graphs[0].value] == [
        "p1s1",
        "p2s2",
    ]
    assert graph.explain("sweden", "locatedIn", "lund") is None
