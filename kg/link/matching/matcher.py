"""Candidates for a record among the records of a target, each with its evidence; and which of them to propose."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

from kg.link.index.name_index import NameIndex, forms
from kg.link.index.similarity import Words, similarity, weigh_words
from kg.link.matching.evidence import (
    SHORT_ACRONYM,
    Evidence,
    NameMatch,
    beyond_name,
    most_of_attributes,
    of_attributes,
    of_names,
    probability,
    weight,
)
from kg.link.records.names import normalise, script, without_brackets
from kg.link.records.record import NameKind, Record

_NEAR = 5  # names with similar words that are compared
_LEAST_ALIKE = 0.5  # no evidence would make two things one whose names are less similar
_WEIGHED = 5  # records with a similar name that are compared in everything else
_SAME_NAME = 200  # up to this many records with an equal name, each is compared
_RIVAL = 0.02  # names this much less similar than the best one count as equally close
# Two candidates whose evidence differs by less than this are tied: it is unclear which is right.
_TIE = 0.25
_FAR_LARGER = 3  # times as large as the second


class Candidate(NamedTuple):
    """A record of the target that may be the thing that was looked for.

    Attributes:
        record: the target's record.
        match: the names by which it was found.
        evidence: everything that speaks for or against it.
        confidence: the chance that it is right, from 0 to 1.
    """

    record: Record
    match: NameMatch
    evidence: tuple[Evidence, ...]
    confidence: float

    @property
    def weight(self) -> float:
        """The weights of all evidence together, as logarithm of odds."""
        return weight(self.evidence)

    @property
    def why(self) -> str:
        """The evidence in words."""
        return "; ".join(piece.words for piece in self.evidence)

    @property
    def is_exact(self) -> bool:
        """Whether an exact match may be proposed: something beside the name speaks for it, and nothing against."""
        against = any(piece.weight < 0 and piece.kind != "rivals" for piece in self.evidence)
        return beyond_name(self.evidence) and not against


class CandidateSource(Protocol):
    """Whatever finds candidates for a record."""

    def candidates(self, record: Record, limit: int = _WEIGHED) -> list[Candidate]:
        """Return the candidates for a record, the most likely one first."""
        ...


class Matcher:
    """Finds candidates in an index; one for each process, since it keeps what it has looked up."""

    def __init__(self, index: NameIndex) -> None:
        self.index = index
        self._rarity = lru_cache(1 << 18)(index.words.rarity)
        self._rarity_of = lru_cache(1 << 16)(lambda key: sum(map(self._rarity, dict.fromkeys(key.split()))))
        self._record = lru_cache(1 << 14)(index.record)
        self._key = lru_cache(1 << 16)(index.key)
        self._words = lru_cache(1 << 16)(self._weighed)

    def candidates(self, record: Record, limit: int = _WEIGHED) -> list[Candidate]:
        """Return the candidates for a record, the most likely one first."""
        return self.candidates_of_each([record], limit)[0]

    def candidates_of_each(self, records: Sequence[Record], limit: int = _WEIGHED) -> list[list[Candidate]]:
        """Return the candidates for each of some records; for many at once, that takes less time."""
        found = [self._with_equal_name(record) for record in records]
        self._add_similar(records, found)
        return [self._likeliest(record, matches, limit) for record, matches in zip(records, found, strict=True)]

    def _likeliest(self, record: Record, matches: dict[int, NameMatch], limit: int) -> list[Candidate]:
        nearest = sorted(matches.items(), key=lambda item: (-item[1].similarity, item[1].kind, item[1].form))
        distances = [1 - match.similarity for _, match in nearest]
        equal = bisect_right(distances, 0.0)
        most = most_of_attributes(record)
        found: list[Candidate] = []
        for number, match in nearest[: max(limit, _WEIGHED, min(equal, _SAME_NAME))]:
            rivals = bisect_right(distances, 1 - match.similarity + _RIVAL) - 1
            names = of_names(match, rivals)
            # Records are read where they may be among the likeliest, or tied with the first.
            if len(found) < limit or weight(names) + most >= min(found[limit - 1].weight, found[0].weight - _TIE):
                insort(found, candidate_of(record, self._record(number), match, names), key=_order)
        return _by_size(found)[:limit]

    def _with_equal_name(self, record: Record) -> dict[int, NameMatch]:
        """Return the best pair of names for every record that has an equal name."""
        found: dict[int, NameMatch] = {}
        for text, kind in record.names():
            for key, form in forms(text):
                number = self.index.exact(key)
                if number is not None:
                    self._add(found, number, 1.0, kind, form)
        return found

    def _add_similar(self, records: Sequence[Record], found: Sequence[dict[int, NameMatch]]) -> None:
        """Add records with similar names to what has been found for each record, where that is acronyms at most."""
        sought = [
            (matches, kind, key)
            for record, matches in zip(records, found, strict=True)
            if all(match.kind is NameKind.ACRONYM for match in matches.values())
            for text, kind in record.names()
            if kind is not NameKind.ACRONYM and (key := normalise(text))
        ]
        weighed = [self._weighed(key) for _, _, key in sought]
        near = self.index.words.near(weighed, _LEAST_ALIKE, _NEAR)
        for (matches, kind, key), ours, numbers in zip(sought, weighed, near, strict=True):
            for number in dict.fromkeys((*self.index.same_letters(key), *numbers)):
                alike = similarity(ours, self._words(self._key(number)))
                if alike >= _LEAST_ALIKE:
                    self._add(matches, number, min(alike, 0.99), kind, 0)

    def _weighed(self, key: str) -> Words:
        return weigh_words(key, self._rarity)

    def _add(self, found: dict[int, NameMatch], key_number: int, alike: float, kind: NameKind, form: int) -> None:
        key = self._key(key_number)
        rarity = self._rarity_of(key)
        scripts = (script(key),) if alike == 1.0 else ()
        for entry in self.index.entries_of(key_number):
            either = max(kind, entry.kind) if NameKind.ACRONYM in (kind, entry.kind) else entry.kind
            match = NameMatch(alike, either, max(form, entry.form), key, rarity, scripts)
            old = found.get(entry.record)
            found[entry.record] = match if old is None else _better(match, old)


def _better(match: NameMatch, old: NameMatch) -> NameMatch:
    """Return the better pair of names of two, with the scripts of both."""
    best = max(old, match, key=lambda one: (one.similarity, -one.form, -one.kind))
    return best._replace(scripts=tuple(sorted({*match.scripts, *old.scripts})))


def _order(candidate: Candidate) -> tuple[float, float, str]:
    return -candidate.weight, -(candidate.record.size or 0), candidate.record.iri


def _by_size(found: list[Candidate]) -> list[Candidate]:
    """Of candidates that are tied, prefer one that is far larger than the others, as people do who name a city."""
    tied = [candidate for candidate in found if found[0].weight - candidate.weight < _TIE]
    sizes = sorted((candidate.record.size or 0 for candidate in tied), reverse=True)
    if len(tied) < 2 or sizes[0] < _FAR_LARGER * max(sizes[1], 1):
        return found
    largest = next(candidate for candidate in tied if candidate.record.size == sizes[0])
    evidence = (*largest.evidence, Evidence("size", "far larger than the others of that name", 0.8))
    preferred = largest._replace(evidence=evidence, confidence=probability(evidence))
    return [preferred, *(candidate for candidate in found if candidate is not largest)]


def candidate_of(
    ours: Record, theirs: Record, match: NameMatch, names: Iterable[Evidence], more: Iterable[Evidence] = ()
) -> Candidate:
    """Return a record as a candidate, by the evidence of its names, of what it says beside them, and more."""
    evidence = (*names, *of_attributes(ours, theirs, match), *more)
    return Candidate(theirs, match, evidence, probability(evidence))


def why_not(candidates: list[Candidate]) -> str | None:
    """Return why the first candidate must not be proposed, or None.

    Two candidates may be tied, or a short acronym may be all that matches.
    """
    if not candidates:
        return "no record has a similar name"
    best, *rest = candidates
    if (best.match.is_short_acronym or _is_written_as_acronym(best)) and not beyond_name(best.evidence):
        return "only a short acronym matches"
    if rest and best.weight - rest[0].weight < _TIE:
        return f"tied with {rest[0].record.label} ({rest[0].record.iri})"
    return None


def _is_written_as_acronym(candidate: Candidate) -> bool:
    """Return whether the name that matches is a short acronym which the record keeps among its other names: `CERN`."""
    key = candidate.match.key
    if len(key.replace(" ", "")) >= SHORT_ACRONYM:
        return False
    texts = (text for text, _ in candidate.record.names() if any(form == key for form, _ in forms(text)))
    return all(without_brackets(text).isupper() for text in texts)


def chosen(candidates: list[Candidate]) -> Candidate | None:
    """Return the candidate to propose, or None where it is unclear (`why_not`)."""
    return None if why_not(candidates) else candidates[0]
