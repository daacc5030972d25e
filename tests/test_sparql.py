"""Lexing, classifying and binding queries. Whatever a value holds, it stays a value."""

import subprocess
import sys
from bisect import bisect

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store

from kg.errors import UsageError
from kg.rdf.terms import iri
from kg.sparql.binding import bind
from kg.sparql.classification import require_query
from kg.sparql.errors import GrammarError
from kg.sparql.syntax import form, parse_query
from kg.sparql.tokens import tokens
from kg.store.embedded import EmbeddedStore

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
        ("SELECT (EXISTS { ?s ?p $x } AS ?y) ?o $x { ?s ?p ?o }",
         'SELECT (EXISTS { ?s ?p "v" } AS ?y) ?o ("v" AS ?x) { ?s ?p ?o }'),
        ("SELECT ?o { ?s ?p ?o } ORDER BY EXISTS { ?s ?p $x } $x",
         'SELECT ?o { ?s ?p ?o } ORDER BY EXISTS { ?s ?p "v" } ("v")'),
        ("SELECT ?o $x { { SELECT ?o $x { ?o ?p $x } } }",
         'SELECT ?o ("v" AS ?x) { { SELECT ?o  { ?o ?p "v" } } }'),
        ("SELECT $x { { SELECT * { { SELECT DISTINCT $x { ?o ?p $x } } } } }",
         'SELECT ("v" AS ?x) { { SELECT * { { SELECT DISTINCT ("v" AS ?x_) { ?o ?p "v" } } } } }'),
        ("SELECT ?o { ?s ?p ?o FILTER(!BOUND($x) || ?o = $x) }",
         'SELECT ?o { ?s ?p ?o FILTER(!(true) || ?o = "v") }'),
        ("SELECT ?o { ?s ?p ?o FILTER bound( $x ) }", "SELECT ?o { ?s ?p ?o FILTER (true) }"),
        ("SELECT $x { GRAPH $x { ?s ?p ?o } OPTIONAL { ?o ?p $x } MINUS { ?s ?q $x } }",
         'SELECT ("v" AS ?x) { GRAPH "v" { ?s ?p ?o } OPTIONAL { ?o ?p "v" } MINUS { ?s ?q "v" } }'),
    ],
)  # fmt: skip
def test_where_a_parameter_may_stand(query, expected):
    assert bind(query, {"x": Literal("v")}) == expected
    if "GRAPH" not in query:
        answer(expected)


@pytest.mark.parametrize("name", ["नाम", "का", "e\u0301te", "l·lac", "名", "x‿y", "1st", "_"])
def test_a_parameter_has_any_name_of_a_variable(name):
    query = f"SELECT ${name} ?{name}2 {{ BIND(${name} AS ?{name}2) }}"
    assert answer(bind(query, {name: Literal("v")})) == [(Literal("v"), Literal("v"))]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { BIND(1 AS $x) }",
        "SELECT (1 AS ?x) {}",
        "SELECT * { VALUES $x { 1 2 } }",
        "SELECT * { VALUES (?y $x) { (1 2) } }",
        "SELECT * { { SELECT ?s { ?s ?p ?o } GROUP BY ?s (STR(?o) AS $x) } }",
        "SELECT * {} VALUES $x { 1 }",
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("?n<$max&&?n>1", ["?n", "<$max&&?n>", "1"]),
        ("?n < $max&&?n > 1", ["?n", "<", "$max", "&&", "?n", ">", "1"]),
        ("?n-1 ?n - 1", ["?n", "-1", "?n", "-", "1"]),
        ("?s ?p 1.", ["?s", "?p", "1", "."]),
        ("1.5 .5e+3 1.e9", ["1.5", ".5e+3", "1.e9"]),
        ("e:a.b. e:a\\.b e:%20x a:b:c :", ["e:a.b", ".", "e:a\\.b", "e:%20x", "a:b:c", ":"]),
        ("_:b.c. 'x'@en-GB 'y'^^e:t", ["_:b.c", ".", "'x'", "@en-GB", "'y'", "^^", "e:t"]),
        ("e:नाम ?क·", ["e:नाम", "?क·"]),
        ("?a\u00a0?b", ["?a", "\u00a0", "?b"]),
        ('"""a"b""c""" # x\n?y', ['"""a"b""c"""', "?y"]),
    ],
)
def test_a_token_is_the_longest_that_fits(text, expected):
    assert [token.text for token in tokens(text)] == expected


