"""kg publish: what changed goes up, what was broken off goes on, what cannot be done changes nothing."""

import re
import shlex
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from pyoxigraph import NamedNode
from readme import README
from servers import Reply, fake_server, oxigraph_serve, start_oxigraph
from small_project import ID, NOTE, PREFIXES, run_kg, write_small_project
from test_remote import CREDENTIALS, values
from update_expected import ROOT
from virtuoso import PASSWORD, free_port, virtuoso

import kg
from kg.build.contents import contents_of_build, contents_of_files
from kg.build.pipeline import build
from kg.files.project import find_project
from kg.store import select
from kg.store.engines import ENGINES

EVERYTHING = "SELECT ?s ?p ?o { ?s ?p ?o }"
MEMBERS = "SELECT ?n { id:river-council aigov:members ?n }"


@pytest.fixture
def project(tmp_path, request):
    """A small project of a test's own, known to servers by a name of its own."""
    folder = write_small_project(tmp_path / "project")
    name = f"urn:test:{sha256(request.node.nodeid.encode()).hexdigest()}"
    (folder / "kg.toml").write_text(f'publication = "{name}"\n')
    return folder


def publish(folder, url, *options, **environment):
    return run_kg(folder, "publish", url, *options, **{**CREDENTIALS, **environment})


