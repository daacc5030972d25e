"""The evidence of an answer, whatever the form of the query: enough for each row, and of no other row."""

import csv
import io
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, parse
from search import examples
from small_project import ID, NOTE, run_kg

from kg.provenance.lineage import facts_of_rows
from kg.store import select
from kg.store.embedded import EmbeddedStore

E = "https://e.example/"
NODES = [NamedNode(E + name) for name in "abcd"]
GRAPHS = st.frozensets(
    st.builds(
        Quad,
        st.sampled_from(NODES),
        st.sampled_from([NamedNode(E + "p"), NamedNode(E + "q")]),
        st.sampled_from(
            [*NODES, Literal("text"), Literal("1", language="en"), Literal(Decimal("-1.5")), Literal(True)]
        ),
    ),
    max_size=12,
)
PATHS = st.recursive(
    st.sampled_from(["<https://e.example/p>", "e:q", "!<https://e.example/p>", "!^e:q", "!(e:p|^<q>)", "!(^e:p|^e:q)"]),
    lambda inner: (
        st.builds("({}/{})".format, inner, inner)
        | st.builds("({}|{})".format, inner, inner)
        | st.builds("(^{})".format, inner)
        | st.builds("({}){}".format, inner, st.sampled_from("*+?"))
    ),
    max_leaves=4,
)
SHAPES = st.sampled_from(
    [
        "SELECT * {{ ?x {0} ?y }}",
        "SELECT ?x {{ ?x {0} -1.50 , ?y ; {1} true ; . }}",
        'SELECT ?x {{ [ {0} ?x ; {1} \'te\\u0078t\', """1"""@EN ] }}',
        "SELECT ?x ?y {{ ?x {0} ?y MINUS {{ SELECT ?x {{ ?x {1} 'text' }} }} FILTER NOT EXISTS {{ ?y {0} ?x }} }}",
        "SELECT ?x {{ ?x {0} ?y . ?y {1} ?z }}",
        "SELECT ?z {{ ?x {0} [ {1} ?z ] }}",
        "SELECT ?x {{ ?x {0} [] }}",
        "SELECT ?x ?z {{ ?x {0} ?y OPTIONAL {{ ?y {1} ?z }} }}",
        "SELECT ?x {{ {{ ?x {0} ?y }} UNION {{ ?x {1} ?z }} }}",
        "SELECT ?x ?y {{ ?x {0} ?y FILTER EXISTS {{ ?y {1} ?z }} }}",
        "SELECT ?x (STR(?y) AS ?text) {{ ?x {0} ?y FILTER(ISIRI(?y)) }}",
        "SELECT DISTINCT ?key {{ ?x {0} ?y }} GROUP BY (STR(?x) AS ?key)",
        "SELECT ?x ?y {{ {{ SELECT ?x (MIN(?z) AS ?y) {{ ?x {0} ?z }} GROUP BY ?x }} ?x {1} ?y }}",
        "SELECT ?x ?y {{ ?x {0} ?y {{ SELECT ?x {{ ?x {1} ?y }} LIMIT 9999 }} }}",
        'SELECT ?x {{ ?x {0} ?y }} VALUES ?y {{ <https://e.example/a> "text" }}',
    ]
)


@given(GRAPHS, SHAPES, PATHS, PATHS)
@examples(100)
def test_the_facts_of_a_row_are_enough_for_it(quads, shape, first, second):
    query = f"BASE <{E}x/y> PREFIX e: <../> {shape.format(first, second)}"
    graph = NamedNode(E + "graph")
    store = EmbeddedStore.in_memory(Quad(*quad.triple, graph) for quad in quads)
    rows = select(store, query)
    for terms, facts in zip(rows.terms, facts_of_rows(query, rows, store), strict=True):
        assert {Quad(*fact) for fact in facts} <= quads
        if not facts and (")*" in query or ")?" in query):  # a path of no length rests on nothing
            continue
        alone = EmbeddedStore.in_memory(Quad(*fact, graph) for fact in facts)
        assert terms in select(alone, query).terms


