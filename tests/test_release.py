"""A release: whole, described truly, the same each time."""

import hashlib
import subprocess
from pathlib import Path

import pytest
import rdflib
import yaml
from rdflib import DCAT, DCTERMS, RDF, SH, VOID, Literal, URIRef
from servers import wikidata
from small_project import run_kg

import kg

ROOT = Path(__file__).parent.parent
SPDX = rdflib.Namespace("http://spdx.org/rdf/terms#")


@pytest.fixture(scope="module")
def released(tmp_path_factory):
    folder = tmp_path_factory.mktemp("release") / "0.1"
    done = run_kg(ROOT, "export", "--release", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


def test_two_runs_give_the_same_bytes(released, tmp_path):
    again = run_kg(ROOT, "export", "--release", str(tmp_path / "again"), PYTHONHASHSEED="1")
    assert again.returncode == 0, again.stderr
    names = {path.name for path in released.iterdir()}
    assert names == {path.name for path in (tmp_path / "again").iterdir()}
    for name in names:
        assert (released / name).read_bytes() == (tmp_path / "again" / name).read_bytes(), name


def test_the_checksums_are_those_of_the_files(released):
    lines = (released / "SHA256SUMS").read_text().splitlines()
    assert {line.split()[1] for line in lines} == {path.name for path in released.iterdir()} - {"SHA256SUMS"}
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=released, check=True)


def test_the_description_counts_what_is_there(released):
    about = rdflib.Graph().parse(released / "dataset.ttl")
    (dataset,) = about.subjects(RDF.type, VOID.Dataset)
    graph = rdflib.Graph().parse(released / "graph.nt")
    assert dataset == URIRef("https://w3id.org/aigov-kg/dataset")
    assert about.value(dataset, VOID.triples) == Literal(len(graph))
    assert about.value(dataset, VOID.properties) == Literal(len(set(graph.predicates())))
    assert about.value(dataset, VOID.classes) == Literal(len(set(graph.objects(None, RDF.type))))
    assert about.value(dataset, DCTERMS.license) == URIRef("https://creativecommons.org/licenses/by/4.0/")
    linksets = list(about.objects(dataset, VOID.subset))
    assert len(linksets) > 5
    for node in linksets:
        links = graph.subject_objects(about.value(node, VOID.linkPredicate))
        space = str(about.value(node, VOID.objectsTarget))
        assert about.value(node, VOID.triples) == Literal(sum(other.startswith(space) for _, other in links))
    exact = graph.subject_objects(rdflib.SKOS.exactMatch)
    assert sum(
        about.value(n, VOID.triples).value for n in about.subjects(VOID.linkPredicate, rdflib.SKOS.exactMatch)
    ) == len(list(exact))


def test_each_distribution_has_its_size_and_digest(released):
    about = rdflib.Graph().parse(released / "dataset.ttl")
    nodes = list(about.subjects(RDF.type, DCAT.Distribution))
    assert len(nodes) == 8
    for node in nodes:
        content = (released / str(about.value(node, DCTERMS.title))).read_bytes()
        assert int(about.value(node, DCAT.byteSize)) == len(content)
        checksum = about.value(about.value(node, SPDX.checksum), SPDX.checksumValue)
        assert str(checksum).lower() == hashlib.sha256(content).hexdigest()


def test_the_queries_are_executables_that_run(released, tmp_path):
    queries = rdflib.Graph().parse(released / "queries.ttl")
    texts = {
        str(queries.value(node, rdflib.RDFS.label)): str(text) for node, text in queries.subject_objects(SH.select)
    }
    listed = run_kg(ROOT, "query", "list").stdout.splitlines()
    assert len(texts) == len(listed) == len(set(queries.subjects(RDF.type, SH.SPARQLExecutable)))
    with wikidata() as named:
        graph = kg.open(ROOT, store=tmp_path, allow_service=[named])
        for text in texts.values():
            assert "#+" not in text
            assert graph.select(text) is not None
    assert len(graph.select(texts["initiatives"])) == len(graph.query("initiatives"))


def test_the_citation_names_graph_and_digest(released):
    record = yaml.safe_load((released / "CITATION.cff").read_text(encoding="utf-8"))
    about = rdflib.Graph().parse(released / "dataset.ttl")
    assert record["cff-version"] == "1.2.0"
    assert record["title"] == str(about.value(URIRef("https://w3id.org/aigov-kg/dataset"), DCTERMS.title))
    (digest,) = map(str, about.objects(None, DCTERMS.identifier))
    assert digest in {identifier["value"] for identifier in record["identifiers"]}


def test_the_digest_is_of_the_graph_and_not_of_its_files(tmp_path):
    """The order of files and the labels of blank nodes do not matter; a fact does."""
    from small_project import write_small_project

    def digest(folder):
        assert run_kg(folder, "export", "--release", str(folder / "out")).returncode == 0
        (found,) = rdflib.Graph().parse(folder / "out" / "dataset.ttl").objects(None, DCTERMS.identifier)
        return found

    one, two = write_small_project(tmp_path / "one"), write_small_project(tmp_path / "two")
    facts = two / "data" / "facts.trig"
    parts = facts.read_text(encoding="utf-8").split("\nGRAPH ")
    facts.write_text("\nGRAPH ".join([parts[0], *reversed(parts[1:])]), encoding="utf-8")
    assert digest(one) == digest(two)
    facts.write_text(facts.read_text(encoding="utf-8").replace("members 12", "members 13"), encoding="utf-8")
    assert digest(one) != digest(two)


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    done = run_kg(ROOT, "export", "--release", str(tmp_path / "file" / "x"))
    assert done.returncode == 4
    assert "name another folder" in done.stderr
