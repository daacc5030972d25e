"""Candidates for many records, by several processes that share an index on disk."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

from kg.link.index.name_index import NameIndex
from kg.link.matching.matcher import Candidate, Matcher
from kg.link.records.record import Record

CHUNK = 250  # records that a process is handed at a time
# Fewer records than this are looked up before another process would have started.
_FEW = 2000

_matcher: Matcher | None = None  # of a worker process


def candidates_of_all(
    folder: Path, records: Sequence[Record], *, limit: int = 5, processes: int = 1
) -> Iterator[list[Candidate]]:
    """Return the candidates of each record, in their order.

    Args:
        folder: of the index.
        records: what to look for.
        limit: the most candidates to return for one record.
        processes: the most processes to start; each maps the same files into memory.
    """
    chunks = [records[start : start + CHUNK] for start in range(0, len(records), CHUNK)]
    if processes <= 1 or len(records) < _FEW:
        matcher = Matcher(NameIndex(folder))
        for chunk in chunks:
            yield from matcher.candidates_of_each(chunk, limit)
        return
    # A forked process would share locks of libraries that run threads; a new one starts clean.
    with ProcessPoolExecutor(processes, get_context("spawn"), _start, (folder,)) as pool:
        for found in pool.map(_work, chunks, repeat(limit)):
            yield from found


def _start(folder: Path) -> None:
    global _matcher  # noqa: PLW0603  a worker has one index, opened when it starts
    gc.disable()  # what a matcher makes has no cycles, and it keeps so much that looking for some takes long
    _matcher = Matcher(NameIndex(folder))


def _work(records: Sequence[Record], limit: int) -> list[list[Candidate]]:
    assert _matcher is not None
    return _matcher.candidates_of_each(records, limit)
