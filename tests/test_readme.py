"""Everything that the README shows is what happens."""

import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys

import pytest
from forked import KG
from link_fixtures import record
from readme import BLOCK, PYTHON, README, ROOT, commands, rendered

TEXT = README.read_text(encoding="utf-8")
BLOCKS = BLOCK.findall(TEXT)


@pytest.mark.parametrize("block", BLOCKS, ids=[commands(block)[0] for block in BLOCKS])
def test_console_examples_print_what_the_readme_shows(block, tmp_path):
    assert rendered(block, tmp_path) == block, "python tests/readme.py writes what the commands print now"


def test_python_examples_run(tmp_path):
    for example in PYTHON.findall(TEXT):
        environment = os.environ | {"KG_PROJECT": str(ROOT), "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", example], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines() == ["Alibaba Group", "https://w3id.org/aigov-kg/source/wic-introduction#p18s2"]


def test_the_two_set_up_commands_are_there_word_for_word():
    lines = TEXT.splitlines()
    assert "python -m pip install . && kg tour" in lines
    assert "python -m pip install '.[test]' && python -m pytest" in lines


@pytest.mark.parametrize("page", ["README.md", "docs/large-graphs.md"])
def test_the_table_of_sizes_is_what_was_measured(page, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import scale_report

    record = json.loads(scale_report.RESULTS.read_text(encoding="utf-8"))
    text = (ROOT / page).read_text(encoding="utf-8")
    assert "| build, kg |" in text
    found = scale_report.with_table(text, record, only_ours=scale_report.PAGES[ROOT / page])
    assert found == text, "python benchmarks/scale_report.py writes it"


def test_the_suites_are_found_where_the_readme_says(tmp_path):
    """A folder after a blank would be taken for one with tests, and the project's own settings would not be read."""
    (command,) = re.findall(r"`python (-m pytest -m conformance .*?)`", TEXT)
    done = subprocess.run(
        [
            sys.executable,
            *shlex.split(command.replace("DIR", str(tmp_path))),
            "--collect-only",
            "--ignore-glob=tests/test_*",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "test_w3c_owl2rl.py" in done.stdout


def test_the_commands_that_link_do_what_the_readme_says(tmp_path):
    block = next(
        block for block in re.findall(r"^```sh\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL) if "kg link" in block
    )
    project = tmp_path / "project"
    for name in ("ontology", "data", "queries"):
        shutil.copytree(ROOT / name, project / name)
    cncert = record(1, "CNCERT/CC", country="CN", aliases=["国家计算机网络应急技术处理协调中心"])
    cncert["labels"] = [["National Computer Network Emergency Response Technical Team of China", "en"]]
    (tmp_path / "ror-data.json").write_text(json.dumps([cncert, record(2, "Lab", acronyms=["GSMA"])], indent=1))
    told = ""
    for line in block.splitlines():
        environment = os.environ | {"KG_PROJECT": str(project), "KG_REVIEWER": "Ada"}
        done = KG.run(shlex.split(line)[1:], environment, tmp_path, "y\nq\n")
        # Nothing is left to accept after the review, which has an exit status of its own.
        assert done.returncode == ("accept" in line), done.stderr
        told += done.stdout + done.stderr
    assert "ror: 2 records" in told
    assert 'alias "国家计算机网络应急技术处理协调中心" equal; country CN agrees; type organization agrees' in told
    assert "nothing proposed: only a short acronym matches" in told
    assert "1 skos:exactMatch into https://register.example/body/" in told
    assert (project / "data" / "links" / "ror.sssom.tsv").is_file()


def test_the_picture_shows_what_the_command_prints():
    spec = importlib.util.spec_from_file_location("picture", ROOT / "docs" / "picture.py")
    picture = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(picture)
    assert picture.draw() == picture.PICTURE.read_text(encoding="utf-8"), "python docs/picture.py draws it anew"
