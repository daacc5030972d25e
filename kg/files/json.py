"""JSON of other people, read within bounds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kg.errors import InputError
from kg.files.nesting import DEPTH, require_shallow


def read_json(text: str, path: Path, hint: str | None = None, line: int = 1) -> Any:
    """Read a JSON document.

    Args:
        text: the document.
        path: the file that it stands in, for the error.
        hint: what is expected there.
        line: on which line of the file it begins.

    Raises:
        InputError: with line and column: it is not JSON, or is nested too deeply.
    """
    if text.count("[") + text.count("{") > DEPTH:
        require_shallow(text, path, line)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = line + error.lineno - 1
        raise InputError(f"not JSON: {error.msg}", hint, path=path, line=place, column=error.colno) from error
    except ValueError as error:  # an integer of more digits than Python takes
        raise InputError(f"cannot be read: {error}", hint, path=path, line=line) from error