@pytest.mark.parametrize(
    ("query", "column"),
    [
        ("SELECT ?n { ?s ?p ?n FILTER(?n<$max&&?n>1) }", 31),
        ("SELECT (?n<?m&&?m>1 AS ?x) { ?s ?n ?m }", 11),
        ("SELECT ?n { ?s ?p ?n FILTER(?n<?m)FILTER(?m>1) }", 31),
        ("SELECT ?n { ?s ?p ?n BIND(IF(?n<?m, 1, 2)AS?x)FILTER(?x<?n+1&&?x>0) }", 56),
    ],
)
def test_what_the_grammar_reads_as_an_iri_is_refused_where_none_may_stand(query, column):
    """Oxigraph would answer, and compare with a parameter that was never bound."""
    with pytest.raises(UsageError, match=rf"line 1, column {column}: <[^ ]+> is read as an IRI here"):
        bind(query, {"max": Literal(3)})


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p ?o FILTER(?o IN (<urn:a>,<urn:b>)) }",
        "SELECT * { ?s ?p ?o FILTER(<urn:f>(?o) || '1'^^<urn:t> < <urn:f>(?p,<urn:b>)) }",
        "SELECT (COUNT(DISTINCT <urn:a>) AS ?n) { ?s ?p ?o } HAVING(?n > 1) <urn:f>(?n) ORDER BY ?n <urn:f>(?n)",
        "SELECT * { ?s ?p ?o FILTER(?s < ?p && ?p > ?o) }",
    ],
)
def test_iris_where_they_may_stand(query):
    assert parse_query(query).form == "select"


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("SELECT * { ?z ?y ?x . ?a ?z ?b }", ["z", "y", "x", "a", "b"]),
        ("SELECT DISTINCT * { VALUES (?z ?y) { (1 2) } OPTIONAL { ?c ?b ?a } }", ["z", "y", "c", "b", "a"]),
        (
            "select reduced * { { SELECT (1 AS ?n) ?m { ?x ?m ?y } } BIND(2 AS ?b) } VALUES ?a { 3 }",
            ["n", "m", "b", "a"],
        ),
        ("SELECT * { GRAPH ?g { ?s ?p ?o } MINUS { ?x ?y ?z } FILTER(?v > 1) }", ["g", "s", "p", "o"]),
        ("SELECT ?b (1 AS ?a) { ?a1 ?b ?c }", ["b", "a"]),
        ("SELECT * {}", []),
    ],
)
def test_columns_stand_in_the_order_of_the_query(query, columns):
    assert list(parse_query(query).columns) == columns
    rows = EmbeddedStore.in_memory(()).query(query)
    assert list(rows.variables) == columns


