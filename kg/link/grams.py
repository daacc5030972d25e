"""Trigrams of many names at once, hashed to small integers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Trigrams are hashed to so many numbers; with names of a million things few of them share one.
BUCKETS = 1 << 20
_BREAK = ord("\n")


def grams_of(keys: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the trigrams of some texts, blanks at both ends included.

    Returns:
        two arrays of equal length, sorted by the second: the trigrams' numbers, and the places in `keys` of the texts
        that have them; each pair once.
    """
    # A text of one letter has one trigram, with a blank on either side. Texts hold no line breaks.
    joined = "\n".join(f" {key} " for key in keys)
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    if len(points) < 3:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    breaks = points == _BREAK
    owners = np.cumsum(breaks)[:-2]
    whole = ~(breaks[:-2] | breaks[1:-1] | breaks[2:])
    mixed = points[:-2] * np.uint64(0x9E3779B97F4A7C15) ^ points[1:-1] * np.uint64(0xC2B2AE3D27D4EB4F)
    mixed = (mixed ^ points[2:]) * np.uint64(0x165667B19E3779F9)
    numbers = mixed[whole] >> np.uint64(44)  # the upper 20 bits, which all letters have stirred
    pairs = np.unique(owners[whole].astype(np.uint64) << np.uint64(20) | numbers)
    return (pairs & np.uint64(BUCKETS - 1)).astype(np.int64), (pairs >> np.uint64(20)).astype(np.int64)
