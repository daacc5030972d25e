"""kg knows no domain: what it says of a project comes from that project."""

import csv
import io
import json
import re
from pathlib import Path

import pytest
from small_project import AIGOV, run_kg

import kg
from kg.provenance import vocabulary

PACKAGE = Path(kg.__file__).parent

ONTOLOGY = """
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix obo: <http://purl.obolibrary.org/obo/> .
@prefix b: <https://example.org/band#> .
@prefix other: <https://example.org/other#> .

<https://example.org/band> a owl:Ontology .
b:Band a owl:Class ; rdfs:label "band"@en .
obo:BFO_0000023 a owl:Class ; rdfs:label "role"@en .
b:member a owl:ObjectProperty, owl:TransitiveProperty .
b:founded a owl:DatatypeProperty .
b:size a owl:DatatypeProperty .
other:size a owl:DatatypeProperty .
"""
DATA = """
@prefix b: <https://example.org/band#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix x: <https://example.org/> .

x:the-band a b:Band ; skos:prefLabel "Die Band"@de, "The Band"@en ; b:founded "1990"^^xsd:gYear ; b:member x:section .
x:section a b:Group ; b:member x:ann .
x:ann foaf:name "Ann" .
"""


@pytest.fixture(scope="module")
def band(tmp_path_factory):
    """A project without evidence, and with names by other properties than ours."""
    folder = tmp_path_factory.mktemp("band")
    for name in ("ontology", "data", "queries"):
        (folder / name).mkdir()
    (folder / "ontology" / "band.ttl").write_text(ONTOLOGY, encoding="utf-8")
    (folder / "data" / "band.ttl").write_text(DATA, encoding="utf-8")
    (folder / "queries" / "members.rq").write_text(
        "#+ summary: Who is in a band?\n#+ params:\n#+   - name: band\n#+     type: entity\n#+     description: d\n"
        "#+ page: b:Band\n#+ view: matrix\n"
        "PREFIX b: <https://example.org/band#>\nSELECT ?who { $band b:member ?who } ORDER BY ?who\n",
        encoding="utf-8",
    )
    assert run_kg(folder, "build").returncode == 0
    return folder


def run(folder, *arguments):
    done = run_kg(folder, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_one_module_names_the_vocabulary_of_evidence():
    """Beside the template of a new project, which is RDF that uses it."""
    named = re.compile(rf"{re.escape(AIGOV)}|\b{vocabulary.PREFIX}:\w")
    files = [path for path in PACKAGE.rglob("*.py") if "shipped" not in path.parts]
    assert len(files) > 100
    found = [path for path in files if named.search(path.read_text(encoding="utf-8"))]
    assert found == [Path(vocabulary.__file__)]


def test_what_is_said_of_evidence_is_said_where_there_is_some(band):
    assert run(band, "validate", "--fail-on", "info").strip().endswith("0 violations, 0 warnings")
    assert set(json.loads(run(band, "stats", "-f", "json"))["tables"]) == {"entities by class", "labels by language"}
    assert "status" not in run(band, "export", "-f", "graphml")
    assert "does not record the sources" in run_kg(band, "sources", "coverage").stderr


def test_the_tour_asks_what_the_project_has(band):
    page = run(band, "tour")
    assert "Who is in a band?" in page
    assert "Why does this hold? The Band · b:member · Ann" in page
    assert "Who says so" not in page
    assert "kg describe x:the-band" in page


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Band", "https://example.org/band#Band"),
        ("role", "http://purl.obolibrary.org/obo/BFO_0000023"),
        ("member", {"@id": "https://example.org/band#member", "@type": "@id"}),
        ("founded", {"@id": "https://example.org/band#founded", "@type": "http://www.w3.org/2001/XMLSchema#gYear"}),
        ("size", None),  # of two terms
    ],
)
def test_json_ld_has_keys_for_the_terms_of_the_project(band, key, value):
    assert json.loads(run(band, "export", "-f", "context"))["@context"].get(key) == value


def test_things_are_called_by_the_names_that_they_have(band):
    graph = kg.open(band)
    assert graph.describe("Die Band").label == "The Band"
    assert graph.describe("Ann").entity.value == "https://example.org/ann"
    assert graph.describe("x:section").kind == "Group"
    rows = {row["curie"]: row for row in csv.DictReader(io.StringIO(graph.export("csv").decode()))}
    assert rows["x:the-band"]["label_en"] == "The Band"
    assert rows["x:the-band"]["label_de"] == "Die Band"
    assert rows["x:ann"]["label"] == "Ann"
    assert rows["x:section"]["label"] == ""
    assert 'data key="label">section<' in graph.export("graphml").decode()


def test_a_query_says_on_which_page_and_in_which_view_it_belongs(band):
    page = run(band, "query", "show", "members")
    assert "Page: of each b:Band" in page
    assert "View: matrix" in page
    query = kg.open(band).canned_query("members")
    assert (query.page, query.view) == ("https://example.org/band#Band", "matrix")
