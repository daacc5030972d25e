"""All about one entity: facts with their evidence, what was inferred, what is opinion."""

import json
import re

import pytest
import rdflib
from rdflib.compare import isomorphic
from small_project import AIGOV, ID, NOTE, run_kg, write_small_project


def facts(found):
    """The facts of the ontology's own properties: name, value, and the sentences that they rest on."""
    return [
        (fact.predicate.value.removeprefix(AIGOV), fact.value.value, [e.graph.value for e in fact.evidence])
        for fact in found
        if fact.predicate.value.startswith(AIGOV)
    ]


def test_a_description_tells_names_and_class(graph):
    found = graph.describe("RC")
    assert (found.label, found.kind) == ("River Council", "organization")
    assert {(name.value.value, name.value.language) for name in found.names} == {
        ("River Council", "en"),
        ("河流理事会", "zh"),
        ("RC", "en"),
        ("the Council", "en"),
    }
    assert [text.value.value for text in found.texts] == ["Looks after | the rivers."]


def test_asserted_facts_have_evidence_and_inferred_facts_have_none(graph):
    assert facts(graph.describe("RC").facts) == [
        ("members", "12", [NOTE + "p1s1"]),
        ("seatedIn", ID + "lund", [NOTE + "p1s1"]),
        ("locatedIn", ID + "lund", []),
        ("locatedIn", ID + "sweden", []),
    ]


def test_facts_in_both_directions(graph):
    assert facts(graph.describe("Lund").incoming) == [
        ("praises", ID + "author", [NOTE + "p2s2"]),
        ("seatedIn", ID + "river-council", [NOTE + "p1s1"]),
        ("locatedIn", ID + "river-council", []),
        ("locationOf", ID + "sweden", []),
    ]


def test_the_inverse_of_an_incoming_fact_is_not_told_again(graph):
    """Lund is praised by the author: it is the same as that the author praises Lund."""
    assert "praisedBy" not in [name for name, *_ in facts(graph.describe("Lund").facts)]


def test_what_rests_on_opinion_alone_is_marked(graph):
    opinions = [fact.predicate.value for fact in graph.describe("Lund").facts if fact.is_opinion]
    assert opinions == [AIGOV + "locatedIn"]
    (fact,) = (fact for fact in graph.describe("Lund").facts if fact.is_opinion)
    assert [evidence.speaker.value for evidence in fact.evidence] == [ID + "author"]


def test_links_lead_to_other_data(graph):
    assert [link.value.value for link in graph.describe("Lund").links] == ["https://gazetteer.example/lund"]


PAGE = """\
River Council  organization
id:river-council · RC · the Council · 河流理事会
Looks after | the rivers.

  members             12    [1]
  seated in           Lund  [1]

Inferred
  located in          Lund    [1]
                      Sweden  [1] [2]

Who says so
  [1] reported fact: A note on rivers, paragraph 1, sentence 1 (note:p1s1)
  [2] author's opinion: A note on rivers, paragraph 2, sentence 2 (note:p2s2)
"""

OPINION_PAGE = """\
Lund  city
id:lund

Opinion
  located in          Sweden  [1]

Inferred
  location of         River Council  [2]

Mentioned by
  ← seated in         River Council  [2]

Mentioned in opinion
  ← praises           author of the note  [1]

Links
  skos:exactMatch     gazetteer:lund

Who says so
  [1] author's opinion: A note on rivers, paragraph 2, sentence 2 (note:p2s2)
  [2] reported fact: A note on rivers, paragraph 1, sentence 1 (note:p1s1)
"""


@pytest.mark.parametrize(("entity", "page"), [("RC", PAGE), ("lund", OPINION_PAGE)])
def test_a_page_of_text(folder, entity, page):
    assert run_kg(folder, "describe", entity).stdout == page


@pytest.mark.parametrize("width", [40, 60, 200])
def test_a_page_fits_the_terminal(folder, width):
    lines = run_kg(folder, "describe", "Lund", COLUMNS=str(width)).stdout.splitlines()
    assert max(map(len, lines)) <= width


def test_colours_only_where_they_are_wanted(folder):
    coloured = run_kg(folder, "describe", "RC", FORCE_COLOR="1", TERM="xterm").stdout
    assert "\x1b[" in coloured
    plain = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in plain.splitlines()] == PAGE.splitlines()
    plain = run_kg(folder, "describe", "RC", FORCE_COLOR="1", NO_COLOR="1", TERM="xterm").stdout
    assert not re.search(r"\x1b\[(1;)?3\d", plain)  # SGR 30 to 38: the foreground's colours


