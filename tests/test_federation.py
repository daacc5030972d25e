"""Federated queries: the rows of the specification, by few requests about our own side, or an error that says why."""

import json
import re
from collections import Counter
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Quad, QueryResultsFormat, RdfFormat, Store, parse
from readme import README
from search import examples
from servers import WIKIDATA, Reply, fake_server, oxigraph_serve, put, wikidata
from small_project import run_kg, write_small_project
from update_expected import ROOT

import kg
from kg.errors import OutsideError, UsageError
from kg.http.client import Client
from kg.query.federation import BATCH, federate
from kg.query.services import Services, addresses, parse_duration
from kg.sparql.results import Rows, read
from kg.store.embedded import EmbeddedStore

E = "http://e/"
REMOTE = "http://remote.example/sparql"
HEAD = "PREFIX e: <http://e/>\n"
OURS = """
@prefix e: <http://e/> .
e:a e:same e:x ; e:n 1 .
e:b e:same e:y ; e:n 2 .
e:c e:n 3 .
"""
THEIRS = """
@prefix e: <http://e/> .
e:x e:name "ex"@en, "ix"@fr ; e:size 10 .
e:y e:name "why"@en .
e:z e:name "zed"@en .
"""


CLIENT = Client(timeout=5, backoff=0.01)


def quads(turtle, graph=None):
    found = parse(turtle.encode(), format=RdfFormat.TURTLE)
    return [Quad(*quad.triple, graph) if graph else quad for quad in found]


def store(turtle=OURS):
    """Our own side, in memory, as the default graph."""
    return EmbeddedStore.in_memory((), [quad.triple for quad in quads(turtle)])


@contextmanager
def theirs(turtle=THEIRS):
    """A fake server that answers from a store, and logs what it is asked."""
    data = Store()
    data.extend(quads(turtle))

    def answer(request):
        found = data.query(request.fields["query"])
        return Reply(found.serialize(format=QueryResultsFormat.JSON).decode())

    with fake_server(answer) as server:
        yield server


def services(server, **options):
    return Services({REMOTE: server.url}, **{"client": CLIENT, **options})


def rows(query, server, ours=OURS, **options):
    """Answer a federated query: each row once for each time that it comes, as a dict of values."""
    own = store(ours)
    found = own.query(federate(HEAD + query, own, services(server, **options)))
    assert isinstance(found, Rows)
    return [{name: value for name, value in row.to_dict().items() if value is not None} for row in found]


def asked(server):
    """What a server was asked, blanks made equal."""
    return [" ".join(request.fields["query"].split()) for request in server.requests]


SERVICE = f"SERVICE <{REMOTE}>"


def test_our_side_is_bound_first():
    with theirs() as server:
        found = rows(f"SELECT ?o ?name {{ ?o e:same ?t . {SERVICE} {{ ?t e:name ?name }} }} ORDER BY ?name", server)
    assert [row["name"] for row in found] == ["ex", "ix", "why"]
    assert asked(server) == [
        "PREFIX e: <http://e/> SELECT ?t ?name WHERE { VALUES ?t { <http://e/x> <http://e/y> } ?t e:name ?name }"
    ]


def test_the_order_of_the_clauses_makes_no_difference():
    with theirs() as server:
        found = rows(f"SELECT ?o ?name {{ {SERVICE} {{ ?t e:name ?name }} ?o e:same ?t }}", server)
    assert len(found) == 3
    assert "VALUES ?t { <http://e/x> <http://e/y> }" in asked(server)[0]


def test_filters_of_ours_narrow_what_is_asked_and_others_do_not():
    query = (
        f'SELECT * {{ ?o e:same ?t ; e:n ?n {SERVICE} {{ ?t e:name ?name }} FILTER(?n > 1) FILTER(?name != "zed") }}'
    )
    with theirs() as server:
        assert [row["name"] for row in rows(query, server)] == ["why"]
    assert "VALUES ?t { <http://e/y> }" in asked(server)[0]


def test_an_optional_service_keeps_rows_of_ours():
    query = f"SELECT ?o ?size {{ ?o e:same ?t OPTIONAL {{ {SERVICE} {{ ?t e:size ?size }} }} }} ORDER BY ?o"
    with theirs() as server:
        assert rows(query, server) == [{"o": E + "a", "size": 10}, {"o": E + "b"}]
    assert "VALUES ?t { <http://e/x> <http://e/y> }" in asked(server)[0]


