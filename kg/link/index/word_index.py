"""The names of an index by their words: which of them have words that equal or resemble those of other names.

Similarity is measured as in kg.link.index.similarity, except that a word may be paired with more than one.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import log
from typing import Self

import numpy as np
from numpy.typing import NDArray

from kg.link.index.arrays import Integers, bounds
from kg.link.index.similarity import LEAST_WEIGHT, Words
from kg.link.index.vocabulary import Vocabulary

# A word that merely resembles ours counts for less than in kg.link.index.similarity: names that share a word with ours
# are to be among the few that are returned, however many have one that resembles it.
_SHARPNESS = 8
# At most this many names with a word, or a similar one, are read, which bounds the time of a look-up.
_MOST_READ = 10_000
_MOST_WORDS = 100  # of a name
_AT_ONCE = 125  # names that are looked up together; more would need memory for all that is read for them
_NAME_BITS, _ROW_BITS = 31, 20  # of _AT_ONCE names at _MOST_WORDS words that resemble a few others, and to spare

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Postings:
    """The arrays on disk; words and names are referred to by number.

    Attributes:
        starts: where the names of each word start in `names`, and where those of the last one end.
        names: the names of each word, sorted.
        weights: of each word, by how rare it is.
        lengths: of each name's vector of weights.
    """

    starts: Integers
    names: NDArray[np.int32]
    weights: NDArray[np.float32]
    lengths: NDArray[np.float32]

    @classmethod
    def of(cls, keys: Sequence[str]) -> tuple[Self, dict[str, int]]:
        """Return where the words of some normalised names stand, and the numbers of the words."""
        numbers: dict[str, int] = {}
        words, names = array("i"), array("i")
        for name, key in enumerate(keys):
            for word in dict.fromkeys(key.split()):
                words.append(numbers.setdefault(word, len(numbers)))
                names.append(name)
        word_of, name_of = (np.frombuffer(column, np.int32) for column in (words, names))
        counts = np.bincount(word_of, minlength=len(numbers))
        weights = np.maximum(np.log((1 + len(keys)) / (1 + counts)), LEAST_WEIGHT)
        squares = np.bincount(name_of, weights[word_of] ** 2, minlength=len(keys))
        postings = cls(
            starts=bounds(counts),
            names=name_of[np.argsort(word_of, kind="stable")],
            weights=weights.astype(np.float32),
            lengths=np.sqrt(squares).astype(np.float32),
        )
        return postings, numbers


class WordIndex:
    """An opened index, which keeps what it has looked up."""

    def __init__(self, vocabulary: Vocabulary, postings: Postings) -> None:
        self.vocabulary = vocabulary
        self.postings = postings
        self._number = lru_cache(1 << 18)(vocabulary.number)
        self._alike = lru_cache(1 << 16)(self._find_alike)

    def rarity(self, word: str) -> float:
        """Return how distinctive a word is: the logarithm of all names to the names that have it."""
        number = self._number(word)
        count = 0 if number is None else len(self._names_with(number))
        return log((1 + len(self.postings.lengths)) / (1 + count))

    def near(self, names: Sequence[Words], least: float, limit: int) -> list[list[int]]:
        """Return for each of some names the numbers of those that are most alike, the nearest first.

        Args:
            names: by their words, weighed with `rarity`.
            least: how alike they must be, from 0 to 1.
            limit: the most names to return for each.
        """
        starts = range(0, len(names), _AT_ONCE)
        return [found for start in starts for found in self._near(names[start : start + _AT_ONCE], least, limit)]

    def _near(self, names: Sequence[Words], least: float, limit: int) -> Iterator[list[int]]:
        sought = [_sought(ours, least) for ours in names]
        owners, products = self._shared([read for read, _ in sought])
        places, found = owners >> _NAME_BITS, owners & (1 << _NAME_BITS) - 1
        needed = self.postings.lengths[found] * (least * np.array([ours.length for ours in names]))[places]
        # What a name's other words could add to its product decides whether they are looked for.
        more = np.array([sum([weight * weight for _, weight in rest]) for _, rest in sought])
        some = (products >= needed - more[places]).nonzero()[0]
        places, found, products, needed = places[some], found[some], products[some], needed[some]
        ends = places.searchsorted(np.arange(len(names) + 1)).tolist()
        for (_, rest), (start, end) in zip(sought, pairwise(ends), strict=True):
            for word, weight in rest if start < end else ():
                number = self._number(word)
                if number is not None:
                    products[start:end] += weight * weight * _is_in(found[start:end], self._names_with(number))
        for start, end in pairwise(ends):
            likeness = products[start:end] / needed[start:end]
            order = (-likeness).argsort(kind="stable")[:limit]
            yield found[start:end][order[likeness[order] >= 1]].tolist()

    def _shared(self, sought: Iterable[Sequence[tuple[str, float]]]) -> tuple[Integers, Floats]:
        """Return what names share with those that are sought by some of their words, each with its weight.

        Returns:
            two arrays of equal length, sorted: the place of what is sought, and, in the lower bits, the number of the
            name that shares words with it; and the products of these words.
        """
        places, groups, words, products = array("q"), array("q"), array("q"), array("d")
        group = 0
        for place, weighed in enumerate(sought):
            for word, weight in weighed:
                group += 1
                for number, product in self._alike(word):
                    places.append(place)
                    groups.append(group)
                    words.append(number)
                    products.append(weight * product)
        numbers = np.frombuffer(words, np.int64)
        starts = self.postings.starts[numbers]
        sizes = self.postings.starts[numbers + 1] - starts
        ends = np.cumsum(sizes)
        rows = np.repeat(np.arange(len(numbers)), sizes)
        names = self.postings.names[np.arange(len(rows)) + np.repeat(starts - ends + sizes, sizes)]
        codes = (np.frombuffer(places, np.int64)[rows] << _NAME_BITS | names) << _ROW_BITS | rows
        codes.sort()
        owners, rows = codes >> _ROW_BITS, codes & (1 << _ROW_BITS) - 1
        # Of the words of a name that resemble one of ours, the most similar one counts, which comes first.
        group_of = np.frombuffer(groups, np.int64)[rows]
        best = _is_new(owners) | _is_new(group_of)
        owners, shared = owners[best], np.frombuffer(products, np.float64)[rows[best]]
        first = _is_new(owners).nonzero()[0]
        return owners[first], np.add.reduceat(shared, first) if len(first) else shared

    def _find_alike(self, word: str) -> list[tuple[int, float]]:
        """Return the numbers of the words that are alike, the most similar one first, each with its share."""
        found: list[tuple[int, float]] = []
        read = 0
        for number, similarity in self.vocabulary.alike(word):
            read += len(self._names_with(number))
            if found and read > _MOST_READ:
                break
            found.append((number, similarity**_SHARPNESS * float(self.postings.weights[number])))
        return found

    def _names_with(self, number: int) -> NDArray[np.int32]:
        return self.postings.names[self.postings.starts[number] : self.postings.starts[number + 1]]


def _sought(ours: Words, least: float) -> tuple[list[tuple[str, float]], list[tuple[str, float]]]:
    """Split the words of a name, the most distinctive first, in those that are sought and the rest.

    A name with none of the former is not alike enough (prefix filtering; Bayardo, Ma and Srikant, Scaling up all pairs
    similarity search, WWW 2007).
    """
    ordered = sorted(ours.weights.items(), key=lambda item: -item[1])
    left = ours.length**2
    enough = left * least**2
    for place, (_, weight) in enumerate(ordered):
        if left < enough or place == _MOST_WORDS:
            return ordered[:place], ordered[place:]
        left -= weight * weight
    return ordered, []


def _is_new(values: Integers) -> NDArray[np.bool_]:
    """Return for each value whether it differs from the one before it."""
    differs = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=differs[1:])
    return differs


def _is_in(some: Integers, others: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return for each number whether it is in a sorted array, which is not empty."""
    places = others.searchsorted(some)
    places[places == len(others)] -= 1
    return np.equal(others[places], some)
