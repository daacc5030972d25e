"""kg link enrich: facts of linked records, said by whom, of when and under which licence; gone with their link."""

import re
import shutil
from pathlib import Path

import pytest
import rdflib
from link_fixtures import CC0, add_register, record, write_table
from rdflib import DCTERMS, RDF, XSD, Literal, URIRef
from small_project import AIGOV, run_kg, write_small_project

import kg

ROOT = Path(__file__).parent.parent
RECORD = URIRef("https://w3id.org/aigov-kg/record/places-records")
SOURCE = URIRef("https://w3id.org/aigov-kg/source/places-records")
GEO = rdflib.Namespace("http://www.w3.org/2003/01/geo/wgs84_pos#")
GN = rdflib.Namespace("http://www.geonames.org/ontology#")
SCHEMA = rdflib.Namespace("https://schema.org/")
CC_BY = "https://creativecommons.org/licenses/by/4.0/"
# No real places: GeoNames has not given these numbers.
PLACES = """\
geonameid\tname\tcountry\tadmin1\tlat\tlon\tpopulation\talternatenames
990000001\tLund\tSE\t27\t55.70\t-13.0\t91940\tLunden|Londinum Gothorum
990000002\tMiddle\tSE\t27\t60.1234567890123\t0\t0\t
990000003\tOther Lund\tNO\t1\t1\t2\t3\t
"""
LUND = URIRef("https://sws.geonames.org/990000001/")


@pytest.fixture
def folder(tmp_path):
    folder = write_small_project(tmp_path / "small")
    (folder / "data" / "links" / "places.sssom.tsv").unlink()
    write_table(folder, "items", "lund exactMatch geonames:990000001/", "sweden exactMatch geonames:990000002/")
    add_places(folder)
    return folder


def add_places(folder, *options, **environment):
    path = folder.parent / "places.tsv"
    path.write_text(PLACES, encoding="utf-8")
    options = options or ("--license", CC_BY, "--version", "2026-10")
    done = run_kg(folder, "link", "targets", "add", "places", "--file", str(path), *options, **environment)
    assert done.returncode == 0, done.stderr


def enrich(folder, properties, *options, target="places", status=0):
    done = run_kg(folder, "link", "enrich", "--target", target, "--properties", properties, *options)
    assert done.returncode == status, done.stderr
    return done


def facts_in(folder, name="places"):
    found = rdflib.Dataset()
    found.parse(folder / "data" / "enriched" / f"{name}.trig")
    return found


def test_facts_are_said_of_the_records_by_their_source(folder):
    done = enrich(folder, "coordinates,population,alternateName")
    assert "Wrote 7 facts about 2 records of places to data/enriched/places.trig" in done.stderr
    graphs = facts_in(folder)
    assert set(graphs.graph(RECORD)) == {
        (LUND, GEO.lat, Literal("55.7", datatype=XSD.decimal)),
        (LUND, GEO.long, Literal("-13", datatype=XSD.decimal)),
        (LUND, GN.population, Literal(91940)),
        (LUND, SCHEMA.alternateName, Literal("Lunden")),
        (LUND, SCHEMA.alternateName, Literal("Londinum Gothorum")),
        *{
            (URIRef("https://sws.geonames.org/990000002/"), GEO[name], Literal(value, datatype=XSD.decimal))
            for name, value in (("lat", "60.1234567890123"), ("long", "0"))
        },
    }
    about = graphs.graph(URIRef("https://w3id.org/aigov-kg/graph/sources"))
    assert about.value(RECORD, URIRef(AIGOV + "inSource")) == SOURCE
    assert about.value(RECORD, URIRef(AIGOV + "status")) == URIRef(AIGOV + "reportedFact")
    assert about.value(SOURCE, RDF.type) == URIRef(AIGOV + "Dataset")
    assert about.value(SOURCE, DCTERMS.license) == URIRef(CC_BY)
    assert str(about.value(SOURCE, URIRef(AIGOV + "version"))) == "2026-10"
    assert about.value(SOURCE, URIRef(AIGOV + "retrievedOn")).datatype == XSD.date
    assert about.value(SOURCE, URIRef(AIGOV + "url")) == URIRef("https://www.geonames.org/")