P = "<urn:p>"
DEEP = {
    "groups": lambda n: f"SELECT * {{{'{' * n}{'}' * n}}}",
    "groups in a row": lambda n: f"SELECT * {{{'{} ' * n}}}",
    "optional": lambda n: f"SELECT * {{{'?s ?p ?o OPTIONAL{' * n}{'}' * n}}}",
    "minus in a row": lambda n: f"SELECT * {{ ?s ?p ?o {'MINUS { ?s ?p 1 } ' * n}}}",
    "exists": lambda n: f"SELECT * {{{'?s ?p ?o FILTER EXISTS {' * n}{'}' * n}}}",
    "union": lambda n: f"SELECT * {{ {{}} {'UNION {} ' * n}}}",
    "sub-selects": lambda n: f"SELECT * {{{'{ SELECT * {' * n}{'}}' * n}}}",
    "parentheses": lambda n: f"SELECT * {{ FILTER({'(' * n}1{')' * n}) }}",
    "calls": lambda n: f"SELECT * {{ FILTER({'STR(' * n}?x{')' * n}) }}",
    "not": lambda n: f"SELECT * {{ FILTER({'!' * n}?x) }}",
    "or": lambda n: f"SELECT * {{ FILTER(?x{' || ?x' * n}) }}",
    "sums": lambda n: f"SELECT * {{ FILTER(1{'+1' * n}) }}",
    "binds": lambda n: f"SELECT * {{ {' '.join(f'BIND(1 AS ?x{i})' for i in range(n))} }}",
    "columns": lambda n: f"SELECT ?a {' '.join(f'(1 AS ?x{i})' for i in range(n))} {{}}",
    "conditions": lambda n: f"SELECT ?x {{ ?x ?y ?z }} GROUP BY ?x HAVING {'(?x)' * n}",
    "calls in a row": lambda n: f"SELECT ?x {{ ?x ?y ?z }} GROUP BY ?x HAVING {'STR(?x)' * n}",
    "or in calls": lambda n: f"SELECT * {{ FILTER({'STR(1 || ' * n}?x{')' * n}) }}",
    "a path in a row": lambda n: f"SELECT * {{ ?s ({P}{f'/{P}' * n})* ?o }}",
    "alternatives": lambda n: f"SELECT * {{ ?s ({P}{f'|{P}' * n})* ?o }}",
    "paths": lambda n: f"SELECT * {{ ?s {'^(' * n}{P}{')' * n} ?o }}",
    "filters": lambda n: f"SELECT * {{ {'FILTER(?x) ' * n}}}",
    "not closed": lambda n: f"SELECT * {{{'{ FILTER(1 || ' * n}",
}
ON_A_QUARTER = """
import sys, threading
from pyoxigraph import Store
def run():
    for text in sys.stdin.read().split(chr(0)):
        list(Store().query(text))
threading.stack_size(2 * 2**20)
thread = threading.Thread(target=run)
thread.start()
thread.join()
"""


def is_refused(query):
    try:
        parse_query(query)
    except GrammarError as fault:
        return "too deep" in str(fault)
    return False


def test_a_query_too_deep_for_the_engine_is_refused_and_the_deepest_that_is_not_needs_a_quarter_of_the_stack():
    deepest = []
    for name, make in DEEP.items():
        assert is_refused(make(9_000)), name
        length = bisect(range(2_000), False, key=lambda n, make=make: is_refused(make(n))) - 1
        assert length > 50, name
        deepest.append(make(length))
    done = subprocess.run(
        [sys.executable, "-c", ON_A_QUARTER], input="\0".join(deepest[:-1]), text=True, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("query", "column", "what"),
    [
        ("SELECT * { << ?s ?p ?o >> ?q ?r }", 12, "reified triples"),
        ("SELECT * { BIND(<<( <urn:a> <urn:b> 1 )>> AS ?t) }", 17, "triple terms"),
        ("SELECT * { ?s ?p ?o {| ?q ?r |} }", 21, "annotations"),
        ("SELECT * { ?s ?p ?o ~ ?r }", 21, "reifiers"),
    ],
)
def test_what_only_sparql_1_2_has_is_refused_by_name(query, column, what):
    answer(query)  # Oxigraph knows it
    with pytest.raises(GrammarError, match=f"column {column}: {what} of SPARQL 1.2 are not supported yet"):
        parse_query(query)


def test_what_the_tree_knows_of_sparql_1_2_and_beyond_it_is_not_refused():
    query = parse_query('VERSION "1.2" SELECT * { ?s ?p 1 LATERAL { SELECT * { ?s ?q ?o } LIMIT 1 } }')
    assert query.columns == ("s", "p", "q", "o")


