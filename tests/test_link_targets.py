"""Targets: every kind of file is read, an index follows its file, and what cannot be read is said with its place."""

import gzip
import json
import os

import pytest
from link_fixtures import BODY, record
from servers import JSON, Reply, fake_server, oxigraph_serve
from small_project import run_kg, write_small_project

from kg.files.project import find_project
from kg.link.targets.readers import ColumnMapping, read_records
from kg.link.targets.registry import find_target, open_target, targets_folder

BODIES = [record(1, "River Council", aliases=["河流理事会"]), record(2, "Harbour Board", acronyms=["HB"])]
SCHEMA_2 = {
    "id": f"{BODY}7",
    "status": "withdrawn",
    "names": [
        {"value": "Kanal Board", "types": ["ror_display", "label"], "lang": "en"},
        {"value": "Board of Canals", "types": ["alias"], "lang": "en"},
        {"value": "KB", "types": ["acronym"], "lang": None},
    ],
    "types": ["government"],
    "locations": [{"geonames_details": {"country_code": "SE", "name": "Lund", "lat": 55.7, "lng": 13.2}}],
    "links": [{"type": "website", "value": "https://www.canals.example/en"}],
    "external_ids": [{"type": "wikidata", "all": ["Q1"], "preferred": None}],
    "relationships": [{"type": "Successor", "id": f"{BODY}8", "label": "Water Board"}],
    "established": 1911,
}
_COLUMNS = "2693678 Lund Lund Lund,Lundr,Лунд 55.7 13.2 P PPLA2 SE - 27 1281 - - 91940 - 48 Europe/Stockholm 2020"
GEONAMES = _COLUMNS.replace(" ", "\t") + "\n"
CITIES = (
    "geonameid\tname\tcountry\tadmin1\tlat\tlon\tpopulation\talternatenames\n"
    "2693678\tLund\tSE\t27\t55.7\t13.2\t91940\tLundr\n"
)
THESAURUS = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix t: <https://thesaurus.example/> .
t:river a skos:Concept ; skos:prefLabel "Fluss"@de, "river"@en ; skos:altLabel "stream"@en ; skos:broader t:water ;
    skos:definition "Flowing water."@en .
