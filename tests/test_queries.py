"""The canned queries on the graph that is shipped: their full answers, and what must be true of them."""

import re
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from servers import wikidata
from small_project import AIGOV
from update_expected import CASES, ROOT, answer

import kg
from kg.build.manifest import usable_build
from kg.files.project import find_project
from kg.files.reading import read_project
from kg.query.catalog import all_queries, bind_arguments
from kg.sparql.tokens import tokens

PROJECT = find_project(ROOT, None)
QUERIES = {query.name: query for query in all_queries(PROJECT.query_files)}


@pytest.fixture(scope="module")
def graph(tmp_path_factory):
    with wikidata() as named:
        yield kg.open(ROOT, store=tmp_path_factory.mktemp("store"), allow_service=[named])


@pytest.fixture(scope="module")
def files():
    return read_project(PROJECT)


def values(files, predicate):
    """What the data files say with one of our properties: subject, object, graph."""
    return [(q.subject, q.object, q.graph_name) for q in files.data if q.predicate.value == AIGOV + predicate]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_answer_is_the_expected_one(graph, case):
    assert answer(graph, case) == case.path.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_row_comes_twice(graph, case):
    rows = Counter(graph.query(case.query, **case.arguments).terms)
    assert [row for row, times in rows.items() if times > 1] == []


def test_every_query_has_an_expected_answer():
    assert QUERIES.keys() == {case.query for case in CASES}


@pytest.mark.parametrize("query", QUERIES.values(), ids=lambda query: query.name)
def test_a_query_declares_the_prefixes_that_it_uses_and_asks_a_question(query):
    names = [token.text.partition(":")[0] for token in tokens(query.text) if token.kind == "name"]
    times = Counter(names)
    declared = names[: len(times)]
    assert declared == sorted(declared)
    assert set(declared) == set(times)
    assert min(times.values()) > 1
    assert query.summary.endswith("?")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_order_of_rows_leaves_nothing_open(graph, case):
    """Rows with equal values of what ORDER BY names would come in any order: there are none."""
    query = QUERIES[case.query]
    body, _, order = query.text.rpartition("ORDER BY")
    keys = re.findall(r"[?$](\w+)", order)
    columns = graph.query(case.query, **case.arguments).variables
    both = " ".join(f"?{name}" for name in dict.fromkeys([*keys, *columns]))
    everything = re.sub(r"SELECT (DISTINCT )?[?\w ]+\nWHERE", f"SELECT DISTINCT {both}\nWHERE", body, count=1)
    text = bind_arguments(query._replace(text=everything), case.arguments, graph.prefixes, graph.entity)
    rows = graph.store.query(graph.local_query(text))
    assert rows.variables[: len(keys)] == tuple(keys)
    times = Counter(tuple(row.term(name) for name in keys) for row in rows)
    assert [key for key, number in times.items() if number > 1] == []


# What an answer must be, worked out from the files without SPARQL.


def test_opinions_are_just_the_statements_without_any_other_evidence(graph, files):
    status = {subject: value.value.removeprefix(AIGOV) for subject, value, _ in values(files, "status")}
    evidence = {}
    for quad in files.data:
        if quad.predicate.value.startswith(AIGOV) and quad.graph_name in status:
            evidence.setdefault(quad.triple, set()).add(status[quad.graph_name])
    opinions = Counter(triple.subject.value for triple, statuses in evidence.items() if statuses == {"authorsOpinion"})
    assert Counter(row.subject for row in graph.query("opinions")) == opinions
    assert len(opinions) > 20


def test_inferred_counts_are_those_of_the_build(graph):
    counts = {row.property: row.triples for row in graph.query("inferred")}
    assert sum(counts.values()) == sum(usable_build(graph.project).manifest.inferred.values())
    assert counts[AIGOV + "calledOnBy"] > 0


def test_ontology_terms_are_all_terms_that_the_files_define(graph, files):
    defined = {quad.subject.value for quad in files.ontology if quad.predicate.value.endswith("#isDefinedBy")}
    found = {row.term("term").value: row.kind for row in graph.query("ontology-terms")}
    assert defined <= found.keys()
    assert {kind for iri, kind in found.items() if iri not in defined} == {"value"}


def test_unlinked_and_linked_entities_are_all_of_them(graph, files):
    linked = {quad.subject.value for quad in files.links if quad.predicate.value.endswith("Match")}
    unlinked = {row.entity for row in graph.query("unlinked")}
    organizations = {row.organization for row in graph.query("organizations")}
    people = {row.person for row in graph.query("people")}
    assert not linked & unlinked
    assert organizations | people <= linked | unlinked


def test_statements_by_everybody_are_all_passages_with_a_speaker(graph, files):
    spoken = {passage.value for passage, _, _ in values(files, "speaker")}
    assert {row.passage for row in graph.query("statements-by")} == spoken


def test_the_timeline_leaves_no_date_out(graph, files):
    dates = [
        value.value
        for predicate in ("date", "startDate", "endDate", "inMonth", "establishedOn")
        for _, value, _ in values(files, predicate)
    ]
    assert Counter(str(row.date) for row in graph.query("timeline")) == Counter(dates)


