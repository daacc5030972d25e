"""No decision about a link is lost: when several people decide at once, and when they are broken off."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from link_fixtures import BODY, add_register, record
from small_project import write_small_project

from kg.files.sssom import read_links

ROOT = Path(__file__).parent.parent
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}

# Decides about some records of the register, one after the other, and prints the number of each when it is done.
DECIDE = """
import sys
from pathlib import Path
from kg.files.project import find_project
from kg.files.sssom import Decision
from kg.link.decisions import Verdict, add_verdicts
from kg.link.matching.matcher import Candidate
from kg.link.records.record import Record
from kg.link.targets.registry import find_target
from kg.rdf.terms import SKOS, Prefixes

project = find_project(Path(sys.argv[1]))
target, first, count = find_target(project, "register"), int(sys.argv[2]), int(sys.argv[3])
prefixes = Prefixes({"id": "https://w3id.org/aigov-kg/id/"})
entity = Record("https://w3id.org/aigov-kg/id/river-council", "The River Council")
for number in range(first, first + count):
    candidate = Candidate(Record(sys.argv[4] + str(number), "A body"), None, (), 0.5)
    add_verdicts(project, prefixes, target, [Verdict(entity, candidate, SKOS + "closeMatch", Decision.ACCEPTED)])
    print(number, flush=True)
"""


@pytest.fixture
def project(tmp_path):
    folder = write_small_project(tmp_path / "project")
    add_register(folder, record(1, "The River Council"))
    return folder


def decide(project, first, count):
    command = [sys.executable, "-c", DECIDE, str(project), str(first), str(count), BODY]
    return subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)


def decided(project):
    table = read_links(project / "data" / "links" / "register.sssom.tsv")
    return {int(link.object.value.removeprefix(BODY)) for link in table.links}


def leftovers(project):
    return list((project / "data" / "links").glob(".*"))


def test_four_processes_that_decide_at_once_lose_nothing(project):
    processes = [decide(project, 1000 * number, 40) for number in range(1, 5)]
    for process in processes:
        process.communicate(timeout=120)
        assert process.returncode == 0
    assert decided(project) == {1000 * number + place for number in range(1, 5) for place in range(40)}
    assert leftovers(project) == []


def test_what_was_decided_before_a_kill_stays(project):
    said = set()
    for run in range(10):
        with decide(project, 1000 * (run + 1), 1000) as process:
            said |= {int(process.stdout.readline()) for _ in range(3)}
            time.sleep(0.003 * run)
            process.send_signal(signal.SIGKILL)
            said |= {int(line) for line in process.stdout.read().split("\n")[:-1]}
    assert said <= decided(project)
    with decide(project, 1, 1) as process:
        process.communicate(timeout=60)
    assert leftovers(project) == []  # what the killed ones were writing
