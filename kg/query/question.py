"""A query that is ready to be asked."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Question(NamedTuple):
    """A query with its prefixes declared and its parameters bound, and what a person wrote, where faults are shown.

    Attributes:
        text: the query.
        written: the query as it was written.
        path: the file that it was written in, if any.
    """

    text: str
    written: str
    path: Path | None = None
