"""Asking a SPARQL endpoint: a whole answer or an error that tells what to do, whatever the server does."""

import json
import time

import pytest
from pyoxigraph import Literal, NamedNode, Triple
from servers import EXTRACT, JSON, Reply, fake_server, oxigraph_serve

from kg import __version__
from kg.errors import OutsideError, UsageError
from kg.http.client import Client, get_json, post_form_for_json
from kg.store.endpoint import Endpoint

QUICK = Client(timeout=1, backoff=0.01)
QUERY = "SELECT ?x { ?x ?p ?o }"
ROWS = json.dumps({"head": {"vars": ["x"]}, "results": {"bindings": [{"x": {"type": "uri", "value": "http://e/1"}}]}})
NTRIPLES = "<http://e/1> <http://e/p> <http://e/2> .\n"


@pytest.fixture(scope="module")
def endpoint():
    with oxigraph_serve(EXTRACT.read_text(encoding="utf-8")) as base:
        yield Endpoint(f"{base}/query", Client())


def refused(answer, *words, client=QUICK, query=QUERY):
    """Ask a fake server, and check that the error names its address and says some words; return its requests."""
    with fake_server(answer) as server:
        with pytest.raises(OutsideError) as caught:
            Endpoint(server.url, client).query(query)
        assert server.url in str(caught.value)
        assert caught.value.exit_status == 4
        assert caught.value.hint
        for word in words:
            assert word in f"{caught.value} {caught.value.hint}"
        del caught  # the traceback holds a parser, which must be dropped by the thread that made it
    return server.requests


def test_select(endpoint):
    rows = endpoint.query('SELECT ?x ?no { ?x <http://www.wikidata.org/prop/direct/P297> "PK" }')
    assert rows.variables == ("x", "no")
    assert rows.terms == ((NamedNode("http://www.wikidata.org/entity/Q843"), None),)


def test_ask(endpoint):
    assert endpoint.query('ASK { ?x ?p "PK" }') is True
    assert endpoint.query('ASK { ?x ?p "XX" }') is False


def test_construct(endpoint):
    node = NamedNode("http://e/code")
    found = endpoint.query('CONSTRUCT { <http://e/code> <http://e/code> ?code } { ?x ?p "Pakistan"@en ; ?q ?code }')
    assert Triple(node, node, Literal("PAK")) in found


def test_an_endpoint_is_never_changed(endpoint):
    with pytest.raises(UsageError, match="SPARQL updates are not allowed"):
        endpoint.query("DELETE WHERE { ?s ?p ?o }")


def test_a_fault_in_the_query_is_told_by_the_server(endpoint):
    with pytest.raises(OutsideError, match="400 Bad Request: error at 1:") as caught:
        endpoint.query("SELECT * {")
    assert len(str(caught.value)) < 300


def test_a_real_server_that_runs_out_of_time_is_an_error():
    """Oxigraph then ends a body of status 200 with the text of an error."""
    data = "".join(f"<http://e/{i}> <http://e/p> {i} .\n" for i in range(400))
    with oxigraph_serve(data, "--timeout-s", "1") as base:
        with pytest.raises(OutsideError) as caught:
            Endpoint(f"{base}/query", Client()).query("SELECT * { ?a ?p ?x . ?b ?p ?y . ?c ?p ?z }")
        assert base in str(caught.value)


def test_requests_say_who_asks_and_what_for():
    with fake_server(lambda _: Reply(ROWS)) as server:
        Endpoint(server.url, QUICK).query(QUERY)
    (request,) = server.requests
    assert request.fields == {"query": QUERY}
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert request.headers["Accept"] == JSON
    assert f"aigov-kg/{__version__} (https://w3id.org/aigov-kg/)" in request.headers["User-Agent"]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply("<html><h1>Hello</h1></html>", headers={"Content-Type": "text/html; charset=utf-8"}), ["an HTML page"]),
        (Reply("?x\n<http://e/1>\n", headers={"Content-Type": "text/tab-separated-values"}), ["text/tab-separated"]),
        (Reply(ROWS, headers={}), ["without a media type"]),
        (Reply(ROWS[:-20]), ["incomplete"]),
        (Reply(ROWS, length=len(ROWS) + 1000), ["incomplete"]),
        (Reply(ROWS + "\nThe query took too long"), ["incomplete"]),
        (Reply(ROWS[:-3] + ', {"x": The query took too long'), ["incomplete"]),
        (Reply(""), ["incomplete"]),
        (Reply("{}"), ["incomplete"]),
        (Reply('{"head": {}, "boolean": true}'), ["a truth value (boolean) instead of rows"]),
        (Reply(ROWS, headers={"Content-Type": JSON, "X-SPARQL-MaxRows": "10000"}), ["truncated", "10000 rows"]),
        (
            Reply(ROWS, headers={"Content-Type": JSON, "X-SQL-State": "S1TAT", "X-SQL-Message": "anytime"}),
            ["a part of the answer", "S1TAT anytime"],
        ),
        (Reply("<p>no such\n  query</p>", 404, {}), ["404", "Not Found", "no such query"]),
        (Reply("x" * 10_000, 400, {}), ["400", "xxx ..."]),
        (Reply("", 302, {"Location": "file:///etc/passwd"}), ["redirects to file:"]),
        (Reply("", 307, {"Location": "http://169.254.169.254/"}), ["redirects to http://169.254.169.254/"]),
        (Reply("", 303, {"Location": "/elsewhere"}), ["redirects to", "303"]),
        (Reply("", 308, {"Location": "/sparql"}), ["redirects more than"]),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_what_is_no_whole_answer_is_an_error(reply, words):
    refused(lambda _: reply, *words)


