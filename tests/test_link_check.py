"""kg link check: links that contradict each other, the graph, other people's records, or lists of retired ids."""

import csv
import json
from pathlib import Path

import pytest
from junitparser import JUnitXml
from link_fixtures import BODY, HEADING_LINE, WIKIDATA, add_register, record, write_table
from sarif_pydantic import Sarif
from small_project import ID, run_kg, write_small_project

from kg.link.checks.retired import current_successors, read_retired

ROOT = Path(__file__).parent.parent


@pytest.fixture
def folder(tmp_path):
    folder = write_small_project(tmp_path / "small")
    (folder / "data" / "links" / "places.sssom.tsv").unlink()
    return folder


def findings(folder, *arguments, status=None):
    """Return what `kg link check` finds, as (severity, rule, line, message)."""
    done = run_kg(folder, "link", "check", "-f", "json", *arguments)
    assert done.returncode in ((0, 1) if status is None else (status,)), done.stderr
    found = json.loads(done.stdout)["findings"]
    assert all(finding["file"].startswith("data/links/") and finding["line"] for finding in found)
    return [(f["severity"], f["check"], f["line"] - HEADING_LINE, f["message"]) for f in found]


def rules(found):
    return [(severity, rule, row) for severity, rule, row, _ in found]


def test_good_links_have_no_finding(folder):
    write_table(folder, "bodies", "lake-council exactMatch register:2", "river-council exactMatch register:1")
    done = run_kg(folder, "link", "check")
    assert (done.returncode, done.stdout) == (0, "0 violations, 0 warnings\n")
    assert "no target has them: links into register (2)" in done.stderr


