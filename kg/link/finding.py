"""Proposals: for each entity the candidates of a target, what was decided before, and what to propose now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from kg.link.matching import Candidate, CandidateSource, why_not
from kg.link.record import Record
from kg.terms import SKOS

# What is less likely than this is shown, but not proposed.
_LIKELY = 0.5
EXACT, CLOSE = SKOS + "exactMatch", SKOS + "closeMatch"


@dataclass(frozen=True)
class Proposal:
    """What was found for an entity.

    Attributes:
        entity: our side.
        candidates: of the target, the most likely one first, without those that were decided about before.
        obstacle: why the first one is not proposed, in words; None where it is.
    """

    entity: Record
    candidates: tuple[Candidate, ...]
    obstacle: str | None

    @property
    def best(self) -> Candidate | None:
        """The candidate to propose."""
        return self.candidates[0] if self.candidates and not self.obstacle else None

    @property
    def predicate(self) -> str:
        """The IRI of the mapping relation to propose."""
        return predicate_for(self.candidates[0]) if self.candidates else CLOSE


def predicate_for(candidate: Candidate) -> str:
    """Return the IRI of the mapping relation that a candidate's evidence allows: exact only beyond the name."""
    return EXACT if candidate.is_exact else CLOSE


def proposals(
    entities: Iterable[Record],
    source: CandidateSource,
    decided: Collection[tuple[str, str]] = (),
    *,
    limit: int = 5,
    step: Callable[[str], None] = lambda _: None,
) -> Iterator[Proposal]:
    """Return what is found for each entity, where anything is.

    Args:
        entities: our side.
        source: finds candidates.
        decided: pairs of IRIs, entity and record, that were decided about: they never come back.
        limit: so many candidates of one entity at most.
        step: is told the name of each entity.
    """
    for entity in entities:
        step(entity.label)
        found = source.candidates(entity, limit)
        if any((entity.iri, candidate.record.iri) in decided for candidate in found[:1]):
            # What was decided about the first one says nothing about the others being tied with it.
            found = [candidate for candidate in found if (entity.iri, candidate.record.iri) not in decided]
            obstacle = "the likelier one was decided about before" if found else None
        else:
            found = [candidate for candidate in found if (entity.iri, candidate.record.iri) not in decided]
            obstacle = (why_not(found) or _unlikely(found)) if found else None
        if found:
            yield Proposal(entity, tuple(found), obstacle)


def _unlikely(candidates: list[Candidate]) -> str | None:
    return "it is less likely than not" if candidates[0].confidence < _LIKELY else None