def test_what_comes_after_optional_does_not_decide_whether_there_is_a_match():
    """e:x is left out by the last pattern; were it not asked about, its row of ours would come without a match."""
    query = f"SELECT * {{ ?o e:n ?n OPTIONAL {{ {SERVICE} {{ ?t e:name ?name }} }} VALUES ?t {{ e:z }} }}"
    with theirs() as server:
        assert {(row["t"], row["name"]) for row in rows(query, server)} == {(E + "z", "zed")}


def test_a_later_service_depends_on_an_earlier():
    query = (
        f"SELECT ?name ?size {{ ?o e:same ?t {SERVICE} {{ ?t e:size ?size }}"
        f' {SERVICE} {{ ?t e:name ?name FILTER(LANG(?name) = "en") }} }}'
    )
    with theirs() as server:
        assert rows(query, server) == [{"name": "ex", "size": 10}]
    assert len(server.requests) == 2
    assert "VALUES ?t { <http://e/x> }" in asked(server)[1]


def test_nothing_of_ours_is_asked_about_nothing():
    said = []
    with theirs() as server:
        assert rows(f"SELECT * {{ ?o e:none ?t {SERVICE} {{ ?t e:name ?n }} }}", server, say=said.append) == []
    assert server.requests == []
    assert said == [f"<{REMOTE}> was not queried: the graph has nothing to ask it about."]


def test_no_shared_variable_is_asked_once():
    with theirs() as server:
        assert len(rows(f"SELECT * {{ ?o e:same ?t {SERVICE} {{ ?z e:size ?size }} }}", server)) == 2
        assert len(rows(f"SELECT ?o {{ ?o e:same ?t {SERVICE} {{ e:x e:name 'ex'@en }} }}", server)) == 2
        assert rows(f"SELECT ?o {{ ?o e:same ?t {SERVICE} {{ e:x e:name 'no' }} }}", server) == []
    assert [" VALUES " in query for query in asked(server)] == [False] * 3


def test_blank_nodes_of_ours_are_left_out_and_told():
    ours = "@prefix e: <http://e/> . e:a e:same [], e:x ."
    said = []
    with theirs() as server:
        found = rows(f"SELECT ?o {{ ?o e:same ?t {SERVICE} {{ ?t e:size ?s }} }}", server, ours, say=said.append)
    assert found == [{"o": E + "a"}]
    assert said[0] == "1 solutions with blank nodes are left out: no endpoint can match them."
    assert "_:" not in asked(server)[0]


def test_blank_nodes_of_theirs_join_with_each_other_and_with_nothing_else():
    with theirs("@prefix e: <http://e/> . e:x e:part [ e:size 1 ], [ e:size 2 ] .") as server:
        found = rows(f"SELECT ?part ?s {{ ?o e:same ?t {SERVICE} {{ ?t e:part ?part . ?part e:size ?s }} }}", server)
    assert len({row["part"] for row in found}) == 2
    assert all(row["part"].startswith("urn:kg:blank:") for row in found)


def test_variables_that_ours_does_not_always_bind_are_not_sent():
    query = f"SELECT ?o ?size {{ ?o e:n ?n OPTIONAL {{ ?o e:same ?t }} {SERVICE} {{ ?t e:size ?size }} }} ORDER BY ?o"
    with theirs() as server:
        found = rows(query, server)
    assert [row["o"] for row in found] == [E + "a", E + "c"]  # e:c is the same as nothing, so as anything
    assert "VALUES" not in asked(server)[0]


def test_unbound_values_of_theirs_are_undefined():
    query = f"SELECT ?t ?size {{ ?o e:same ?t {SERVICE} {{ ?t e:name ?name OPTIONAL {{ ?t e:size ?size }} }} }}"
    with theirs() as server:
        found = rows(query, server)
    assert Counter(row.get("size") for row in found) == {10: 2, None: 1}


