"""How long work tells what it is at, and its user what to know. Who shows it, and how, is not its concern."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Say = Callable[[str], None]  # is told a sentence for the user


class Progress(Protocol):
    """Is told the name of a step and, where that is known, which share of it is done (0 to 1)."""

    def __call__(self, step: str, share: float | None = None, /) -> None:
        """Take note of the step."""


def silent(step: str, share: float | None = None, /) -> None:
    """Tell nobody."""
