"""Draw the answer that the README shows: run a command as in a terminal, write what it prints as an SVG.

python docs/picture.py
"""

from __future__ import annotations

import io
import os
import shlex
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "answer.svg"
COMMAND = ["query", "run", "principles", "-p", "instrument=Global AI Governance Initiative", "--cite", "-f", "table"]
COLUMNS = 156


def draw() -> str:
    """Return the picture as SVG; the same answer gives the same text."""
    environment = os.environ | {"FORCE_COLOR": "1", "COLUMNS": str(COLUMNS), "PYTHONPATH": str(ROOT)}
    answer = subprocess.run(
        [sys.executable, "-m", "kg", "--project", str(ROOT), *COMMAND],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    ).stdout
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text(f"$ kg {shlex.join(COMMAND[:-2])}\n", style="bold"))
    console.print(Text.from_ansi(answer.rstrip("\n")))
    return console.export_svg(title="kg", unique_id="kg-answer")


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
