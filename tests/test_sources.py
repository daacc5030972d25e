"""Sources and their passages; what a graph holds, in numbers; its prefixes."""

import csv
import hashlib
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import bibtexparser
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import NamedNode
from small_project import LAKE_TEXT, NOTE, NOTE_TEXT, run_kg, write_small_project

from kg.build.manifest import usable_build
from kg.provenance.bibliography import Entry, as_bibtex
from kg.provenance.sources import Passage, digest, list_sources, passages
from kg.provenance.verify import verify


@pytest.fixture(scope="module")
def found(graph):
    return passages(graph.store)


def sentences(chosen):
    return [passage.node.value.removeprefix(NOTE) for passage in chosen]


# The texts, compared with what was read from them


def test_the_text_that_was_read_is_intact(found):
    result = verify(NOTE_TEXT, found)
    assert result.good
    assert result.same_text
    assert sentences(result.intact) == ["p1s1", "p2s1", "p2s2"]


def test_each_text_is_compared_with_its_own_passages(found):
    result = verify(LAKE_TEXT, found)
    assert result.good
    assert [passage.source.value.rsplit("/")[-1] for passage in result.intact] == ["lake-letter"]


def test_a_changed_word_is_found(found):
    result = verify(NOTE_TEXT.replace("rainy", "sunny"), found)
    assert not result.good
    assert not result.same_text
    assert (sentences(result.intact), sentences(result.changed)) == (["p1s1", "p2s2"], ["p2s1"])


def test_an_added_sentence_is_covered_by_no_passage(found):
    longer = NOTE_TEXT + "Visby lies on an island.\n"
    result = verify(longer, found)
    assert not result.good
    assert sentences(result.intact) == ["p1s1", "p2s1", "p2s2"]
    assert [longer[start:end] for start, end in result.uncovered] == ["Visby lies on an island."]


@given(st.text("ab \n", max_size=30), st.integers(0, 2), st.sampled_from(["Kiruna is cold.", ""]))
def test_an_edited_text_is_good_again_once_the_proposals_are_taken(found, before, number, words):
    """Words are put before the text, and one of its sentences is replaced or taken out."""
    mine = [passage for passage in found if passage.node.value.startswith(NOTE)]
    sentence = NOTE_TEXT[mine[number].start : mine[number].end]
    edited = before + "\n" + NOTE_TEXT.replace(sentence, words)
    result = verify(edited, mine)
    places = {proposal.passage: proposal for proposal in result.proposals}
    assert all(places[p].moved for p in result.changed if p is not mine[number])
    now = [p for p in mine if p not in result.changed]
    now += [replace(p.passage, start=p.start, end=p.end, sha256=p.sha256) for p in result.proposals]
    assert not verify(edited, now).changed
    if words and not before.strip():
        assert verify(edited, now).good


def test_a_text_that_nobody_read(found):
    result = verify("Something else.", found)
    assert not result.intact
    assert not result.good
    assert len(result.changed) == 4


def passage_of(text, start, end):
    digest = hashlib.sha256(text[start:end].encode()).hexdigest()
    whole = hashlib.sha256(text.encode()).hexdigest()
    node = NamedNode(f"{NOTE}p{start}s{end}")
    return Passage(node, node, 1, 1, None, "reported fact", None, None, None, start, end, digest, whole, 0)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40), st.data())
def test_words_are_in_a_passage_or_reported(text, data):
    """Whatever the passages: each character that is no blank is covered, or in a gap, and never in both."""
    cuts = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted)
    spans = data.draw(st.lists(cuts, min_size=1, max_size=4))
    result = verify(text, [passage_of(text, start, end) for start, end in spans])
    assert not result.changed
    for position, character in enumerate(text):
        covered = any(start <= position < end for start, end in spans)
        in_gap = any(start <= position < end for start, end in result.uncovered)
        assert not (covered and in_gap)
        assert covered or in_gap or character.isspace()


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40), st.data())
def test_any_change_in_a_passage_is_noticed(text, data):
    position = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(exclude_categories=["Cs"]).filter(lambda c: c != text[position]))
    edited = text[:position] + other + text[position + 1 :]
    result = verify(edited, [passage_of(text, 0, len(text))])
    assert not result.same_text
    assert len(result.changed) == 1


