"""Links in the graph: what is accepted is in, counted and described; identity only where somebody asks for it."""

from pathlib import Path

import pytest
import rdflib
from rdflib import DCTERMS, OWL, RDF, SKOS, VOID, Literal, URIRef
from small_project import ID, LINKS, run_kg, write_small_project

import kg
from kg.build.pipeline import BuildOptions, build
from kg.files.project import find_project

ROOT = Path(__file__).parent.parent
GAZETTEER = "https://gazetteer.example/"
LINKSETS = "https://w3id.org/aigov-kg/graph/linksets"
HEADING = """\
#mapping_set_id: https://w3id.org/aigov-kg/graph/links/bodies
#mapping_set_title: Councils in a register
#license: https://creativecommons.org/publicdomain/zero/1.0/
#curie_map:
#  id: https://w3id.org/aigov-kg/id/
#  register: https://register.example/body/
#  skos: http://www.w3.org/2004/02/skos/core#
#  semapv: https://w3id.org/semapv/vocab/
subject_id\tpredicate_id\tpredicate_modifier\tobject_id\tmapping_justification\tmapping_date\treview_date\treviewer_agreement
"""
ROWS = [
    "id:lake-council\tskos:closeMatch\t\tregister:7\tsemapv:ManualMappingCuration\t2026-03-01\t\t",
    "id:lake-council\tskos:exactMatch\t\tregister:6\tsemapv:ManualMappingCuration\t2026-02-01\t\t",
    "id:lake-council\tskos:exactMatch\t\tsssom:NoTermFound\tsemapv:ManualMappingCuration\t\t\t",
    "id:river-council\tskos:exactMatch\t\tregister:1\tsemapv:ManualMappingCuration\t2026-01-05\t2026-04-02\t1.0",
    "id:river-council\tskos:exactMatch\t\tregister:2\tsemapv:ManualMappingCuration\t2026-01-09\t\t0.0",
    "id:river-council\tskos:exactMatch\tNot\tregister:3\tsemapv:ManualMappingCuration\t\t\t",
]


@pytest.fixture
def folder(tmp_path):
    folder = write_small_project(tmp_path / "small")
    (folder / "data" / "links" / "bodies.sssom.tsv").write_text(HEADING + "".join(row + "\n" for row in ROWS))
    return folder


def test_it_says_how_many_links_are_in_and_how_many_are_left_out(folder):
    done = run_kg(folder, "link", "apply")
    assert done.returncode == 0
    assert [line.strip() for line in done.stderr.splitlines() if " into " in line] == [
        "1 skos:exactMatch into https://gazetteer.example/",
        "1 skos:closeMatch into https://register.example/body/",
        "2 skos:exactMatch into https://register.example/body/; 1 unsure, 1 rejected left out",
    ]
    assert done.stderr.endswith("4 accepted links; 2 unsure or rejected ones left out.\n")
    rows = run_kg(folder, "query", "text", "SELECT ?o { id:river-council skos:exactMatch ?o }").stdout
    assert rows == "?o\n<https://register.example/body/1>\n"
    again = run_kg(folder, "link", "apply")
    assert "Nothing to do" in again.stderr
    assert "4 accepted links" in again.stderr


def test_links_are_described_where_no_fact_stands(folder):
    run_kg(folder, "link", "apply")
    graph = kg.open(folder)
    wanted = (
        f"SELECT ?set ?n {{ GRAPH <{LINKSETS}> {{ ?set a <{VOID.Linkset}> ; <{VOID.triples}> ?n }} }} ORDER BY ?set"
    )
    assert [(row.set.partition("#")[2], row.n) for row in graph.select(wanted)] == [
        ("bodies-register-closeMatch", 1),
        ("bodies-register-exactMatch", 2),
        ("places-gazetteer-exactMatch", 1),
    ]
    anything = f"SELECT ?s {{ ?s ?p ?o FILTER(STRSTARTS(STR(?p), '{VOID}')) }}"
    assert len(graph.select(anything)) == 0
    assert len(graph.store.asserted().query(anything)) == 0
    assert "Linkset" not in run_kg(folder, "stats").stdout


