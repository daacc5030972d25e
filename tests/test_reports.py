"""Reports for CI services, and check queries: what they catch, and how their own faults are told."""

import json
import os
from pathlib import Path
from urllib.parse import unquote

import pytest
import rdflib
import xmlschema
from jsonschema import Draft7Validator
from junitparser import JUnitXml
from rdflib import SH
from sarif_pydantic import Sarif
from small_project import PREFIXES, run_kg, write_small_project

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def schemas():
    """A folder with the published schemas of the formats. Python packages have none: .ci/run gets them from npm's."""
    if "REPORT_SCHEMAS" not in os.environ:
        pytest.skip("REPORT_SCHEMAS names no folder with schemas, see .ci/run")
    return Path(os.environ["REPORT_SCHEMAS"])


@pytest.fixture
def broken(tmp_path):
    """The small project with shapes that it breaks, a contradiction, and a check query that finds something."""
    folder = write_small_project(tmp_path / "small")
    (folder / "ontology" / "shapes.ttl").write_text(
        PREFIXES
        + """
        @prefix sh: <http://www.w3.org/ns/shacl#> .
        aigov:CityShape a sh:NodeShape ; sh:targetClass aigov:City ;
            sh:property [ sh:path aigov:members ; sh:minCount 1 ; sh:severity sh:Warning ;
                sh:message "Say how many members there are | and who."@en ] .
        """
    )
    facts = folder / "data" / "facts.trig"
    text = facts.read_text(encoding="utf-8")
    facts.write_text(text.replace("id:sweden a aigov:Country", "id:sweden a aigov:Country, aigov:Person"))
    (folder / "queries" / "checks").mkdir(parents=True)
    (folder / "queries" / "checks" / "praise.rq").write_text(
        """#+ summary: Is anybody praised?
#+ severity: info
#+ message: Praise of {value} by an {kind}.
PREFIX aigov: <https://w3id.org/aigov-kg/ontology#>
SELECT ?focus ?path ?value ?kind { ?focus ?path ?value FILTER(?path = aigov:praises) BIND("author" AS ?kind) }
"""
    )
    return folder


def test_all_that_is_found_comes_as_one_list(broken):
    done = run_kg(broken, "validate")
    assert done.returncode == 1
    blocks = done.stdout.split("\n\n")
    assert blocks[0].splitlines() == [
        "violation: id:sweden rdf:type",
        "  These facts contradict each other: the classes have no member in common (cax-adc). Correct one of: "
        "id:sweden rdf:type aigov:Person; id:sweden rdf:type aigov:Place.",
        "  value: <https://w3id.org/aigov-kg/ontology#Person>",
        "  at data/facts.trig:25:32",
    ]
    assert blocks[1].startswith("warning: id:lund aigov:members\n  Say how many members there are | and who.\n")
    assert blocks[2].startswith("info: id:author aigov:praises\n  Praise of id:lund by an author.\n")
    assert "at data/facts.trig:" in blocks[2]
    assert blocks[3] == "1 violation, 1 warning, 1 info\n"


