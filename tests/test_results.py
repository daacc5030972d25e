"""Answers in every format, read back by parsers that are not ours; citations; limits."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pyoxigraph
import pytest
import rdflib
from pyoxigraph import Literal, NamedNode, QueryResultsFormat
from rdflib.plugins.sparql.results.csvresults import CSVResultParser
from rdflib.query import Result
from small_project import ID, NOTE, run_kg

pytestmark = pytest.mark.usefixtures("graph")  # the store is built

XSD = "http://www.w3.org/2001/XMLSchema#"

# Cells that a format could spoil, and none.
ROWS = [
    (Literal('say "hello"', language="en"), Literal("12", datatype=NamedNode(XSD + "integer"))),
    (Literal("two\nlines, and\ta tab"), None),
    (Literal("a | pipe \\ and <b>&amp;</b>"), Literal("true", datatype=NamedNode(XSD + "boolean"))),
    (Literal("河流理事会", language="zh"), Literal("2023-10-18", datatype=NamedNode(XSD + "date"))),
    (NamedNode(ID + "lund"), Literal("1.5", datatype=NamedNode(XSD + "decimal"))),
    (None, Literal("")),
]


def cell(term):
    return "UNDEF" if term is None else str(term)


QUERY = "SELECT ?what ?value {{ VALUES (?what ?value) {{ {} }} }}".format(
    " ".join(f"({cell(what)} {cell(value)})" for what, value in ROWS)
)
FORMATS = ("table", "csv", "tsv", "json", "jsonl", "xml", "markdown")


@pytest.fixture(scope="module")
def answers(folder, graph, tmp_path_factory):
    """The bytes that the query gives in each format, chosen by name."""
    place = tmp_path_factory.mktemp("answers")
    for name in FORMATS:
        done = run_kg(folder, "query", "text", QUERY, "-f", name, "-o", str(place / "answer"))
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        (place / "answer").rename(place / name)
    return {name: (place / name).read_bytes() for name in FORMATS}


def as_oxigraph(term):
    """A term of rdflib as one of pyoxigraph."""
    if isinstance(term, rdflib.URIRef):
        return NamedNode(str(term))
    if isinstance(term, rdflib.Literal):
        if term.language:
            return Literal(str(term), language=term.language)
        return Literal(str(term), datatype=NamedNode(str(term.datatype or XSD + "string")))
    return term


def rows_of_rdflib(result):
    return [tuple(as_oxigraph(row.get(rdflib.Variable(name))) for name in ("what", "value")) for row in result.bindings]


@pytest.mark.parametrize("name", ["json", "xml", "tsv"])
def test_oxigraph_reads_the_same_terms_back(name, answers):
    solutions = pyoxigraph.parse_query_results(answers[name], format=getattr(QueryResultsFormat, name.upper()))
    assert [variable.value for variable in solutions.variables] == ["what", "value"]
    assert [tuple(row) for row in solutions] == ROWS


@pytest.mark.parametrize("name", ["json", "xml"])
def test_rdflib_reads_the_same_terms_back(name, answers):
    result = Result.parse(io.BytesIO(answers[name]), format=name)
    assert [str(variable) for variable in result.vars] == ["what", "value"]
    assert rows_of_rdflib(result) == ROWS


def plain(term):
    return "" if term is None else term.value


def test_csv_has_plain_values_and_ends_lines_as_the_recommendation_says(answers):
    text = answers["csv"].decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["what", "value"],
        *([plain(what), plain(value)] for what, value in ROWS),
    ]
    assert text.startswith("what,value\r\n")
    result = CSVResultParser().parse(io.BytesIO(answers["csv"]))
    assert len(result.bindings) == len(ROWS)


def test_json_lines_have_values_of_python_types(answers):
    lines = [json.loads(line) for line in answers["jsonl"].decode().splitlines()]
    assert [line["what"] for line in lines] == [None if what is None else what.value for what, _ in ROWS]
    assert [line["value"] for line in lines] == [12, None, True, "2023-10-18", "1.5", ""]


def test_a_markdown_table_has_a_line_for_each_row_and_keeps_its_columns(answers):
    header, rule, *lines = answers["markdown"].decode().splitlines()
    assert (header, rule) == ("| what | value |", "| --- | --- |")
    cells = [[part.strip() for part in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    assert [len(row) for row in cells] == [2] * len(ROWS)
    assert cells[0] == ['say "hello"', "12"]
    assert cells[2][0].startswith("a \\| pipe")
    assert cells[4] == ["id:lund", "1.5"]


def test_a_table_shows_every_value(answers):
    text = answers["table"].decode()
    for what, value in ROWS:
        for term in (what, value):
            if isinstance(term, Literal):
                assert all(word in text for word in term.value.split())
    assert "id:lund" in text


@pytest.mark.parametrize("truth", [True, False])
@pytest.mark.parametrize("name", FORMATS)
def test_a_truth_value(name, truth, folder):
    text = f"ASK {{ {'' if truth else '<urn:a> <urn:b> <urn:c>'} }}"
    done = run_kg(folder, "query", "text", text, "-f", name)
    assert done.returncode == 0
    if name in ("json", "xml"):
        read = pyoxigraph.parse_query_results(done.stdout, format=getattr(QueryResultsFormat, name.upper()))
        assert bool(read) is truth
        assert Result.parse(io.BytesIO(done.stdout.encode()), format=name).askAnswer is truth
    else:
        assert done.stdout == f"{str(truth).lower()}\n"


@pytest.mark.parametrize(
    ("extension", "syntax"), [("ttl", "turtle"), ("nt", "nt"), ("rdf", "xml"), ("jsonld", "json-ld")]
)
def test_a_graph_in_each_syntax(extension, syntax, folder, tmp_path):
    path = tmp_path / f"graph.{extension}"
    query = "CONSTRUCT { ?s rdfs:label ?label ; aigov:members ?n } { ?s rdfs:label ?label ; aigov:members ?n }"
    assert run_kg(folder, "query", "text", query, "-o", str(path)).returncode == 0
    council, aigov = rdflib.URIRef(ID + "river-council"), "https://w3id.org/aigov-kg/ontology#"
    assert set(rdflib.Graph().parse(path, format=syntax)) == {
        (council, rdflib.RDFS.label, rdflib.Literal("River Council", lang="en")),
        (council, rdflib.RDFS.label, rdflib.Literal("河流理事会", lang="zh")),
        (council, rdflib.URIRef(aigov + "members"), rdflib.Literal(12)),
    }


SEATS = "SELECT ?who ?place { ?who aigov:locatedIn ?place } ORDER BY ?who ?place"


@pytest.mark.parametrize("name", ["table", "markdown"])
def test_footnotes_tell_people_what_a_row_rests_on(name, folder):
    done = run_kg(folder, "query", "text", SEATS, "--cite", "-f", name)
    table, _, notes = done.stdout.rstrip("\n").rpartition("\n\n")
    footnotes = dict(re.findall(r"^(?:- )?\[(\d+)\] (.*)$", notes, re.MULTILINE))
    seat = next(number for number, note in footnotes.items() if "note:p1s1" in note)
    place = next(number for number, note in footnotes.items() if "note:p2s2" in note)
    assert "A note on rivers, paragraph 1, sentence 1" in footnotes[seat]
    lines = table.splitlines()
    (direct,) = (line for line in lines if "id:river-council" in line and "id:lund" in line)
    (inferred,) = (line for line in lines if "id:river-council" in line and "id:sweden" in line)
    (asserted,) = (line for line in lines if line.strip("| ").startswith("id:lund"))
    assert f"[{seat}] inferred" in direct  # a seat is a location
    assert {f"[{seat}]", f"[{place}]", "inferred"} <= set(inferred.split())
    assert f"[{place}]" in asserted
    assert "inferred" not in asserted


def test_programs_get_a_column_of_graphs(folder):
    done = run_kg(folder, "query", "text", SEATS, "--cite", "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    evidence = {(row["who"].removeprefix(ID), row["place"].removeprefix(ID)): row["evidence"].split() for row in rows}
    assert evidence == {
        ("lund", "sweden"): [NOTE + "p2s2"],
        ("river-council", "lund"): [NOTE + "p1s1"],
        ("river-council", "sweden"): [NOTE + "p1s1", NOTE + "p2s2"],
    }
    document = json.loads(run_kg(folder, "query", "text", SEATS, "--cite", "-f", "json").stdout)
    assert document["head"]["vars"] == ["who", "place", "evidence", "citation"]
    bindings = document["results"]["bindings"]
    assert [row["evidence"]["value"] for row in bindings] == [row["evidence"] for row in rows]
    assert [row["citation"]["value"] for row in bindings] == [row["citation"] for row in rows]
    opinion = "author's opinion: A note on rivers, paragraph 2, sentence 2 (note:p2s2)"
    assert rows[0]["citation"] == opinion
    assert rows[2]["citation"] == (
        f"inferred from reported fact: A note on rivers, paragraph 1, sentence 1 (note:p1s1); {opinion}"
    )


def test_the_columns_of_a_citation_hide_none_of_the_answer(folder):
    query = "SELECT ?evidence ?source { ?evidence aigov:inSource ?source ; aigov:speaker id:author }"
    (row,) = json.loads(run_kg(folder, "query", "text", query, "--cite", "-f", "json").stdout)["results"]["bindings"]
    assert (row["evidence"]["value"], row["evidence_"]["value"]) == (NOTE + "p2s2", NOTE + "p2s2")
    table = run_kg(folder, "query", "text", query, "--cite", "-f", "markdown").stdout
    assert table.startswith("| evidence | source | source\\_ |")


def test_a_footnote_of_markdown_leads_to_its_passage(folder):
    from markdown_it import MarkdownIt

    query = "SELECT ?x ?y { ?x aigov:praises ?y }"
    cited = run_kg(folder, "query", "text", query, "--cite", "-f", "markdown").stdout
    page = MarkdownIt().enable("table").render(cited)
    assert "<td>[1]</td>" in page
    note = f'<a href="{NOTE}p2s2">note:p2s2</a>'
    assert f"<li>[1] author's opinion: A note on rivers, paragraph 2, sentence 2 ({note})</li>" in page


def test_an_answer_without_rows_says_that_it_is_not_cited(folder):
    done = run_kg(folder, "query", "text", "ASK { id:lund a aigov:City }", "--cite")
    assert (done.returncode, done.stdout) == (0, "true\n")
    assert "--cite" in done.stderr


def test_a_row_that_rests_on_no_evidence_has_an_empty_cell(folder):
    query = "SELECT ?class { aigov:City rdfs:subClassOf ?class }"
    document = json.loads(run_kg(folder, "query", "text", query, "--cite", "-f", "json").stdout)
    assert document["results"]["bindings"]
    assert not any("evidence" in row for row in document["results"]["bindings"])


def test_asserted_leaves_out_what_reasoning_added(folder):
    query = "SELECT ?who ?place { ?who aigov:locatedIn ?place }"
    assert len(run_kg(folder, "query", "text", query).stdout.splitlines()) == 4
    asserted = run_kg(folder, "query", "text", query, "--asserted").stdout.splitlines()
    assert asserted == ["?who\t?place", f"<{ID}lund>\t<{ID}sweden>"]


def test_a_limit_says_what_it_leaves_out(folder):
    done = run_kg(folder, "query", "text", SEATS, "--limit", "1")
    assert done.stdout == f"?who\t?place\n<{ID}lund>\t<{ID}sweden>\n"
    assert done.stderr == "1 of 3 rows; leave out --limit to see all.\n"
    assert run_kg(folder, "query", "text", SEATS, "--limit", "0").stdout == "?who\t?place\n"
    assert run_kg(folder, "query", "text", SEATS, "--limit", "9").stderr == ""


def test_a_timeout_ends_a_query_that_takes_too_long(folder):
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n1 ?o }"
    done = run_kg(folder, "query", "text", endless, "--timeout", "0.3")
    assert (done.returncode, done.stdout) == (4, "")
    assert "no answer within 0.3 seconds" in done.stderr
    assert "--timeout" in done.stderr
    in_time = run_kg(folder, "query", "text", SEATS, "--timeout", "30")
    assert in_time.stdout == run_kg(folder, "query", "text", SEATS).stdout


@pytest.mark.parametrize("arguments", [("--timeout", "0"), ("--timeout", "-1"), ("--limit", "-1"), ("--limit", "two")])
def test_a_limit_or_timeout_that_makes_no_sense(arguments, folder):
    done = run_kg(folder, "query", "text", SEATS, *arguments)
    assert done.returncode == 2
    assert arguments[0] in done.stderr


def test_an_answer_that_cannot_be_written(folder, graph, tmp_path):
    done = run_kg(folder, "query", "text", SEATS, "-o", str(tmp_path / "no-such-folder" / "answer.csv"))
    assert done.returncode == 4
    assert "cannot write" in done.stderr


def test_an_output_that_is_no_plain_file_is_written_into(folder, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert run_kg(folder, "query", "text", SEATS, "-f", "tsv", "-o", str(pipe)).returncode == 0
        assert pipe.is_fifo()
        assert os.read(reader, 10_000).decode() == run_kg(folder, "query", "text", SEATS, "-f", "tsv").stdout
    finally:
        os.close(reader)


def test_an_output_keeps_its_mode_and_the_link_to_it(folder, tmp_path):
    file, link = tmp_path / "file.csv", tmp_path / "link.csv"
    file.write_text("old")
    file.chmod(0o600)
    link.symlink_to(file)
    assert run_kg(folder, "query", "text", SEATS, "-o", str(link)).returncode == 0
    assert link.is_symlink()
    assert file.read_bytes().startswith(b"who,place")
    assert file.stat().st_mode & 0o777 == 0o600
    assert set(tmp_path.iterdir()) == {file, link}


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="no device that is always full")
@pytest.mark.parametrize("arguments", [("query", "text", SEATS), ("doctor",), ("stats",)], ids=lambda a: a[0])
def test_a_full_disk_is_a_fault_of_the_outside_world(arguments, folder):
    command = [sys.executable, "-m", "kg", "--project", str(folder), *arguments]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 4, done.stderr
    assert "No space left" in done.stderr
