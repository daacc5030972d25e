"""Proposals: for each entity the candidates of a target, earlier decisions, and what to propose now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kg.link.decisions import Decided
from kg.link.matching.matcher import Candidate, CandidateSource, why_not
from kg.link.records.record import Record
from kg.progress import Progress, silent
from kg.rdf.terms import SKOS

# Candidates less likely than this are shown, but not proposed.
_LIKELY = 0.5
EXACT, CLOSE = SKOS + "exactMatch", SKOS + "closeMatch"


@dataclass(frozen=True)
class Proposal:
    """What was found for an entity.

    Attributes:
        entity: our side.
        candidates: of the target, the most likely one first, without those that were decided on before.
        obstacle: why the first one is not proposed, in words; None if it is.
        settled: whether that is because the entity has its exact match in this data set.
    """

    entity: Record
    candidates: tuple[Candidate, ...]
    obstacle: str | None
    settled: bool = False

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
    decided: Decided | None = None,
    *,
    limit: int = 5,
    progress: Progress = silent,
) -> Iterator[Proposal]:
    """Return what is found for each entity, where anything is.

    Args:
        entities: our side.
        source: finds candidates.
        decided: what the tables of the project say. Pairs with a decision are left out, and a thing has one
            exact match in a data set: beside it nothing is proposed.
        limit: the most candidates to return for one entity.
        progress: called with the name of each entity.
    """
    decided = decided or Decided()
    for entity in entities:
        progress(entity.label)
        found = source.candidates(entity, limit)
        first = found[0] if found else None
        found = [candidate for candidate in found if (entity.iri, candidate.record.iri) not in decided.pairs]
        if not found:
            continue
        held = decided.exact_match_beside(entity.iri, found[0].record.iri)
        if held:
            obstacle: str | None = f"it already has an exact match there, {held.curie} ({held.place})"
        elif found[0] is not first:
            # What was decided about the first one says nothing about the others being tied with it.
            obstacle = "a likelier candidate was decided on before"
        else:
            obstacle = why_not(found) or _unlikely(found)
        yield Proposal(entity, tuple(found), obstacle, settled=held is not None)


def _unlikely(candidates: list[Candidate]) -> str | None:
    return "the best candidate is more likely wrong than right" if candidates[0].confidence < _LIKELY else None
