"""How work that takes long tells what it is at. Who shows it, and how, is none of its business."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Is told the name of a step and, where that is known, which share of it is done (0 to 1)."""

    def __call__(self, step: str, share: float | None = None, /) -> None:
        """Take note of the step."""


def silent(step: str, share: float | None = None, /) -> None:
    """Tell nobody."""
