"""Checks that need only the tables of links and the names of our entities: links that contradict each other.

See https://www.w3.org/TR/skos-reference/, section 10, on which mapping relations exclude each other.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from itertools import combinations

from kg.errors import did_you_mean
from kg.findings import Finding
from kg.link.checks.rows import CLOSE, EXACT, PlacedLink
from kg.rdf.terms import SKOS, Prefixes

_BROAD, _NARROW, _RELATED = SKOS + "broadMatch", SKOS + "narrowMatch", SKOS + "relatedMatch"

# Relations that cannot both hold of one pair (S46, and S27 by way of S41), or of which one says no more than the
# other (S42).
_CLASHES = {
    **{frozenset((EXACT, other)): "violation" for other in (_BROAD, _NARROW, _RELATED)},
    **{frozenset((_RELATED, other)): "violation" for other in (_BROAD, _NARROW)},
    frozenset((_BROAD, _NARROW)): "violation",
    frozenset((EXACT, CLOSE)): "warning",
}


def check_tables(links: Iterable[PlacedLink]) -> list[Finding]:
    """Find links of one project that contradict each other.

    Args:
        links: the rows of all tables.

    Returns:
        several exact matches of one entity in one namespace, targets that two entities share, relations of one pair
        that exclude each other, and what exact and broader matches with one target imply. Conflicts among rows
        that are marked unsure have the severity info.
    """
    links = list(links)
    accepted = [link for link in links if link.is_accepted]
    exact = [link for link in accepted if link.is_exact]
    return [
        *_several_exact(exact),
        *_undecided([link for link in links if link.is_exact and not link.is_rejected]),
        *_shared(exact),
        *_clashing(accepted),
        *_implied(accepted, exact),
    ]


def check_subjects(links: Iterable[PlacedLink], known: Collection[str], prefixes: Prefixes) -> list[Finding]:
    """Find links of things that the graph does not describe.

    Args:
        links: the rows of all tables.
        known: the IRIs of all that the graph describes.
        prefixes: for the names in messages.
    """
    unknown = [link for link in links if link.subject not in known and not link.is_rejected]
    names = [prefixes.shorten(iri) for iri in sorted(known)] if unknown else []
    found = []
    for link in unknown:
        near = did_you_mean(prefixes.shorten(link.subject), names)
        message = (
            f"The graph has no facts about {prefixes.shorten(link.subject)}: correct the subject, or remove the row"
        )
        found.append(link.finding("violation", "unknown-subject", f"{message}{f'; {near}' if near else '.'}"))
    return found


def _several_exact(exact: Iterable[PlacedLink]) -> Iterator[Finding]:
    for links in _groups(exact, lambda link: (link.subject, link.namespace)):
        if len({link.object for link in links}) > 1:
            message = (
                f"One entity has several exact matches in the same data set: {_listed(links)}. Keep one of them;"
                " make the others close matches, or reject them (set predicate_modifier to Not)."
            )
            yield links[0].finding("violation", "several-exact-matches", message)


def _undecided(exact: Iterable[PlacedLink]) -> Iterator[Finding]:
    for links in _groups(exact, lambda link: (link.subject, link.namespace)):
        unsure = [link for link in links if not link.is_accepted]
        if unsure and len({link.object for link in links}) > 1:
            listed = "; ".join(
                f"{link.curie}, {'accepted' if link.is_accepted else 'unsure'} ({link.place})" for link in links
            )
            message = (
                f"A reviewer could not decide between {listed}. If you know, set reviewer_agreement to 1 in one row,"
                " and predicate_modifier to Not in the others."
            )
            yield unsure[0].finding("info", "undecided", message)


def _shared(exact: Iterable[PlacedLink]) -> Iterator[Finding]:
    for links in _groups(exact, lambda link: link.object):
        if len({link.subject for link in links}) > 1:
            subjects = "; ".join(f"{link.link.row.subject_id} ({link.place})" for link in links)
            message = (
                f"{links[0].curie} is the exact match of several entities: {subjects}. Reject the wrong link,"
                " or merge the entities if they are the same thing."
            )
            yield links[0].finding("violation", "shared-target", message)


def _clashing(accepted: Iterable[PlacedLink]) -> Iterator[Finding]:
    for links in _groups(accepted, lambda link: (link.subject, link.object)):
        for one, other in combinations(links, 2):
            severity = _CLASHES.get(frozenset((one.predicate, other.predicate)))
            if severity:
                names = f"{one.link.row.predicate_id} ({one.place}) and {other.link.row.predicate_id} ({other.place})"
                reason = (
                    "exclude each other" if severity == "violation" else "say the same thing twice about the same pair"
                )
                message = f"{names} {reason}: keep one of the two rows with {one.curie}."
                yield one.finding(severity, "clashing-relations", message)


def _implied(accepted: Iterable[PlacedLink], exact: Iterable[PlacedLink]) -> Iterator[Finding]:
    same: defaultdict[str, list[PlacedLink]] = defaultdict(list)
    for link in exact:
        same[link.object].append(link)
    for link in accepted:
        relation = {_BROAD: "broader", _NARROW: "narrower"}.get(link.predicate)
        for other in same[link.object] if relation else ():
            if other.subject != link.subject:
                ours, theirs = link.link.row.subject_id, other.link.row.subject_id
                message = (
                    f"{link.curie} is the exact match of {theirs} ({other.place}), so {theirs} would be {relation} than"
                    f" {ours}. If it is not, correct one of the two rows."
                )
                yield link.finding("info", "implied-relation", message)


def _groups(links: Iterable[PlacedLink], key: Callable[[PlacedLink], Hashable]) -> Iterator[list[PlacedLink]]:
    found: defaultdict[Hashable, list[PlacedLink]] = defaultdict(list)
    for link in links:
        found[key(link)].append(link)
    return (group for group in found.values() if len(group) > 1)


def _listed(links: Iterable[PlacedLink]) -> str:
    return "; ".join(f"{link.curie} ({link.place})" for link in links)
