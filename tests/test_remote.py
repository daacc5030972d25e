"""What was published to a server answers as the embedded store does: on Oxigraph and on Virtuoso, both real."""

import json
import re

import pytest
from link_fixtures import record
from pyoxigraph import BlankNode, Literal
from servers import wikidata
from small_project import run_kg, write_small_project
from update_expected import CASES, ROOT
from virtuoso import PASSWORD, USER

import kg
from kg.query.catalog import bind_arguments
from kg.rdf.terms import XSD
from kg.store import select

CREDENTIALS = {"KG_USER": USER, "KG_PASSWORD": PASSWORD}
NUMBERS = {XSD + name for name in ("integer", "decimal", "double", "boolean")}


def by_value(term):
    """A term as something that is equal for equal values: servers write numbers as they like."""
    if isinstance(term, BlankNode):
        return "a blank node"
    if isinstance(term, Literal) and term.datatype.value in NUMBERS:
        return float({"true": 1, "false": 0}.get(term.value, term.value))
    return str(term)


def values(rows):
    return sorted((tuple(map(by_value, terms)) for terms in rows.terms), key=str)


@pytest.fixture(scope="module")
def shipped(engine, tmp_path_factory):
    """The shipped graph, built here and published to the server."""
    place = tmp_path_factory.mktemp("store")
    with wikidata() as service:
        here = kg.open(ROOT, place, allow_service=[service])
        done = run_kg(ROOT, "--store", str(place), "publish", engine, **CREDENTIALS)
        assert done.returncode == 0, done.stderr
        yield here, kg.open(ROOT, engine, allow_service=[service])


@pytest.fixture(scope="module")
def small(engine, tmp_path_factory):
    """The small project, published; its folder."""
    folder = write_small_project(tmp_path_factory.mktemp("published"))
    (folder / "kg.toml").write_text('publication = "urn:test:small"\n')
    assert run_kg(folder, "publish", engine, **CREDENTIALS).returncode == 0
    return folder


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_canned_queries_give_equal_answers(shipped, case):
    here, there = shipped
    text = bind_arguments(here.canned_query(case.query), case.arguments, here.prefixes, here.entity)
    found = there.store.query(there.local_query(text))
    assert found.variables == here.store.query(here.local_query(text)).variables
    assert values(found) == values(here.store.query(here.local_query(text)))


ALIKE = [
    ["describe", "RC"],
    ["describe", "RC", "-f", "json"],
    ["describe", "RC", "-f", "ntriples"],
    ["search", "lund"],
    ["search", "河流"],
    ["explain", "RC", "locatedIn", "Sweden"],
    ["explain", "RC", "locatedIn", "Sweden", "--all", "-f", "json"],
    ["explain", "RC", "locatedIn", "RC"],
    ["stats"],
    ["prefixes"],
    ["sources", "list"],
    ["sources", "coverage"],
    ["sources", "cite"],
    ["query", "text", "SELECT ?x { ?x aigov:locatedIn id:sweden } ORDER BY ?x", "--cite"],
    ["query", "text", "SELECT ?x { ?x aigov:locatedIn id:sweden } ORDER BY ?x", "--asserted"],
    ["query", "text", "ASK { id:river-council aigov:locatedIn id:sweden }"],
    ["query", "text", "ASK {}"],
    ["query", "text", "CONSTRUCT WHERE { ?x aigov:locatedIn ?y }"],
    ["query", "text", "DESCRIBE id:lund"],
    ["query", "text", "DESCRIBE ?x ?y { ?x aigov:locatedIn ?y }"],
    ["query", "text", "DESCRIBE ?x { ?x a owl:AllDisjointClasses }"],
    ["query", "text", "SELECT ?g { GRAPH ?g { id:lund ?p ?o } } ORDER BY ?g ?p ?o"],
    ["query", "text", "SELECT ?x { GRAPH <urn:nowhere> { ?x ?p ?o } }"],
    ["query", "text", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o FILTER NOT EXISTS { GRAPH ?g { ?s ?p ?o } } }"],
    ["query", "text", "SELECT ?x { { SELECT DISTINCT ?x { ?x aigov:locatedIn+ id:sweden } } } ORDER BY ?x"],
    ["query", "text", "SELECT * {"],
    ["query", "text", "DELETE WHERE { ?s ?p ?o }"],
    ["export", "-f", "nquads"],
    ["export", "-f", "trig", "--scope", "all"],
    ["export", "-f", "json-ld", "--entity", "id:lund"],
    ["export", "--scope", "inferred", "-f", "ntriples"],
    ["export", "-f", "csv"],
]


