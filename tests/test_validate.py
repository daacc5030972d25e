"""Validation: findings tell what is wrong, where, and what to do."""

import json
import re
import shutil
from pathlib import Path

import pytest
import rdflib
from rdflib import RDF, SH
from small_project import run_kg, write_small_project

ROOT = Path(__file__).parent.parent


@pytest.fixture
def broken(tmp_path):
    """The shipped graph with a rank of zero."""
    folder = tmp_path / "broken"
    for name in ("ontology", "data", "queries"):
        shutil.copytree(ROOT / name, folder / name)
    path = folder / "data" / "gaigi-op-ed" / "p11-p14-china.trig"
    lines = path.read_text(encoding="utf-8").splitlines()
    number = next(n for n, line in enumerate(lines) if "aigov:rank 2" in line)
    lines[number] = lines[number].replace("rank 2", "rank 0")
    path.write_text("\n".join(lines), encoding="utf-8")
    return folder, f"data/gaigi-op-ed/p11-p14-china.trig:{number + 1}:{lines[number].index('0') + 1}"


def test_the_shipped_graph_has_no_violation_and_no_warning():
    done = run_kg(ROOT, "validate", "--fail-on", "warning")
    assert (done.returncode, done.stdout) == (0, "0 violations, 0 warnings\n")


def test_a_finding_tells_what_where_and_what_to_do(broken):
    folder, place = broken
    done = run_kg(folder, "validate")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "violation: id:ranking-china-ai-innovation aigov:rank",
        "  aigov:rank takes one whole number, from 1.",
        '  value: "0"^^<http://www.w3.org/2001/XMLSchema#integer>',
        f"  at {place}",
        "",
        "1 violation, 0 warnings",
    ]


def test_forms_of_the_report(broken, tmp_path):
    folder, place = broken
    report = json.loads(run_kg(folder, "validate", "-f", "json").stdout)
    (finding,) = report["findings"]
    assert not report["conforms"]
    assert f"{finding['file']}:{finding['line']}:{finding['column']}" == place

    graph = rdflib.Graph().parse(data=run_kg(folder, "validate", "-f", "turtle").stdout)
    (node,) = graph.subjects(RDF.type, SH.ValidationReport)
    assert graph.value(node, SH.conforms) == rdflib.Literal(False)
    (result,) = graph.objects(node, SH.result)
    assert graph.value(result, SH.sourceConstraintComponent) == SH.MinInclusiveConstraintComponent
    assert graph.value(result, SH.value) == rdflib.Literal(0)

    path = tmp_path / "report.md"
    assert run_kg(folder, "validate", "-o", str(path)).returncode == 1
    assert f"| violation | {place} | id:ranking-china-ai-innovation aigov:rank |" in path.read_text(encoding="utf-8")


def test_a_build_with_violations_publishes_nothing(broken):
    folder, place = broken
    done = run_kg(folder, "build")
    assert done.returncode == 1
    assert place in done.stdout
    assert not (folder / ".kg" / "current").exists()
    refused = run_kg(folder, "stats")
    assert refused.returncode == 3
    assert "kg validate" in refused.stderr


def test_a_file_of_ones_own_is_checked_together_with_the_project(tmp_path):
    mine = tmp_path / "mine.trig"
    mine.write_text(
        """
        @prefix aigov: <https://w3id.org/aigov-kg/ontology#> .
        @prefix id: <https://w3id.org/aigov-kg/id/> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        GRAPH <https://w3id.org/aigov-kg/source/gaigi-op-ed#p1s1a> {
            id:my-initiative a aigov:Initiative ; rdfs:label "My initiative"@en ; aigov:proposedBy id:china .
        }
        """,
        encoding="utf-8",
    )
    assert run_kg(ROOT, "validate", str(mine)).returncode == 0
    mine.write_text(mine.read_text(encoding="utf-8").replace("id:china .", "id:chima ."), encoding="utf-8")
    done = run_kg(ROOT, "validate", str(mine))
    assert done.returncode == 1
    assert f"{mine}:6:" in done.stdout


def test_a_value_that_is_none_of_its_datatype(broken):
    folder, _ = broken
    path = folder / "data" / "records" / "dates-and-addresses.trig"
    path.write_text(path.read_text(encoding="utf-8").replace('"2023-11-02"', '"2023-11-31"'), encoding="utf-8")
    done = run_kg(folder, "validate")
    assert "not a valid value of its datatype" in done.stdout
    assert "Traceback" not in done.stderr


def test_one_value_too_many_is_found_where_it_was_added(broken):
    folder, _ = broken
    path = folder / "data" / "wic-introduction.trig"
    lines = path.read_text(encoding="utf-8").splitlines()
    number = next(n for n, line in enumerate(lines) if 'rdfs:label "Tencent"@en' in line)
    lines[number] = lines[number].replace("@en", '@en, "Tencent Holdings"@en')
    path.write_text("\n".join(lines), encoding="utf-8")
    findings = json.loads(run_kg(folder, "validate", "-f", "json").stdout)["findings"]
    places = {(f["file"], f["line"], f["column"]) for f in findings if f["focus_node"].endswith("/tencent")}
    assert places == {("data/wic-introduction.trig", number + 1, lines[number].index('"Tencent Holdings') + 1)}


def test_facts_that_rest_on_no_evidence(tmp_path):
    folder = write_small_project(tmp_path / "small")
    (folder / "data" / "loose.ttl").write_text("<https://e.example/a> <https://e.example/p> <https://e.example/b> .")
    done = run_kg(folder, "validate")
    assert done.returncode == 1
    assert "Move the fact to the named graph of a passage or record" in done.stdout
    assert "data/loose.ttl:1:1" in done.stdout


def test_a_passage_without_facts_says_why(tmp_path):
    folder = write_small_project(tmp_path / "small")
    assert run_kg(folder, "validate").returncode == 0
    path = folder / "data" / "sources.trig"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("aigov:noFactsBecause", "aigov:remark"), encoding="utf-8")
    done = run_kg(folder, "validate")
    assert done.returncode == 1
    assert "state why there are none" in done.stdout


def test_passages_do_not_overlap(tmp_path):
    folder = write_small_project(tmp_path / "small")
    path = folder / "data" / "sources.trig"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("oa:start 60", "oa:start 50"), encoding="utf-8")
    done = run_kg(folder, "validate")
    assert done.returncode == 1
    assert "overlaps with the one before it" in done.stdout
    assert "note:p2s2" in done.stdout


def test_passages_leave_no_gap(tmp_path):
    folder = write_small_project(tmp_path / "small")
    path = folder / "data" / "sources.trig"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("oa:end 59", "oa:end 50"), encoding="utf-8")
    done = run_kg(folder, "validate", "--fail-on", "warning")
    assert done.returncode == 1
    assert "No passage covers the characters 50 to 60 before it" in done.stdout
    assert "warning: note:p2s2" in done.stdout


def test_a_wrong_digest_is_found_with_the_text(tmp_path):
    folder = write_small_project(tmp_path / "small")
    text = str(folder / "note.txt")
    assert run_kg(folder, "validate", "--text", text).returncode == 0
    path = folder / "data" / "sources.trig"
    wrong = re.sub(r'(note:p2s1 .*?sha256 ")..', r"\g<1>00", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    path.write_text(wrong, encoding="utf-8")
    assert run_kg(folder, "validate").returncode == 0
    done = run_kg(folder, "validate", "--text", text)
    assert done.returncode == 1
    assert "violation: note:p2s1\n  The digest differs from that of the text" in done.stdout
    assert run_kg(folder, "validate", "--text", "missing.txt").returncode == 3