def test_values_of_several_variables_go_together():
    ours = '@prefix e: <http://e/> . e:a e:same e:x ; e:called "ex"@en . e:b e:same e:y ; e:called "ex"@en .'
    with theirs() as server:
        found = rows(f"SELECT ?o {{ ?o e:same ?t ; e:called ?name {SERVICE} {{ ?t e:name ?name }} }}", server, ours)
    assert found == [{"o": E + "a"}]
    assert 'VALUES (?name ?t) { ("ex"@en <http://e/x>) ("ex"@en <http://e/y>) }' in asked(server)[0]


def test_other_forms_of_queries():
    own = store()
    where = f"{{ ?o e:same ?t {SERVICE} {{ ?t e:name ?name }} }}"
    with theirs() as server:
        there = services(server)
        assert own.query(federate(f"{HEAD} ASK {where}", own, there)) is True
        triples = own.query(federate(f"{HEAD} CONSTRUCT {{ ?o e:name ?name }} {where}", own, there))
    assert len(triples) == 3


def test_many_bindings_go_in_batches():
    number = 2 * BATCH + 1
    ours = "".join(f"<http://e/o{i}> <http://e/same> <http://e/t{i}> .\n" for i in range(number))
    their = "".join(f'<http://e/t{i}> <http://e/name> "name \\"{i}\\"" .\n' for i in range(number + 9))
    steps = []
    query = f"SELECT ?o ?name {{ ?o e:same ?t {SERVICE} {{ ?t e:name ?name }} }}"
    with theirs(their) as server:
        found = rows(query, server, ours, progress=steps.append)
    assert {row["o"].removeprefix(E + "o"): row["name"] for row in found} == {
        str(i): f'name "{i}"' for i in range(number)
    }
    assert [query.count("<http://e/t") for query in asked(server)] == [BATCH, BATCH, 1]
    assert steps == [f"<{REMOTE}>, {i} of 3" for i in (1, 2, 3)]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (f"SELECT * {{ {SERVICE} {{ {SERVICE} {{ ?s ?p ?o }} }} }}", "SERVICE within SERVICE"),
        (f"SELECT * {{ ?s ?p ?o FILTER EXISTS {{ {SERVICE} {{ ?s ?p ?o }} }} }}", "SERVICE within EXISTS"),
        (f"SELECT * {{ ?s ?p ?o BIND(EXISTS {{ {SERVICE} {{ ?s ?p ?o }} }} AS ?b) }}", "SERVICE within EXISTS"),
        (f"SELECT (EXISTS {{ {SERVICE} {{ ?s ?p ?o }} }} AS ?b) {{}}", "SERVICE within EXISTS"),
        ("SELECT * { VALUES ?e { <http://e/> } SERVICE ?e { ?s ?p ?o } }", "not written as an IRI"),
        ("SELECT * { SERVICE <http://other.example/> { ?s ?p ?o } }", "SERVICE <http://other.example/> is not allowed"),
        ("SELECT * { SERVICE SILENT <http://other.example/> { ?s ?p ?o } }", "is not allowed"),
        (f"SELECT * {{ {SERVICE} {{ ?s ?p }} }}", "has an error"),
        (f"SELECT * {{ {SERVICE} {{ ?s ?p ?o }}", "has an error"),
        (f"SELECT * {{ {SERVICE} ?s ?p ?o }}", "has an error"),
        (f"SELECT * {{ ?s ?p ?o FILTER {SERVICE} }}", "has an error"),
        (f"SELECT * {{ {SERVICE} {{ ?s ?p ?o }} VALUES }}", "has an error"),
        (f"SELECT * {{ ( {SERVICE} {{ ?s ?p ?o }} }} )", "has an error"),
    ],
)
def test_what_cannot_be_federated_is_refused_by_name(query, words):
    with theirs() as server, pytest.raises(UsageError, match=re.escape(words)):
        rows(query, server)
    assert server.requests == []


def test_the_store_itself_calls_nobody():
    with theirs() as server, pytest.raises(UsageError, match="SERVICE is not allowed"):
        store().query(f"SELECT * {{ SERVICE <{server.url}> {{ ?s ?p ?o }} }}")
    assert server.requests == []


def test_a_silent_service_that_fails_is_one_empty_solution():
    said = []
    query = f"SELECT ?o ?name {{ ?o e:same ?t SERVICE SILENT <{REMOTE}> {{ ?t e:name ?name }} }} ORDER BY ?o"
    with fake_server(lambda _: Reply("no", 400, {})) as server:
        assert rows(query, server, say=said.append) == [{"o": E + "a"}, {"o": E + "b"}]
    assert said[0].startswith(f"Warning: {server.url} answers 400")


