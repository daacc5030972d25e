"""How long-running work reports its progress, and messages for the user, whoever shows them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Say = Callable[[str], None]  # called with a sentence for the user


class Progress(Protocol):
    """Called with the name of a step and, if known, the share of it that is done (0 to 1)."""

    def __call__(self, step: str, share: float | None = None, /) -> None:
        """Take note of the step."""


def silent(step: str, share: float | None = None, /) -> None:
    """Report to nobody."""
