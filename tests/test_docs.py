"""The page of the ontology: every term, links that lead somewhere, nothing from the network."""

from html.parser import HTMLParser
from pathlib import Path

import pytest
from rdflib import OWL, RDF, SKOS, Graph, URIRef
from small_project import run_kg

ROOT = Path(__file__).parent.parent


class Page(HTMLParser):
    """Collects the ids, links, resources and texts of a page."""

    def __init__(self, html):
        super().__init__()
        self.ids, self.links, self.resources, self.texts = set(), set(), set(), []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.ids |= {attributes["id"]} if "id" in attributes else set()
        if tag == "a":
            self.links.add(attributes["href"])
        self.resources |= {attributes[name] for name in ("src", "data") if name in attributes}
        self.resources |= {attributes["href"]} if tag == "link" else set()

    def handle_data(self, data):
        self.texts.append(data.strip())


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "docs"
    done = run_kg(ROOT, "docs", str(folder))
    assert done.returncode == 0, done.stderr
    return Page((folder / "index.html").read_text(encoding="utf-8"))


def test_every_term_has_an_entry_with_its_definition(page):
    ontology = Graph()
    for path in (ROOT / "ontology").glob("*.ttl"):
        ontology.parse(path)
    terms = {
        term
        for kind in (OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty)
        for term in ontology.subjects(RDF.type, kind)
        if isinstance(term, URIRef) and "aigov-kg" in term
    }
    assert len(terms) > 150
    for term in terms:
        assert f"aigov-{term.rpartition('#')[2]}" in page.ids
        assert str(ontology.value(term, SKOS.definition)) in page.texts


def test_every_link_leads_to_an_entry(page):
    assert len(page.links) > 150
    assert all(link.startswith("#") for link in page.links)
    assert {link[1:] for link in page.links} <= page.ids


def test_nothing_comes_from_the_network(page):
    assert page.resources == set()


def test_examples_come_with_their_passages(page):
    place = page.texts.index("wic:p18s1")
    assert page.texts[place - 1] == "("
    assert "World Internet Conference" in page.texts


def test_names_are_escaped(tmp_path, folder):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(".kg"))
    path = copy / "ontology" / "small.ttl"
    path.write_text(path.read_text(encoding="utf-8").replace('"city"@en', '"<script>city"@en'), encoding="utf-8")
    assert run_kg(copy, "docs", str(tmp_path / "out")).returncode == 0
    html = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "<script>" not in html
    assert "&lt;script&gt;city" in html


def test_a_folder_that_cannot_be_made(tmp_path, folder):
    (tmp_path / "file").write_text("")
    done = run_kg(folder, "docs", str(tmp_path / "file" / "x"))
    assert done.returncode == 4
    assert "name another folder" in done.stderr
