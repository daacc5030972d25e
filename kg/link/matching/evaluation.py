"""How good candidates are, measured against links that are known to be right."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kg.files.sssom import NO_TERM_FOUND, Decision, Link
from kg.link.matching.matcher import Candidate
from kg.link.records.record import Record


@dataclass(frozen=True)
class Score:
    """Counts of right and wrong answers.

    Attributes:
        answerable: queries that have an answer.
        answered: answers that were given and could be judged.
        right: those of them that are right.
    """

    answerable: int
    answered: int
    right: int

    @property
    def precision(self) -> float:
        """Of the answers, the share that is right; 1 where none was given."""
        return self.right / self.answered if self.answered else 1.0

    @property
    def recall(self) -> float:
        """Of the queries that have an answer, the share that got it; 1 where none has one."""
        return self.right / self.answerable if self.answerable else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of both (van Rijsbergen, 1979)."""
        total = self.answered + self.answerable
        return 2 * self.right / total if total else 1.0


@dataclass(frozen=True)
class Answer:
    """What was answered to a query.

    Attributes:
        query: what was looked for.
        candidate: the answer; None where none was given.
        expected: the IRIs that are right; empty where there is no answer.
    """

    query: Record
    candidate: Candidate | None
    expected: frozenset[str]

    @property
    def is_right(self) -> bool:
        """Whether the answer is one of those that are right."""
        return self.candidate is not None and self.candidate.record.iri in self.expected


def expected_answers(links: Iterable[Link]) -> dict[str, frozenset[str]]:
    """Return the right answers of each subject by its IRI: none for a row whose object is sssom:NoTermFound."""
    expected: dict[str, frozenset[str]] = {}
    for link in links:
        if link.decision is Decision.ACCEPTED:
            answers = frozenset() if link.row.object_id == NO_TERM_FOUND else frozenset({link.object.value})
            expected[link.subject.value] = expected.get(link.subject.value, frozenset()) | answers
    return expected


def score(answers: Sequence[Answer], threshold: float = 0.0, judged: Collection[str] | None = None) -> Score:
    """Count right and wrong answers.

    Args:
        answers: one for each query.
        threshold: an answer of less confidence counts as none.
        judged: the IRIs of the records about which the gold standard knows; an answer outside them is neither right
            nor wrong. Without it the gold standard is taken to be complete.
    """
    given = [
        answer
        for answer in answers
        if answer.candidate is not None
        and answer.candidate.confidence >= threshold
        and (judged is None or answer.is_right or answer.candidate.record.iri in judged)
    ]
    return Score(sum(bool(answer.expected) for answer in answers), len(given), sum(answer.is_right for answer in given))


def best_threshold(
    answers: Sequence[Answer], judged: Collection[str] | None = None, min_precision: float | None = None
) -> float:
    """Return the threshold with the highest F1, or with the highest recall at a precision; 1 where there is none."""
    ranked = sorted(
        (
            (answer.candidate.confidence, answer.is_right)
            for answer in answers
            if answer.candidate is not None
            and (judged is None or answer.is_right or answer.candidate.record.iri in judged)
        ),
        reverse=True,
    )
    answerable = sum(bool(answer.expected) for answer in answers)
    silent = Score(answerable, 0, 0)  # to answer nothing is right where nothing has an answer
    best, threshold, right = (silent.f1 if min_precision is None else silent.recall), 1.0, 0
    for count, (confidence, is_right) in enumerate(ranked, 1):
        right += is_right
        # Answers of equal confidence are taken or left together.
        if count < len(ranked) and ranked[count][0] == confidence:
            continue
        reached = Score(answerable, count, right)
        value = reached.f1 if min_precision is None else reached.recall
        if value > best and (min_precision is None or reached.precision >= min_precision):
            best, threshold = value, confidence
    return threshold


def by_type(answers: Sequence[Answer], threshold: float, judged: Collection[str] | None = None) -> Mapping[str, Score]:
    """Return the score of each type of the queries; a query of two types counts in both."""
    types = sorted({kind for answer in answers for kind in answer.query.types})
    return {kind: score([a for a in answers if kind in a.query.types], threshold, judged) for kind in types}


def by_evidence(
    answers: Sequence[Answer], threshold: float, judged: Collection[str] | None = None
) -> Mapping[str, Score]:
    """Return the score of the answers that each kind of evidence speaks for; all queries count as answerable there."""
    kinds = sorted({piece.kind for a in answers if a.candidate for piece in a.candidate.evidence if piece.weight > 0})
    return {
        kind: score(
            [a for a in answers if a.candidate and any(p.kind == kind and p.weight > 0 for p in a.candidate.evidence)],
            threshold,
            judged,
        )
        for kind in kinds
    }
