"""The graph from Python: opening it, rows and their attributes, errors."""

import subprocess
import sys
from datetime import date

import pytest
from pyoxigraph import NamedNode
from update_expected import ROOT

import kg
from kg.errors import InputError, KgError, OutsideError, UsageError


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return tmp_path_factory.mktemp("store")


@pytest.fixture(scope="module")
def g(store):
    return kg.open(ROOT, store=store)


def test_the_example_of_the_documentation_runs(g, store):
    """The first lines of the module's own documentation, in a process of their own."""
    example = "\n".join(line.strip() if line[4:5] != " " else line[4:] for line in kg.__doc__.splitlines()[2:7])
    environment = {"KG_PROJECT": str(ROOT), "KG_STORE": str(store), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", example], check=True, capture_output=True, text=True, env=environment)
    assert done.stdout.splitlines() == [row.initiator_label for row in g.query("initiators")]
    assert "Tencent" in done.stdout


def test_rows_have_attributes(g):
    rows = g.query("initiators")
    assert len(rows) == 6
    assert next(iter(rows)).initiator_label == rows[0].initiator_label == "Alibaba Group"
    assert rows[0].initiator == "https://w3id.org/aigov-kg/id/alibaba-group"
    assert rows[0].term("initiator") == NamedNode("https://w3id.org/aigov-kg/id/alibaba-group")


def test_rows_become_dicts(g):
    dicts = g.query("rankings").to_dicts()
    assert [(row["of_label"], row["rank"], row["consecutive_years"]) for row in dicts] == [
        ("China", 1, None),
        ("China", 2, 3),
    ]
    assert list(dicts[0]) == list(g.query("rankings").variables)


def test_arguments_may_be_text_dates_and_nodes(g):
    china = NamedNode("https://w3id.org/aigov-kg/id/china")
    assert g.query("located-in", place=china).terms == g.query("located-in", place="中国").terms
    assert g.query("timeline", to=date(2022, 12, 31)).terms == g.query("timeline", to="2022-12-31").terms


def test_a_column_that_is_not_there_is_told_with_those_that_are(g):
    row = g.query("initiators")[0]
    with pytest.raises(AttributeError, match="initiator_label"):
        _ = row.initiater


@pytest.mark.parametrize(
    ("query", "arguments", "message", "hint"),
    [
        ("initiatros", {}, "no query named 'initiatros'", "did you mean initiators"),
        ("initiators", {"organisation": "WIC"}, "has no parameter 'organisation'", "did you mean organization"),
        (
            "initiators",
            {"organization": "World Internet Conferense"},
            "nothing in the graph",
            "World Internet Conference",
        ),
        ("initiatives", {"place": "China"}, "has no parameter 'place'", "the query has no parameters"),
        ("related", {"a": "china"}, "needs a value for b", "kg query run related -p b=..."),
        ("timeline", {"to": "yesterday"}, "parameter to (date)", "2023-10-18"),
        ("sources-of", {"entity": "id:chyna"}, "the graph has no facts about id:chyna", "did you mean id:china"),
    ],
)
def test_errors_say_what_is_wrong_and_how_to_go_on(g, query, arguments, message, hint):
    with pytest.raises(UsageError) as caught:
        g.query(query, **arguments)
    assert message in caught.value.message
    assert hint in caught.value.hint


@pytest.mark.parametrize("word", ['"', "'''", '" } #', "\\u0022", "}\n", "<a:b>", "$word", "?thing"])
def test_a_hostile_word_is_looked_for_and_not_run(g, word):
    assert len(g.query("mentions", word=word)) == 0


def test_select_answers_in_the_form_of_the_query(g):
    assert g.select("ASK { id:china a aigov:Country }") is True
    assert g.select("SELECT ?o { id:china aigov:isoCode ?o }").to_dicts() == [{"o": "CN"}]
    (triple,) = g.select("CONSTRUCT { id:china a aigov:Place } WHERE { id:china a aigov:Place }")
    assert triple.subject.value.endswith("china")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("DELETE WHERE { ?s ?p ?o }", "SPARQL updates are not allowed"),
        ("SELECT * { SERVICE <http://localhost/> { ?s ?p ?o } }", "is not allowed"),
        ("SELECT * { ?s ?p }", "error"),
    ],
)
def test_select_refuses_what_is_no_query_of_the_graph(g, text, message):
    with pytest.raises(UsageError, match=message):
        g.select(text)


def test_a_folder_that_is_no_project(tmp_path):
    with pytest.raises(UsageError):
        kg.open(tmp_path)
    assert issubclass(InputError, KgError)


def test_importing_is_cheap():
    heavy = "import sys, kg; print(*({'rdflib', 'pyoxigraph', 'click', 'rich', 'owlrl'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", heavy], check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.split() == []


def test_an_answer_comes_with_what_supports_it(g):
    question = g.canned("located-in", place="China")
    plain, cited, explained = g.answer(question), g.answer(question, cite=True), g.answer(question, explain=True)
    assert (
        plain.result.terms == cited.result.terms == explained.result.terms == g.query("located-in", place="China").terms
    )
    assert plain.evidence is plain.proofs is None
    assert len(cited.evidence) == len(explained.proofs) == plain.total == len(plain.result)
    assert {graph for row in cited.evidence for graph in row.graphs} == cited.citations.keys()
    assert {graph for row in explained.proofs for proof in row for leaf in proof.leaves() for graph in leaf.graphs} == (
        explained.citations.keys()
    )
    assert b"evidence,citation\r\n" in g.write(cited, "csv")
    assert b"\n[1] " in g.write(cited, "table")
    assert b'"proofs"' in g.write(explained, "json")
    with pytest.raises(UsageError, match="cannot be written as csv"):
        g.write(explained, "csv")


def test_an_answer_is_limited_left_without_inference_or_given_up(g):
    question = "SELECT ?x ?y { ?x aigov:locatedIn ?y }"
    everything = g.answer(question)
    assert (len(g.answer(question, limit=2).result), g.answer(question, limit=2).total) == (2, everything.total)
    assert len(g.answer(question, limit=1, cite=True).evidence) == 1
    assert g.answer(question, asserted=True).total < everything.total
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o }"
    with pytest.raises(OutsideError, match="no answer within"):
        g.answer(endless, timeout=0.1)


def test_the_triples_of_an_answer_can_stand_in_the_graphs_that_assert_them(g):
    answer = g.answer("CONSTRUCT WHERE { id:china a aigov:Country }", cite=True)
    assert answer.quads
    assert len(g.write(answer, "nquads").splitlines()) == len(answer.quads)
    with pytest.raises(UsageError, match="cannot be written as turtle"):
        g.write(answer, "turtle")
    assert g.write(g.answer("ASK {}"), "json") == b'{"head": {}, "boolean": true}\n'
