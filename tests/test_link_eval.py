"""Precision, recall and F1: as they are defined, with subjects that have no answer, and as the command prints them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from link_fixtures import BODY, add_register, record
from small_project import run_kg, write_small_project
from test_sssom import METADATA, row

from kg.files.sssom import write_links
from kg.link.index.name_index import NameIndex, write_index
from kg.link.matching.bulk import candidates_of_all
from kg.link.matching.evaluation import Answer, Score, best_threshold, score
from kg.link.matching.evidence import Evidence, NameMatch
from kg.link.matching.matcher import Candidate, Matcher
from kg.link.records.record import NameKind, Record

GOLD = METADATA | {
    "curie_map": METADATA["curie_map"]
    | {
        "q": "https://q.example/",
        "register": BODY,
        "sssom": "https://w3id.org/sssom/",
        "id": "https://w3id.org/aigov-kg/id/",
    }
}


def answer(number, found, expected, confidence):
    match = NameMatch(1.0, NameKind.LABEL, 0, "x", 1.0)
    candidate = Candidate(Record(found, "x"), match, (Evidence("name", "x", 1.0),), confidence) if found else None
    return Answer(Record(f"q:{number}", "x"), candidate, frozenset(expected))


ANSWERS = [
    answer(1, "e:1", {"e:1"}, 0.9),
    answer(2, "e:2", {"e:1"}, 0.8),
    answer(3, None, {"e:3"}, 0.0),
    answer(4, "e:4", set(), 0.7),
    answer(5, None, set(), 0.0),
    answer(6, "e:9", {"e:6"}, 0.6),
]


def test_the_counts_and_what_follows_from_them():
    reached = score(ANSWERS)
    assert reached == Score(answerable=4, answered=4, right=1)
    assert (reached.precision, reached.recall, reached.f1) == (0.25, 0.25, 0.25)
    assert score(ANSWERS, 0.85) == Score(4, 1, 1)
    assert score(ANSWERS, judged={"e:1", "e:2"}) == Score(4, 2, 1)  # e:4 and e:9 count neither way
    assert Score(0, 0, 0).f1 == 1.0


def test_the_best_threshold_is_the_one_with_the_highest_f1():
    assert best_threshold(ANSWERS) == 0.9
    assert best_threshold(ANSWERS, min_precision=0.5) == 0.9
    assert best_threshold([answer(1, "e:2", {"e:1"}, 0.9)], min_precision=0.5) == 1.0


@given(
    st.lists(
        st.builds(
            lambda number, right, has, confidence: answer(
                number, "e:1", {"e:1" if right else "e:2"} if has else set(), confidence
            ),
            st.integers(),
            st.booleans(),
            st.booleans(),
            st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.9]),
        ),
        min_size=1,
    )
)
def test_no_threshold_is_better_than_the_best_one(answers):
    best = score(answers, best_threshold(answers)).f1
    assert all(best >= score(answers, level).f1 - 1e-9 for level in (0.1, 0.3, 0.5, 0.7, 0.9))


@pytest.fixture
def project(tmp_path):
    folder = write_small_project(tmp_path / "p")
    add_register(folder, record(1, "River Council"), record(2, "Harbour Board"), record(3, "Tidal Museum"))
    write_links(
        folder / "gold.sssom.tsv",
        GOLD,
        [
            row("id:river-council", "register:1"),
            row("q:harbour", "register:2", subject_label="Harbour Board", subject_category="org:Organization"),
            row("q:none", "sssom:NoTermFound", subject_label="Quite Another Thing"),
            row("q:wrong", "sssom:NoTermFound", subject_label="Tidal Museum"),
        ],
    )
    return folder


def test_the_command_counts_by_type_and_evidence_and_what_has_no_answer(project):
    done = run_kg(project, "link", "eval", str(project / "gold.sssom.tsv"), "--target", "register", "-f", "json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["queries"] == 4
    assert report["unanswerable"] == {"queries": 2, "answered": 1}
    assert report["all"] | {"precision": 0, "f1": 0} == {
        "answerable": 2,
        "answered": 3,
        "right": 2,
        "precision": 0,
        "recall": 1.0,
        "f1": 0,
    }
    assert report["by_type"]["organization"]["right"] == 2
    assert report["by_evidence"]["country"] == {
        "answerable": 1,
        "answered": 1,
        "right": 1,
        "precision": 1.0,
        "recall": 1.0,
        "f1": 1.0,
    }
    text = run_kg(project, "link", "eval", str(project / "gold.sssom.tsv"), "--target", "register").stdout
    assert "4 subjects, of which 2 have no answer (1 got one all the same)" in text


def test_a_partial_gold_standard_judges_only_what_it_knows(project):
    arguments = ("link", "eval", str(project / "gold.sssom.tsv"), "--target", "register", "--partial", "-f", "json")
    assert json.loads(run_kg(project, *arguments).stdout)["all"]["answered"] == 2


def test_a_faulty_gold_standard_is_told_with_its_line(project):
    path = project / "gold.sssom.tsv"
    path.write_text(path.read_text("utf-8").replace("register:2", "registre:2"), encoding="utf-8")
    done = run_kg(project, "link", "eval", str(path), "--target", "register")
    assert (done.returncode, "gold.sssom.tsv:" in done.stderr, "unknown prefix" in done.stderr) == (3, True, True)


def test_several_processes_find_what_one_finds(tmp_path):
    records = [Record(f"e:{number}", f"Board of Lake {number}", country="SE") for number in range(300)]
    write_index(tmp_path, records)
    queries = [Record(f"q:{number}", f"Lake Board {number % 400}") for number in range(2500)]
    one = [[c.record.iri for c in found] for found in candidates_of_all(tmp_path, queries, processes=1)]
    two = [[c.record.iri for c in found] for found in candidates_of_all(tmp_path, queries, processes=2)]
    assert one == two
    matcher = Matcher(NameIndex(tmp_path))
    assert one[7] == [candidate.record.iri for candidate in matcher.candidates(queries[7])]