def test_a_part_of_the_batches_is_no_answer():
    ours = "".join(f"<http://e/o{i}> <http://e/same> <http://e/t{i}> .\n" for i in range(BATCH + 1))
    good = json.dumps({"head": {"vars": ["t", "name"]}, "results": {"bindings": []}})
    query = f"SELECT ?o ?name {{ ?o e:same ?t {SERVICE} {{ ?t e:name ?name }} }}"
    for text, expected in ((query, None), (query.replace("SERVICE", "SERVICE SILENT"), BATCH + 1)):
        replies = iter([Reply(good), Reply("no", 400, {})])
        with fake_server(lambda _, replies=replies: next(replies)) as server:
            if expected is None:
                with pytest.raises(OutsideError, match="400"):
                    rows(text, server, ours)
            else:
                assert len(rows(text, server, ours)) == expected


def test_a_column_that_a_server_leaves_out_is_an_error():
    reply = Reply(json.dumps({"head": {"vars": ["t"]}, "results": {"bindings": []}}))
    with fake_server(lambda _: reply) as server, pytest.raises(OutsideError, match=r"lacks \?name"):
        rows(f"SELECT ?o ?name {{ ?o e:same ?t {SERVICE} {{ ?t e:name ?name }} }}", server)


# Against the meaning of the specification: the same query with both graphs in one store.

BODIES = (
    "?t e:p ?u",
    "?t e:p ?u . FILTER(?u != e:n1)",
    "?t e:p ?u OPTIONAL { ?t e:q ?v }",
    "OPTIONAL { ?t e:p ?u }",
    "{ ?t e:p ?u } UNION { ?u e:q ?t }",
    "{ ?t e:p ?u } UNION { ?u e:q ?v }",
    "SELECT ?t (COUNT(*) AS ?u) { ?t e:p ?w } GROUP BY ?t",
    "?t e:p ?w MINUS { ?w e:q ?u } BIND(?w AS ?u)",
    "SELECT ?t { ?t e:p ?u . ?u e:q ?w }",
    "SELECT * { ?t e:p ?u } ORDER BY ?u ?t LIMIT 1",
    "VALUES ?t { e:n1 e:n2 } ?t e:p|e:q ?u",
    "?t e:p* ?u . ?t e:q ?v",
    "?t e:p ?u OPTIONAL { ?w e:q ?u } FILTER(!BOUND(?w))",
    "?v e:p ?w . OPTIONAL { ?v e:q ?t }",
)
SHAPES = (
    "?o e:s ?t {}",
    "{} ?o e:s ?t .",
    "?o e:s ?t OPTIONAL {{ {} }}",
    "?o e:s ?t OPTIONAL {{ {} }} ?u e:s ?o",
    "?o e:s ?t OPTIONAL {{ {} }} FILTER(!BOUND(?u) || ?u != e:n2)",
    "?o e:s ?t OPTIONAL {{ {} FILTER(?u != ?o) }}",
    "?o e:s ?t OPTIONAL {{ ?o e:q ?w OPTIONAL {{ {} }} }}",
    "?o e:s ?t MINUS {{ {} }}",
    "?o e:s ?t {{ {} }} UNION {{ ?t e:q ?u }}",
    "?o e:s ?t {{ {} OPTIONAL {{ ?u e:s ?w }} }}",
    "OPTIONAL {{ ?o e:s ?t }} {}",
    "?o e:s ?t {} OPTIONAL {{ ?u e:s ?v }} MINUS {{ ?u e:q ?o }}",
    "{{ SELECT ?t (COUNT(?u) AS ?n) {{ ?o e:s ?t {} }} GROUP BY ?t }} ?t e:q ?v",
    "{{ SELECT (COUNT(*) AS ?n) {{ ?o e:s ?t {} }} }} ?t e:q ?v",
    "{{ SELECT * {{ ?o e:s ?t {} }} ORDER BY ?o ?t ?u ?v ?w LIMIT 1 }} ?t e:q ?v",
    "?o e:s ?t {} FILTER(?t != e:n0) FILTER(BOUND(?u)) FILTER NOT EXISTS {{ ?u e:q ?t }}",
    "?o e:s ?t . {} BIND(COALESCE(?u, 1) AS ?b) ?t e:q ?o",
    "VALUES (?o ?t) {{ (e:n1 UNDEF) (e:n2 e:n1) }} {}",
)
NODES = st.integers(0, 3).map(lambda number: f"<http://e/n{number}>")
GRAPHS = st.lists(st.tuples(NODES, st.sampled_from("spq").map(lambda name: f"<http://e/{name}>"), NODES), max_size=12)