@pytest.mark.parametrize(
    "body", ['{"head": {}, "boolean": true} timeout', '{"boolean": "true"}', "true", '{"head": {}, "boolean": tr']
)
def test_half_a_truth_value_is_an_error(body):
    refused(lambda _: Reply(body), "incomplete", query="ASK {}")


def test_half_a_graph_is_an_error():
    headers = {"Content-Type": "application/n-triples"}
    query = "CONSTRUCT WHERE { ?s ?p ?o }"
    with fake_server(lambda _: Reply(NTRIPLES, headers=headers)) as server:
        assert len(Endpoint(server.url, QUICK).query(query)) == 1
    refused(lambda _: Reply(NTRIPLES + "The query took too long", headers=headers), "incomplete", query=query)
    refused(lambda _: Reply(NTRIPLES, headers=headers, length=1000), "incomplete", query=query)


def test_a_server_that_hangs_is_given_up():
    start = time.monotonic()
    requests = refused(lambda _: Reply(ROWS, pause=5), "within 0.3 seconds", client=Client(timeout=0.3))
    assert time.monotonic() - start < 3
    assert len(requests) == 1


def test_a_body_that_is_too_large_is_given_up():
    refused(lambda _: Reply(ROWS), "larger than 20 bytes", client=Client(max_bytes=20))


def test_a_busy_server_is_asked_again_when_it_says():
    replies = iter([Reply("", 429, {"Retry-After": "1"}), Reply("", 503, {}), Reply(ROWS)])
    with fake_server(lambda _: next(replies)) as server:
        assert len(Endpoint(server.url, Client(timeout=9, backoff=0.01)).query(QUERY)) == 1
    first, second, third = (request.time for request in server.requests)
    assert second - first >= 1
    assert third - second < 1


def test_a_server_that_asks_for_an_hour_is_left_alone():
    requests = refused(lambda _: Reply("slow down", 429, {"Retry-After": "3600"}), "429", "slow down", "3600 seconds")
    assert len(requests) == 1


def test_a_server_that_always_fails_is_given_up():
    assert len(refused(lambda _: Reply("oops", 500, {}), "500", "oops", "later")) == QUICK.attempts


def test_a_date_to_come_back_at_is_understood():
    late = {"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"}
    assert len(refused(lambda _: Reply("", 503, late), "503", "seconds as it requests")) == 1
    past = {"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}
    assert len(refused(lambda _: Reply("", 503, past), "503")) == QUICK.attempts


def test_a_redirect_on_the_same_host_is_followed():
    with fake_server(
        lambda request: Reply(ROWS) if request.path == "/new" else Reply("", 307, {"Location": "/new"})
    ) as server:
        assert len(Endpoint(server.url, QUICK).query(QUERY)) == 1
    assert [request.fields for request in server.requests] == [{"query": QUERY}] * 2


def test_no_connection_is_an_error():
    with pytest.raises(OutsideError, match=r"cannot reach http://127.0.0.1:9/: .*refused"):
        Endpoint("http://127.0.0.1:9/", QUICK).query(QUERY)


def test_offline_no_socket_is_opened():
    with fake_server(lambda _: Reply(ROWS)) as server:
        with pytest.raises(OutsideError, match="offline") as caught:
            Endpoint(server.url, Client(offline=True)).query(QUERY)
        assert "--offline" in caught.value.hint
    assert server.requests == []


def test_only_http_is_spoken():
    with pytest.raises(UsageError, match="not an http"):
        Endpoint("file:///etc/passwd", QUICK).query(QUERY)


def test_json_services():
    with fake_server(lambda request: Reply(json.dumps(request.fields), headers={})) as server:
        assert post_form_for_json(server.url, {"queries": "{}"}, QUICK) == {"queries": "{}"}
        assert get_json(server.url, QUICK) == {}


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply("<html></html>", headers={"Content-Type": "text/html"}), "an HTML page instead of JSON"),
        (Reply('{"q0": '), "not JSON"),
        (Reply('{"q0": {}} error'), "not JSON"),
    ],
)
def test_a_json_service_that_answers_something_else_is_an_error(reply, words):
    with fake_server(lambda _: reply) as server, pytest.raises(OutsideError, match=words):
        post_form_for_json(server.url, {"queries": "{}"}, QUICK)
