"""The words of many names, on disk: the number of a word, and the words that resemble it.

Words that are spellings or forms of one begin with the same letters, as `organization` and `organisation` do, or begin
with one letter and end with the same ones, as `ophthalmic` and `opthalmic` do. They stand beside each other where words
are sorted by their beginnings, or by their ends, so that few words need be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler

from kg.link.index.arrays import Integers, bounds

_BEGINNING = 4  # letters
_END = 4  # letters, the first of the word among them
_LEAST = 0.85  # of the similarity by Jaro and Winkler
_MOST = 10  # words that resemble one
_HEAD = 8  # bytes


class Alike(NamedTuple):
    """A word of the vocabulary, by its number, and how much it resembles another one: from 0 to 1."""

    number: int
    similarity: float


@dataclass(frozen=True)
class SortedWords:
    """Words in the order of a text that is made of each of them.

    Attributes:
        heads: the first bytes of these texts in UTF-8, filled up with zeros, as numbers, which sort as the texts do.
        starts: where each word starts in `letters`, and where the last one ends.
        letters: the words in UTF-8, a line break after each.
        numbers: of the words.
    """

    heads: NDArray[np.uint64]
    starts: Integers
    letters: NDArray[np.uint8]
    numbers: NDArray[np.int32]

    @classmethod
    def by(cls, text: Callable[[str], str], numbers: Mapping[str, int]) -> Self:
        """Sort words, each of which comes with its number, by a text that is made of each."""
        words = sorted(numbers, key=text)
        encoded = [word.encode() + b"\n" for word in words]
        return cls(
            heads=np.fromiter((_head(text(word), b"\0") for word in words), np.uint64, len(words)),
            starts=bounds([len(line) for line in encoded]),
            letters=np.frombuffer(b"".join(encoded), np.uint8),
            numbers=np.fromiter((numbers[word] for word in words), np.int32, len(words)),
        )

    def number(self, word: str) -> int | None:
        """Return the number of a word, or None; the words must be sorted by themselves."""
        head = _head(word, b"\0")
        if len(word.encode()) < _HEAD:  # no other word has this head
            place = int(self.heads.searchsorted(np.uint64(head)))
            return int(self.numbers[place]) if place < len(self.heads) and int(self.heads[place]) == head else None
        start, words = self._between(head, head)
        return int(self.numbers[start + words.index(word)]) if word in words else None

    def alike(self, word: str, beginning: str) -> list[Alike]:
        """Return the words that resemble a word, of those whose texts begin so, as far as heads tell."""
        start, words = self._between(_head(beginning, b"\0"), _head(beginning, b"\xff"))
        found = process.extract(word, words, scorer=JaroWinkler.similarity, score_cutoff=_LEAST, limit=_MOST)
        return [Alike(int(self.numbers[start + place]), similarity) for _, similarity, place in found]

    def _between(self, low: int, high: int) -> tuple[int, list[str]]:
        """Return the words with heads from one to another, and the place of the first."""
        start = int(self.heads.searchsorted(np.uint64(low), "left"))
        end = int(self.heads.searchsorted(np.uint64(high), "right"))
        letters = self.letters[self.starts[start] : self.starts[end]].tobytes()
        return start, letters.decode().split("\n")[:-1]


@dataclass(frozen=True)
class Vocabulary:
    """Words sorted by themselves and by their ends."""

    by_beginning: SortedWords
    by_end: SortedWords

    @classmethod
    def of(cls, numbers: Mapping[str, int]) -> Self:
        """Make a vocabulary of words with their numbers."""
        return cls(SortedWords.by(str, numbers), SortedWords.by(_from_end, numbers))

    def number(self, word: str) -> int | None:
        """Return the number of a word, or None."""
        return self.by_beginning.number(word)

    def alike(self, word: str) -> list[Alike]:
        """Return the words that equal or resemble a word, the most similar one first; numbers resemble no others."""
        if len(word) < _BEGINNING or word.isdigit():
            number = self.number(word)
            return [] if number is None else [Alike(number, 1.0)]
        found = {
            *self.by_beginning.alike(word, word[:_BEGINNING]),
            *self.by_end.alike(word, _from_end(word)[:_END]),
        }
        return sorted(found, key=lambda alike: (-alike.similarity, alike.number))[:_MOST]


def _from_end(word: str) -> str:
    """Return the text by which words of one beginning letter and one end stand beside each other."""
    return word[0] + word[:0:-1]


def _head(text: str, fill: bytes) -> int:
    return int.from_bytes(text.encode()[:_HEAD].ljust(_HEAD, fill))
