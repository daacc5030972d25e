"""The header of a query file: YAML behind `#+ `, read strictly, with the line of each error."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kg.errors import InputError, did_you_mean
from kg.files.yaml import read_yaml

PREFIX = "#+"


def read_header(path: Path, text: str) -> tuple[dict[str, Any], dict[str, int]]:
    """Parse the header of a query file.

    Returns:
        the header, and the line of each key and value for error messages.

    Raises:
        InputError: with file and line, where there is no header or it is not YAML.
    """
    lines = [line if line.startswith(PREFIX) else "" for line in text.splitlines()]
    source = "\n".join(line.removeprefix(PREFIX).removeprefix(" ") for line in lines)
    header, node = read_yaml(source, path, len(PREFIX) + 1)
    if not isinstance(header, dict):
        raise InputError("the query has no header", f"begin with: {PREFIX} summary: the question", path=path, line=1)
    places: dict[str, int] = {}
    _note_lines(path, node, places)
    return header, places


def _note_lines(path: Path, node: Any, places: dict[str, int]) -> None:
    """Record the line of every key and scalar of a YAML tree; a key that occurs twice is an error."""
    import yaml

    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                raise InputError(f"the header has the key {key.value!r} twice", path=path, line=line)
            seen.add(key.value)
            places.setdefault(str(key.value), line)
            _note_lines(path, value, places)
    elif isinstance(node, yaml.SequenceNode):
        for entry in node.value:
            _note_lines(path, entry, places)
    elif isinstance(node, yaml.ScalarNode):
        places.setdefault(node.value, node.start_mark.line + 1)


def check_keys(path: Path, entry: Mapping[str, Any], known: Mapping[str, Any], lines: Mapping[str, int]) -> None:
    """Raise InputError for a key that is not among the known ones, or whose value is not of the type given there."""
    for key, value in entry.items():
        line = lines.get(str(key))
        if key not in known:
            hint = did_you_mean(str(key), list(known)) or f"the keys are {', '.join(known)}"
            raise InputError(f"unknown key {key!r} in the header", hint, path=path, line=line)
        if not isinstance(value, known[key]):
            raise InputError(f"the value of {key!r} has the wrong type", path=path, line=line)
