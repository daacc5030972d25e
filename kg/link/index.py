"""An index of the names of many records, on disk: by the whole name, and by its letters where that finds nothing.

The folder of an index holds the records as JSON lines and, as NumPy arrays that are mapped into memory when it is
opened, the distinct normalised names, the records of each, and for each trigram the names that have it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kg.link.names import core, normalise, without_brackets, without_last_part
from kg.link.record import NameKind, Record
from kg.link.vocabulary import SortedWords, Vocabulary
from kg.link.word_index import Postings, WordIndex

# The forms in which a name is kept: as it stands, without what is in brackets at its end, and without filler words
# and legal forms or what stands after the last comma.
PLAIN, UNQUALIFIED, SHORTENED = 0, 1, 2

_KINDS = tuple(NameKind)

Integers = NDArray[np.int64]


class Entry(NamedTuple):
    """Where a name stands: the number of its record, the kind of name that it is there, and which form of it."""

    record: int
    kind: NameKind
    form: int


def forms(text: str) -> list[tuple[str, int]]:
    """Return the normalised forms in which a name is looked up, the most telling one first, each once."""
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
    keys: dict[str, list[int]] = {}
    offsets = [0]
    iris = []
    with (folder / "records.jsonl").open("wb") as file:
        for number, record in enumerate(records):
            offsets.append(offsets[-1] + file.write(_dump(record)))
            iris.append(record.iri)
            for text, kind in record.names():
                for key, form in forms(text):
                    keys.setdefault(key, []).append(number << 4 | kind << 2 | form)
    ordered = sorted(keys)
    entries = [sorted(set(keys.pop(key))) for key in ordered]
    _save(
        folder,
        offsets=np.array(offsets, np.int64),
        entry_starts=_starts([len(some) for some in entries]),
        entries=np.fromiter((entry for some in entries for entry in some), np.int64),
        **_sorted_hashes("iri", iris),
    )
    del entries, offsets
    _save(folder, **_sorted_hashes("key", ordered), **_texts(ordered))
    _save(folder, **_sorted_hashes("letter", map(_letters, ordered)))
    postings, numbers = Postings.of(ordered)
    _save(folder, **vars(postings))
    vocabulary = Vocabulary.of(numbers)
    _save(folder/"beginnings", **vars(vocabulary.beginnings))
    _save(folder/"ends", **vars(vocabulary.ends))
    return len(iris)


@dataclass(frozen=True)
class NameIndex:
    """An opened index: arrays that are read from disk as they are needed."""

    records: bytes | memoryview
    offsets: Integers
    iri_hashes: Integers
    iri_order: Integers
    key_hashes: Integers
    key_order: Integers
    letter_hashes: Integers
    letter_order: Integers
    entry_starts: Integers
    entries: Integers
    text_starts: Integers
    text_bytes: NDArray[np.uint8]
    words: WordIndex

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def record(self, number: int) -> Record:
        """Return a record by its number."""
        return _load(self.records[self.offsets[number] : self.offsets[number + 1]])

    def __iter__(self) -> Iterator[Record]:
        return map(self.record, range(len(self)))

    def by_iri(self, iri: str) -> Record | None:
        """Return the record of an IRI, or None."""
        for number in _places(self.iri_hashes, self.iri_order, iri):
            record = self.record(number)
            if record.iri == iri:
                return record
        return None

    def key(self, number: int) -> str:
        """Return a normalised name by its number."""
        start, end = self.text_starts[number], self.text_starts[number + 1]
        return self.text_bytes[start:end].tobytes().decode()

    def exact(self, key: str) -> int | None:
        """Return the number of a normalised name, or None where no record has it."""
        return next((n for n in _places(self.key_hashes, self.key_order, key) if self.key(n) == key), None)

    def same_letters(self, key: str) -> list[int]:
        """Return the numbers of the names that differ from a normalised name in where blanks stand, if in anything."""
        letters = _letters(key)
        return [n for n in _places(self.letter_hashes, self.letter_order, letters) if _letters(self.key(n)) == letters]

    def entries_of(self, number: int) -> list[Entry]:
        """Return where a normalised name stands."""
        coded = self.entries[self.entry_starts[number] : self.entry_starts[number + 1]].tolist()
        return [Entry(code >> 4, _KINDS[code >> 2 & 3], code & 3) for code in coded]


def open_index(folder: Path) -> NameIndex:
    """Open an index; raises FileNotFoundError where the folder holds none."""
    import mmap

    with (folder / "records.jsonl").open("rb") as file:
        size = file.seek(0, 2)
        records = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) if size else b""
    words = WordIndex(Vocabulary(SortedWords(**_load_arrays(SortedWords, folder/"beginnings")), SortedWords(**_load_arrays(SortedWords, folder/"ends"))), Postings(**_load_arrays(Postings, folder)))
    return NameIndex(records, words=words, **_load_arrays(NameIndex, folder, but=("records","words")))


def _load_arrays(kind, folder, but=()):
    names = [name for name in kind.__dataclass_fields__ if name not in but]
    return {name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in names}


def _save(folder: Path, **arrays: NDArray[np.generic]) -> None:
    folder.mkdir(exist_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)


def _dump(record: Record) -> bytes:
    kept = {name: value for name, value in asdict(record).items() if value not in (None, (), "", False, {})}
    return json.dumps(kept, ensure_ascii=False).encode() + b"\n"


def _load(line: bytes | memoryview) -> Record:
    values = json.loads(bytes(line))
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
    return Record(**fields)


def _starts(lengths: Sequence[int]) -> Integers:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(np.array(lengths, np.int64))])


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little", signed=True)


def _letters(key: str) -> str:
    return key.replace(' ', '')


def _sorted_hashes(name: str, texts: Iterable[str]) -> dict[str, Integers]:
    hashes = np.fromiter(map(_hash, texts), np.int64)
    order = np.argsort(hashes, kind="stable")
    return {f"{name}_hashes": hashes[order], f"{name}_order": order}


def _places(hashes: Integers, order: Integers, text: str) -> list[int]:
    wanted = _hash(text)
    start = int(np.searchsorted(hashes, wanted))
    end = start
    while end < len(hashes) and hashes[end] == wanted:
        end += 1
    return [int(place) for place in order[start:end]]


def _texts(keys: Sequence[str]) -> dict[str, NDArray[np.int64] | NDArray[np.uint8]]:
    encoded = [key.encode() for key in keys]
    return {
        "text_starts": _starts([len(text) for text in encoded]),
        "text_bytes": np.frombuffer(b"".join(encoded), np.uint8),
    }
