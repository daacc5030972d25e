"""The README's examples: found, run, and rewritten with what the commands really print.

    python tests/readme.py

A block of `console` holds commands after `$ `, each followed by its output, if it has any.
"""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from pathlib import Path

from forked import KG

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def run(command: str, folder: Path) -> str:
    """Run a `kg` command of the README in an empty folder; return what it prints. It must succeed."""
    program, *arguments = shlex.split(command)
    assert program == "kg", command
    environment = os.environ | {"COLUMNS": "120", "KG_PROJECT": str(ROOT), "PYTHONPATH": str(ROOT)}
    done = KG.run(["-q", *arguments], environment, folder)
    assert done.returncode == 0, f"{command}\n{done.stderr}"
    return done.stdout


def commands(block: str) -> list[str]:
    """Return the commands of a console block."""
    return [line.removeprefix("$ ") for line in block.splitlines() if line.startswith("$ ")]


def rendered(block: str, folder: Path) -> str:
    """Return a console block with the output that its commands print now."""
    return "".join(f"$ {command}\n{run(command, folder)}" for command in commands(block))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        text = README.read_text(encoding="utf-8")
        text = BLOCK.sub(lambda match: f"```console\n{rendered(match[1], Path(folder))}```", text)
        README.write_text(text, encoding="utf-8")