# What a reader must be able to see.


def test_a_lower_bound_is_not_a_value(graph):
    filed, in_process, industry = graph.query("statistics")
    assert (filed.value, filed.lower_bound, filed.strict) == (None, 30, True)
    assert (in_process.value, in_process.lower_bound, in_process.strict) == (10, None, None)
    assert (industry.value, industry.lower_bound, industry.strict) == (None, 68_000_000_000, True)
    assert industry.currency == "US dollar"


def test_a_seat_in_beijing_is_inferred_to_be_in_china(graph):
    rows = {row.thing_label: row for row in graph.query("located-in", place="China")}
    conference = rows["World Internet Conference"]
    assert (conference.status, conference.passage) == ("inferred", None)
    assert rows["Beijing"].status == "reported fact"


def test_without_reasoning_only_what_is_stated_lies_in_china(graph):
    text = bind_arguments(QUERIES["located-in"], {"place": "China"}, graph.prefixes, graph.entity)
    assert [row.thing_label for row in graph.store.asserted().query(text)] == ["Beijing"]


@pytest.mark.parametrize(
    "place", ["北京", "Beijing", "beijing", "id:beijing", "<https://w3id.org/aigov-kg/id/beijing>"]
)
def test_a_place_goes_by_many_names(graph, place):
    assert graph.query("located-in", place=place).terms == graph.query("located-in", place="beijing").terms


def test_months_without_a_year_stand_last_and_no_bound_removes_them(graph):
    undated = ["--07", "--10"]
    assert [row.date for row in graph.query("timeline")][-2:] == undated
    assert [row.date for row in graph.query("timeline", to="2000-01-01")] == undated
    later = graph.query("timeline", **{"from": date(2023, 11, 2)})
    assert [str(row.date) for row in later] == ["2023-11", "2023-11-02", *undated]


def test_dates_of_different_sources_stand_side_by_side(graph):
    announced = {(str(row.announced_on), row.passage != row.date_passage) for row in graph.query("initiatives")}
    assert announced == {("2023-10-18", True), ("--10", False)}


def test_principles_that_an_author_reads_into_an_instrument_are_marked(graph):
    rows = graph.query("principles", instrument="Global AI Governance Initiative")
    assert {row.status for row in rows if row.relation == "rooted in"} == {"author's opinion"}
    assert {row.status for row in rows if row.relation != "rooted in"} == {"official statement", "reported fact"}


def test_the_author_has_an_office_and_no_name(graph):
    author = next(row for row in graph.query("people") if "author" in row.person_label)
    assert (author.person_label, author.post_label) == ("author of the op-ed", "Executive director")
    assert "not the name" in author.note


def test_stages_of_an_ai_systems_life(graph):
    stages = {row.stage for row in graph.query("recommendations", issuer="CAC")} - {None}
    assert stages == {"data collection", "algorithm design", "technology development", "product application"}


@pytest.mark.parametrize(
    ("a", "b"),
    [("tencent", "alibaba-group"), ("china", "global-ai-governance-initiative"), ("xi-jinping", "beijing")],
)
def test_there_are_as_many_paths_there_as_back(graph, a, b):
    there, back = graph.query("related", a=a, b=b), graph.query("related", a=b, b=a)
    assert len(there) > 0
    assert sorted(row.steps for row in there) == sorted(row.steps for row in back)
    assert [row.steps for row in there] == sorted(row.steps for row in there)
    first = {frozenset((row.passage_1, row.passage_2, row.passage_3)) for row in there}
    assert first == {frozenset((row.passage_1, row.passage_2, row.passage_3)) for row in back}


def test_a_path_over_an_opinion_says_so(graph):
    paths = graph.query("related", a="china", b="global-ai-governance-initiative")
    assert {row.opinion for row in paths} == {True, False}
    assert all(row.opinion == ("proactive" in row.path or "sign of" in row.path) for row in paths)


def test_things_that_nothing_relates_have_no_path(graph):
    assert len(graph.query("related", a="gsma", b="bletchley-declaration")) == 0


@pytest.mark.parametrize(
    ("word", "labels"),
    [
        ("大会", {"World Internet Conference", "World Artificial Intelligence Conference"}),
        ("CNNIC", {"China Internet Network Information Center", "Nerdata, listing of cnnic.cn"}),
        ("RED LINES", {"red lines"}),
        (".*", set()),
    ],
)
def test_a_word_is_found_in_any_language_and_case_and_as_it_stands(graph, word, labels):
    assert {row.thing_label for row in graph.query("mentions", word=word)} - {None} == labels


def test_values_have_the_types_of_python(graph):
    ranking = graph.query("rankings")[1]
    assert (ranking.rank, ranking.consecutive_years) == (2, 3)
    assert not isinstance(ranking.rank, bool | str | Decimal)
    assert graph.query("timeline")[0].date == date(2022, 7, 12)