def test_verify_on_the_command_line(folder, tmp_path):
    done = run_kg(folder, "sources", "verify", "--text", str(folder / "note.txt"))
    assert (done.returncode, done.stdout) == (0, "3 of 3 passages have the recorded digest.\n")
    edited = tmp_path / "edited.txt"
    edited.write_text(NOTE_TEXT.replace("rainy", "sunny") + "Visby.\n", encoding="utf-8", newline="")
    done = run_kg(folder, "sources", "verify", "--text", str(edited))
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"{edited} is not the file that was read (its SHA-256 differs); each passage is compared.",
        "changed  note:p2s1  characters 44 to 59: What sentence 1 says.",
        "         read it again; it now is within oa:start 44 ; oa:end 59 ; aigov:sha256 "
        f'"{digest("Malmö is sunny.")}"',
        "not read  characters 95 to 101 (line 3): not covered by any passage",
        "2 of 3 passages have the recorded digest.",
    ]


def test_line_ends_belong_to_the_text(folder, tmp_path):
    """Characters are counted in the file as it is: a copy with other line ends is another text."""
    copy = tmp_path / "note.txt"
    copy.write_bytes(NOTE_TEXT.replace("\n", "\r\n").encode())
    done = run_kg(folder, "sources", "verify", "--text", str(copy))
    assert done.returncode == 1
    assert "moved    note:p2s1  characters 44 to 59 are now oa:start 45 ; oa:end 60" in done.stdout


@pytest.mark.parametrize("before", ["\u2018", "(", "前言。", "言"])
def test_a_passage_is_found_where_no_blank_is_before_it(folder, tmp_path, before):
    copy = tmp_path / "note.txt"
    copy.write_text(NOTE_TEXT.replace("Malmö", before + "Malmö"), encoding="utf-8", newline="")
    done = run_kg(folder, "sources", "verify", "--text", str(copy))
    start = 44 + len(before)
    assert f"moved    note:p2s1  characters 44 to 59 are now oa:start {start} ; oa:end {start + 15}" in done.stdout


@pytest.mark.parametrize("words", ["", " ", "...", " ... "])
def test_no_words_are_in_no_place(folder, words):
    done = run_kg(folder, "sources", "locate", "--text", str(folder / "note.txt"), words)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no words" in done.stderr


@pytest.mark.parametrize(("content", "message"), [(None, "No such file"), (b"\xff\xfe", "not valid UTF-8")])
def test_a_text_that_cannot_be_read(folder, tmp_path, content, message):
    path = tmp_path / "text.txt"
    if content is not None:
        path.write_bytes(content)
    done = run_kg(folder, "sources", "verify", "--text", str(path))
    assert (done.returncode, done.stdout) == (3, "")
    assert f"{path}:" in done.stderr
    assert message in done.stderr


# What was read from them


def test_sources_with_their_numbers(graph):
    assert [(row.label, row.evidence, row.facts, row.url) for row in list_sources(graph.store)] == [
        ("A note on rivers", 3, 16, None),
        ("A letter on lakes", 1, 5, "https://lakes.example/letter"),
    ]


def test_coverage_sentence_by_sentence(folder):
    done = run_kg(folder, "sources", "coverage", "-f", "csv")
    rows = [tuple(row.values())[1:] for row in csv.DictReader(io.StringIO(done.stdout))]
    assert rows == [
        ("1.1", "reported fact", "", "5", "Lake Council; Lund"),
        ("1.1", "reported fact", "", "10", "Lund; River Council"),
        ("2.1", "reported fact", "", "0", "nothing: The weather is no fact about an organization."),
        ("2.2", "author's opinion", "author of the note", "6", "Lund; Sweden; author of the note"),
    ]
    assert done.stderr == "3 paragraphs, 4 sentences, 4 passages, 21 facts.\n"


@pytest.mark.parametrize("format_name", ["table", "tsv", "csv", "json", "jsonl", "markdown"])
@pytest.mark.parametrize("command", ["list", "coverage"])
def test_every_format(folder, command, format_name):
    done = run_kg(folder, "sources", command, "-f", format_name)
    assert done.returncode == 0
    assert "lake" in done.stdout.lower()


# Numbers and prefixes


