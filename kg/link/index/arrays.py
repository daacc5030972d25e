"""Arrays on disk: dataclasses of nothing else, each kept in a folder of its own; and tables of hashes among them.

Arrays are mapped into memory when they are opened, so that opening takes no longer the larger they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Integers = NDArray[np.int64]
Arrays = TypeVar("Arrays", bound="DataclassInstance")


def save_arrays(arrays: DataclassInstance, folder: Path) -> None:
    """Write the arrays of a dataclass into a folder, which is made: each into a file that its field names."""
    folder.mkdir(parents=True, exist_ok=True)
    for field in fields(arrays):
        np.save(folder / f"{field.name}.npy", getattr(arrays, field.name))


def open_arrays(kind: type[Arrays], folder: Path) -> Arrays:
    """Open what save_arrays wrote; raises FileNotFoundError where the folder holds none."""
    # A plain array over the mapped memory: np.memmap itself would make every look-up several times slower.
    arrays = {field.name: np.load(folder / f"{field.name}.npy", mmap_mode="r") for field in fields(kind)}
    return kind(**{name: np.asarray(array) for name, array in arrays.items()})


def bounds(lengths: Sequence[int] | Integers) -> Integers:
    """Return where parts of some lengths start that stand one after another, and where the last one ends."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.asarray(lengths, np.int64))])


@dataclass(frozen=True)
class HashTable:
    """Texts by their hashes: those, sorted, and the place that each text had."""

    hashes: Integers
    places: Integers

    @classmethod
    def of(cls, texts: Iterable[str]) -> Self:
        """Make a table of some texts."""
        hashes = np.fromiter(map(_hash, texts), np.int64)
        places = np.argsort(hashes, kind="stable")
        return cls(hashes[places], places)

    def find(self, text: str) -> list[int]:
        """Return the places of a text, and of the few others of the same hash."""
        wanted = _hash(text)
        start = end = int(self.hashes.searchsorted(wanted))
        while end < len(self.hashes) and self.hashes[end] == wanted:
            end += 1
        return [int(place) for place in self.places[start:end]]


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little", signed=True)
