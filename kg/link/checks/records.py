"""Checks of links against the records that they lead to: what the two sides say of themselves, and of others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from kg.findings import Finding
from kg.link.checks.retired import Retired, check_retired
from kg.link.checks.rows import CLOSE, EXACT, PlacedLink
from kg.link.records.record import Record
from kg.link.targets.library import Library, OpenTarget, longest_namespace
from kg.rdf.terms import Prefixes

# Kinds that exclude each other. A record that names none of them says nothing about its kind.
_KINDS = (
    frozenset({"organization", "person", "place", "event", "concept", "work"}),
    frozenset({"city", "country"}),
)


def check_records(
    links: Iterable[PlacedLink],
    library: Library,
    entities: Mapping[str, Record],
    prefixes: Prefixes,
    listed: Collection[str] = (),
) -> list[Finding]:
    """Compare links with the records of the targets.

    Args:
        links: the rows of all tables.
        library: the targets.
        entities: our entities by their IRIs.
        prefixes: for the names in messages.
        listed: identifiers that a list of retired ones has: they are not reported a second time.

    Returns:
        kinds and countries that differ, records that are retired, identifiers that a target does not have, and
        chains that disagree: what a linked record says is the same thing, against our own link.
    """
    links = [link for link in links if not link.is_rejected or link.is_exact]
    found: list[Finding] = []
    for link in (link for link in links if not link.is_rejected):
        held = library.find(link.object)
        if held is None:
            found += _dead(link, library) if link.object not in listed else ()
            continue
        record, place = held
        if link.predicate in (EXACT, CLOSE):
            found += _disagreeing(link, entities.get(link.subject), record, place)
        if record.retired and record.iri not in listed:
            entry = Retired(record.iri, "retired", record.successors, place.in_words)
            found += check_retired([link], {record.iri: entry}, prefixes)
    return [*found, *_chains([link for link in links if link.is_exact], library, prefixes)]


def unchecked_namespaces(links: Iterable[PlacedLink], library: Library) -> dict[str, int]:
    """Return how many links could not be compared with a record, by prefix, since no target has that namespace."""
    counts: defaultdict[str, int] = defaultdict(int)
    for link in links:
        if not link.is_rejected and not library.of_namespace(link.namespace) and library.find(link.object) is None:
            counts[link.table.prefix(link.link)] += 1
    return dict(sorted(counts.items()))


def _dead(link: PlacedLink, library: Library) -> Iterator[Finding]:
    places = library.of_namespace(link.namespace)
    if places:
        names = " nor ".join(place.in_words for place in places)
        message = f"{link.curie} is not in {names}: correct the identifier, or add newer or more complete data."
        yield link.finding("warning", "unknown-id", message)


def _disagreeing(link: PlacedLink, ours: Record | None, theirs: Record, place: OpenTarget) -> Iterator[Finding]:
    if ours is None:
        return
    remedy = "check whether both are the same thing, and reject the link if they are not."
    for kinds in _KINDS:
        here, there = (kinds.intersection(record.types) for record in (ours, theirs))
        if here and there and not here & there:
            message = (
                f"The entity is {_listed(here)}, but {link.curie} is {_listed(there)} in {place.in_words}: {remedy}"
            )
            yield link.finding("warning", "type-differs", message)
            break
    if ours.country and theirs.country and ours.country != theirs.country:
        message = (
            f"The entity's country is {ours.country}, but that of {link.curie} in {place.in_words} is {theirs.country}:"
            f" {remedy}"
        )
        yield link.finding("warning", "country-differs", message)


def _chains(exact: list[PlacedLink], library: Library, prefixes: Prefixes) -> Iterator[Finding]:
    namespaces = {link.namespace for link in exact}
    rows: defaultdict[tuple[str, str], list[PlacedLink]] = defaultdict(list)
    for link in exact:
        rows[link.subject, link.namespace].append(link)
    for link in exact:
        held = library.find(link.object) if link.is_accepted else None
        for space, others in _by_namespace(held[0].same_as, namespaces).items() if held else ():
            assert held is not None
            yield from _chain(link, held[1], others, rows[link.subject, space], prefixes)


def _chain(
    link: PlacedLink, place: OpenTarget, others: list[str], ours: list[PlacedLink], prefixes: Prefixes
) -> Iterator[Finding]:
    """Compare what a record says is the same with what our rows say of that namespace."""
    accepted = [row for row in ours if row.is_accepted]
    names = " or ".join(map(prefixes.shorten, others))
    says = f"{place.in_words} says that {link.curie} is the same as {names}"
    if accepted:
        if not {row.object for row in accepted} & set(others):
            chosen = "; ".join(f"{row.curie} ({row.place})" for row in accepted)
            message = f"{says}, but the exact match here is {chosen}: one of the links is wrong, or that record is."
            yield link.finding("warning", "open-chain", message)
        return
    unsure = [row for row in ours if not row.is_rejected and row.object in others]
    rejected = {row.object for row in ours if row.is_rejected}
    left = [iri for iri in others if iri not in rejected]
    if unsure:
        rows = "; ".join(f"{row.curie} ({row.place})" for row in unsure)
        yield link.finding("info", "open-chain", f"{says}, which supports a link marked unsure: {rows}.")
    elif left:
        proposed = " or ".join(map(prefixes.shorten, left))
        message = f"{says}. A further exact match to look at: {link.link.row.subject_id} with {proposed}."
        yield link.finding("info", "proposed-link", message)


def _by_namespace(iris: Iterable[str], namespaces: Collection[str]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for iri in iris:
        known = longest_namespace(iri, namespaces)
        cut = max(iri.rstrip("/").rfind("/"), iri.rfind("#")) + 1
        found[known or iri[:cut]].append(iri)
    return found


def _listed(kinds: Iterable[str]) -> str:
    return " and ".join(f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}" for kind in sorted(kinds))
