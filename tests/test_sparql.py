"""Lexing, classifying and binding queries. Whatever a value holds, it stays a value."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyoxigraph import Literal, Store

from kg.errors import UsageError
from kg.rdf.terms import iri
from kg.sparql.tokens import bind, form, require_query, tokens

HOSTILE = st.text(
    alphabet=st.one_of(
        st.sampled_from("\"'`\\{}()<>#?$@;.,^|&\n\r\t u0022/ "), st.characters(exclude_categories=["Cs"])
    )
)


def answer(query):
    return [tuple(row) for row in Store().query(query)]


@given(HOSTILE)
@example('" } DELETE WHERE { ?s ?p ?o } #')
@example("\\u0022 . ?s ?p ?o")
@example("'''\"\"\"\n#")
@example("}")
@example("$value")
def test_a_string_stays_a_value_whatever_it_holds(text):
    query = 'SELECT $value ("x" AS ?y) { BIND("#" AS ?z) FILTER($value = $value) } # $value'
    bound = bind(query, {"value": Literal(text)})
    assert answer(bound) == [(Literal(text), Literal("x"))]
    assert [token.kind for token in tokens(bound)].count("string") == 5


@given(HOSTILE)
@example("https://example.org/> } INSERT DATA { <a:a> <a:a> <a:a> } #")
def test_an_iri_is_either_bound_as_it_is_or_refused(text):
    try:
        node = iri("https://example.org/" + text)
    except UsageError:
        return
    assert answer(bind("SELECT $node {}", {"node": node})) == [(node,)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT $x { ?x ?p ?o }", 'SELECT ("v" AS ?x) { "v" ?p ?o }'),
        ("SELECT DISTINCT ?o $x WHERE { ?o ?p $x }", 'SELECT DISTINCT ?o ("v" AS ?x) WHERE { ?o ?p "v" }'),
        ("SELECT (STR($x) AS ?y) {}", 'SELECT (STR("v") AS ?y) {}'),
        ("SELECT ?o { ?o ?p ?q } GROUP BY ?o $x ORDER BY $x DESC($x)",
         'SELECT ?o { ?o ?p ?q } GROUP BY ?o ("v") ORDER BY ("v") DESC("v")'),
        ("SELECT * { { SELECT $x { ?s ?p $x } } }", 'SELECT * { { SELECT ("v" AS ?x) { ?s ?p "v" } } }'),
        ("SELECT ?s { ?s ?p '$x', \"\"\"?x\"\"\", <http://a/?x>, ?x } # $x",
         "SELECT ?s { ?s ?p '$x', \"\"\"?x\"\"\", <http://a/?x>, \"v\" } # $x"),
        ("SELECT ?xy { ?xy ?p $x }", 'SELECT ?xy { ?xy ?p "v" }'),
    ],
)  # fmt: skip
def test_where_a_parameter_may_stand(query, expected):
    assert bind(query, {"x": Literal("v")}) == expected


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { BIND(1 AS $x) }",
        "SELECT (1 AS ?x) {}",
        "SELECT * { VALUES $x { 1 2 } }",
        "SELECT * { VALUES (?y $x) { (1 2) } }",
    ],
)
def test_a_variable_that_the_query_assigns_cannot_be_a_parameter(query):
    with pytest.raises(UsageError, match=r"\$x cannot be a parameter"):
        bind(query, {"x": Literal("v")})


def test_tokens_know_their_line_and_column():
    found = tokens("SELECT *\n{ ?s <http://e/p>\n  '''a\nb''' . }")
    assert [(token.text, token.line, token.column) for token in found] == [
        ("SELECT", 1, 1),
        ("*", 1, 8),
        ("{", 2, 1),
        ("?s", 2, 3),
        ("<http://e/p>", 2, 6),
        ("'''a\nb'''", 3, 3),
        (".", 4, 6),
        ("}", 4, 8),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT * {}", "select"),
        ("PREFIX insert: <http://e/> ask { ?s insert:x 'DELETE' }", "ask"),
        ("# INSERT\nBASE <http://e/> CONSTRUCT WHERE {}", "construct"),
        ("describe <http://e/>", "describe"),
        ("INSERT DATA { <a:a> <a:a> <a:a> }", "update"),
        ("PREFIX e: <http://e/> DELETE WHERE { ?s ?p ?o }", "update"),
        ("LOAD <http://e/>", "update"),
        ("WITH <http://e/> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", "update"),
    ],
)
def test_the_form_of_a_query(query, expected):
    assert form(query) == expected


def test_a_text_that_is_no_query_is_refused():
    with pytest.raises(UsageError, match="not a SPARQL query"):
        form("who initiated it?")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { SERVICE ?where { ?s ?p ?o } }",
        "PREFIX e: <http://127.0.0.1:9/> SELECT * { SERVICE e: { ?s ?p ?o } }",
        "SELECT * { { SELECT * { service<http://127.0.0.1:9/>{ ?s ?p ?o } } } }",
    ],
)
def test_service_is_refused_unless_allowed(query):
    with pytest.raises(UsageError, match=r"SERVICE .* is not allowed"):
        require_query(query)


def test_service_may_be_allowed_by_name():
    require_query("SELECT * { SERVICE <http://e/sparql> { ?s ?p ?o } }", ["http://e/sparql"])
    require_query("SELECT * { ?s ?p 'SERVICE <http://e/>' } # SERVICE <http://e/>")


def test_updates_are_refused():
    with pytest.raises(UsageError, match="updates are refused"):
        require_query("DELETE WHERE { ?s ?p ?o }")


def test_an_escape_outside_of_strings_cannot_hide_a_keyword():
    with pytest.raises(UsageError, match="backslash"):
        require_query("SELECT * { SERV\\u0049CE <http://127.0.0.1:9/> { ?s ?p ?o } }")