def test_a_build_takes_them_in_and_a_page_says_whose_they_are(folder):
    enrich(folder, "population,coordinates")
    assert run_kg(folder, "validate", "--fail-on", "info").returncode == 0
    assert run_kg(folder, "format", "--check", str(folder / "data" / "enriched")).returncode == 0
    built = run_kg(folder, "build")
    assert built.returncode == 0
    assert "warning" not in built.stderr  # no number comes back otherwise than it was written
    page = run_kg(folder, "describe", "id:lund").stdout
    assert re.search(r"Linked records\n  gn:population +91940 +\[3\]\n  geo:lat +55.7 +\[3\]\n", page)
    assert "[3] reported fact: GeoNames, records of linked things" in page
    assert "gn:population" in run_kg(folder, "describe", str(LUND)).stdout
    row = kg.open(folder).select(f"SELECT ?g ?n {{ GRAPH ?g {{ <{LUND}> <{GN.population}> ?n }} }}")[0]
    assert (row.g, row.n) == (str(RECORD), 91940)
    # Our own entity is as it was.
    assert len(kg.open(folder).select(f"SELECT ?o {{ id:lund <{GN.population}> ?o }}")) == 0
    assert "places-records" in run_kg(folder, "sources", "list").stdout


def test_the_shapes_of_the_shipped_graph_accept_them(tmp_path):
    folder = tmp_path / "shipped"
    for name in ("ontology", "data", "queries"):
        shutil.copytree(ROOT / name, folder / name)
    write_table(folder, "items", "beijing exactMatch geonames:990000001/")
    add_places(folder)
    enrich(folder, "coordinates,population,alternateName")
    done = run_kg(folder, "validate", "--fail-on", "info")
    assert done.stdout == "0 violations, 0 warnings\n"
    path = folder / "data" / "enriched" / "places.trig"
    path.write_text(path.read_text(encoding="utf-8").replace(f"<{CC_BY}>", '"CC BY"'), encoding="utf-8")
    done = run_kg(folder, "validate")
    assert done.returncode == 1
    assert "dcterms:license takes one IRI of a licence" in done.stdout


def test_two_runs_give_the_same_bytes_and_a_withdrawn_link_takes_its_facts_along(folder):
    path = folder / "data" / "enriched" / "places.trig"
    enrich(folder, "coordinates")
    before = path.read_bytes()
    enrich(folder, "coordinates")
    assert path.read_bytes() == before
    table = write_table(
        folder, "items", "lund exactMatch !geonames:990000001/", "sweden exactMatch geonames:990000002/"
    )
    enrich(folder, "coordinates")
    assert set(facts_in(folder).graph(RECORD).subjects()) == {URIRef("https://sws.geonames.org/990000002/")}
    table.unlink()
    done = enrich(folder, "coordinates")
    assert "removed data/enriched/places.trig" in done.stderr
    assert not path.exists()
    assert run_kg(folder, "validate").returncode == 0
    done = enrich(folder, "coordinates", status=2)
    assert "no accepted exact match leads to a record of places" in done.stderr
    assert "kg link find --target places" in done.stderr


def test_only_accepted_exact_matches_count(folder):
    write_table(
        folder,
        "items",
        "lund closeMatch geonames:990000001/",
        "lund exactMatch ?geonames:990000003/",
        "sweden exactMatch geonames:990000002/",
        "sweden exactMatch geonames:990000009/",
    )
    done = enrich(folder, "coordinates")
    assert "Linked ids that are not in places (release 2026-10, read on 2" in done.stderr
    assert "geonames.org/990000009/" in done.stderr
    assert set(facts_in(folder).graph(RECORD).subjects()) == {URIRef("https://sws.geonames.org/990000002/")}


def test_printing_writes_no_file(folder):
    done = enrich(folder, "population", "-o", "-")
    found = rdflib.Dataset()
    found.parse(data=done.stdout, format="trig")
    assert (LUND, GN.population, Literal(91940)) in found.graph(RECORD)
    assert "# Made by `kg link enrich --target places --properties population`" in done.stdout
    assert not (folder / "data" / "enriched").exists()


def test_organizations_of_a_register(folder):
    write_table(folder, "bodies", "river-council exactMatch register:1", "lake-council exactMatch register:2")
    add_register(
        folder,
        record(1, "River Council", links=["https://rivers.example/"], established=1955, lat=1.5, lng=2.25),
        record(2, "Lake Council", links=["lakes.example"]),
        options=("--license", CC0),
    )
    enrich(folder, "website,established,coordinates", target="register")
    graphs = facts_in(folder, "register")
    facts = graphs.graph(URIRef("https://w3id.org/aigov-kg/record/register-records"))
    node = URIRef("https://register.example/body/1")
    assert set(facts.predicate_objects(node)) == {
        (SCHEMA.url, URIRef("https://rivers.example/")),
        (SCHEMA.foundingDate, Literal("1955", datatype=XSD.gYear)),
        (GEO.lat, Literal("1.5", datatype=XSD.decimal)),
        (GEO.long, Literal("2.25", datatype=XSD.decimal)),
    }
    assert facts.value(URIRef("https://register.example/body/2"), SCHEMA.url) == Literal("lakes.example")
    source = URIRef("https://w3id.org/aigov-kg/source/register-records")
    about = graphs.graph(URIRef("https://w3id.org/aigov-kg/graph/sources"))
    # The release was not named, so the day must do.
    assert str(about.value(source, URIRef(AIGOV + "version"))).startswith("as of 20")