t:water a skos:Concept ; skos:prefLabel "water"@en .
t:scheme a skos:ConceptScheme .
"""


@pytest.fixture
def project(tmp_path):
    return write_small_project(tmp_path / "p")


def write_lines(path, values):
    path.write_text("".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values), encoding="utf-8")
    return path


def add(folder, name, *arguments):
    return run_kg(folder, "link", "targets", "add", name, *map(str, arguments))


def refused(done, status, *words):
    assert done.returncode == status, done.stderr
    for word in words:
        assert word in done.stderr, done.stderr
    assert "Traceback" not in done.stderr


def only(path, kind, mapping=None):
    ((_, found),) = read_records(path, kind, mapping)
    return found


def test_a_dump_of_ror_in_its_second_schema(tmp_path):
    found = only(write_lines(tmp_path / "x.jsonl", [SCHEMA_2]), "ror")
    assert (found.label, found.aliases, found.acronyms) == ("Kanal Board", ("Board of Canals",), ("KB",))
    assert (found.country, found.place, found.year) == ("SE", "Lund", 1911)
    assert found.domains == ("canals.example",)
    assert found.same_as == ("http://www.wikidata.org/entity/Q1",)
    assert found.retired
    assert found.successors == (f"{BODY}8",)
    (tmp_path / "x.json").write_text(json.dumps([SCHEMA_2], indent=1))
    assert only(tmp_path / "x.json", "ror") == found


@pytest.mark.parametrize(("name", "text"), [("cities5000.txt", GEONAMES), ("cities.tsv", CITIES)])
def test_geonames_with_and_without_a_heading(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = only(tmp_path / name, "geonames")
    assert (found.iri, found.label, found.country) == ("https://sws.geonames.org/2693678/", "Lund", "SE")
    assert "Lundr" in found.aliases
    assert found.size == 91940
    assert found.properties["population"] == 91940
    assert found.types == ("place", "city")


def test_a_thesaurus(tmp_path):
    path = tmp_path / "t.ttl.gz"
    path.write_bytes(gzip.compress(THESAURUS.encode()))
    river, water = (found for _, found in read_records(path, "rdf"))
    assert (river.label, river.aliases, river.types) == ("river", ("Fluss", "stream"), ("concept",))
    assert river.parents == (water.iri,) == ("https://thesaurus.example/water",)
    assert river.description == "Flowing water."


def test_a_table_with_a_mapping_and_a_row_without_a_name(project, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('no,title,www,also\n1,"River, Council",https://www.rivers.example/x,RC|Rivers\n2,,,\n')
    columns = ("--column", "label=title", "--column", "website=www", "--column", "aliases=also")
    done = add(project, "t", "--file", path, "--iri", "https://t.example/{no}", *columns)
    assert done.returncode == 0, done.stderr
    assert "1 records" in done.stderr
    assert "1 rows without a name left out" in done.stderr
    _, index = open_target(find_project(project), "t")
    (found,) = index
    assert (found.iri, found.label) == ("https://t.example/1", "River, Council")
    assert (found.domains, found.aliases) == (("rivers.example",), ("RC", "Rivers"))
    assert index.by_iri("https://t.example/1") == found
    assert index.by_iri("https://t.example/2") is None


def test_a_list_shows_what_there_is_and_remove_removes_it(project, tmp_path):
    path = write_lines(tmp_path / "bodies.jsonl", BODIES)
    assert add(project, "bodies", "--file", path, "--kind", "ror", "--version", "7").returncode == 0
    listed = run_kg(project, "link", "targets", "list")
    assert f"bodies: 2 records of {path}" in listed.stdout
    assert "release 7" in listed.stdout
    (entry,) = json.loads(run_kg(project, "link", "targets", "list", "-f", "json").stdout)
    assert (entry["name"], entry["records"], entry["version"]) == ("bodies", 2, "7")
    assert run_kg(project, "link", "targets", "remove", "bodies").returncode == 0
    assert run_kg(project, "link", "targets", "list").stdout == ""
    refused(run_kg(project, "link", "targets", "remove", "bodies"), 2, "no target named 'bodies'")
    assert path.exists()


def test_an_index_is_made_again_when_its_file_changes_and_only_then(project, tmp_path):
    path = write_lines(tmp_path / "bodies.jsonl", BODIES)
    add(project, "bodies", "--file", path, "--kind", "ror")
    found, told = find_project(project), []
    written = (targets_folder(found) / "bodies" / "target.json").stat().st_mtime_ns
    assert len(open_target(found, "bodies", told.append)[1]) == 2
    assert (targets_folder(found) / "bodies" / "target.json").stat().st_mtime_ns == written
    assert not told
    write_lines(path, [*BODIES, record(3, "Lock Company")])
    target, index = open_target(found, "bodies", told.append)
    assert (target.records, len(index)) == (3, 3)
    assert told == [f"{path} has changed: reading it again"]


def test_a_file_that_has_become_unreadable_leaves_the_old_index(project, tmp_path):
    path = write_lines(tmp_path / "bodies.jsonl", BODIES)
    add(project, "bodies", "--file", path, "--kind", "ror")
    path.write_text("{")
    refused(run_kg(project, "link", "find", "--target", "bodies"), 3, f"{path}:1:2: not JSON")
    assert find_target(find_project(project), "bodies").records == 2
    path.unlink()
    assert run_kg(project, "link", "find", "--target", "bodies").returncode == 0


@pytest.mark.parametrize(
    ("name", "text", "options", "words"),
    [
        ("x.jsonl", '{"id": \n', ["--kind", "ror"], ["x.jsonl:1:", "not JSON"]),
        ("x.jsonl", '{"id": "https://ror.org/1"}\n', [], ["x.jsonl:1", "no record of ROR", "'name'"]),
        ("x.jsonl", "[1]", ["--kind", "ror"], ["x.jsonl:1", "not a JSON object"]),
        ("x.jsonl", "", ["--kind", "ror"], ["the file has no records with a name"]),
        ("x.txt", GEONAMES + "1\tLund\n", [], ["x.txt:2", "not a row of GeoNames"]),
        ("x.txt", GEONAMES + GEONAMES, [], ["x.txt:2", "is the id of two records; the first is at 1"]),
        ("x.ttl", "@prefix : <x", [], ["x.ttl:1:"]),
        ("x.ttl", "", [], ["the file has no records with a name"]),
        ("x.jsonl", "", [], ["no records: the file is empty"]),
        ("x.zip", "PK", [], ["unpack it"]),
        (
            "x.csv",
            "id,name\n1,River\na b,Lake\n",
            ["--iri", "e:{id}", "--column", "label=name"],
            ["x.csv:3", "'e:a b'"],
        ),
        (
            "x.csv",
            "id,name\n1,River\n",
            ["--iri", "{id}", "--column", "label=name"],
            ["x.csv:2", "not an absolute IRI"],
        ),
        ("x.csv", "id;name\n1;River\n", ["--iri", "e:{id}", "--column", "label=name"], ["x.csv:1", "--delimiter"]),
        ("x.pdf", "%PDF", [], ["the kind of this file is unclear", "--kind"]),
        ("x.csv", "id,nam\n1,River\n", ["--iri", "e:{id}", "--column", "label=name"], ["x.csv:1", "did you mean nam?"]),
        ("x.csv", "id,name\n1\n", ["--iri", "e:{id}", "--column", "label=name"], ["x.csv:2", "cells"]),
        (
            "x.csv",
            "id,name,y\n1,River,soon\n",
            ["--iri", "e:{id}", "--column", "label=name", "--column", "year=y"],
            ["x.csv:2", "not a number"],
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_place_and_changes_nothing(
    project, tmp_path, name, text, options, words
):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    refused(add(project, "x", "--file", path, *options), 3, *words)
    assert not list(targets_folder(find_project(project)).glob("*"))


def test_files_that_are_cut_off_missing_or_in_another_encoding(project, tmp_path):
    cut = tmp_path / "cut.jsonl.gz"
    many = "".join(json.dumps(record(number, f"Board {os.urandom(9).hex()}")) + "\n" for number in range(2000))
    cut.write_bytes(gzip.compress(many.encode())[:-2000])
    refused(add(project, "x", "--file", cut, "--kind", "ror"), 3, "cut.jsonl.gz", "check that the download is complete")
    refused(add(project, "x", "--file", tmp_path / "none.ttl"), 3, "none.ttl", "No such file")
    latin = tmp_path / "latin.txt"
    latin.write_bytes(GEONAMES.replace("Lundr", "Lündr").encode("latin-1", "replace"))
    refused(add(project, "x", "--file", latin, "--kind", "geonames"), 3, "latin.txt:1", "not valid UTF-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["exactly one source"]),
        (["--file", "x.ttl", "--sparql", "http://x"], ["exactly one source"]),
        (["--file", "x.csv", "--column", "label=a"], ["--iri"]),
        (["--file", "x.csv", "--iri", "e:{a}", "--column", "lable=a"], ["no field 'lable'", "did you mean label"]),
        (["--file", "x.csv", "--iri", "e:{a}", "--column", "year=a"], ["no column is mapped to the label"]),
        (["--file", "x.csv", "--iri", "e:a", "--column", "label=a"], ["the template"]),
        (["--file", "x.csv", "--column", "label"], ["not of the form FIELD=COLUMN"]),
        (
            ["--file", "x.csv", "--iri", "e:{a}", "--column", "label=a", "--delimiter", "; "],
            ["is not a valid delimiter"],
        ),
        (["--sparql", "http://127.0.0.1:9/x"], ["--query"]),
    ],
)
def test_wrong_usage_is_told_with_the_remedy(project, arguments, words):
    refused(add(project, "x", *arguments), 2, *words)


def test_a_name_must_be_one(project, tmp_path):
    path = write_lines(tmp_path / "bodies.jsonl", BODIES)
    refused(add(project, "../x", "--file", path, "--kind", "ror"), 2, "is not a valid name")


def test_the_records_of_a_sparql_endpoint(project, tmp_path):
    query = tmp_path / "bodies.rq"
    query.write_text(
        "PREFIX e: <http://e/> SELECT ?iri ?label ?country ?aliases ?year"
        " { ?iri e:name ?label ; e:in ?country . OPTIONAL { ?iri e:also ?aliases } OPTIONAL { ?iri e:since ?year } }"
    )
    data = """@prefix e: <http://e/> .
        e:1 e:name "River Council" ; e:in "SE" ; e:also "Rivers", "RC" ; e:since "1911-05-01" .
        e:2 e:name "Harbour Board" ; e:in "NO" ."""
    with oxigraph_serve(data) as base:
        done = add(project, "bodies", "--sparql", f"{base}/query", "--query", query)
        assert done.returncode == 0, done.stderr
    _, index = open_target(find_project(project), "bodies")
    river, harbour = index
    assert (river.label, river.country, set(river.aliases), river.year) == (
        "River Council",
        "SE",
        {"RC", "Rivers"},
        1911,
    )
    assert (harbour.label, harbour.country, harbour.aliases) == ("Harbour Board", "NO", ())


@pytest.mark.parametrize(
    ("reply", "status", "words"),
    [
        (Reply("<html>Hello</html>", headers={"Content-Type": "text/html"}), 4, ["an HTML page instead"]),
        (Reply('{"head": {"vars": ["iri", "label"]}, "results": {"bindings": [', length=5000), 4, []),
        (
            Reply('{"head": {"vars": ["iri", "label"]}, "results": {"bindings": []}}'),
            3,
            ["the file has no records with a name"],
        ),
        (Reply('{"head": {"vars": ["iri", "nam"]}, "results": {"bindings": []}}'), 4, []),
        (
            Reply(
                '{"head": {"vars": ["iri", "label"]}, "results": {"bindings": []}}',
                headers={"Content-Type": JSON, "X-SPARQL-MaxRows": "10000"},
            ),
            4,
            ["truncated its answer after 10000 rows"],
        ),
    ],
)
def test_an_endpoint_that_misbehaves_gives_an_error_and_no_target(project, tmp_path, reply, status, words):
    query = tmp_path / "q.rq"
    query.write_text("SELECT ?iri ?label { ?iri <http://e/name> ?label }")
    with fake_server(lambda _: reply) as server:
        done = add(project, "bodies", "--sparql", server.url, "--query", query)
    if words:
        refused(done, status, *words)
    assert done.returncode != 0
    assert not list(targets_folder(find_project(project)).glob("*"))


def test_offline_asks_nobody(project, tmp_path):
    query = tmp_path / "q.rq"
    query.write_text("SELECT ?iri ?label { ?iri <http://e/name> ?label }")
    with fake_server(lambda _: Reply("")) as server:
        arguments = ("link", "targets", "add", "x", "--sparql", server.url, "--query", str(query))
        refused(run_kg(project, "--offline", *arguments), 4, "offline")
        assert not server.requests


def test_a_mapping_reads_into_json_objects(tmp_path):
    path = write_lines(tmp_path / "x.jsonl", [{"id": 1, "name": {"en": "River"}, "also": ["a", "b"], "pop": 5}])
    columns = {"label": "name.en", "aliases": "also", "size": "pop"}
    found = only(path, "table", ColumnMapping("https://x.example/{id}", columns, keep=("pop",)))
    assert (found.iri, found.label, found.aliases, found.size) == ("https://x.example/1", "River", ("a", "b"), 5.0)
    assert found.properties == {"pop": "5"}


def test_a_table_with_another_delimiter(project, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('id;name;also\n1;"River; Council";RC|Council\n', encoding="utf-8")
    columns = ("--iri", "https://x.example/{id}", "--column", "label=name", "--column", "aliases=also")
    assert add(project, "x", "--file", path, *columns, "--delimiter", ";").returncode == 0
    _, index = open_target(find_project(project), "x")
    found = index.by_iri("https://x.example/1")
    assert (found.label, found.aliases) == ("River; Council", ("RC", "Council"))


def test_countries_are_read_by_code_and_by_name(tmp_path):
    path = tmp_path / "x.csv"
    cells = ["SE", "se", "SWE", "Sweden", "UK", "Atlantis", ""]
    path.write_text("id,n,c\n" + "".join(f"{place},River,{cell}\n" for place, cell in enumerate(cells)))
    mapping = ColumnMapping("https://x.example/{id}", {"label": "n", "country": "c"})
    found = [record.country for _, record in read_records(path, "table", mapping)]
    assert found == ["SE", "SE", "SE", "SE", "GB", None, None]


def test_the_properties_of_rdf_are_mapped_like_columns(project, tmp_path):
    path = tmp_path / "works.ttl"
    path.write_text("""
