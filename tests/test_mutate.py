"""Faults made on purpose: which of them validation catches, and that this measures the shapes."""

import json
import shutil
from pathlib import Path

import pytest
from small_project import NOTE, NOTE_TEXT, run_kg, write_small_project

from kg.files.project import find_project
from kg.files.reading import read_project
from kg.rdf.terms import Prefixes
from kg.validation.mutation import Kind, as_json, as_text, make_mutants, mutation_report, standard_checks

ROOT = Path(__file__).parent.parent
PROJECT = find_project(ROOT)
FILES = read_project(PROJECT)


@pytest.fixture(scope="module")
def report():
    return mutation_report(PROJECT, FILES, 120)


@pytest.fixture(scope="module")
def many():
    return make_mutants(PROJECT, FILES, 1500, 1)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A project of another kind: without shapes."""
    return find_project(write_small_project(tmp_path_factory.mktemp("mutate")))


def test_the_same_seed_gives_the_same_mutants():
    first, again, other = (make_mutants(PROJECT, FILES, 100, seed) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_no_two_mutants_of_a_kind_are_the_same(many):
    assert len({(mutant.kind, mutant.edit.removed, mutant.edit.added) for mutant in many}) == 1500


def test_a_mutant_is_one_change_to_the_data(many):
    before = set(FILES.quads)
    for mutant in many[:48]:
        broken = mutant.apply(FILES)
        after = set(broken.quads)
        assert broken.ontology == FILES.ontology
        assert mutant.edit.removed <= before
        assert after == (before - mutant.edit.removed) | set(mutant.edit.added)
        assert {quad.triple for quad in after} != {quad.triple for quad in before} or mutant.kind == Kind.NO_EVIDENCE


def test_every_kind_of_fault_occurs_and_has_its_share(report):
    assert set(report.by_kind) == set(Kind)
    assert {tried for tried, _ in report.by_kind.values()} == {5}


def test_enough_mutants_of_the_shipped_graph_are_caught(report):
    assert report.share >= 0.98
    assert report.good


def test_every_survivor_is_explained(report):
    assert report.survivors
    assert report.unexplained == ()


def test_what_files_can_show_is_always_caught(report):
    """Only three kinds of faults may need a reader of the source."""
    hidden = {Kind.DIGEST, Kind.SWAPPED, Kind.WRONG_CLASS}
    assert [kind for kind, (tried, caught) in report.by_kind.items() if caught < tried and kind not in hidden] == []


@pytest.mark.scale
@pytest.mark.parametrize("seed", range(1, 4))
def test_two_thousand_mutants(seed):
    report = mutation_report(PROJECT, FILES, 2000, seed)
    assert len(report.mutants) == 2000
    assert report.share >= 0.98
    assert report.unexplained == ()


@pytest.mark.parametrize(
    ("constraint", "kind"),
    [
        ("sh:minInclusive 0 ;", Kind.BELOW_MINIMUM),
        ("sh:class aigov:Status ;", Kind.UNKNOWN_STATUS),
        ("sh:qualifiedMinCount 1 ;", Kind.MISSING_LABEL),
        ('sh:languageIn ( "en" ) ;', Kind.WRONG_LANGUAGE),
        ("sh:closed true ;", Kind.UNKNOWN_PROPERTY),
    ],
)
def test_a_constraint_that_is_taken_away_lets_mutants_survive(constraint, kind, many, tmp_path):
    """The mutants are those of the whole shapes, and are held against the weakened ones."""
    for name in ("ontology", "data"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for path in (tmp_path / "ontology" / "shapes").iterdir():
        path.write_text(path.read_text(encoding="utf-8").replace(constraint, ""), encoding="utf-8")
    mutants = [mutant for mutant in many if mutant.kind == kind][:12]
    (weak, *_), (whole, *_) = standard_checks(find_project(tmp_path)), standard_checks(PROJECT)
    survivors = [mutant for mutant in mutants if not set(weak(mutant.apply(FILES)))]
    assert survivors
    assert all(set(whole(mutant.apply(FILES))) for mutant in survivors)


def test_without_shapes_most_mutants_survive_unexplained(small):
    report = mutation_report(small, read_project(small), 120)
    assert not report.good
    assert report.unexplained
    assert report.by_kind[Kind.NO_EVIDENCE][0] == report.by_kind[Kind.NO_EVIDENCE][1]


def test_a_false_digest_is_seen_with_the_text(small):
    files = read_project(small)
    mutants = [
        mutant
        for mutant in make_mutants(small, files, 100_000, 1)
        if mutant.kind == Kind.DIGEST and mutant.edit.reason and mutant.edit.node.value.startswith(NOTE)
    ]
    assert len(mutants) == 3  # one for each passage of the note
    *usual, with_text = standard_checks(small, NOTE_TEXT)
    for mutant in mutants:
        broken = mutant.apply(files)
        assert [finding for check in usual for finding in check(broken)] == []
        assert {finding.focus_node for finding in with_text(broken)} == {mutant.edit.node.value}


def test_the_report_as_text_names_each_survivor_and_the_reason(report):
    text = as_text(report, Prefixes(FILES.prefixes))
    caught = len(report.mutants) - len(report.survivors)
    assert f"{caught} of 120 changes (mutants) caught ({report.share:.1%}), seed 1." in text
    assert "only the text shows that it is wrong: check it with kg sources verify --text FILE" in text
    for mutant in report.survivors:
        if mutant.kind == Kind.DIGEST:
            assert f"- {Prefixes(FILES.prefixes).shorten(mutant.edit.node)} aigov:" in text


def test_the_report_as_json(report):
    record = json.loads(as_json(report))
    assert record["mutants"] == sum(kind["mutants"] for kind in record["kinds"].values()) == 120
    assert record["caught"] == sum(kind["caught"] for kind in record["kinds"].values())
    assert len(record["survivors"]) == record["mutants"] - record["caught"]
    assert {survivor["node"] for survivor in record["survivors"]} == {m.edit.node.value for m in report.survivors}


def test_the_command_says_no_where_too_few_are_caught(small):
    text = str(small.root / "note.txt")
    done = run_kg(small.root, "validate", "--mutate", "--mutants", "50", "--seed", "3", "-f", "json", "--text", text)
    assert done.returncode == 1
    record = json.loads(done.stdout)
    assert (record["mutants"], record["seed"]) == (50, 3)


def test_the_command_says_yes_where_enough_are_caught():
    done = run_kg(ROOT, "validate", "--mutate", "--mutants", "24", "--seed", "3")
    assert (done.returncode, done.stderr) == (0, "")
    assert "24 of 24 changes (mutants) caught (100.0%), seed 3." in done.stdout
