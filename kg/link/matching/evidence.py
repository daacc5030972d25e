"""What speaks for and against two records being the same thing: evidence in words, each with a weight.

The weights are logarithms of odds, and add up as in probabilistic record linkage (Fellegi and Sunter, A theory for
record linkage, 1969): a sum of 0 is an even chance. They were set on the development halves of the tasks in
benchmarks/linking.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, log
from typing import NamedTuple

from kg.link.index.name_index import PLAIN, SHORTENED, UNQUALIFIED
from kg.link.records.countries import mentioned_countries
from kg.link.records.hosts import country_of, is_within
from kg.link.records.names import normalise, qualifier
from kg.link.records.record import NameKind, Record

# The kinds of evidence beside the name that a rule may ask for.
KINDS = ("country", "place", "domain", "type", "year", "people", "script", "size", "hierarchy", "service")
SHORT_ACRONYM = 5  # a shorter acronym has many meanings


class Evidence(NamedTuple):
    """One reason for or against a link: its kind (`name`, `country` ...), what was seen in words, its weight."""

    kind: str
    words: str
    weight: float


class NameMatch(NamedTuple):
    """The best pair of names of two records.

    Attributes:
        similarity: from 0 to 1, 1 where the normalised names are equal.
        kind: what kind of name it is in the target's record.
        form: the form in which they are equal: as they stand, or without a qualifier, or without filler words.
        key: the target's normalised name.
        rarity: how distinctive its words are together (`WordIndex.rarity`, summed).
        scripts: the scripts in which names of the two are equal.
    """

    similarity: float
    kind: NameKind
    form: int
    key: str
    rarity: float
    scripts: tuple[str, ...] = ()

    @property
    def is_short_acronym(self) -> bool:
        """Whether nothing but an abbreviation matches, and one that is too short to tell things apart."""
        return self.kind is NameKind.ACRONYM and len(self.key.replace(" ", "")) < SHORT_ACRONYM


_PRIOR = -7.0
_FORM_WORDS = {
    PLAIN: "equal",
    UNQUALIFIED: "equal without the part in brackets",
    SHORTENED: "equal except for filler words, the legal form or the part after the last comma",
}
_FORM_LOSS = {PLAIN: 0.0, UNQUALIFIED: 0.0, SHORTENED: 1.2}
_KIND_LOSS = {NameKind.LABEL: 0.0, NameKind.ALIAS: 0.3, NameKind.ACRONYM: 2.5}
# What agreement in one thing weighs at most.
_AGREES = {"country": 1.5, "place": 1.5, "domain": 4.0, "type": 0.5, "year": 1.5, "people": 3.0}
# Domains under which many have their pages.
_OF_MANY = frozenset({"facebook.com", "github.io", "google.com", "wikipedia.org", "linkedin.com"})


def of_names(match: NameMatch, rivals: int) -> list[Evidence]:
    """Weigh a pair of names: how similar, how distinctive, in how many scripts, and how many others are as close.

    Args:
        match: the names.
        rivals: how many other records of the target have a name as close.
    """
    name = f'{match.kind.name.lower()} "{match.key}"'
    telling = 0.08 * min(match.rarity, 30)
    if match.similarity == 1.0:
        weight = 7.2 + telling - _FORM_LOSS[match.form] - _KIND_LOSS[match.kind]
        found = [Evidence("name", f"{name} {_FORM_WORDS[match.form]}", weight)]
    else:
        # Short names that differ in a letter are two names more often than one that is misspelt.
        weight = 6.8 * match.similarity**3 + 2 * telling - 2.5 - _KIND_LOSS[match.kind]
        found = [Evidence("name", f"{name} similar ({match.similarity:.2f})", weight)]
    if rivals:
        others = "1 other record has" if rivals == 1 else f"{rivals} other records have"
        found.append(Evidence("rivals", f"{others} a name as close", -0.8 * log(1 + rivals)))
    if len(match.scripts) > 1:
        found.append(Evidence("script", f"names equal in {' and '.join(match.scripts)} script", 2.5))
    return found


def of_attributes(ours: Record, theirs: Record, match: NameMatch) -> list[Evidence]:
    """Weigh everything that two records say of themselves beside their names; what one leaves out counts nothing."""
    found = (
        _country(ours, theirs) or _country_in_name(ours, theirs, match) or _country_of_pages(ours, theirs),
        _place(ours, theirs),
        _domain(ours, theirs),
        _types(ours, theirs),
        _year(ours, theirs),
        _people(ours, theirs),
        Evidence("retired", "the record is retired", -1.0) if theirs.retired else None,
    )
    return [evidence for evidence in found if evidence]


def most_of_attributes(ours: Record) -> float:
    """Return a bound of what of_attributes finds for a record, whatever it is compared with."""
    said = {
        "country": ours.country or ours.domains or mentioned_countries(normalise(ours.label)),
        "place": ours.place or qualifier(ours.label),
        "domain": ours.domains,
        "type": ours.types,
        "year": ours.year is not None,
        "people": ours.people,
    }
    return sum([_AGREES[kind] for kind, known in said.items() if known])


def beyond_name(evidence: Iterable[Evidence]) -> bool:
    """Return whether something other than one name speaks for a link; that the kinds agree is not enough."""
    return any(piece.weight > 0 and piece.kind not in ("name", "type", "size", "service") for piece in evidence)


def weight(evidence: Iterable[Evidence]) -> float:
    """Return the weights of all evidence together, as logarithm of odds."""
    return sum([piece.weight for piece in evidence])


def probability(evidence: Iterable[Evidence]) -> float:
    """Return the chance that a link with this evidence is right."""
    return 1 / (1 + exp(-(_PRIOR + weight(evidence))))


def _country(ours: Record, theirs: Record) -> Evidence | None:
    if not ours.country or not theirs.country:
        return None
    if ours.country == theirs.country:
        return Evidence("country", f"country {ours.country} agrees", _AGREES["country"])
    return Evidence("country", f"our country is {ours.country}, theirs is {theirs.country}", -3.0)


def _country_in_name(ours: Record, theirs: Record, match: NameMatch) -> Evidence | None:
    """Compare the countries that our name mentions, as `Ministry of Health (Kenya)` does, with the record's country.

    What the matching name mentions as well has been weighed with the name.
    """
    key = normalise(ours.label)
    words = {w: code for w, code in mentioned_countries(key).items() if w != key and w not in match.key}
    if not words or not theirs.country:
        return None
    if theirs.country in words.values():
        return Evidence("country", f"our name mentions its country {theirs.country}", _AGREES["country"])
    return Evidence("country", f"our name mentions {', '.join(words.values())}, theirs is {theirs.country}", -1.5)


def _country_of_pages(ours: Record, theirs: Record) -> Evidence | None:
    """Compare the country whose top-level domain our web page is in with the record's country."""
    found = next(filter(None, map(country_of, ours.domains)), None)
    if found is None or not theirs.country:
        return None
    if found == theirs.country:
        return Evidence("country", f"our web page is in the domain of its country {found}", 1.2)
    return Evidence("country", f"our web page is in the domain of {found}, theirs is {theirs.country}", -2.5)


