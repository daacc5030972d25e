"""An index of the names of many records, on disk: by the whole name, and by its letters where that finds nothing.

The folder of an index holds the records as JSON lines and, as NumPy arrays that are mapped into memory when it is
opened, the distinct normalised names, the records of each, and for each trigram the names that have it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from math import log
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kg.link.grams import BUCKETS, grams_of
from kg.link.names import core, normalise, without_brackets, without_last_part
from kg.link.record import NameKind, Record

_CHUNK = 100_000  # names whose trigrams are computed at a time, to bound memory
# A name counts as near where its cosine over weighted trigrams is this or more.
_COSINE = 0.5

# The forms in which a name is kept: as it stands, without what is in brackets at its end, and without filler words
# and legal forms or what stands after the last comma.
PLAIN, UNQUALIFIED, SHORTENED = 0, 1, 2

# So many entries of trigrams are read for a name at most, which bounds the time of a look-up however many names there
# are. The rarest trigrams come first, so what is left out tells little.
_MOST_READ = 10_000
_PLACE_BITS = 16  # more trigrams than any name has

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
    _save(folder, **_sorted_hashes("key", ordered), **_texts(ordered), word_counts=_word_counts(ordered))
    _save(folder, **_postings(ordered))
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
    entry_starts: Integers
    entries: Integers
    text_starts: Integers
    text_bytes: NDArray[np.uint8]
    gram_starts: Integers
    gram_keys: NDArray[np.int32]
    gram_weights: NDArray[np.float32]
    key_norms: NDArray[np.float32]
    word_counts: NDArray[np.int32]

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

    def entries_of(self, number: int) -> list[Entry]:
        """Return where a normalised name stands."""
        coded = self.entries[self.entry_starts[number] : self.entry_starts[number + 1]].tolist()
        return [Entry(code >> 4, NameKind(code >> 2 & 3), code & 3) for code in coded]

    def near(self, key: str, limit: int) -> list[int]:
        """Return the numbers of the names that share most of their rarer trigrams with a name, the nearest first.

        Only the rarest trigrams of the name are looked up: so many that a name with none of them cannot be near
        (prefix filtering; Bayardo, Ma and Srikant, Scaling up all pairs similarity search, WWW 2007).
        """
        grams, _ = grams_of([key])
        weights = self.gram_weights[grams]
        order = np.argsort(-weights)
        squares = weights[order] ** 2
        total = float(squares.sum())
        if not total:
            return []
        left = total - np.cumsum(squares)
        needed = int(np.searchsorted(-left, -(_COSINE**2) * total)) + 1
        lists: list[Integers] = []
        read = 0
        for place, gram in enumerate(grams[order[:needed]].tolist()):
            found = self.gram_keys[self.gram_starts[gram] : self.gram_starts[gram + 1]]
            read += len(found)
            if read > _MOST_READ and lists:
                break
            if len(found):
                lists.append(found.astype(np.int64) << _PLACE_BITS | place)
        if not lists:
            return []
        pairs = np.concatenate(lists)  # of a name and the place of a trigram
        pairs.sort()
        names = pairs >> _PLACE_BITS
        first = np.concatenate(([0], np.flatnonzero(names[1:] != names[:-1]) + 1))
        shared = np.add.reduceat(squares[pairs & (1 << _PLACE_BITS) - 1], first)
        # Most names share a trigram or two by chance: what shares less than half of what the best one does is left
        # out.
        much = shared > shared.max() / 2
        some = names[first[much]]
        scores = shared[much] / self.key_norms[some]
        near: list[int] = some[np.argsort(-scores, kind="stable")[:limit]].tolist()
        return near

    def rarity(self, word: str) -> float:
        """Return how telling a word is: the logarithm of names to names that have it."""
        count = int(self.word_counts[_word_bucket(word)])
        return log((1 + len(self.key_norms)) / (1 + count))


def open_index(folder: Path) -> NameIndex:
    """Open an index; raises FileNotFoundError where the folder holds none."""
    import mmap

    with (folder / "records.jsonl").open("rb") as file:
        size = file.seek(0, 2)
        records = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) if size else b""
    names = [name for name in NameIndex.__dataclass_fields__ if name != "records"]
    # A plain array over the mapped memory: np.memmap itself would make every look-up several times slower.
    return NameIndex(records, **{name: np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r")) for name in names})


def _save(folder: Path, **arrays: NDArray[np.generic]) -> None:
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


def _word_bucket(word: str) -> int:
    return _hash(word) & (BUCKETS - 1)


def _sorted_hashes(name: str, texts: Sequence[str]) -> dict[str, Integers]:
    hashes = np.fromiter(map(_hash, texts), np.int64, len(texts))
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


def _postings(keys: Sequence[str]) -> dict[str, NDArray[np.generic]]:
    """Return for each trigram the names that have it. With a million names each array here takes over 100 MB."""
    pieces = []
    for start in range(0, len(keys), _CHUNK):
        grams, owners = grams_of(keys[start : start + _CHUNK])
        pieces.append(grams << 32 | owners + start)
    pairs = np.concatenate(pieces) if pieces else np.empty(0, np.int64)
    del pieces
    pairs.sort()
    counts = np.bincount(pairs >> 32, minlength=BUCKETS)
    owners = (pairs & 0xFFFFFFFF).astype(np.int32)
    del pairs
    weights = np.log((1 + len(keys)) / np.maximum(counts, 1)).astype(np.float32)
    norms = np.sqrt(np.bincount(owners, weights=np.repeat(weights * weights, counts), minlength=len(keys)))
    return {
        "gram_starts": np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]),
        "gram_keys": owners,
        "gram_weights": weights,
        "key_norms": np.maximum(norms, 1e-6).astype(np.float32),
    }


def _word_counts(keys: Sequence[str]) -> NDArray[np.int32]:
    buckets = np.fromiter((_word_bucket(word) for key in keys for word in set(key.split())), np.int64)
    return np.bincount(buckets, minlength=BUCKETS).astype(np.int32)
