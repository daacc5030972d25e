"""Everything that the README shows is what happens."""

import importlib.util
import os
import re
import subprocess
import sys

import pytest
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


def test_the_picture_shows_what_the_command_prints():
    spec = importlib.util.spec_from_file_location("picture", ROOT / "docs" / "picture.py")
    picture = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(picture)
    assert picture.draw() == picture.PICTURE.read_text(encoding="utf-8"), "python docs/picture.py draws it anew"


def test_files_that_the_readme_names_exist():
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT):
        assert (ROOT / target).exists(), target
