"""Many entities at once: one-to-one assignment of records, and evidence from the hierarchies of both sides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kg.link.matching.evidence import Evidence, probability
from kg.link.matching.matcher import Candidate
from kg.link.records.record import Record

Found = Mapping[str, list[Candidate]]

# From this confidence on, a pair is taken as given when the pairs below it are judged.
_GIVEN = 0.3
_AGREES, _DISAGREES = 0.7, -0.35


def one_to_one(found: Found) -> dict[str, Candidate]:
    """Give each entity its likeliest candidate that no surer entity has taken (by IRI; a greedy assignment)."""
    pairs = sorted(
        ((candidate.confidence, iri, candidate) for iri, candidates in found.items() for candidate in candidates),
        key=lambda pair: (-pair[0], pair[1], pair[2].record.iri),
    )
    assigned: dict[str, Candidate] = {}
    taken: set[str] = set()
    for _, iri, candidate in pairs:
        if iri not in assigned and candidate.record.iri not in taken:
            assigned[iri] = candidate
            taken.add(candidate.record.iri)
    return assigned


def weigh_hierarchies(found: Found, ours: Iterable[Record], theirs: Iterable[Record]) -> dict[str, list[Candidate]]:
    """Weigh the candidates again by what is above them in both hierarchies.

    Args:
        found: the candidates of each entity by its IRI.
        ours: the entities.
        theirs: the records of the target.

    Returns:
        the candidates with one more piece of evidence, where something above the entity has a counterpart: whether
        that stands above the candidate too.
    """
    our_ancestors, their_ancestors = _ancestors(ours), _ancestors(theirs)
    counterparts = {
        iri: candidate.record.iri for iri, candidate in one_to_one(found).items() if candidate.confidence > _GIVEN
    }
    weighed = {}
    for iri, candidates in found.items():
        above = {counterparts[parent] for parent in our_ancestors.get(iri, ()) if parent in counterparts}
        again = [_again(candidate, above, their_ancestors) for candidate in candidates] if above else candidates
        weighed[iri] = sorted(again, key=lambda candidate: -candidate.confidence)
    return weighed


def _again(candidate: Candidate, above: set[str], ancestors: Mapping[str, frozenset[str]]) -> Candidate:
    theirs = ancestors.get(candidate.record.iri, frozenset())
    if not theirs:
        return candidate
    if above & theirs:
        piece = Evidence("hierarchy", "their parents agree", _AGREES)
    else:
        piece = Evidence("hierarchy", "their parents differ", _DISAGREES)
    evidence = (*candidate.evidence, piece)
    return candidate._replace(evidence=evidence, confidence=probability(evidence))


def _ancestors(records: Iterable[Record]) -> dict[str, frozenset[str]]:
    """Return for each record all its ancestors; a cycle is followed once."""
    parents = {record.iri: record.parents for record in records if record.parents}
    found: dict[str, frozenset[str]] = {}
    for iri, direct in parents.items():
        above: set[str] = set()
        waiting = list(direct)
        while waiting:
            parent = waiting.pop()
            if parent not in above:
                above.add(parent)
                waiting.extend(parents.get(parent, ()))
        found[iri] = frozenset(above)
    return found