def _place(ours: Record, theirs: Record) -> Evidence | None:
    if not theirs.place:
        return None
    if not ours.place:
        named = normalise(qualifier(ours.label)) == normalise(theirs.place)
        return Evidence("place", f"our name mentions its place {theirs.place}", _AGREES["place"]) if named else None
    if normalise(ours.place) == normalise(theirs.place):
        return Evidence("place", f"place {ours.place} agrees", _AGREES["place"])
    return Evidence("place", f"our place is {ours.place}, theirs is {theirs.place}", -0.5)


def _domain(ours: Record, theirs: Record) -> Evidence | None:
    if not ours.domains or not theirs.domains:
        return None
    pairs = [(mine, yours) for mine in ours.domains for yours in theirs.domains if mine not in _OF_MANY]
    for mine, yours in pairs:
        if mine == yours:
            return Evidence("domain", f"web domain {mine} agrees", _AGREES["domain"])
    for mine, yours in pairs:
        if is_within(mine, yours) or is_within(yours, mine):
            return Evidence("domain", f"web domain {mine} is related to {yours}", 2.5)
    return None


def _types(ours: Record, theirs: Record) -> Evidence | None:
    if not ours.types or not theirs.types:
        return None
    shared = [kind for kind in ours.types if kind in theirs.types]
    if shared:
        return Evidence("type", f"type {shared[-1]} agrees", _AGREES["type"])
    return Evidence("type", f"our type is {ours.types[0]}, theirs is {theirs.types[0]}", -2.0)


def _year(ours: Record, theirs: Record) -> Evidence | None:
    if ours.year is None or theirs.year is None:
        return None
    if ours.year == theirs.year:
        return Evidence("year", f"year {ours.year} agrees", _AGREES["year"])
    if abs(ours.year - theirs.year) == 1:
        return None
    return Evidence("year", f"our year is {ours.year}, theirs is {theirs.year}", -2.0)


def _people(ours: Record, theirs: Record) -> Evidence | None:
    """Compare the last words of people's names: given names are often abbreviated."""
    if not ours.people or not theirs.people:
        return None
    left, right = ({normalise(name).split(" ")[-1] for name in record.people} - {""} for record in (ours, theirs))
    if not left or not right:
        return None
    shared = len(left & right) / min(len(left), len(right))
    if shared >= 0.5:
        return Evidence("people", f"{len(left & right)} people agree", _AGREES["people"] * shared)
    return Evidence("people", "the people differ", -3.0)
