"""An index of the names of many records, on disk: by the whole name, by its letters, and by its words.

The folder of an index holds the records as JSON lines and, as arrays, the distinct normalised names and the records of
each.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kg.link.index.arrays import HashTable, Integers, bounds, open_arrays, save_arrays
from kg.link.index.vocabulary import SortedWords, Vocabulary
from kg.link.index.word_index import Postings, WordIndex
from kg.link.records.names import core, normalise, without_brackets, without_last_part
from kg.link.records.record import NameKind, Record

# The forms in which a name is kept: as it stands, without what is in brackets at its end, and without filler words
# and legal forms or what stands after the last comma.
PLAIN, UNQUALIFIED, SHORTENED = 0, 1, 2

_KINDS = tuple(NameKind)


class Entry(NamedTuple):
    """Where a name stands: the number of its record, the kind of name that it is there, and which form of it."""

    record: int
    kind: NameKind
    form: int


@dataclass(frozen=True)
class Names:
    """The normalised names, in their order, by which they are numbered.

    Attributes:
        starts: where each name starts in `letters`, and where the last one ends.
        letters: the names in UTF-8.
        entry_starts: where the entries of each name start in `entries`.
        entries: a number that holds the three of an Entry.
    """

    starts: Integers
    letters: NDArray[np.uint8]
    entry_starts: Integers
    entries: Integers


@dataclass(frozen=True)
class Offsets:
    """Where each record starts in the file of records, and where the last one ends."""

    offsets: Integers


def forms(text: str) -> list[tuple[str, int]]:
    """Return the normalised forms in which a name is looked up, the most distinctive one first, each once."""
    bare = normalise(without_brackets(text))
    found = {normalise(text): PLAIN}
    found.setdefault(bare, UNQUALIFIED)
    found.setdefault(core(bare), SHORTENED)
    found.setdefault(normalise(without_last_part(text)), SHORTENED)
    found.pop("", None)
    return list(found.items())


def write_index(folder: Path, records: Iterable[Record]) -> int:
    """Write the index of some records into a folder; return how many records there are."""
    folder.mkdir(parents=True, exist_ok=True)
    entries: dict[str, list[int]] = {}
    offsets = [0]
    iris = []
    with (folder / "records.jsonl").open("wb") as file:
        for number, record in enumerate(records):
            offsets.append(offsets[-1] + file.write(_dump(record)))
            iris.append(record.iri)
            for text, kind in record.names():
                for key, form in forms(text):
                    entries.setdefault(key, []).append(number << 4 | kind << 2 | form)
    save_arrays(Offsets(np.array(offsets, np.int64)), folder / "records")
    save_arrays(HashTable.of(iris), folder / "iris")
    keys = sorted(entries)
    save_arrays(_names(keys, entries), folder / "names")
    del entries, offsets  # With a million names each of these takes over 100 MB.
    save_arrays(HashTable.of(keys), folder / "keys")
    save_arrays(HashTable.of(map(_letters, keys)), folder / "letters")
    postings, numbers = Postings.of(keys)
    save_arrays(postings, folder / "postings")
    vocabulary = Vocabulary.of(numbers)
    save_arrays(vocabulary.by_beginning, folder / "beginnings")
    save_arrays(vocabulary.by_end, folder / "ends")
    return len(iris)


class NameIndex:
    """An opened index: arrays that are read from disk as they are needed."""

    def __init__(self, folder: Path) -> None:
        """Open the index of a folder; raises FileNotFoundError where there is none."""
        self._lines = _mapped(folder / "records.jsonl")
        self._offsets = open_arrays(Offsets, folder / "records").offsets
        self._names = open_arrays(Names, folder / "names")
        self._iris, self._keys, self._by_letters = (
            open_arrays(HashTable, folder / name) for name in ("iris", "keys", "letters")
        )
        vocabulary = Vocabulary(*(open_arrays(SortedWords, folder / name) for name in ("beginnings", "ends")))
        self.words = WordIndex(vocabulary, open_arrays(Postings, folder / "postings"))

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def record(self, number: int) -> Record:
        """Return a record by its number."""
        return _load(self._lines[self._offsets[number] : self._offsets[number + 1]])

    def __iter__(self) -> Iterator[Record]:
        return map(self.record, range(len(self)))

    def by_iri(self, iri: str) -> Record | None:
        """Return the record of an IRI, or None."""
        return next((record for record in map(self.record, self._iris.find(iri)) if record.iri == iri), None)

    def key(self, number: int) -> str:
        """Return a normalised name by its number."""
        start, end = self._names.starts[number], self._names.starts[number + 1]
        return self._names.letters[start:end].tobytes().decode()

    def exact(self, key: str) -> int | None:
        """Return the number of a normalised name, or None where no record has it."""
        return next((number for number in self._keys.find(key) if self.key(number) == key), None)

    def same_letters(self, key: str) -> list[int]:
        """Return the numbers of the names that differ from a normalised name in where blanks stand, if in anything."""
        letters = _letters(key)
        return [number for number in self._by_letters.find(letters) if _letters(self.key(number)) == letters]

    def entries_of(self, number: int) -> list[Entry]:
        """Return where a normalised name stands."""
        coded = self._names.entries[self._names.entry_starts[number] : self._names.entry_starts[number + 1]].tolist()
        return [Entry(code >> 4, _KINDS[code >> 2 & 3], code & 3) for code in coded]


def _names(keys: list[str], entries: dict[str, list[int]]) -> Names:
    encoded = [key.encode() for key in keys]
    distinct = [sorted(set(entries.pop(key))) for key in keys]
    return Names(
        starts=bounds([len(text) for text in encoded]),
        letters=np.frombuffer(b"".join(encoded), np.uint8),
        entry_starts=bounds([len(some) for some in distinct]),
        entries=np.fromiter((entry for some in distinct for entry in some), np.int64),
    )


def _letters(key: str) -> str:
    return key.replace(" ", "")


def _mapped(path: Path) -> bytes | memoryview:
    import mmap

    with path.open("rb") as file:
        size = file.seek(0, 2)  # a file of no bytes cannot be mapped
        return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) if size else b""


def _dump(record: Record) -> bytes:
    kept = {name: value for name, value in record._asdict().items() if value not in (None, (), "", False, {})}
    return json.dumps(kept, ensure_ascii=False).encode() + b"\n"


def _load(line: bytes | memoryview) -> Record:
    values = json.loads(str(line, "utf-8"))
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return Record(**fields)