def test_turtle_is_a_report_by_the_specification(broken):
    """Each result has one focus node, one severity and one component (SHACL, section 3.6.2), whatever found it."""
    shapes = broken / "ontology" / "shapes.ttl"
    number = "aigov:NumberShape a sh:NodeShape ; sh:targetObjectsOf aigov:members ; sh:nodeKind sh:IRI ."
    shapes.write_text(f"{shapes.read_text(encoding='utf-8')}\n{number}\n", encoding="utf-8")
    (broken / "ontology" / "more.ttl").write_text(f"{PREFIXES} aigov:members rdfs:range xsd:integer .")
    facts = broken / "data" / "facts.trig"
    text = facts.read_text(encoding="utf-8")
    facts.write_text(text.replace("aigov:members 12", 'aigov:members 12, "many"@en'), encoding="utf-8")
    line = text[: text.index("aigov:members 12")].count("\n") + 1
    report = json.loads(run_kg(broken, "validate", "-f", "json").stdout)
    literals = [finding for finding in report["findings"] if finding["focus_node"].startswith('"')]
    assert {finding["focus_node"][:5] for finding in literals} == {'"many', '"12"^'}
    assert {finding["line"] for finding in literals} == {line}
    for engine in ("shacl", "pyshacl"):
        done = run_kg(broken, "validate", "--engine", engine, "-f", "turtle")
        assert done.returncode == 1, done.stderr
        graph = rdflib.Graph().parse(data=done.stdout)
        results = set(graph.objects(None, SH.result))
        for predicate in (SH.focusNode, SH.resultSeverity, SH.sourceConstraintComponent):
            assert all(len(set(graph.objects(result, predicate))) == 1 for result in results), predicate
        found = {
            (str(graph.value(result, SH.focusNode)), str(graph.value(result, SH.sourceConstraintComponent)))
            for result in results
        }
        assert {
            ("many", "urn:kg:check:dt-not-type"),
            ("many", str(SH.NodeKindConstraintComponent)),
            ("12", str(SH.NodeKindConstraintComponent)),
        } <= found


