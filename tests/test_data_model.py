"""The page on the data model shows the real data."""

import re
from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

import kg
from kg.files.project import find_project
from kg.files.reading import read_project

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "data-model.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("piece", re.findall(r"^```trig\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
def test_every_piece_of_data_on_the_page_is_in_the_graph(piece):
    quads = set(read_project(find_project(ROOT)).quads)
    shown = list(parse(piece, format=RdfFormat.TRIG))
    assert shown
    assert [quad for quad in shown if quad not in quads] == []


def test_the_query_on_the_page_answers(tmp_path):
    (query,) = re.findall(r"^```sparql\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    rows = kg.open(ROOT, store=tmp_path).select(query)
    assert {
        "passage": "https://w3id.org/aigov-kg/source/wic-introduction#p18s2",
        "status": "reported fact",
    } in rows.to_dicts()


def test_the_statuses_on_the_page_are_those_of_the_ontology(tmp_path):
    rows = kg.open(ROOT, store=tmp_path).select("SELECT ?status { ?status a aigov:Status }")
    named = {
        f"https://w3id.org/aigov-kg/ontology#{name}" for name in re.findall(r"^\| `aigov:(\w+)`", PAGE, re.MULTILINE)
    }
    assert {row.status for row in rows} == named