@pytest.mark.parametrize("arguments", ALIKE, ids=" ".join)
def test_commands_say_the_same_of_a_server_as_of_the_embedded_store(engine, small, arguments):
    here = run_kg(small, *arguments)
    there = run_kg(small, "--store", engine, *arguments)
    assert there.returncode == here.returncode, there.stderr
    names = re.compile(r"_:\w+")
    assert sorted(names.sub("_:b", there.stdout).splitlines()) == sorted(names.sub("_:b", here.stdout).splitlines())


def test_links_are_looked_for_and_applied(engine, small, tmp_path):
    (tmp_path / "bodies.json").write_text(json.dumps([record(1, "River Council"), record(2, "Lake Council")], indent=1))
    added = run_kg(small, "link", "targets", "add", "bodies", "--file", str(tmp_path / "bodies.json"))
    assert added.returncode == 0, added.stderr
    here = run_kg(small, "link", "find", "--target", "bodies")
    there = run_kg(small, "--store", engine, "link", "find", "--target", "bodies")
    assert "River Council" in there.stdout
    assert there.stdout == here.stdout
    applied = run_kg(small, "--store", engine, "link", "apply", **CREDENTIALS)
    assert applied.returncode == 0, applied.stderr
    assert "all 7 graphs are up to date" in applied.stderr


def test_a_server_is_one_side_of_a_comparison(engine, small):
    assert run_kg(small, "diff", engine, ".", cwd=small).returncode == 0


def test_what_else_is_on_the_server_is_not_seen(engine, small):
    text = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } ORDER BY ?g"
    graphs = [row.g for row in select(kg.open(small, engine).store, text)]
    assert graphs == [row.g for row in select(kg.open(small).store, text)]
    assert len(graphs) == 7


def test_a_query_that_names_its_dataset_has_that_one(engine, small):
    text = "SELECT ?x FROM <https://w3id.org/aigov-kg/source/lake-letter#p1s1> { ?x a ?class } ORDER BY ?x"
    rows = select(kg.open(small, engine).store, text)
    assert [row.x.rpartition("/")[2] for row in rows] == ["lake-council", "lund"]


def test_the_shipped_graph_is_valid_on_the_server(shipped, engine):
    done = run_kg(ROOT, "--store", engine, "validate", "--fail-on", "info")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "0 violations, 0 warnings\n"


SHAPES = """
@prefix aigov: <https://w3id.org/aigov-kg/ontology#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .

aigov:OrganizationShape a sh:NodeShape ; sh:targetClass aigov:Organization ;
    sh:property [ sh:path aigov:seatedIn ; sh:minCount 1 ; sh:message "Say where its seat is." ] ;
    sh:property [ sh:path aigov:members ; sh:datatype xsd:integer ; sh:maxInclusive 10 ; sh:severity sh:Warning ;
                  sh:message "So many members?" ] .
"""


def test_faults_are_found_on_the_server_as_in_the_files(engine, tmp_path):
    folder = write_small_project(tmp_path / "project")
    (folder / "kg.toml").write_text('publication = "urn:test:faulty"\n')
    assert run_kg(folder, "publish", engine, **CREDENTIALS).returncode == 0
    (folder / "ontology" / "shapes.ttl").write_text(SHAPES)
    (folder / "queries" / "checks").mkdir(parents=True)
    (folder / "queries" / "checks" / "praise.rq").write_text(
        '#+ summary: Who praises?\n#+ severity: info\n#+ message: "{focus} praises."\n\n'
        "PREFIX aigov: <https://w3id.org/aigov-kg/ontology#>\nSELECT ?focus { ?place aigov:praisedBy ?focus }\n"
    )
    here = run_kg(folder, "validate", "-f", "json")
    there = run_kg(folder, "--store", engine, "validate", "-f", "json")
    assert there.returncode == here.returncode == 1, there.stderr
    found = json.loads(there.stdout)
    assert found == json.loads(here.stdout)
    assert "Say where its seat is." in there.stdout
    assert "praises." in there.stdout
    assert run_kg(folder, "--store", engine, "validate", "data/facts.trig").returncode == 2


def test_doctor_tries_what_will_work(engine, small):
    done = run_kg(small, "doctor", "--store", engine, "--write", **CREDENTIALS)
    assert done.returncode == 0, done.stdout
    assert "20,000 rows are returned completely" in done.stdout
    assert "Graph Store: works" in done.stdout
    assert re.search(r"literals: 1[68] of 22 kinds are returned unchanged", done.stdout)
    assert "<urn:test:small> is complete" in done.stdout
    assert select(kg.open(small, engine).store.server, "SELECT * { GRAPH <urn:kg:probe> { ?s ?p ?o } }").terms == ()
