"""Commands that write are killed: nothing is lost or half written, and nothing is left over after the next run."""

import subprocess
import sys

import pytest
from forked import ROOT
from kills import FULL, PUBLISH, WRITERS, full, kills, named, write_project

MANY = 20  # kills of each command in the search: 300 in all
FEW = [writer for writer in WRITERS if writer.name.split()[0] in ("build", "format", "new")]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return write_project(tmp_path_factory.mktemp("killed") / "project")


def wrong(found):
    return [str(kill) for kill in found if kill.wrong]


@pytest.mark.parametrize("writer", FEW, ids=lambda writer: writer.name)
def test_a_killed_command_leaves_all_as_it_was(writer, project, tmp_path):
    assert wrong(kills(project, tmp_path, writer, 1, 0)) == []


def test_a_killed_publish_leaves_all_as_it_was(project, tmp_path, running):
    assert wrong(kills(project, tmp_path, PUBLISH, 1, 0, running("oxigraph"))) == []


@pytest.mark.random
@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.name)
def test_a_command_killed_often_leaves_all_as_it_was(writer, project, tmp_path, request):
    seed = int(request.config.option.hypothesis_seed or 1)
    assert wrong(kills(project, tmp_path, writer, MANY, seed)) == []


@pytest.mark.random
def test_a_publish_killed_often_leaves_all_as_it_was(project, tmp_path, running, request):
    seed = int(request.config.option.hypothesis_seed or 1)
    assert wrong(kills(project, tmp_path, PUBLISH, MANY, seed, running("oxigraph"))) == []


@pytest.mark.parametrize("name", FULL)
def test_a_disk_that_is_full_loses_nothing(name, project, tmp_path):
    assert wrong([full(project, tmp_path, named(name), FULL[name])]) == []


WRITE = """
import sys
from pathlib import Path
from kg.files.writing import replace_file

for number in range(300):
    replace_file(Path(sys.argv[1]), (b"%s %d\\n" % (sys.argv[2].encode(), number) for _ in range(50)))
"""


def test_four_writers_of_one_file_at_once(tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-c", WRITE, str(out)]
    writers = [subprocess.Popen([*command, str(number)], env={"PYTHONPATH": str(ROOT)}) for number in range(4)]
    while any(writer.poll() is None for writer in writers):
        lines = out.read_bytes().splitlines() if out.exists() else [b""] * 50
        assert (len(lines), len(set(lines))) == (50, 1)
    assert [writer.returncode for writer in writers] == [0] * 4
    assert list(tmp_path.iterdir()) == [out]
