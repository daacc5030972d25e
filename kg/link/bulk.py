"""Candidates for many records, by several processes that share an index on disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from kg.link.index import open_index
from kg.link.matching import Candidate, Matcher
from kg.link.record import Record

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
        limit: so many candidates of one record at most.
        processes: how many may work; each maps the same files into memory.
    """
    if processes <= 1 or len(records) < _FEW:
        matcher = Matcher(open_index(folder))
        yield from (matcher.candidates(record, limit) for record in records)
        return
    # A forked process would share locks of libraries that run threads; a new one starts clean.
    with ProcessPoolExecutor(processes, get_context("spawn"), _start, (folder,)) as pool:
        chunks = [(records[start : start + CHUNK], limit) for start in range(0, len(records), CHUNK)]
        for found in pool.map(_work, chunks):
            yield from found


def _start(folder: Path) -> None:
    global _matcher  # noqa: PLW0603  a worker has one index, opened when it starts
    _matcher = Matcher(open_index(folder))


def _work(chunk: tuple[Sequence[Record], int]) -> list[list[Candidate]]:
    records, limit = chunk
    assert _matcher is not None
    return [_matcher.candidates(record, limit) for record in records]
