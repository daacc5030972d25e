"""Whether a text is still the one that was read; where it was edited, where its passages stand now."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from kg.provenance.sources import Passage, digest


@dataclass(frozen=True)
class Proposal:
    """A stretch of an edited text, characters `start` to `end` (exclusive), in which a passage stands now.

    `moved` tells that it has the passage's very words; else the words were edited, and the stretch is what lies between
    the neighbours that were found. `sha256` is None where other edited passages are in the same stretch.
    """

    passage: Passage
    start: int
    end: int
    sha256: str | None
    moved: bool


@dataclass(frozen=True)
class Verification:
    """The passages of a text: those that are as they were read, those that are not, and what none of them covers.

    `same_text` tells whether the whole text is one that passages were read from; `proposals` say where passages that
    are not where they were recorded stand now.
    """

    same_text: bool
    intact: tuple[Passage, ...]
    changed: tuple[Passage, ...]
    proposals: tuple[Proposal, ...]
    uncovered: tuple[tuple[int, int], ...]

    @property
    def good(self) -> bool:
        """True where every passage is intact and no words are left over."""
        return bool(self.intact) and not self.changed and not self.uncovered


def verify(text: str, found: Sequence[Passage]) -> Verification:
    """Compare a text with the passages that were read from it.

    Args:
        text: the whole text, as it was when its characters were counted.
        found: the passages to choose from. Compared are those that were read from this very text; where there are
            none, those of the sources of which something is still found in it, moved or not; else all.
    """
    same = [passage for passage in found if passage.text_sha256 == digest(text)]
    intact = [passage for passage in same or found if digest(text[passage.start : passage.end]) == passage.sha256]
    changed = [passage for passage in same or found if passage not in intact]
    moved = {passage: place for passage in changed if (place := _by_digest(text, passage)) is not None}
    sources = {passage.source for passage in (*intact, *moved)}
    if sources:
        changed = [passage for passage in changed if passage.source in sources]
    proposals = [
        *(Proposal(passage, *place, passage.sha256, moved=True) for passage, place in moved.items()),
        *_by_neighbours(text, changed, {passage: (passage.start, passage.end) for passage in intact} | moved),
    ]
    covered = [*((p.start, p.end) for p in intact), *((p.start, p.end) for p in proposals)]
    return Verification(bool(same), tuple(intact), tuple(changed), tuple(proposals), tuple(_gaps(text, covered)))


def _by_digest(text: str, passage: Passage) -> tuple[int, int] | None:
    """Look for the words of a passage, which are known by length and digest alone, from its old place outwards."""
    length = passage.end - passage.start
    # Not only after a blank: there may be a quotation mark before it, and Chinese has no blanks between sentences.
    starts = (match.start() for match in re.finditer(r"(?<![A-Za-z0-9])\S", text))
    for start in sorted(starts, key=lambda start: abs(start - passage.start)):
        if digest(text[start : start + length]) == passage.sha256:
            return start, start + length
    return None


def _by_neighbours(
    text: str, changed: Iterable[Passage], found: Mapping[Passage, tuple[int, int]]
) -> Iterator[Proposal]:
    """Propose for passages that were not found what lies between those before and after them; nothing for no words."""
    ordered = sorted({*found, *changed}, key=lambda passage: passage.start)
    groups = [(is_found, list(group)) for is_found, group in groupby(ordered, key=lambda passage: passage in found)]
    for place, (is_found, passages) in enumerate(groups):
        if is_found:
            continue
        before = found[groups[place - 1][1][-1]][1] if place else 0
        after = found[groups[place + 1][1][0]][0] if place + 1 < len(groups) else len(text)
        for start, end in _gaps(text[:after], [(0, before)]):
            new = digest(text[start:end]) if len(passages) == 1 else None
            yield from (Proposal(passage, start, end, new, moved=False) for passage in passages)


def _gaps(text: str, covered: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the stretches of words that nothing covers; blanks between what is covered belong to none."""
    last = 0
    for start, end in sorted([*covered, (len(text), len(text))]):
        words = text[last:start]
        if words.strip():
            yield last + len(words) - len(words.lstrip()), last + len(words.rstrip())
        last = max(last, end)