def turtle(triples):
    # A named graph without triples is none, so that GRAPH would not find it.
    return "<http://e/x> <http://e/x> <http://e/x> .\n" + "".join(f"{' '.join(triple)} .\n" for triple in triples)


@pytest.fixture(scope="module")
def server():
    with oxigraph_serve() as base:
        yield base


@examples(80)
@given(shape=st.sampled_from(SHAPES), bodies=st.lists(st.sampled_from(BODIES), min_size=2, max_size=2),
       twice=st.booleans(), ours=GRAPHS, their=GRAPHS)  # fmt: skip
def test_federation_gives_the_rows_of_one_store(server, shape, bodies, twice, ours, their):
    group = shape.format(f"@ {{ {bodies[0]} }}")
    if twice:
        group += f" OPTIONAL {{ @ {{ {bodies[1].replace('?v', '?x')} }} }}"
    query = f"{HEAD} SELECT * {{ {group} }}"
    both = Store()
    both.extend(quads(turtle(ours)) + quads(turtle(their), NamedNode("urn:remote")))
    expected = bindings(read(both.query(query.replace("@", "GRAPH <urn:remote>"))))
    put(server, turtle(their))
    own = store(turtle(ours))
    text = federate(query.replace("@", SERVICE), own, Services({REMOTE: f"{server}/query"}, client=CLIENT))
    found = bindings(own.query(text))
    assert found == expected


def bindings(rows):
    pairs = (zip(rows.variables, terms, strict=True) for terms in rows.terms)
    return Counter(frozenset((name, term) for name, term in row if term is not None) for row in pairs)


# The command line, with a project whose one link leads to a real server.

PLACES = "https://gazetteer.example/sparql"
GAZETTEER = """
@prefix e: <http://e/> .
<https://gazetteer.example/lund> e:population 91940 .
"""
ASK_PLACES = f"""SELECT ?place ?population {{
  ?place skos:exactMatch ?there
  SERVICE <{PLACES}> {{ ?there <http://e/population> ?population }}
}}"""
LUND = "<https://w3id.org/aigov-kg/id/lund>"


@pytest.fixture
def project(tmp_path):
    return write_small_project(tmp_path)


def run(project, *options, query=ASK_PLACES, **environment):
    return run_kg(project, *options[:1], "query", "text", query, *options[1:], **environment)


def answer_of(done):
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[1:]


def test_an_endpoint_is_asked_where_the_user_names_it(project, server):
    put(server, GAZETTEER)
    done = run(project, "-v", "--allow-service", f"{PLACES}={server}/query")
    assert answer_of(done) == [f'{LUND}\t"91940"^^<http://www.w3.org/2001/XMLSchema#integer>']
    assert f"Queried <{PLACES}> about 1 match in the graph: 1 row." in done.stderr
    refused = run(project, "-v")
    assert refused.returncode == 2
    assert f"add --allow-service {PLACES}" in refused.stderr
    assert run(project, "-v", "--allow-service", "gazetteer").returncode == 2