def test_columns_of_any_table(folder):
    path = folder.parent / "table.csv"
    path.write_text("id,name,height,motto,population\n1,River Council,12.50,Flow,many\n")
    write_table(folder, "bodies", "river-council exactMatch register:1")
    keep = [part for name in ("height", "motto", "population") for part in ("--keep", name)]
    done = run_kg(
        folder, "link", "targets", "add", "table", "--file", str(path), "--iri", "https://register.example/body/{id}",
        "--column", "label=name", "--license", CC0, *keep,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    done = enrich(folder, "motto", target="table", status=2)
    assert "kg has no predicate for the property 'motto'" in done.stderr
    done = enrich(folder, "motto=schema:slogan", target="table", status=2)
    assert "the address of the data set with --url" in done.stderr
    done = enrich(folder, "population", "--url", "https://register.example/", target="table", status=3)
    assert "'many' is not a valid integer" in done.stderr
    enrich(folder, "motto=schema:slogan", "--url", "https://register.example/", target="table")
    facts = facts_in(folder, "table").graph(URIRef("https://w3id.org/aigov-kg/record/table-records"))
    assert set(facts) == {(URIRef("https://register.example/body/1"), SCHEMA.slogan, Literal("Flow"))}
    assert run_kg(folder, "validate").returncode == 0


def test_properties_of_rdf_are_written_as_they_are(folder):
    path = folder.parent / "bodies.ttl"
    body, motto = "<https://register.example/body/1>", "https://register.example/motto"
    path.write_text(f'{body} <http://www.w3.org/2000/01/rdf-schema#label> "RC" ; <{motto}> "Flow", "Go" .')
    write_table(folder, "bodies", "river-council exactMatch register:1")
    arguments = ("--file", str(path), "--keep", motto, "--license", CC0)
    assert run_kg(folder, "link", "targets", "add", "rdf", *arguments).returncode == 0
    enrich(folder, motto, "--url", "https://register.example/", target="rdf")
    facts = facts_in(folder, "rdf").graph(URIRef("https://w3id.org/aigov-kg/record/rdf-records"))
    assert {(str(predicate), str(value)) for _, predicate, value in facts} == {(motto, "Flow"), (motto, "Go")}


@pytest.mark.parametrize(
    ("properties", "words"),
    [
        ("populaton", "did you mean population?"),
        ("coordinate", "did you mean coordinates?"),
        ("website", "the properties are alternateName, coordinates, latitude, longitude, population"),
        ("elevation=schema:elevation", "no record has a property 'elevation'"),
        ("population=nowhere:x", "unknown prefix 'nowhere'"),
        (",", "no properties named"),
    ],
)
def test_properties_that_are_not_there(folder, properties, words):
    assert words in enrich(folder, properties, status=2).stderr


def test_nothing_is_taken_over_without_a_licence(folder):
    add_places(folder, "--version", "1")
    done = enrich(folder, "coordinates", status=2)
    assert "the licence of places is not known" in done.stderr
    assert "kg link targets add places ... --license IRI" in done.stderr


def test_a_target_that_is_not_there(folder):
    assert "did you mean places?" in enrich(folder, "coordinates", target="place", status=2).stderr


def test_a_folder_that_cannot_be_written(folder):
    (folder / "data" / "enriched").write_text("")
    assert "name another file with -o" in enrich(folder, "coordinates", status=4).stderr


@pytest.mark.conformance
def test_real_cities(shared, tmp_path):
    folder = tmp_path / "shipped"
    for name in ("ontology", "data", "queries"):
        shutil.copytree(ROOT / name, folder / name)
    path = shared / "opendata" / "geonames_cities5000.tsv.gz"
    add = ("link", "targets", "add", "geonames", "--file", str(path), "--license", CC_BY, "--version", "3.0.2")
    assert run_kg(folder, *add).returncode == 0
    enrich(folder, "coordinates,population,alternateName", target="geonames")
    assert run_kg(folder, "validate", "--fail-on", "info").stdout == "0 violations, 0 warnings\n"
    facts = facts_in(folder, "geonames").graph(URIRef("https://w3id.org/aigov-kg/record/geonames-records"))
    beijing = URIRef("https://sws.geonames.org/1816670/")
    assert abs(float(facts.value(beijing, GEO.lat)) - 39.9) < 0.1
    assert abs(float(facts.value(beijing, GEO.long)) - 116.4) < 0.1
    assert (beijing, SCHEMA.alternateName, Literal("北京")) in facts