def test_statistics(graph):
    found = graph.statistics()
    asserted = {line for line in graph.export("ntriples").decode().splitlines() if line}
    assert found.asserted == len(asserted)
    assert found.inferred == sum(usable_build(graph.project).manifest.inferred.values()) == 8
    assert found.tables == {
        "entities by class": {"passage": 4, "organization": 2, "source": 2, "city": 1, "country": 1, "person": 1},
        "passages and records by status": {"reported fact": 3, "author's opinion": 1},
        "facts by status": {"reported fact": 15, "author's opinion": 6},
        "labels by language": {"en": 23, "zh": 1},
        "links by target": {"gazetteer.example": 1},
    }


def test_stats_on_the_command_line(folder):
    assert "\n        2  organization\n" in run_kg(folder, "stats").stdout
    assert json.loads(run_kg(folder, "stats", "-f", "json").stdout)["inferred"] == 8


def test_prefixes_can_be_pasted(folder, graph):
    turtle = run_kg(folder, "prefixes", "-f", "turtle").stdout
    assert len(rdflib.Graph().parse(data=turtle + "id:lund a aigov:City .")) == 1
    sparql = run_kg(folder, "prefixes", "-f", "sparql").stdout
    assert graph.store.query(sparql + "ASK { id:lund a aigov:City }")
    namespaces = json.loads(run_kg(folder, "prefixes", "-f", "json").stdout)
    assert namespaces == dict(graph.prefixes.namespaces)
    assert f"note\t{NOTE}\n" in run_kg(folder, "prefixes").stdout


@pytest.mark.parametrize(
    ("words", "exact", "paragraph"),
    [
        ("Malmö is rainy.", "Malmö is rainy.", 2),
        ("The River ... Lund.", "The River Council (河) has its seat in Lund.", 1),
        ("Lund  is\nthe finest", "Lund is the finest", 2),
    ],
)
def test_the_place_of_words_for_a_new_passage(folder, words, exact, paragraph):
    done = run_kg(folder, "sources", "locate", "--text", str(folder / "note.txt"), words)
    start = NOTE_TEXT.index(exact)
    assert done.stdout == (
        f"aigov:paragraph {paragraph} ; oa:start {start} ; oa:end {start + len(exact)} ;\n"
        f'aigov:sha256 "{hashlib.sha256(exact.encode()).hexdigest()}" .\n'
    )


def test_words_that_a_text_does_not_have(folder):
    text = str(folder / "note.txt")
    assert run_kg(folder, "sources", "locate", "--text", text, "The Lake").returncode == 1
    # Never across paragraphs: a passage is in one of them.
    assert run_kg(folder, "sources", "locate", "--text", text, "The River ... rainy").returncode == 1


# Sources as entries of a bibliography


def test_a_bibliography(folder, tmp_path):
    path = tmp_path / "sources.bib"
    assert run_kg(folder, "sources", "cite", "-o", str(path)).returncode == 0
    library = bibtexparser.loads(path.read_text(encoding="utf-8"))
    assert {entry["ID"]: entry["title"] for entry in library.entries} == {
        "lake-letter": "{A letter on lakes}",
        "note": "{A note on rivers}",
    }
    (letter,) = json.loads(run_kg(folder, "sources", "cite", "src:lake-letter", "-f", "csl-json").stdout)
    assert letter == {
        "id": "lake-letter",
        "type": "document",
        "title": "A letter on lakes",
        "URL": "https://lakes.example/letter",
        "note": "https://w3id.org/aigov-kg/source/lake-letter",
    }
    refused = run_kg(folder, "sources", "cite", "id:lund")
    assert refused.returncode == 2
    assert "kg sources list" in refused.stderr


@given(st.text(st.characters(categories=("L", "N", "P", "S"), exclude_characters="\\"), min_size=1))
def test_no_title_breaks_bibtex(title):
    entry = Entry(NamedNode("https://e.example/source"), title, "webpage", None, None, None, None, None)
    (found,) = bibtexparser.loads(as_bibtex([entry])).entries
    names = {"backslash": "\\", "asciitilde": "~", "asciicircum": "^", "braceleft": "{", "braceright": "}"}
    plain = re.sub(r"\\text(\w+)\{\}", lambda match: names[match[1]], found["title"])
    assert re.sub(r"\\([%&$#_])", r"\1", plain) == f"{{{title}}}"


