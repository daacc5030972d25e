"""The errors that kg reports, and their exit statuses.

Findings ("the answer is no", exit status 1) are results, not errors: the commands return them.
"""

from __future__ import annotations

from pathlib import Path


class KgError(Exception):
    """A failure that a user can understand: one sentence, and the remedy where there is one."""

    exit_status = 5

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(KgError):
    """Wrong usage: an unknown query, parameter, entity or value."""

    exit_status = 2


class InputError(KgError):
    """Input that cannot be read, with the place of the first error (line and column count from 1)."""

    exit_status = 3

    def __init__(
        self,
        message: str,
        hint: str | None = None,
        *,
        path: str | Path | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        place = ":".join(str(part) for part in (path, line, column) if part is not None)
        super().__init__(f"{place}: {message}" if place else message, hint)
        self.path, self.line, self.column = path, line, column


class OutsideError(KgError):
    """The outside world failed us: a timeout, a full disk, a server, a budget that ran out."""

    exit_status = 4


def did_you_mean(word: str, known: list[str] | tuple[str, ...]) -> str | None:
    """Return a hint that names the known words nearest to a misspelt one, or None when none is near."""
    from difflib import get_close_matches

    folded = {name.casefold(): name for name in known}
    near = [folded[match] for match in get_close_matches(word.casefold(), list(folded), n=3, cutoff=0.6)]
    return f"did you mean {' or '.join(near)}?" if near else None