@prefix d: <http://purl.org/dc/terms/> .
@prefix w: <https://works.example/> .
w:1 d:title "On Rivers"@en ; d:date "1911-05-01" ; d:creator w:ada ; w:land "Sweden" ; w:pages 12 ;
    d:isVersionOf <http://www.wikidata.org/entity/Q1> .
w:ada <http://www.w3.org/2000/01/rdf-schema#label> "Ada Lind" .
""")
    d = "http://purl.org/dc/terms/"
    fields = {"label": "title", "year": "date", "people": "creator", "same_as": "isVersionOf"}
    columns = [word for field, name in fields.items() for word in ("--column", f"{field}={d}{name}")]
    columns += ["--column", "country=https://works.example/land", "--keep", "https://works.example/pages"]
    done = add(project, "works", "--file", path, *columns)
    assert done.returncode == 0, done.stderr
    _, index = open_target(find_project(project), "works")
    found = index.by_iri("https://works.example/1")
    assert (found.label, found.year, found.people, found.country) == ("On Rivers", 1911, ("Ada Lind",), "SE")
    assert found.same_as == ("http://www.wikidata.org/entity/Q1",)
    assert found.properties == {"https://works.example/pages": "12"}
    refused(add(project, "x", "--file", path, "--column", "label=title"), 2, "not an IRI")
    refused(add(project, "x", "--file", path, *columns, "--column", f"size={d}title"), 3, "not a number")