def test_the_shipped_sources_can_all_be_cited():
    root = Path(__file__).parent.parent
    listed = json.loads(run_kg(root, "sources", "list", "-f", "json").stdout)["results"]["bindings"]
    cited = json.loads(run_kg(root, "sources", "cite", "-f", "csl-json").stdout)
    assert {entry["note"] for entry in cited} == {row["source"]["value"] for row in listed}
    (article,) = (entry for entry in cited if entry["id"] == "gaigi-op-ed")
    assert (article["type"], article["publisher"]) == ("article-newspaper", "China Daily")


@pytest.mark.parametrize(
    ("clause", "expected"),
    [(26, "1.1z"), (27, "1.1aa"), (703, "1.1aaa"), (-3, "1.1")],
)
def test_a_sentence_may_have_any_number_of_clauses(tmp_path, clause, expected):
    folder = write_small_project(tmp_path / "project")
    with (folder / "data" / "sources.trig").open("a", encoding="utf-8") as file:
        file.write(f"GRAPH <https://w3id.org/aigov-kg/graph/sources> {{ note:p1s1 aigov:clause {clause} }}\n")
    assert run_kg(folder, "build").returncode == 0
    done = run_kg(folder, "sources", "coverage", "-f", "csv")
    assert done.returncode == 0, done.stderr
    row = next(row for row in csv.DictReader(io.StringIO(done.stdout)) if row["passage"] == NOTE + "p1s1")
    assert row["sentence"] == expected


# Labels in other languages


@pytest.fixture(scope="module", params=["zh", "", "de"])
def foreign(tmp_path_factory, request):
    """The small project with its English texts in one other language, or in none that is named."""
    folder = write_small_project(tmp_path_factory.mktemp("foreign") / "project")
    for path in (folder / "ontology" / "small.ttl", *(folder / "data").glob("*.trig")):
        text = path.read_text(encoding="utf-8").replace('"河流理事会"@zh', '"河流理事会"@ja')
        path.write_text(text.replace('"@en', f'"@{request.param}' if request.param else '"'), encoding="utf-8")
    assert run_kg(folder, "build").returncode == 0
    return folder


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("sources list -f csv", ["A note on rivers", "A letter on lakes"]),
        (
            "sources coverage -f csv",
            ["reported fact", "author of the note", "Lund; River Council", "The weather is no"],
        ),
        ("sources cite", ["{{A note on rivers}}"]),
        (
            "describe River\xa0Council",
            ["River Council", "organization", "reported fact: A note on rivers, paragraph 1"],
        ),
        ("describe Lund", ["author's opinion: A note on rivers"]),
        ("search river", ["River Council", "organization"]),
        ("stats", ["organization", "reported fact"]),
    ],
)
def test_labels_in_any_one_language_will_do(foreign, command, expected):
    done = run_kg(foreign, *(word.replace("\xa0", " ") for word in command.split(" ")), COLUMNS="200")
    assert done.returncode == 0, done.stderr
    for words in expected:
        assert words in done.stdout


def test_of_several_languages_english_is_shown_and_each_thing_once(tmp_path):
    folder = write_small_project(tmp_path / "project")
    path = folder / "data" / "sources.trig"
    text = path.read_text(encoding="utf-8")
    text = text.replace('"A note on rivers"@en', '"A note on rivers"@en, "Eine Notiz"@de, "笔记"@zh')
    text = text.replace('"A letter on lakes"@en', '"湖泊信"@zh, "Ein Brief"@de')
    path.write_text(re.sub('("What sentence . says.")@en', r'\1@en, "Was er sagt."@de', text), encoding="utf-8")
    assert run_kg(folder, "build").returncode == 0
    listed = run_kg(folder, "sources", "list", "-f", "csv").stdout
    assert [row["label"] for row in csv.DictReader(io.StringIO(listed))] == ["A note on rivers", "Ein Brief"]
    covered = list(csv.DictReader(io.StringIO(run_kg(folder, "sources", "coverage", "-f", "csv").stdout)))
    assert len({row["passage"] for row in covered}) == len(covered) == 4
    assert "{{A note on rivers}}" in run_kg(folder, "sources", "cite").stdout