def test_sarif(broken, tmp_path):
    path = tmp_path / "report.sarif"
    assert run_kg(broken, "validate", "-o", str(path)).returncode == 1
    record = json.loads(path.read_text(encoding="utf-8"))
    log = Sarif.model_validate(record)
    (run,) = log.runs
    assert log.version == "2.1.0"
    assert [(result.rule_id, result.level.value) for result in run.results] == [
        ("cax-adc", "error"),
        ("MinCountConstraintComponent", "warning"),
        ("praise", "note"),
    ]
    assert [run.tool.driver.rules[result.rule_index].id for result in run.results] == [r.rule_id for r in run.results]
    place = run.results[0].locations[0].physical_location
    assert unquote(place.artifact_location.uri) == "data/facts.trig"
    assert (place.region.start_line, place.region.start_column) == (25, 32)
    fingerprints = [result["partialFingerprints"] for result in record["runs"][0]["results"]]
    facts = broken / "data" / "facts.trig"
    facts.write_text("\n\n" + facts.read_text(encoding="utf-8"), encoding="utf-8")
    moved = json.loads(run_kg(broken, "validate", "-f", "sarif").stdout)["runs"][0]["results"]
    assert [result["partialFingerprints"] for result in moved] == fingerprints
    assert moved[0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 27


def test_junit(broken, tmp_path):
    path = tmp_path / "report.xml"
    assert run_kg(broken, "validate", "-o", str(path)).returncode == 1
    (suite,) = JUnitXml.fromfile(str(path))
    assert (suite.tests, suite.failures, suite.errors) == (3, 1, 0)
    cases = list(suite)
    assert [case.is_passed for case in cases] == [False, True, True]
    assert "data/facts.trig:25:32" in cases[0].result[0].text
    assert cases[2].system_out.startswith("info: Praise of id:lund by an author.")
    (suite,) = JUnitXml.fromstring(run_kg(ROOT, "validate", "-f", "junit").stdout.encode())
    assert (suite.tests, suite.failures) == (1, 0)


@pytest.mark.parametrize("faulty", [True, False])
def test_reports_keep_to_the_published_schemas(schemas, broken, tmp_path, faulty):
    for name in ("report.sarif", "report.xml"):
        done = run_kg(broken if faulty else ROOT, "validate", "-o", str(tmp_path / name))
        assert done.returncode == faulty
    sarif = json.loads((schemas / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
    record = json.loads((tmp_path / "report.sarif").read_text(encoding="utf-8"))
    assert bool(record["runs"][0]["results"]) is faulty
    assert [error.message for error in Draft7Validator(sarif).iter_errors(record)] == []
    junit = xmlschema.XMLSchema(schemas / "jenkins-junit.xsd")
    assert [error.reason for error in junit.iter_errors(tmp_path / "report.xml")] == []


def test_markdown_escapes_what_would_end_a_cell(broken):
    table = run_kg(broken, "validate", "-f", "markdown").stdout
    assert "members there are \\| and who." in table


@pytest.mark.parametrize(
    ("old", "new", "message", "line"),
    [
        ("severity: info", "severity: grave", "unknown severity 'grave'", 2),
        ("#+ severity: info\n", "", "the header has no severity", 1),
        ("summary", "sumary", "unknown key 'sumary'", 1),
        ("?focus ?path ?value ?kind {", "?path ?value ?kind {", "the query does not select ?focus", None),
        ("by an {kind}", "by an {sort}", "the query does not select ?sort", None),
        ("SELECT", "SELEKT", "fault", None),
        ("SELECT ?focus ?path ?value ?kind {", "DELETE WHERE {", "", None),
    ],
)
def test_a_faulty_check_query_is_told_with_its_file(broken, old, new, message, line):
    path = broken / "queries" / "checks" / "praise.rq"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    done = run_kg(broken, "validate")
    assert done.returncode == 3
    assert message in done.stderr
    assert f"queries/checks/praise.rq{f':{line}' if line else ''}" in done.stderr
    assert "Traceback" not in done.stderr


def test_checks_are_no_questions(broken):
    assert "praise" not in run_kg(broken, "query", "list").stdout
    assert run_kg(broken, "query", "run", "praise").returncode == 2


def test_check_queries_see_the_files_and_not_an_older_store(tmp_path):
    folder = write_small_project(tmp_path / "small")
    (folder / "queries" / "checks").mkdir(parents=True)
    check = "#+ summary: Who has members?\n#+ severity: info\n#+ message: It has {value} members.\n"
    check += "SELECT ?focus ?value { ?focus <https://w3id.org/aigov-kg/ontology#members> ?value }"
    (folder / "queries" / "checks" / "members.rq").write_text(check)
    facts = folder / "data" / "facts.trig"

    def members():
        findings = json.loads(run_kg(folder, "validate", "-f", "json").stdout)["findings"]
        return [finding["message"] for finding in findings]

    assert members() == ["It has 12 members."]
    assert run_kg(folder, "build").returncode == 0
    assert members() == ["It has 12 members."]
    facts.write_text(
        facts.read_text(encoding="utf-8").replace("aigov:members 12", "aigov:members 13"), encoding="utf-8"
    )
    assert members() == ["It has 13 members."]


# For each shipped check: what is added to the shipped graph, and the message that must come.
FAULTS = {
    "circles": ("id:china aigov:locatedIn id:beijing .", "it leads back to itself"),
    "shared-links": (
        "id:tencent skos:exactMatch <https://e.example/1> . id:huawei skos:exactMatch <https://e.example/1> .",
        "is also that of id:",
    ),
    "outside-its-event": (
        'id:late a aigov:Announcement ; rdfs:label "a late announcement"@en ; aigov:partOfEvent id:ai-safety-summit ;'
        ' aigov:date "2023-12-24"^^xsd:date .',
        "is not within id:ai-safety-summit",
    ),
    "unmentioned": ('id:lonely a aigov:Topic ; rdfs:label "a lonely topic"@en .', "No fact relates it to anything"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_shipped_check_catches_its_fault(name, tmp_path):
    facts, message = FAULTS[name]
    path = tmp_path / "more.trig"
    path.write_text(
        PREFIXES + f"GRAPH <https://w3id.org/aigov-kg/source/gaigi-op-ed#p1s1a> {{ {facts} }}", encoding="utf-8"
    )
    done = run_kg(ROOT, "validate", str(path), "--fail-on", "warning", "-f", "json")
    assert done.returncode == 1
    caught = [f for f in json.loads(done.stdout)["findings"] if f["check"] == name]
    assert caught
    assert all(message in finding["message"] for finding in caught)
    assert all(finding["line"] for finding in caught)


def test_every_shipped_check_is_tested():
    assert {path.stem for path in (ROOT / "queries" / "checks").glob("*.rq")} == set(FAULTS)