def test_the_file_alone(folder, tmp_path):
    path = tmp_path / "links.trig"
    done = run_kg(folder, "link", "apply", "-o", str(path))
    assert done.returncode == 0
    assert not (folder / ".kg" / "current").exists()
    found = rdflib.Dataset()
    found.parse(path)
    links = found.graph(URIRef("https://w3id.org/aigov-kg/graph/links/bodies"))
    assert set(links) == {
        (URIRef(ID + "lake-council"), SKOS.closeMatch, URIRef("https://register.example/body/7")),
        (URIRef(ID + "lake-council"), SKOS.exactMatch, URIRef("https://register.example/body/6")),
        (URIRef(ID + "river-council"), SKOS.exactMatch, URIRef("https://register.example/body/1")),
    }
    about = found.graph(URIRef(LINKSETS))
    node = URIRef(LINKSETS + "#bodies-register-exactMatch")
    assert about.value(node, RDF.type) == VOID.Linkset
    assert about.value(node, VOID.subjectsTarget) == URIRef("https://w3id.org/aigov-kg/dataset")
    assert about.value(node, VOID.objectsTarget) == URIRef("https://register.example/body/")
    assert about.value(node, VOID.linkPredicate) == SKOS.exactMatch
    assert about.value(node, VOID.triples) == Literal(2)
    assert about.value(node, DCTERMS.license) == URIRef("https://creativecommons.org/publicdomain/zero/1.0/")
    assert str(about.value(node, DCTERMS.created)) == "2026-01-05"
    assert str(about.value(node, DCTERMS.modified)) == "2026-04-02"
    assert run_kg(folder, "link", "apply", "-o", "-").stdout == path.read_text()
    turtle = tmp_path / "links.ttl"
    assert run_kg(folder, "link", "apply", "-o", str(turtle)).returncode == 0
    assert len(rdflib.Graph().parse(turtle)) == sum(1 for _ in found.quads())


def test_identity_is_there_only_when_asked_for(folder):
    ask = "ASK { <https://gazetteer.example/lund> aigov:locatedIn id:sweden }"
    plain = run_kg(folder, "link", "apply")
    assert "sameAs" not in plain.stderr
    assert run_kg(folder, "query", "text", ask).stdout.strip() == "false"
    done = run_kg(folder, "link", "apply", "--sameas")
    assert done.returncode == 0
    assert "warning: exact matches are treated as the same thing (owl:sameAs)" in done.stderr
    assert run_kg(folder, "query", "text", ask).stdout.strip() == "true"
    stored = run_kg(folder, "query", "text", "SELECT ?g ?s { GRAPH ?g { ?s owl:sameAs ?o } } ORDER BY ?s").stdout
    assert stored.splitlines()[1:] == [
        f"<https://w3id.org/aigov-kg/graph/links/bodies>\t<{ID}lake-council>",
        f"<https://w3id.org/aigov-kg/graph/links/places>\t<{ID}lund>",
        f"<https://w3id.org/aigov-kg/graph/links/bodies>\t<{ID}river-council>",
    ]
    # The same files with another option are another build; asked for again, it is said again.
    assert "Nothing to do" in run_kg(folder, "build", "--sameas").stderr
    assert "warning" in run_kg(folder, "build", "--sameas").stderr
    run_kg(folder, "build")
    assert run_kg(folder, "query", "text", ask).stdout.strip() == "false"


def test_identity_in_the_file_and_through_python(folder, tmp_path):
    path = tmp_path / "links.nt"
    assert run_kg(folder, "link", "apply", "--sameas", "-o", str(path)).returncode == 0
    same = set(rdflib.Graph().parse(path).subject_objects(OWL.sameAs))
    assert len(same) == 3
    assert (URIRef(ID + "lund"), URIRef(GAZETTEER + "lund")) in same
    assert build(find_project(folder), BuildOptions(same_as=True)).fresh
    assert kg.open(folder).select(f"ASK {{ <{GAZETTEER}lund> <{OWL.sameAs}> <{ID}lund> }}") is True


def test_identity_does_not_break_closed_shapes(tmp_path):
    """The shapes of the shipped graph are closed: they list no owl:sameAs, which stands in no file."""
    done = run_kg(ROOT, "build", "--sameas", KG_STORE=str(tmp_path))
    assert done.returncode == 0, done.stdout


def test_two_entities_that_identity_makes_one_must_not_be_disjoint(folder):
    links = folder / "data" / "links" / "places.sssom.tsv"
    links.write_text(LINKS + "id:author\tskos:exactMatch\tgazetteer:lund\tsemapv:ManualMappingCuration\n")
    assert run_kg(folder, "link", "apply").returncode == 0
    done = run_kg(folder, "link", "apply", "--sameas")
    assert done.returncode == 1
    assert "contradict each other" in done.stdout
    assert "Nothing was published" in done.stderr


def test_names_of_graphs_of_any_kind(folder):
    path = folder / "data" / "links" / "bodies.sssom.tsv"
    text = path.read_text()
    for name, place in {
        "https://example.org/sets#bodies": "https://example.org/sets#linksets",
        "https://example.org": "https://example.org/linksets",
        "urn:example:bodies": "urn:example:linksets",
    }.items():
        path.write_text(text.replace("https://w3id.org/aigov-kg/graph/links/bodies", name))
        written = rdflib.Dataset()
        written.parse(data=run_kg(folder, "link", "apply", "-o", "-").stdout, format="trig")
        assert URIRef(place) in {graph.identifier for graph in written.graphs()}


def test_what_cannot_be_done_is_said(folder, tmp_path):
    assert (
        "none of its formats has the extension .docx"
        in run_kg(folder, "link", "apply", "-o", str(tmp_path / "links.docx")).stderr
    )
    for path in (folder / "data" / "links").iterdir():
        path.unlink()
    done = run_kg(folder, "link", "apply")
    assert done.returncode == 2
    assert "kg link find" in done.stderr