def test_an_endpoint_is_asked_where_the_configuration_names_it(project, server, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    config = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    put(server, GAZETTEER)
    (project / "kg.toml").write_text(f'allow-service = ["{PLACES}={server}/query"]\n', encoding="utf-8")
    assert run_kg(project, "trust", **config).returncode == 0
    assert answer_of(run(project, "-v", **config)) == [f'{LUND}\t"91940"^^<http://www.w3.org/2001/XMLSchema#integer>']
    rows = kg.open(project).select(f"PREFIX skos: <http://www.w3.org/2004/02/skos/core#> {ASK_PLACES}")
    assert [row.population for row in rows] == [91940]


def test_answers_are_kept_and_their_age_is_told(project):
    body = {"head": {"vars": ["population", "there"]}, "results": {"bindings": []}}
    with fake_server(lambda _: Reply(json.dumps(body))) as server:
        options = ("--allow-service", f"{PLACES}={server.url}")
        first = run(project, "-v", *options)
        assert answer_of(first) == []
        assert "no rows" in first.stderr
        second = run(project, "-v", *options)
        assert answer_of(second) == []
        assert re.search(r"was queried about 1 match in the graph \d+ seconds? ago \(.* UTC\): no rows", second.stderr)
        assert len(server.requests) == 1
        assert answer_of(run(project, "-v", *options, "--max-age", "0s")) == []
        assert len(server.requests) == 2
        offline = run(project, "--offline", *options, "--max-age", "0s")
        assert answer_of(offline) == []
        assert "ago" in offline.stderr
        other = run(project, "-v", *options, query=ASK_PLACES.replace("population>", "area>"), KG_OFFLINE="1")
        assert (other.returncode, other.stdout) == (4, "")
        assert "offline, and there is no cached answer" in other.stderr
        for kept in (project / ".kg" / "answers").iterdir():
            kept.write_text("half an ans", encoding="utf-8")
        assert answer_of(run(project, "-v", *options)) == []
        assert len(server.requests) == 3
    assert run(project, "-v", *options, "--max-age", "soon").returncode == 2


def test_could_not_ask_is_not_nothing_there(project):
    with fake_server(lambda _: Reply("<html>", headers={"Content-Type": "text/html"})) as server:
        done = run(project, "-v", "--allow-service", f"{PLACES}={server.url}")
    assert (done.returncode, done.stdout) == (4, "")
    assert "an HTML page" in done.stderr
    assert not (project / ".kg" / "answers").exists()


def test_a_time_limit_holds_for_endpoints_too(project):
    with fake_server(lambda _: Reply("", pause=9)) as server:
        done = run(project, "-v", "--allow-service", f"{PLACES}={server.url}", "--timeout", "2")
    assert done.returncode == 4
    assert "no answer within 2 seconds" in done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--limit", "1"), "91940"),
        (("--timeout", "30"), "91940"),
        (("--asserted",), "91940"),
        (("--cite", "-f", "markdown"), "91940"),
        (("--explain",), "skos:exactMatch"),
        (("-f", "json"), '"91940"'),
    ],
)
def test_options_of_queries_work_with_endpoints(project, server, options, words):
    put(server, GAZETTEER)
    done = run(project, "-v", "--allow-service", f"{PLACES}={server}/query", *options)
    assert words in "".join(answer_of(done))


def test_check_queries_ask_nobody(project):
    checks = project / "queries" / "checks"
    checks.mkdir(parents=True)
    with fake_server(lambda _: Reply("")) as server:
        header = "#+ summary: Is there one?\n#+ severity: violation\n#+ message: There is.\n"
        text = f"{header}SELECT ?focus {{ SERVICE <{server.url}> {{ ?focus ?p ?o }} }}\n"
        (checks / "outside.rq").write_text(text, encoding="utf-8")
        done = run_kg(project, "validate")
    assert done.returncode in (2, 3)
    assert f"SERVICE <{server.url}> is not allowed" in done.stderr
    assert server.requests == []


def test_the_command_of_the_readme(tmp_path):
    (command,) = re.findall(
        rf"^kg (query run \S+ --allow-service {WIKIDATA})$", README.read_text("utf-8"), re.MULTILINE
    )
    with wikidata() as named:
        done = run_kg(ROOT, "--store", str(tmp_path), *command.replace(WIKIDATA, named).split())
    assert done.returncode == 0, done.stderr
    assert "People's Republic of China" in done.stdout
    assert f"Queried <{WIKIDATA}> about 11 matches in the graph: 4 rows." in done.stderr


@pytest.mark.parametrize("text", ["", "7", "d", "-1d", "1.5h", "7 d", "99999999d"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(UsageError, match="not a duration"):
        parse_duration(text)


def test_an_address_may_hold_an_equals_sign():
    assert addresses(["http://a/?x=1", "http://b/?x=1=https://c/?y=2"]) == {
        "http://a/?x=1": "http://a/?x=1",
        "http://b/?x=1": "https://c/?y=2",
    }