def test_a_project_without_links(folder):
    done = run_kg(folder, "link", "check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "0 violations, 0 warnings\n", "")


def test_two_exact_matches_in_one_namespace_also_over_two_tables(folder):
    write_table(folder, "bodies", "lake-council exactMatch register:2", "river-council exactMatch register:1")
    write_table(folder, "more", "river-council exactMatch register:9", "river-council exactMatch wikidata:Q1")
    ((severity, rule, row, message),) = findings(folder, status=1)
    assert (severity, rule, row) == ("violation", "several-exact-matches", 2)
    assert "register:1 (data/links/bodies.sssom.tsv:12); register:9 (data/links/more.sssom.tsv:11)" in message
    write_table(folder, "more", "river-council closeMatch register:9", "river-council exactMatch !register:8")
    assert findings(folder, status=0) == []


def test_what_nobody_is_sure_of_is_shown_and_breaks_nothing(folder):
    write_table(
        folder,
        "bodies",
        "lake-council exactMatch register:2",
        "lake-council exactMatch ?register:3",
        "lund exactMatch ?register:7",
        "river-council exactMatch ?wikidata:Q1",
        "river-council exactMatch ?wikidata:Q2",
    )
    found = findings(folder, "--fail-on", "warning", status=0)
    assert rules(found) == [("info", "undecided", 2), ("info", "undecided", 4)]
    assert "register:2, accepted (data/links/bodies.sssom.tsv:11); register:3, unsure" in found[0][3]
    assert "wikidata:Q1, unsure" in found[1][3]
    assert "wikidata:Q2, unsure" in found[1][3]
    findings(folder, "--fail-on", "info", status=1)


def test_one_target_for_two_entities(folder):
    write_table(
        folder,
        "bodies",
        "lake-council exactMatch register:1",
        "river-council exactMatch register:1",
        "lund closeMatch register:1",
    )
    ((severity, rule, row, message),) = findings(folder, status=1)
    assert (severity, rule, row) == ("violation", "shared-target", 1)
    assert "id:lake-council (data/links/bodies.sssom.tsv:11); id:river-council" in message


@pytest.mark.parametrize(
    ("one", "other", "severity"),
    [
        ("exactMatch", "broadMatch", "violation"),
        ("exactMatch", "narrowMatch", "violation"),
        ("exactMatch", "relatedMatch", "violation"),
        ("broadMatch", "relatedMatch", "violation"),
        ("broadMatch", "narrowMatch", "violation"),
        ("closeMatch", "exactMatch", "warning"),
        ("closeMatch", "broadMatch", None),
    ],
)
def test_relations_of_one_pair(folder, one, other, severity):
    write_table(folder, "bodies", f"lund {one} register:1", f"lund {other} register:1")
    expected = [(severity, "clashing-relations", 1)] if severity else []
    assert rules(findings(folder)) == expected


def test_exact_beside_broader_of_another(folder):
    write_table(folder, "bodies", "lund broadMatch register:1", "sweden exactMatch register:1")
    ((severity, rule, row, message),) = findings(folder, status=0)
    assert (severity, rule, row) == ("info", "implied-relation", 1)
    assert "id:sweden would be broader than id:lund" in message


def test_a_subject_that_the_graph_does_not_describe(folder):
    write_table(folder, "bodies", "river-counsel exactMatch register:1", "nothing-like-it exactMatch !register:2")
    ((severity, rule, row, message),) = findings(folder, status=1)
    assert (severity, rule, row) == ("violation", "unknown-subject", 1)
    assert "did you mean id:river-council" in message


def test_the_records_of_a_target(folder):
    write_table(
        folder,
        "bodies",
        "lake-council exactMatch register:2",
        "lund exactMatch register:3",
        "river-council broadMatch register:2",
        "river-council closeMatch register:4",
        "river-council exactMatch register:1",
        "sweden exactMatch ?register:99",
        "author exactMatch register:98",
    )
    add_register(
        folder,
        record(1, "River Council"),
        record(2, "Lake Council", country="NO"),
        record(3, "Lund Institute"),
        record(4, "Rivers", status="withdrawn", successors=[BODY + "1"]),
    )
    found = findings(folder, status=0)
    assert rules(found) == [
        ("warning", "country-differs", 1),
        ("warning", "type-differs", 2),
        ("warning", "retired-id", 4),
        ("warning", "unknown-id", 7),
        ("info", "implied-relation", 3),
        ("info", "unknown-id", 6),
    ]
    assert "The entity's country is SE, but that of register:2 in register (read on 2" in found[0][3]
    assert "is NO: check whether" in found[0][3]
    assert "The entity is a place, but register:3 is an organization" in found[1][3]
    assert "register:4 is retired" in found[2][3]
    assert "Replace it with register:1" in found[2][3]
    assert "not in register (read on 2" in found[3][3]


def test_chains_that_do_not_close(folder):
    add_register(
        folder,
        record(1, "River Council", ext={"wikidata": ["Q1"]}),
        record(2, "Lake Council", ext={"wikidata": ["Q2", "Q3"]}),
    )

    def chain(*rows):
        write_table(folder, "bodies", *sorted(["river-council exactMatch register:1", *rows]))
        return [(severity, rule, message) for severity, rule, _, message in findings(folder)]

    assert chain("river-council exactMatch wikidata:Q1") == []
    assert chain("river-council exactMatch !wikidata:Q1") == []
    ((severity, rule, message),) = chain("river-council exactMatch wikidata:Q9")
    assert (severity, rule) == ("warning", "open-chain")
    assert "says that register:1 is the same as wikidata:Q1" in message
    assert "the exact match here is wikidata:Q9" in message
    ((severity, rule, message),) = chain()
    assert (severity, rule) == ("info", "proposed-link")
    assert f"id:river-council with <{WIKIDATA}Q1>" in message or "id:river-council with wikidata:Q1" in message
    ((severity, rule, message),) = chain("river-council exactMatch ?wikidata:Q1")
    assert (severity, rule) == ("info", "open-chain")
    assert "supports a link marked unsure: wikidata:Q1" in message
    # One of several identifiers is enough; of those that are left, the rejected one is not proposed again.
    assert chain("river-council exactMatch !wikidata:Q1", "lake-council exactMatch register:2",
                 "lake-council exactMatch wikidata:Q3") == []  # fmt: skip
    ((_, rule, message),) = chain("river-council exactMatch wikidata:Q1", "lake-council exactMatch register:2",
                                  "lake-council exactMatch !wikidata:Q3")  # fmt: skip
    assert rule == "proposed-link"
    assert message.endswith("with wikidata:Q2.")


RETIRED = """\
id\tname\tstatus\tsuccessors
https://register.example/body/1\tOld one\twithdrawn\thttps://register.example/body/5
https://register.example/body/2\tClosed\tinactive\t
https://register.example/body/5\tMiddle\tinactive\thttps://register.example/body/6|https://register.example/body/7
"""


def test_a_list_of_retired_identifiers(folder, tmp_path):
    path = tmp_path / "retired.tsv"
    path.write_text(RETIRED)
    write_table(
        folder,
        "bodies",
        "lake-council closeMatch register:2",
        "lund exactMatch !register:1",
        "river-council exactMatch register:1",
        "sweden exactMatch ?register:5",
        "author exactMatch register:6",
    )
    found = findings(folder, "--retired", str(path), status=1)
    assert rules(found) == [
        ("violation", "retired-id", 3),
        ("warning", "retired-id", 1),
        ("info", "retired-id", 4),
    ]
    assert found[0][3] == (
        "register:1 is withdrawn (retired.tsv). Replace it with register:6 or register:7, if that is the same thing."
    )
    assert "No successor is listed" in found[1][3]


def test_what_a_list_says_is_not_said_again_by_a_target(folder, tmp_path):
    path = tmp_path / "retired.tsv"
    path.write_text(RETIRED)
    write_table(folder, "bodies", "lake-council exactMatch register:2", "river-council exactMatch register:1")
    add_register(folder, record(2, "Lake Council", status="inactive"))
    found = findings(folder, "--retired", str(path))
    assert rules(found) == [("violation", "retired-id", 2), ("warning", "retired-id", 1)]


WARNINGS = {
    "_meta": {"generated": "2026-09-18T19:50:18.927Z"},
    "warnings": [
        {"qid": "Q1", "msg": "Wikidata QID redirects to Q11", "category": "unresolved-redirect"},
        {"qid": "Q2", "msg": 'Entity for "Bar Q22" was deleted.', "category": "deleted"},
        {"qid": "Q3", "msg": "Q33 Foods might possibly be replaced by Q34", "category": "replacement"},
        {"qid": "Q4", "msg": "Facebook username @Q44: 400 Bad Request", "category": "facebook-api"},
        {"qid": "Q5", "msg": 'Entity for "Q5" is missing an English label.', "category": "missing-label"},
    ],
}


def test_warnings_about_wikidata(folder, tmp_path):
    path = tmp_path / "warnings.json"
    path.write_text(json.dumps(WARNINGS))
    names = ("river-council", "lake-council", "lund", "sweden", "author")
    write_table(folder, "items", *(f"{name} exactMatch wikidata:Q{n}" for n, name in enumerate(names, 1)))
    found = findings(folder, "--retired", str(path), status=1)
    assert rules(found) == [
        ("violation", "retired-id", 2),
        ("warning", "retired-id", 1),
        ("warning", "retired-id", 3),
    ]
    assert found[1][3].startswith("wikidata:Q1 is redirected (warnings.json, 2026-09-18). Replace it with wikidata:Q11")
    assert "No successor" in found[0][3]
    assert "Replace it with wikidata:Q34" in found[2][3]


@pytest.mark.parametrize(
    ("name", "text", "place", "words"),
    [
        ("r.tsv", "id\tstatus\nx\ty\n", "r.tsv:1", "missing column: successors"),
        ("r.tsv", "id\tstatus\tsuccessors\nhttps://e.example/1\twithdrawn\n", "r.tsv:2", "does not have as many cells"),
        ("r.tsv", "id\tstatus\tsuccessors\n0abc\twithdrawn\t\n", "r.tsv:2", "write whole IRIs"),
        ("r.tsv", "id\tstatus\tsuccessors\n", "r.tsv", "the file has no retired identifiers"),
        ("r.json", '{"warnings": [', "r.json:1:", "not JSON"),
        ("r.json", '{"items": []}', "r.json", "not a list of warnings"),
        ("r.json", "[1]", "r.json", "not a list of warnings"),
        ("r.json", '{"warnings": [{"qid": "Q1"}]}', "r.json", "not a list of warnings"),
    ],
)
def test_a_list_that_cannot_be_read(folder, tmp_path, name, text, place, words):
    (tmp_path / name).write_text(text)
    done = run_kg(folder, "link", "check", "--retired", str(tmp_path / name))
    assert done.returncode == 3
    assert place in done.stderr
    assert words in done.stderr
    assert run_kg(folder, "link", "check", "--retired", str(tmp_path / "none.tsv")).returncode == 3


def test_forms_of_the_report(folder, tmp_path):
    write_table(folder, "bodies", "lake-council exactMatch register:1", "river-council exactMatch register:1")
    text = run_kg(folder, "link", "check").stdout.splitlines()
    assert text[0] == "violation: id:lake-council skos:exactMatch"
    assert text[2:4] == [f"  value: <{BODY}1>", "  at data/links/bodies.sssom.tsv:11:1"]
    path = tmp_path / "links.sarif"
    assert run_kg(folder, "link", "check", "-o", str(path)).returncode == 1
    (result,) = Sarif.model_validate_json(path.read_text()).runs[0].results
    assert (result.rule_id, result.level.value) == ("shared-target", "error")
    assert result.locations[0].physical_location.region.start_line == HEADING_LINE + 1
    path = tmp_path / "links.xml"
    assert run_kg(folder, "link", "check", "-o", str(path)).returncode == 1
    assert JUnitXml.fromfile(str(path)).failures == 1
    assert f"| violation | data/links/bodies.sssom.tsv:{HEADING_LINE + 1} |" in (
        run_kg(folder, "link", "check", "-f", "markdown").stdout.replace(":1 |", " |")
    )
    turtle = run_kg(folder, "link", "check", "-f", "turtle").stdout
    assert ID + "lake-council" in turtle or "id:lake-council" in turtle


def test_a_row_with_a_fault_is_an_error_with_its_line(folder):
    path = write_table(folder, "bodies", "lake-council exactMatch register:1")
    path.write_text(path.read_text() + "id:lund\tskos:exactMatch\n")
    done = run_kg(folder, "link", "check")
    assert done.returncode == 3
    assert f"bodies.sssom.tsv:{HEADING_LINE + 2}" in done.stderr


def test_the_shipped_links_have_no_violation():
    done = run_kg(ROOT, "link", "check", "--fail-on", "violation")
    assert done.returncode == 0, done.stdout
    assert "wikidata:Q1359568, unsure" in done.stdout
    assert "wikidata:Q30273328, unsure" in done.stdout


@pytest.mark.conformance
def test_every_retired_id_of_ror_is_found(folder, shared):
    path = shared / "opendata" / "ror_retired_successors.tsv"
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    retired = read_retired(path)
    assert len(retired) == len(rows) == 2624
    assert sum(bool(entry.successors) for entry in retired.values()) == 1945
    # No proposal is itself an id that has a successor.
    ends = {name for entry in retired.values() for name in current_successors(entry, retired)}
    assert not any(retired[name].successors for name in ends & retired.keys())
    table = write_table(folder, "bodies", "lund exactMatch register:1")
    text = table.read_text().replace("https://register.example/body/", "https://ror.org/").rpartition("id:lund")[0]
    ids = [row["id"].removeprefix("https://ror.org/") for row in rows]
    table.write_text(
        text + "".join(f"id:lund\tskos:closeMatch\t\tregister:{name}\tsemapv:ManualMappingCuration\t\n" for name in ids)
    )
    found = findings(folder, "--retired", str(path), status=1)
    assert len(found) == 2624
    assert {rule for _, rule, _, _ in found} == {"retired-id"}
    assert sum(severity == "violation" for severity, _, _, _ in found) == 1374
    assert sum("No successor" in message for *_, message in found) == 2624 - 1945


@pytest.mark.conformance
def test_deleted_and_redirected_items_of_wikidata_are_found(folder, shared):
    path = shared / "opendata" / "wikidata_nsi_warnings.json"
    retired = read_retired(path)
    by_status = {
        status: {e.iri for e in retired.values() if e.status == status} for status in ("deleted", "redirected")
    }
    assert len(by_status["deleted"]) == 26
    assert len(by_status["redirected"]) == 8
    assert all(entry.successors for entry in retired.values() if entry.status != "deleted")
    items = sorted(warning["qid"] for warning in json.loads(path.read_text())["warnings"])
    write_table(folder, "items", *(f"lund closeMatch wikidata:{item}" for item in dict.fromkeys(items)))
    found = findings(folder, "--retired", str(path), status=1)
    assert len(found) == len(retired)
    assert sum(severity == "violation" for severity, *_ in found) == 26
    assert any("Q93363069 is redirected" in m and "Replace it with wikidata:Q28771840" in m for *_, m in found)


@pytest.mark.conformance
def test_the_shipped_links_against_real_records(shared, tmp_path):
    """Alibaba: the register's own Wikidata id is the one on which other sources do not agree."""
    data = shared / "opendata"
    store = {"KG_STORE": str(tmp_path / "store")}
    assert (
        run_kg(ROOT, "link", "targets", "add", "ror", "--file", str(data / "ror_subset.jsonl.gz"), **store).returncode
        == 0
    )
    lists = (
        "--retired",
        str(data / "ror_retired_successors.tsv"),
        "--retired",
        str(data / "wikidata_nsi_warnings.json"),
    )
    done = run_kg(ROOT, "link", "check", *lists, **store)
    assert done.returncode == 0
    assert "says that ror:00k642b80 is the same as wikidata:Q30273328" in done.stdout
    assert "supports a link marked unsure" in done.stdout
