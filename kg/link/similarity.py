"""How alike two normalised names are, by their words: soft TF-IDF.

Words count by how rare they are in the target's names, and a word is paired with the most similar one of the other
name (Cohen, Ravikumar and Fienberg, A comparison of string distance metrics for name-matching tasks, 2003).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import sqrt

Rarity = Callable[[str], float]

# The least that a word counts: that one name is of a university and the other of a city is said by a frequent word.
_LEAST = 4.0
_SAME_WORD = 0.85  # from here on, two spellings may be one word
_STEM = 4  # words with so many letters in common at their beginning may have one stem


def similarity(left: str, right: str, rarity: Rarity) -> float:
    """Return from 0 to 1 how alike two normalised names are.

    Args:
        left: a name, as `normalise` makes it.
        right: another.
        rarity: how telling a word is (`NameIndex.rarity`).
    """
    if left == right:
        return 1.0
    from rapidfuzz import fuzz

    ours = {word: max(rarity(word), _LEAST) for word in left.split()}
    theirs = {word: max(rarity(word), _LEAST) for word in right.split()}
    product = sum(weight**2 for word, weight in ours.items() if word in theirs)
    ours_left = [word for word in ours if word not in theirs]
    theirs_left = [word for word in theirs if word not in ours]
    pairs = sorted(((word_similarity(a, b), a, b) for a in ours_left for b in theirs_left), key=lambda pair: -pair[0])
    used: set[str] = set()
    for alike, a, b in pairs:
        if alike and a not in used and b not in used:
            used |= {a, b}
            product += alike * ours[a] * theirs[b]
    words = product / sqrt(sum(w**2 for w in ours.values()) * sum(w**2 for w in theirs.values()))
    # Names that differ in where a blank stands (`gall bladder`) or in a letter or two.
    letters = fuzz.ratio(left.replace(" ", ""), right.replace(" ", "")) / 100
    if any(character.isdigit() for character in left + right) and _numbers(ours) != _numbers(theirs):
        letters = 0.0
    return max(words, letters if letters >= 0.9 else 0.0)


def word_similarity(left: str, right: str) -> float:
    """Return from 0 to 1 how likely two different words are spellings or forms of one; numbers never are."""
    if left[0] != right[0] or left.isdigit() or right.isdigit():
        return 0.0
    from rapidfuzz.distance import JaroWinkler

    alike = JaroWinkler.similarity(left, right)
    if alike >= _SAME_WORD:
        return float(alike)
    common = next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    return 0.7 if common >= _STEM and common >= 0.6 * min(len(left), len(right)) else 0.0


def _numbers(words: Iterable[str]) -> set[str]:
    return {word for word in words if any(character.isdigit() for character in word)}