GRAPHS = [
    Quad(*(NamedNode(f"urn:{name}") for name in quad.split())) for quad in ("a p b g", "a p c g", "a p b h", "d p b h")
]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT * { GRAPH ?g { SELECT ?g (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?g } }", "g2 h2"),
        ("SELECT ?g ?s { GRAPH ?g { ?s ?p ?o { SELECT DISTINCT ?g ?s { ?s ?p <urn:c> } } } }", "ga ga"),
        ("SELECT ?s { GRAPH ?g { SELECT ?s { ?s ?p <urn:b> } } }", "a a d"),
        ("SELECT ?g ?n { GRAPH ?g { ?s ?p ?o { SELECT (COUNT(*) AS ?n) { VALUES ?x { 1 2 } } } } }", "g2 g2 h2 h2"),
        (
            "SELECT ?g ?n { GRAPH ?g { ?s ?p <urn:c> { SELECT (COUNT(*) AS ?n) { GRAPH <urn:h> { ?x ?p ?y } } } } }",
            "g2",
        ),
        ("SELECT ?n { GRAPH <urn:g> { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } } }", "2"),
    ],
)
def test_a_sub_select_in_each_graph(query, expected):
    rows = EmbeddedStore.in_memory(GRAPHS).query(query)
    found = ("".join(str(term.value).removeprefix("urn:") for term in terms) for terms in rows.terms)
    assert " ".join(sorted(found)) == expected


@pytest.mark.parametrize(
    ("query", "column", "remedy"),
    [
        ("SELECT * { GRAPH ?g { SELECT (COUNT(*) AS ?n) { ?s ?p ?o } } }", 23, "GROUP BY ?g"),
        ("SELECT * { GRAPH ?g { SELECT ?s { ?s ?p ?o } GROUP BY ?s } }", 23, "GROUP BY ?g"),
        ("SELECT * { GRAPH ?g { SELECT ?g ?s { ?s ?p ?o } LIMIT 1 } }", 23, "leave LIMIT and OFFSET out"),
        ("SELECT * { GRAPH ?g { SELECT ?s { ?s ?p ?o } } }", 23, "SELECT ?g"),
        ("SELECT ?g { GRAPH ?g { SELECT * { ?s ?p ?o } } }", 24, "SELECT ?g"),
        ("SELECT ?s { GRAPH ?g { SELECT DISTINCT ?s { ?s ?p ?o } } }", 24, "SELECT ?g"),
        ("SELECT ?s { GRAPH ?g { ?s ?p ?o { SELECT ?s { ?s ?p <urn:c> } } } }", 35, "SELECT ?g"),
        ("ASK { FILTER EXISTS { GRAPH ?g { ?s ?p ?o FILTER EXISTS { SELECT ?s { ?s ?p <urn:c> } } } } }", 59, "?g"),
    ],
)
def test_a_sub_select_that_would_be_answered_over_all_graphs_is_refused(query, column, remedy):
    with pytest.raises(GrammarError, match=f"column {column}: .*not for each [?]g") as error:
        EmbeddedStore.in_memory(GRAPHS).query(query)
    assert remedy in error.value.hint


def test_lists_may_be_long():
    values = " ".join(f"(-{n} <urn:{n}>)" for n in range(5_000))
    numbers = ", ".join(f"-{n}" for n in range(5_000))
    parse_query(f"SELECT * {{ VALUES (?x ?y) {{ {values} }} FILTER(?x IN ({numbers})) }}")


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
    with pytest.raises(UsageError, match="SPARQL updates are not allowed"):
        require_query("DELETE WHERE { ?s ?p ?o }")


def test_an_escape_outside_of_strings_cannot_hide_a_keyword():
    with pytest.raises(UsageError, match="backslash"):
        require_query("SELECT * { SERV\\u0049CE <http://127.0.0.1:9/> { ?s ?p ?o } }")
