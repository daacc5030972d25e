"""How alike two normalised names are, by their words: soft TF-IDF.

Words count by how rare they are in the target's names, and a word is paired with the most similar one of the other
name (Cohen, Ravikumar and Fienberg, A comparison of string distance metrics for name-matching tasks, 2003).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt

from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler

Rarity = Callable[[str], float]

# The least that a word counts: that one name is of a university and the other of a city is said by a frequent word.
LEAST_WEIGHT = 6.0
_SAME_WORD = 0.85  # from here on, two spellings may be one word
_STEM = 4  # words with so many letters in common at their beginning may have one stem
_SAME_LETTERS = 90  # of 100: names that differ in where a blank stands (`gall bladder`), or in a letter or two


@dataclass(frozen=True, slots=True)
class Words:
    """A normalised name with the weights of its words, the length of their vector, and its letters without blanks."""

    weights: Mapping[str, float]
    length: float
    letters: str
    numbers: frozenset[str]


def weigh_words(key: str, rarity: Rarity) -> Words:
    """Weigh the words of a normalised name, which is not empty; `rarity` says how distinctive a word is."""
    weights = {word: max(rarity(word), LEAST_WEIGHT) for word in key.split()}
    length = sqrt(sum([weight * weight for weight in weights.values()]))
    return Words(weights, length, key.replace(" ", ""), frozenset(w for w in weights if not w.isalpha()))


def similarity(left: Words, right: Words) -> float:
    """Return from 0 to 1 how alike two names are."""
    ours, theirs = left.weights, right.weights
    product = 0.0
    ours_left = []
    for word, weight in ours.items():
        if word in theirs:
            product += weight * weight
        else:
            ours_left.append(word)
    theirs_left = [word for word in theirs if word not in ours]
    if ours_left and theirs_left:
        product += _paired(ours_left, theirs_left, ours, theirs)
    words = product / (left.length * right.length)
    letters = fuzz.ratio(left.letters, right.letters, score_cutoff=_SAME_LETTERS) / 100
    # `Layer 5` and `Layer 6` differ in one letter, and are two things.
    return max(words, letters) if letters and left.numbers == right.numbers else words


def word_similarity(left: str, right: str) -> float:
    """Return from 0 to 1 how likely two different words are spellings or forms of one; numbers never are."""
    if left[0] != right[0] or left.isdigit() or right.isdigit():
        return 0.0
    alike = JaroWinkler.similarity(left, right)
    if alike >= _SAME_WORD:
        return float(alike)
    common = next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    return 0.7 if common >= _STEM and common >= 0.6 * min(len(left), len(right)) else 0.0


def _paired(left: list[str], right: list[str], ours: Mapping[str, float], theirs: Mapping[str, float]) -> float:
    """Return what the pairs of similar words add to the product; each word is in one pair at most."""
    pairs = [(word_similarity(a, b), a, b) for a in left for b in right if a[0] == b[0]]
    pairs.sort(key=lambda pair: -pair[0])
    used: set[str] = set()
    added = 0.0
    for alike, a, b in pairs:
        if alike and a not in used and b not in used:
            used |= {a, b}
            added += alike * ours[a] * theirs[b]
    return added