def evidence(folder, query):
    done = run_kg(folder, "query", "text", query, "--cite", "-f", "csv")
    assert done.returncode == 0, done.stderr
    rows = csv.reader(io.StringIO(done.stdout))
    column = next(rows).index("evidence")
    return {row[0].removeprefix(ID): row[column].replace(NOTE, "").split() for row in rows}


@pytest.mark.usefixtures("graph")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT ?l { id:river-council aigov:seatedIn/rdfs:label ?l }", {"Lund": ["p1s1"]}),
        ("SELECT ?y { id:river-council aigov:seatedIn/aigov:locatedIn+ ?y }", {"sweden": ["p1s1", "p2s2"]}),
        ("SELECT ?y { ?x aigov:seatedIn [ aigov:locatedIn ?y ] }", {"sweden": ["p1s1", "p2s2"]}),
        ("SELECT ?y { [] aigov:praises ?y }", {"lund": ["p2s2"]}),
        (
            "SELECT (STRAFTER(STR(?x), '/id/') AS ?name) { ?x aigov:members|aigov:praises ?y }",
            {"river-council": ["p1s1"], "author": ["p2s2"]},
        ),
        (
            "SELECT ?key (COUNT(*) AS ?n) { ?x aigov:members|aigov:praises ?y } GROUP BY (STR(?x) AS ?key)",
            {"river-council": ["p1s1"], "author": ["p2s2"]},
        ),
        ("SELECT ?x ?n { { SELECT ?x (COUNT(*) AS ?n) { ?x aigov:praises ?y } GROUP BY ?x } }", {"author": ["p2s2"]}),
        # What is said of a passage is cited as that passage.
        ("SELECT ?p { ?p aigov:speaker id:author }", {NOTE + "p2s2": ["p2s2"]}),
    ],
)
def test_what_a_row_rests_on(folder, query, expected):
    assert evidence(folder, query) == expected


PLACES = "CONSTRUCT { ?x ?p ?y ; rdfs:comment 'seen' } WHERE { ?x ?p ?y VALUES ?p { aigov:seatedIn aigov:locatedIn } }"


@pytest.mark.usefixtures("graph")
@pytest.mark.parametrize(("options", "written"), [((), "trig"), (("-f", "trig"), "trig"), (("-f", "nquads"), "nquads")])
def test_cited_triples_stand_in_the_graphs_of_their_passages(folder, options, written):
    done = run_kg(folder, "query", "text", PLACES, "--cite", *options)
    assert done.returncode == 0, done.stderr
    assert "were inferred or made by the query" in done.stderr
    quads = list(parse(done.stdout, format={"trig": RdfFormat.TRIG, "nquads": RdfFormat.N_QUADS}[written]))
    found = {
        (q.subject.value.removeprefix(ID), q.predicate.value.rpartition("#")[2], str(q.graph_name).replace(NOTE, ""))
        for q in quads
    }
    assert {("river-council", "seatedIn", "<p1s1>"), ("lund", "locatedIn", "<p2s2>")} <= found
    # No passage says where the council is located: it follows from two.
    assert {graph for name, p, graph in found if (name, p) == ("river-council", "locatedIn")} == {"DEFAULT"}
    assert {graph for _, p, graph in found if p == "comment"} == {"DEFAULT"}
    plain = run_kg(folder, "query", "text", PLACES, "-f", "ntriples").stdout
    assert {str(quad.triple) for quad in quads} == {
        str(quad.triple) for quad in parse(plain, format=RdfFormat.N_TRIPLES)
    }


@pytest.mark.usefixtures("graph")
def test_a_triple_of_several_passages_stands_in_each(folder):
    query = "CONSTRUCT WHERE { id:lund a aigov:City }"
    done = run_kg(folder, "query", "text", query, "--cite", "-f", "nquads")
    assert len(done.stdout.splitlines()) == 2
    assert "note#p1s1" in done.stdout
    assert "lake-letter#p1s1" in done.stdout


@pytest.mark.usefixtures("graph")
def test_blank_nodes_in_an_answer_have_no_evidence(folder):
    assert list(evidence(folder, "SELECT ?x { ?x owl:members ?y }").values()) == [[]]
