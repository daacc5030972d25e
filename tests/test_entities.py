"""Finding entities by what people call them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import NamedNode
from small_project import ID, run_kg

from kg.errors import UsageError

RIVER = NamedNode(ID + "river-council")
LAKE = NamedNode(ID + "lake-council")
LUND = NamedNode(ID + "lund")


@pytest.mark.parametrize(
    "text",
    [
        f"<{ID}river-council>",
        f"{ID}river-council",
        "id:river-council",
        "river-council",
        "River Council",
        "RC",
        "河流理事会",
        "  river   COUNCIL ",
        "ＲＩＶＥＲ　ＣＯＵＮＣＩＬ",  # full-width letters and blank, as East Asian keyboards type them
    ],
)
def test_an_entity_has_many_names(graph, text):
    assert graph.entity(text) == RIVER


def test_an_acronym_may_be_a_prefix_too(graph):
    assert "lc" in graph.prefixes.namespaces
    assert graph.entity("lc") == LAKE


def test_terms_of_the_ontology_have_names_too(graph):
    assert graph.entity("seated in") == graph.entity("aigov:seatedIn")


def test_an_ambiguous_name_lists_what_it_may_mean(graph):
    with pytest.raises(UsageError) as caught:
        graph.entity("the council")
    assert (
        caught.value.hint == "use one of these instead: id:lake-council (organization); id:river-council (organization)"
    )


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("Rivver Council", "River Council"),
        ("swedn", "Sweden"),
        ("河流理事", "河流理事会"),
        ("id:atlantis", "kg search"),
        (f"{ID}atlantis", "kg search"),
        ("zzzz", "kg search"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(graph, text, hint):
    with pytest.raises(UsageError) as caught:
        graph.entity(text)
    assert hint in caught.value.hint


@given(st.text() | st.sampled_from(["<", "id:", "id:x> <y", "<a> ?p ?o } #", "://", '"', "?x", "lund}"]))
def test_any_text_names_an_entity_or_is_refused(graph, text):
    try:
        found = graph.entity(text)
    except UsageError:
        return
    assert graph.store.query(f"ASK {{ {found} ?p ?o }}")


@given(st.data())
def test_case_and_blanks_of_a_name_do_not_matter(graph, data):
    name = data.draw(st.sampled_from(["River Council", "author of the note", "Sweden", "located in"]))
    spelt = "".join(data.draw(st.sampled_from([c.lower(), c.upper()])) for c in name)
    blanks = data.draw(st.sampled_from([" ", "  ", "\t", "\n", "\u3000"]))
    assert graph.entity(spelt.replace(" ", blanks)) == graph.entity(name)


@pytest.mark.parametrize(
    ("words", "label", "matched"),
    [
        ("River Council", "River Council", "River Council"),
        ("council river", "River Council", "River Council"),
        ("rivr counsil", "River Council", "River Council"),
        ("coun riv", "River Council", "River Council"),
        ("swedne", "Sweden", "Sweden"),
        ("rc", "River Council", "RC"),
        ("理事会", "River Council", "河流理事会"),
        ("河流事理会", "River Council", "河流理事会"),
        ("wed", "Sweden", "Sweden"),
    ],
)
def test_search_finds_first(graph, words, label, matched):
    best = graph.search(words)[0]
    assert (best.label, best.matched) == (label, matched)


def test_search_ranks_the_exact_name_and_then_the_shorter_ones(graph):
    assert graph.search("place")[0].label == "place"
    assert [match.label for match in graph.search("council")] == ["Lake Council", "River Council"]
    scores = [match.score for match in graph.search("note")]
    assert scores == sorted(scores, reverse=True)


def test_search_tells_the_class(graph):
    assert [(match.label, match.kind) for match in graph.search("lund")] == [("Lund", "city")]


@pytest.mark.parametrize("words", ["", "  ", "zzzz", "river volcano"])
def test_search_finds_nothing(graph, words):
    assert graph.search(words) == []


@given(st.text(max_size=30))
def test_search_takes_any_text(graph, words):
    assert all(0 < match.score <= 100 for match in graph.search(words))


def test_search_on_the_command_line(folder):
    found = run_kg(folder, "search", "rivr", "council", "-f", "json")
    assert found.returncode == 0
    assert [(match["iri"], match["class"]) for match in json.loads(found.stdout)] == [(RIVER.value, "organization")]
    assert run_kg(folder, "search", "rivr", "council").stdout == (
        f'?entity\t?label\t?matched\t?class\n<{RIVER.value}>\t"River Council"\t"River Council"\t"organization"\n'
    )


def test_search_without_a_match_has_status_1(folder):
    found = run_kg(folder, "search", "zzzz")
    assert (found.returncode, found.stdout) == (1, "")
    assert "mentions" in found.stderr


def test_an_unknown_entity_on_the_command_line(folder):
    found = run_kg(folder, "describe", "Rivver Council")
    assert (found.returncode, found.stdout) == (2, "")
    assert "did you mean River Council or" in found.stderr
