"""What a project's file may have kg do outside of its folder: nothing, until the user has agreed.

A `kg.toml` may name a server that has the graph, endpoints for SERVICE, and a folder for the store. Whoever clones a
project has not chosen these. So, as with git's safe.directory and with direnv, they are used only after the user has
agreed, once (`kg trust`) or for one command (`--store project`). What was agreed to is kept in the user's own
configuration, outside of all projects: a folder, and a digest of just what its file names, so that a change asks again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kg.errors import OutsideError
from kg.files.writing import replace_file


def is_trusted(root: Path, outside: Mapping[str, Any]) -> bool:
    """Return whether the user has agreed to what a project's file names.

    Args:
        root: the project's folder.
        outside: the settings of its file that lead out of it.
    """
    return _read().get(str(root.resolve())) == _digest(outside)


def trust(root: Path, outside: Mapping[str, Any]) -> Path:
    """Record that the user agrees; returns the file in which that is kept.

    Raises OutsideError where it cannot be written.
    """
    return _write(_read() | {str(root.resolve()): _digest(outside)})


def distrust(root: Path) -> bool:
    """Take the user's agreement back; returns whether there was one. Raises OutsideError as `trust` does."""
    known = _read()
    if known.pop(str(root.resolve()), None) is None:
        return False
    _write(known)
    return True


def _digest(outside: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(outside, sort_keys=True, default=str).encode()).hexdigest()


def _place() -> Path:
    from platformdirs import user_config_path

    return user_config_path("aigov-kg") / "trusted.json"


def _read() -> dict[str, str]:
    try:
        known = json.loads(_place().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # whatever cannot be read was not agreed to
    return known if isinstance(known, dict) else {}


def _write(known: Mapping[str, str]) -> Path:
    place = _place()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        replace_file(place, [json.dumps(dict(sorted(known.items())), indent=1).encode() + b"\n"])
    except OSError as error:
        raise OutsideError(
            f"cannot write {place}: {error.strerror or error}", "set XDG_CONFIG_HOME to a writable folder"
        ) from error
    return place
