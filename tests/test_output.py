"""What a command prints goes to a reader who may have had enough, or to a place that has no more room."""

import shlex
import shutil
import subprocess
import sys

import pytest
from faults import QUERY, SETTINGS
from forked import KG, ROOT
from link_fixtures import add_register, record
from small_project import write_small_project

PRINTING = [
    "--help",
    "--version",
    "query run --help",
    "build --force --help",
    "tour",
    "validate",
    "validate -f json",
    "validate -f sarif",
    "query list",
    "query show places",
    "query run places",
    "query run places -f table",
    "query run places --cite -f markdown",
    "query run places --explain",
    "query text 'SELECT * { ?s ?p ?o }' -f csv",
    "query text 'ASK {}'",
    "query text 'CONSTRUCT WHERE { ?s ?p ?o }'",
    "describe Lund",
    "describe Lund -f turtle",
    "search lund",
    "explain 'River Council' 'located in' Sweden",
    "export",
    "export -f json-ld",
    "export -f csv",
    "export -f graphml",
    "diff data/facts.trig data/sources.trig",
    "format --check",
    "sources list",
    "sources coverage",
    "sources cite",
    "sources verify --text note.txt",
    "sources locate --text note.txt 'River Council'",
    "stats",
    "prefixes",
    "doctor",
    "new town",
    "link targets list",
    "link find",
    "link find -f json",
    "link check",
    "link accept --min-confidence 0 --dry-run",
    "link review --reviewer Ada",
    "link apply -o -",
]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = write_small_project(tmp_path_factory.mktemp("printed"))
    add_register(folder, record(1, "The River Council"), record(2, "Lake Council"))
    (folder / "queries" / "places.rq").write_text(QUERY, encoding="utf-8")
    (folder / "kg.toml").write_text(SETTINGS.partition("[server]")[0], encoding="utf-8")
    return folder


def run(project, command, fault):
    shutil.rmtree(project / "town", ignore_errors=True)
    return KG.run(shlex.split(command), {"COLUMNS": "80"}, project, "q\n", {fault: 1, "seconds": 60})


@pytest.mark.parametrize("command", PRINTING)
def test_a_reader_who_has_had_enough_is_no_fault(command, project):
    done = run(project, f"-q {command}", "closed")
    assert (done.returncode in (0, 1, 141), done.stderr) == (True, ""), done.returncode


@pytest.mark.parametrize("command", PRINTING[::6])
def test_no_room_for_what_is_printed_is_said(command, project):
    done = run(project, f"-q {command}", "full")
    assert (done.returncode, "No space left" in done.stderr) == (4, True), done.stderr


def test_head_ends_a_command_quietly(project):
    """As whole processes, whose streams Python ends by itself."""
    kg = f"{sys.executable} -P -m kg --project {project}"
    for command in ("query text 'SELECT * { ?s ?p ?o }'", "stats", "--help", "export"):
        line = f"set -o pipefail; {kg} -q {command} | head -1 >/dev/null"
        done = subprocess.run(
            ["bash", "-c", line], env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
        )
        assert (done.returncode in (0, 1, 141), done.stderr) == (True, "")