def edit(folder, old, new, name="data/facts.trig"):
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def graphs_of(folder, url):
    return [row.g for row in select(kg.open(folder, url).store, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")]


def own_graphs(folder, url):
    """What a publication has beside its record and the published graphs: the closure, its copy, what is asserted."""
    node, server = kg.open(folder, url).store.publication.node.value, kg.open(folder, url).store.server
    return [graph.value for (graph,) in server.query("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }").terms
            if graph.value.startswith(f"{node}/")]  # fmt: skip


def copy_is_whole(folder, url):
    """Whether other clients see the closure that we see."""
    store = kg.open(folder, url).store
    asked = (store.publication.closure, NamedNode(f"{store.publication.node.value}/closure"))
    closure, copy = (store.server.query(f"SELECT ?s ?p ?o {{ GRAPH {graph} {{ ?s ?p ?o }} }}") for graph in asked)
    return len(closure) > 0 and values(closure) == values(copy)


def test_publish_change_publish(engine, project):
    first = publish(project, engine)
    assert first.returncode == 0, first.stderr
    assert "7 graphs uploaded" in first.stderr
    edit(project, "aigov:members 12", "aigov:members 13")
    dry = publish(project, engine, "--dry-run")
    assert dry.returncode == 0
    assert "1 graph would be uploaded, 10 triples" in dry.stderr
    there = run_kg(project, "--store", engine, "query", "text", MEMBERS).stdout
    assert "12" in there
    second = publish(project, engine)
    assert "1 graph uploaded, 10 triples" in second.stderr
    assert "6 graphs unchanged" in second.stderr
    assert "13" in run_kg(project, "--store", engine, "query", "text", MEMBERS).stdout
    third = publish(project, engine)
    assert "Nothing to do: the closure and all 7 graphs are up to date." in third.stderr
    assert third.returncode == 0


def test_what_is_no_longer_there_is_taken_away(engine, project):
    publish(project, engine)
    before = set(graphs_of(project, engine))
    (project / "data/links/places.sssom.tsv").unlink()
    done = publish(project, engine)
    assert done.returncode == 0, done.stderr
    assert "2 graphs removed" in done.stderr
    gone = {"https://w3id.org/aigov-kg/graph/links/places", "https://w3id.org/aigov-kg/graph/linksets"}
    assert before - set(graphs_of(project, engine)) == gone
    here, there = kg.open(project).store, kg.open(project, engine).store
    assert values(select(there, EVERYTHING)) == values(select(here, EVERYTHING))


def test_faults_of_the_files_publish_nothing(engine, project):
    publish(project, engine)
    edit(project, "id:lund aigov:locatedIn id:sweden .", "id:lund a aigov:Person .")
    done = publish(project, engine)
    assert done.returncode == 1
    assert "Nothing was published" in done.stderr
    assert run_kg(project, "diff", engine, "HEAD", cwd=project).returncode != 0
    assert "Sweden" in run_kg(project, "--store", engine, "describe", "Lund").stdout


def test_build_with_a_server_as_the_store_publishes(engine, project):
    done = run_kg(project, "--store", engine, "build", **CREDENTIALS)
    assert done.returncode == 0
    assert "7 graphs uploaded" in done.stderr
    assert (project / ".kg" / "current").exists()


def test_the_server_reasons(engine, project):
    done = publish(project, engine, "--reasoner", "server")
    assert done.returncode == 0, done.stderr
    here, there = kg.open(project).store, kg.open(project, engine).store
    assert values(select(there, EVERYTHING)) == values(select(here, EVERYTHING))
    assert "Nothing to do" in publish(project, engine, "--reasoner", "server").stderr
    again = run_kg(project, "--store", engine, "build", "--reasoner", "server", **CREDENTIALS)
    assert "Nothing to do" in again.stderr
    edit(project, "id:river-council a aigov:Organization", "id:river-council a aigov:Person, aigov:Organization")
    refused = publish(project, engine, "--reasoner", "server")
    assert refused.returncode == 1, refused.stderr
    assert "These facts contradict each other" in refused.stdout
    assert "aigov:Person" in refused.stdout
    after = run_kg(project, "--store", engine, "query", "text", MEMBERS)
    assert after.stdout.splitlines()[1].startswith('"12"')
    assert "was interrupted" in after.stderr
    assert len(own_graphs(project, engine)) == 3


def test_files_that_are_streamed_are_what_a_build_holds(project):
    """Graphs that are spread over files, statements that come twice, blank nodes that say the same."""
    one, other = "[] a owl:AllDisjointClasses", "[] a owl:AllDisjointClasses ; owl:members ( aigov:City aigov:Country )"
    edit(project, one, f"{other} .\n{one}", "ontology/small.ttl")
    ontology = (project / "ontology" / "small.ttl").read_text(encoding="utf-8")
    (project / "ontology" / "more.ttl").write_text(ontology.replace("ontology> a owl:", "more> a owl:"))
    (project / "data" / "more.trig").write_text(
        PREFIXES + "GRAPH note:p1s1 { id:lund a aigov:City ; rdfs:label 'Lund'@sv . }\n"
        "GRAPH lc:p1s1 { id:lund rdfs:label 'Lund'@sv . }\n"
    )
    built = contents_of_build(build(find_project(project)).require_published())
    read = contents_of_files(find_project(project), "key")
    assert read.graphs == built.graphs
    assert len(read.graphs) == 8
    assert (read.asserted, read.prefixes) == (built.asserted, built.prefixes)
    assert read.repeated == {NamedNode(NOTE + "p1s1"): 12}
    sent = list(read.quads(read.graphs))
    assert set(sent) == set(built.quads(built.graphs))
    assert len(sent) == 1 + sum(graph.triples for graph in read.graphs.values())
    some = [NamedNode(NOTE + "p1s1")]
    assert list(read.quads(some)) == [quad for quad in sent if quad.graph_name in some] == list(read.quads(some))


def test_the_server_sends_nothing_again_whoever_reasons(engine, project):
    edit(project, "id:lake-council a", "id:lund a aigov:City .\n    id:lake-council a")  # twice in its graph
    for reasoner, sent in (("server", 7), ("rules", 0), ("server", 0)):
        done = publish(project, engine, "--reasoner", reasoner)
        assert done.returncode == 0, done.stderr
        assert f"{sent} graphs uploaded" in done.stderr
        assert values(select(kg.open(project, engine).store, EVERYTHING)) == values(
            select(kg.open(project).store, EVERYTHING)
        )


AT_MOST_12 = """
@prefix aigov: <https://w3id.org/aigov-kg/ontology#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .

aigov:OrganizationShape a sh:NodeShape ; sh:targetClass aigov:Organization ;
    sh:property [ sh:path aigov:members ; sh:maxInclusive 12 ; sh:message "So many members?" ] .
"""


def test_what_the_shapes_find_on_the_server_leaves_the_last_publication(engine, project):
    (project / "ontology" / "shapes.ttl").write_text(AT_MOST_12)
    assert publish(project, engine, "--reasoner", "server").returncode == 0
    edit(project, "aigov:members 12", "aigov:members 13")
    refused = publish(project, engine, "--reasoner", "server")
    assert refused.returncode == 1, refused.stderr
    assert "So many members?" in refused.stdout
    assert "data/facts.trig:" in refused.stdout
    assert "The previously published closure is kept." in refused.stderr
    assert run_kg(project, "--store", engine, "query", "text", MEMBERS).stdout.splitlines()[1].startswith('"12"')
    assert len(own_graphs(project, engine)) == 3
    edit(project, "aigov:members 13", "aigov:members 11")
    assert publish(project, engine, "--reasoner", "server").returncode == 0
    assert run_kg(project, "--store", engine, "query", "text", MEMBERS).stdout.splitlines()[1].startswith('"11"')


def test_shapes_that_no_server_can_check_are_refused_before_anything_is_sent(project):
    (project / "ontology" / "shapes.ttl").write_text(AT_MOST_12.replace("sh:path aigov:members ;", ""))
    with fake_server(lambda _: Reply()) as server:
        done = publish(project, server.url, "--reasoner", "server")
    assert done.returncode in (2, 3), done.stderr
    assert not server.requests


def test_files_that_change_while_they_are_sent_are_told(project):
    with oxigraph_serve() as base:
        slow = proxy(base, lambda path, _: path.startswith("/update") and (project / "data/facts.trig").touch())
        with slow as between:
            done = publish(project, between, "--reasoner", "server")
    assert done.returncode == 4
    assert "the files were changed while they were published" in done.stderr


def test_other_clients_know_the_closure_by_a_name_that_stays(engine, project):
    for members in ("12", "13"):
        done = publish(project, engine)
        assert done.returncode == 0, done.stderr
        assert copy_is_whole(project, engine)
        edit(project, f"aigov:members {members}", f"aigov:members {int(members) + 1}")


def test_without_a_reasoner_only_what_is_asserted_is_published(engine, project):
    done = publish(project, engine, "--reasoner", "none")
    assert done.returncode == 0, done.stderr
    inferred = "ASK { id:river-council aigov:locatedIn id:lund }"
    assert kg.open(project).select(inferred) is True
    assert kg.open(project, engine).select(inferred) is False


def test_two_projects_on_one_server_do_not_meet(engine, project, tmp_path):
    other = write_small_project(tmp_path / "other")
    (other / "kg.toml").write_text('publication = "urn:test:the-other"\n')
    edit(other, "aigov:members 12", "aigov:members 99")
    for folder in (project, other):
        assert publish(folder, engine).returncode == 0
    for folder, members in ((project, "12"), (other, "99")):
        found = run_kg(folder, "--store", engine, "query", "text", MEMBERS).stdout
        assert found.splitlines()[1].startswith(f'"{members}"')


def test_what_was_not_published_is_told(engine, project):
    done = run_kg(project, "--store", engine, "query", "text", "ASK {}")
    assert done.returncode == 2
    assert f"kg publish {engine}" in done.stderr


SERVERS_PAGE = (ROOT / "docs" / "beyond-one-machine.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```(sh|python)\n(.*?)^```$", SERVERS_PAGE, re.MULTILINE | re.DOTALL)


def printed(language, example, base):
    """What an example prints, at another address."""
    program = [sys.executable, "-c"] if language == "python" else ["sh", "-c"]
    command = [*program, example.replace("http://localhost:7878", base)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_the_commands_of_the_readme_do_what_it_says_and_other_clients_read_what_is_published(tmp_path):
    blocks = re.findall(r"^```sh\n(.*?)^```$", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    block = next(block for block in blocks if "kg publish" in block)
    told = ""
    with oxigraph_serve() as base:
        for line in block.replace("http://localhost:7878", base).splitlines():
            done = run_kg(ROOT, *shlex.split(line)[1:], cwd=ROOT, XDG_CACHE_HOME=str(tmp_path))
            assert done.returncode == 0, f"{line}\n{done.stderr}"
            told += done.stdout + done.stderr
        answers = [printed(*example, base) for example in EXAMPLES]
    countries = len(select(kg.open(ROOT).store, "SELECT ?x { ?x a <https://w3id.org/aigov-kg/ontology#Country> }"))
    assert [re.findall(r"\d+", answer) for answer in answers] == [[str(countries)]] * 3
    for words in ("would be uploaded", "triples in the closure", "Alibaba Group", "prp-trp", "is complete"):
        assert words in told


# Broken off.


@contextmanager
def proxy(target, on_request):
    """A server that passes requests on to another one, and is told of each POST first; yields its address."""
    client = httpx.Client()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            on_request(self.path, body)
            headers = {name: self.headers[name] for name in ("Content-Type", "Accept") if name in self.headers}
            try:
                answer = client.request(self.command, target + self.path, content=body, headers=headers)
            except httpx.TransportError:
                self.close_connection = True
                return
            self.send_response(answer.status_code)
            for name in ("Content-Type", "Server"):
                if name in answer.headers:
                    self.send_header(name, answer.headers[name])
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("number", [1, 3, 5, 8, 11, 14])
def test_a_server_that_is_killed_in_the_middle_has_all_after_the_next_publish(project, tmp_path, number):
    """The server dies before the nth change of the second publish; what was published first answers on."""
    port, location = free_port(), str(tmp_path / "server")
    process, base = start_oxigraph(port, "--location", location)
    changes = 0

    def count(path, _):
        nonlocal changes
        if path.startswith(("/update", "/store")):
            changes += 1
            if changes == number:
                process.kill()
                process.wait()

    try:
        assert publish(project, base).returncode == 0
        edit(project, "aigov:members 12", "aigov:members 13")
        edit(project, "id:lund aigov:locatedIn id:sweden .", "")
        with proxy(base, count) as between:
            broken = publish(project, between)
        assert broken.returncode == 4, broken.stderr
        assert "cannot reach" in broken.stderr
        process, base = start_oxigraph(port, "--location", location)
        there = run_kg(project, "--store", base, "query", "text", MEMBERS)
        assert '"12"' in there.stdout
        assert number == 1 or "was interrupted; complete it with kg publish" in there.stderr
        done = publish(project, base)
        assert done.returncode == 0, done.stderr
        text = "SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
        assert values(select(kg.open(project, base).store, text)) == values(select(kg.open(project).store, text))
        assert "was interrupted" not in run_kg(project, "--store", base, "query", "text", MEMBERS).stderr
        leftovers = (
            "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } FILTER(CONTAINS(STR(?g), '/closure/')) } GROUP BY ?g"
        )
        assert len(kg.open(project, base).store.server.query(leftovers)) == 1
        assert copy_is_whole(project, base)
    finally:
        process.kill()
        process.wait()


SMALL_PARTS = """
from dataclasses import replace
from kg.cli import main
from kg.store import engines
engines.ENGINES["oxigraph"] = replace(engines.ENGINES["oxigraph"], insert=100, upload=500)
main()
"""


@pytest.mark.parametrize("reasoner", ["rules", "server"])
def test_a_large_graph_goes_on_where_it_stopped(project, reasoner):
    """Of a graph that goes up in parts, those that have arrived are not sent again."""
    numbers = "".join(f"    id:lund aigov:members {n} .\n" for n in range(2_490))
    edit(project, "    id:sweden a aigov:Country", numbers + "    id:sweden a aigov:Country")
    kg.open(project)
    sent = []

    def refuse_late(path, body):
        if path.startswith("/store"):
            if len(sent) == 3:
                raise ConnectionError
            sent.append(body.count(b"\n"))

    with oxigraph_serve() as base:
        with proxy(base, refuse_late) as between:
            command = [sys.executable, "-c", SMALL_PARTS, "--project", str(project), "publish", "--reasoner", reasoner]
            command.append(between)
            environment = {"PYTHONPATH": str(Path(kg.__file__).parent.parent)}
            first = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert first.returncode == 4, first.stderr
        assert sent == [500, 500, 500]
        again = []
        with proxy(base, lambda path, body: path.startswith("/store") and again.append(body.count(b"\n"))) as between:
            command[-1] = between
            assert subprocess.run(command, env=environment, check=False).returncode == 0
        assert again[0] == 500
        assert again[1] < 500
        assert values(select(kg.open(project, base).store, "SELECT * { ?s ?p ?o }")) == values(
            select(kg.open(project).store, "SELECT * { ?s ?p ?o }")
        )


def test_a_publish_that_is_killed_is_ended_by_the_next(project, tmp_path):
    port = free_port()
    process, base = start_oxigraph(port, "--location", str(tmp_path / "server"))
    kg.open(project)
    try:
        with proxy(base, lambda path, _: time.sleep(0.3 if path.startswith("/update") else 0)) as slow:
            command = [sys.executable, "-m", "kg", "--project", str(project), "publish", slow]
            started = subprocess.Popen(command, env={"PYTHONPATH": str(Path(kg.__file__).parent.parent)})
            for _ in range(200):
                if httpx.post(f"{base}/query", data={"query": "ASK { GRAPH ?g { ?s ?p ?o } }"}).text.count("true"):
                    break
                time.sleep(0.05)
            started.send_signal(signal.SIGKILL)
            started.wait()
        done = publish(project, base)
        assert done.returncode == 0, done.stderr
        assert "13" not in run_kg(project, "--store", base, "query", "text", MEMBERS).stdout
        assert len(graphs_of(project, base)) == 7
    finally:
        process.kill()
        process.wait()


def test_what_a_killed_reasoning_leaves_is_removed_by_the_next_publish(project):
    """Scratch graphs have the name of a closure that is never made when the files change before the next publish."""
    with oxigraph_serve() as base:
        assert publish(project, base).returncode == 0
        edit(project, "aigov:members 12", "aigov:members 13")
        requests = []

        def kill_late(_, body):
            requests.append(b"%2Fscratch%2F" in body)
            if sum(requests) == 20:
                started.kill()
                raise ConnectionError

        with proxy(base, kill_late) as between:
            options = ["--project", project, "publish", "--reasoner", "server", between]
            command = [sys.executable, "-m", "kg", *options]
            started = subprocess.Popen(command, env={"PYTHONPATH": str(Path(kg.__file__).parent.parent)})
            assert started.wait() == -signal.SIGKILL
        assert any("/scratch/" in name for name in own_graphs(project, base))
        edit(project, "aigov:members 13", "aigov:members 14")
        done = publish(project, base)
        assert done.returncode == 0, done.stderr
        assert len(own_graphs(project, base)) == 3
        assert "14" in run_kg(project, "--store", base, "query", "text", MEMBERS).stdout


def test_a_copy_for_others_that_was_broken_off_is_ended_though_nothing_is_to_be_sent(project):
    def refuse_copying(_, body):
        if b"NOT+EXISTS" in body and b"INSERT" in body:
            raise ConnectionError

    with oxigraph_serve() as base:
        with proxy(base, refuse_copying) as between:
            assert publish(project, between).returncode == 4
        assert not copy_is_whole(project, base)
        assert "was interrupted" not in run_kg(project, "--store", base, "query", "text", MEMBERS).stderr
        assert "Nothing to do" in publish(project, base).stderr
        assert copy_is_whole(project, base)


# Who we are.


def test_a_wrong_password_is_told_and_nothing_is_changed(project, running):
    base = running("virtuoso")
    done = publish(project, base, KG_PASSWORD="not-it")
    assert done.returncode == 4
    assert "401 Unauthorized" in done.stderr
    assert "KG_USER and KG_PASSWORD" in done.stderr
    assert "not-it" not in done.stderr + done.stdout
    assert run_kg(project, "--store", base, "query", "text", "ASK {}").returncode == 2
    named = publish(project, base.replace("//", f"//dba:{PASSWORD}@"))
    assert named.returncode == 2
    assert "everyone on this machine can read" in named.stderr


def test_a_cut_answer_is_an_error(project):
    """Virtuoso says only in a header that rows beyond its limit are missing."""
    with virtuoso(rows=50) as base:
        publish(project, base)
        done = run_kg(project, "--store", base, "query", "text", "SELECT * { ?s ?p ?o }")
        assert done.returncode == 4
        assert "truncated its answer after 50 rows" in done.stderr
        doctor = run_kg(project, "doctor", "--store", base)
        assert doctor.returncode == 1
        assert "raise its limit of rows" in doctor.stdout


UNAUTHORIZED = {"digest": 'Digest realm="r", nonce="n", qop="auth", algorithm="MD5"', "basic": 'Basic realm="r"'}


@pytest.mark.parametrize("scheme", UNAUTHORIZED)
def test_a_password_is_sent_as_the_server_wants_it(project, scheme):
    def answer(request):
        given = request.headers.get("Authorization", "")
        if given.lower().startswith(scheme):
            return Reply('{"head":{"vars":[]},"results":{"bindings":[]}}')
        return Reply("", 401, {"WWW-Authenticate": UNAUTHORIZED[scheme]})

    with fake_server(answer) as server:
        done = run_kg(project, "--store", server.url, "stats", KG_USER="me", KG_PASSWORD="secret-word")
    assert "has no published graph" in done.stderr
    assert "secret-word" not in done.stderr
    sent = [request.headers.get("Authorization", "") for request in server.requests]
    assert any(one.lower().startswith(scheme) for one in sent)
    assert scheme == "basic" or not any("secret-word" in one for one in sent)


def test_a_token_and_a_netrc_file(project, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password from-file\n")
    rows = Reply('{"head":{"vars":[]},"results":{"bindings":[]}}')
    with fake_server(lambda _: rows) as server:
        run_kg(project, "--store", server.url, "stats", KG_TOKEN="a-token")
        assert server.requests[-1].headers["Authorization"] == "Bearer a-token"
    basic = Reply("", 401, {"WWW-Authenticate": UNAUTHORIZED["basic"]})
    with fake_server(lambda request: rows if "Authorization" in request.headers else basic) as server:
        run_kg(project, "--store", server.url, "stats", NETRC=str(tmp_path / "netrc"))
        assert server.requests[-1].headers["Authorization"].startswith("Basic ")
    (tmp_path / "netrc").write_text("machin 127.0.0.1\n")
    faulty = run_kg(project, "--store", "http://127.0.0.1:9", "stats", NETRC=str(tmp_path / "netrc"))
    assert faulty.returncode == 3
    assert "netrc" in faulty.stderr


def test_credentials_go_to_the_server_of_the_store_alone(project):
    """Not to an endpoint that a query asks by SERVICE."""
    with oxigraph_serve() as base:
        publish(project, base)
        with fake_server(lambda _: Reply('{"head":{"vars":["x"]},"results":{"bindings":[]}}')) as other:
            query = f"SELECT ?x {{ SERVICE <{other.url}> {{ ?x ?p ?o }} }}"
            options = ("--allow-service", other.url)
            done = run_kg(project, "--store", base, "query", "text", query, *options, KG_TOKEN="a-token")
    assert done.returncode == 0, done.stderr
    assert other.requests
    assert not any("Authorization" in request.headers for request in other.requests)


# Servers that misbehave.

MISBEHAVIOUR = {
    "html": (Reply("<html><body>Welcome</body></html>", headers={"Content-Type": "text/html"}), "HTML"),
    "error-text": (Reply('{"head":{"vars":["x"]},"results":{"bindings":[ error: out of time'), "corrupt or incomplete"),
    "cut-off": (Reply('{"head":{"vars":["x"]},"results":{"bindings":[]}}', length=500), "corrupt or incomplete"),
    "partial": (
        Reply('{"head":{"vars":["x"]},"results":{"bindings":[]}}', headers={
            "Content-Type": "application/sparql-results+json", "X-SQL-State": "S1TAT", "X-SQL-Message": "anytime"}),
        "only a part of the answer",
    ),
    "fault": (Reply("no such thing", 404), "404"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISBEHAVIOUR)
def test_an_answer_that_is_no_answer_is_an_error(project, name):
    reply, told = MISBEHAVIOUR[name]
    with fake_server(lambda _: reply) as server:
        for command in (["stats"], ["query", "text", "ASK {}"], ["publish"]):
            done = run_kg(project, "--store", server.url, *command)
            assert done.returncode == 4, done.stderr
            assert told in done.stderr
            assert "hint:" in done.stderr


def test_a_server_that_hangs_is_given_up(project):
    with oxigraph_serve() as base:
        publish(project, base)
        with proxy(base, lambda _, body: time.sleep(30 if b"hang" in body else 0)) as slow:
            query = "SELECT ?hang { ?hang ?p ?o }"
            start = time.monotonic()
            done = run_kg(project, "--store", slow, "query", "text", query, "--timeout", "2")
    assert done.returncode == 4
    assert "within 2 seconds" in done.stderr
    assert time.monotonic() - start < 20


def test_offline_asks_nobody(project):
    with fake_server(lambda _: Reply()) as server:
        done = run_kg(project, "--offline", "--store", server.url, "stats")
    assert done.returncode == 4
    assert "offline" in done.stderr
    assert not server.requests


def test_queries_are_sent_as_forms(project):
    """At a body of application/sparql-query Virtuoso hangs for ever."""
    with fake_server(lambda _: Reply('{"head":{"vars":[]},"results":{"bindings":[]}}')) as server:
        run_kg(project, "--store", server.url, "stats")
    posts = [request for request in server.requests if request.fields]
    assert posts
    assert {request.headers["Content-Type"] for request in posts} == {"application/x-www-form-urlencoded"}


def test_a_path_with_two_open_ends_is_an_error_of_virtuoso_not_of_ours(project, running):
    base = running("virtuoso")
    publish(project, base)
    done = run_kg(project, "--store", base, "query", "text", "SELECT ?x ?y { ?x aigov:locatedIn+ ?y }")
    assert done.returncode in (0, 4)
    assert done.returncode == 0 or "500" in done.stderr
    bound = "SELECT ?x { ?x aigov:seatedIn/aigov:locatedIn* id:sweden }"
    assert ID + "river-council" in run_kg(project, "--store", base, "query", "text", bound).stdout


@pytest.mark.parametrize("settings", [
    '[server]\nengine = "virtuosso"\n',
    '[server]\nengin = "virtuoso"\n',
    "[server]\nengine = 7\n",
    "server = 7\n",
])  # fmt: skip
def test_faulty_settings_are_told(project, settings):
    (project / "kg.toml").write_text(settings)
    done = run_kg(project, "--store", "http://127.0.0.1:9", "stats")
    assert done.returncode in (2, 3)
    assert re.search("did you mean|the settings (of .server. )?are", done.stderr)


def test_addresses_are_named_one_by_one(project, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    config = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    with oxigraph_serve() as base:
        (project / "kg.toml").write_text(
            f'[server]\nengine = "generic"\nquery = "{base}/query"\nupdate = "{base}/update"\n'
        )
        assert run_kg(project, "trust", **config).returncode == 0
        done = publish(project, "http://data.example.org", **config)
        assert done.returncode == 0, done.stderr
        assert "(generic)" in done.stderr
        assert NOTE + "p1s1" in graphs_of(project, "http://data.example.org")
        (project / "kg.toml").write_text(f'[server]\nquery = "{base}/query"\n')
        edit(project, "aigov:members 12", "aigov:members 13")
        assert run_kg(project, "trust", **config).returncode == 0
        done = publish(project, "http://data.example.org", **config)
        assert done.returncode == 2
        assert "the address for updates" in done.stderr


@pytest.mark.parametrize("name", [name for name in ENGINES if name != "generic"])
def test_engines_are_asked_where_they_answer_and_listed_with_what_is_known(project, name):
    (project / "kg.toml").write_text(f'[server]\nengine = "{name}"\n')
    rows = Reply('{"head":{"vars":[]},"results":{"bindings":[]}}')
    with fake_server(lambda _: rows) as server:
        done = run_kg(project, "doctor", "--store", server.url)
    engine = ENGINES[name]
    assert {request.path for request in server.requests} == {f"/sparql{engine.query}"}
    assert ("covered by the tests" if engine.tested else "described by its documentation, not tested") in done.stdout
    assert engine.scaling in done.stdout
    assert engine.tested or f"`{name}`" in SERVERS_PAGE
    assert re.search(rf"^\| .*{name}", SERVERS_PAGE, re.IGNORECASE | re.MULTILINE)