def test_a_page_of_markdown(folder):
    assert (
        run_kg(folder, "describe", "RC", "-f", "markdown").stdout
        == """\
# River Council

`id:river-council`: organization, RC, the Council, 河流理事会

Looks after \\| the rivers.

## Facts

| property | value | source |
| --- | --- | --- |
| members | 12 | [1] |
| seated in | Lund | [1] |

## Inferred

| property | value | source |
| --- | --- | --- |
| located in | Lund | [1] |
|  | Sweden | [1] [2] |

## Who says so

- [1] reported fact: A note on rivers, paragraph 1, sentence 1 ([note:p1s1](<https://w3id.org/aigov-kg/source/note#p1s1>))
- [2] author's opinion: A note on rivers, paragraph 2, sentence 2 ([note:p2s2](<https://w3id.org/aigov-kg/source/note#p2s2>))
"""
    )


def test_json_for_programs(folder):
    found = json.loads(run_kg(folder, "describe", "RC", "-f", "json").stdout)
    seat = next(fact for fact in found["facts"] if fact["property"] == AIGOV + "seatedIn")
    assert seat == {
        "property": AIGOV + "seatedIn",
        "property_label": "seated in",
        "value": ID + "lund",
        "value_label": "Lund",
        "inferred": False,
        "opinion": False,
        "evidence": [NOTE + "p1s1"],
        "rests_on": [],
    }
    inferred = next(fact for fact in found["facts"] if fact["value"] == ID + "sweden")
    assert (inferred["inferred"], inferred["evidence"]) == (True, [])
    assert inferred["rests_on"] == [NOTE + "p1s1", NOTE + "p2s2"]
    chinese = next(name for name in found["names"] if name.get("language") == "zh")
    assert (chinese["value"], chinese["evidence"]) == ("河流理事会", [NOTE + "p1s1"])
    evidence, _ = found["evidence"]
    assert (evidence["source_label"], evidence["paragraph"], evidence["status_label"]) == (
        "A note on rivers",
        1,
        "reported fact",
    )


@pytest.mark.parametrize("format_name", ["turtle", "json-ld", "ntriples", "rdfxml"])
def test_rdf_holds_what_is_said_of_the_entity(folder, graph, format_name):
    parser = {"ntriples": "nt", "rdfxml": "xml"}.get(format_name, format_name)
    data = run_kg(folder, "describe", "RC", "-f", format_name).stdout
    expected = rdflib.Graph()
    for triple in graph.store.query(f"CONSTRUCT WHERE {{ <{ID}river-council> ?p ?o }}"):
        expected.parse(data=f"{triple} .", format="nt")
    assert len(expected) == 10
    assert isomorphic(rdflib.Graph().parse(data=data, format=parser), expected)


def test_rdf_follows_blank_nodes(folder):
    """A concise bounded description: an axiom's list is worth nothing without its members."""
    project = write_small_project(folder.parent / "chain")
    ontology = project / "ontology" / "small.ttl"
    chain = "aigov:seatedIn rdfs:comment [ rdfs:seeAlso aigov:locatedIn ] .\n"
    ontology.write_text(ontology.read_text(encoding="utf-8") + chain, encoding="utf-8")
    turtle = rdflib.Graph().parse(data=run_kg(project, "describe", "aigov:seatedIn", "-f", "turtle").stdout)
    assert (None, rdflib.RDFS.seeAlso, rdflib.URIRef(AIGOV + "locatedIn")) in turtle


def test_the_extension_tells_the_format(folder, tmp_path):
    target = tmp_path / "river.md"
    done = run_kg(folder, "describe", "RC", "-o", str(target))
    assert (done.returncode, done.stdout) == (0, "")
    assert target.read_text(encoding="utf-8").startswith("# River Council\n")


def test_inferred_facts_come_with_the_passages_that_they_rest_on(graph):
    council = graph.describe("RC")
    inferred = {
        fact.value.value: fact.rests_on for fact in council.facts if fact.predicate.value == AIGOV + "locatedIn"
    }
    assert {
        value.removeprefix(ID): [graph.value.removeprefix(NOTE) for graph in graphs]
        for value, graphs in inferred.items()
    } == {
        "lund": ["p1s1"],
        "sweden": ["p1s1", "p2s2"],
    }
