"""Checks on evidence that shapes cannot make, or not in linear time: which graph a fact is in, what overlaps."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from pyoxigraph import Literal, NamedNode

from kg.files.reading import Files
from kg.findings import Finding
from kg.provenance.vocabulary import (
    END,
    HAS_SELECTOR,
    IN_SOURCE,
    NO_FACTS_BECAUSE,
    PASSAGE,
    RECORD,
    SHA256,
    START,
    STATUS,
    TEXT_SHA256,
    curie,
)
from kg.rdf.encoding import Quads
from kg.rdf.terms import RDF

_BLANKS = 4  # characters between two passages that may well be blanks and line ends


def check_evidence(files: Files) -> list[Finding]:
    """Find facts without evidence, evidence without facts, overlaps and gaps of passages, digests of other passages.

    The name of a graph with facts must be a piece of evidence: something that has a source. Only
    the description of evidence itself (passages, their selectors, sources) may stand in another graph, and all of it
    where the classes of such things are given. A project that does not use the vocabulary of evidence has no findings.
    """
    described = _Described.of(files)
    if all(described.data.dictionary.find(term) is None for term in (IN_SOURCE, STATUS, PASSAGE, RECORD)):
        return []
    return [
        *_facts_without_evidence(described),
        *_evidence_without_facts(described),
        *_overlaps_and_gaps(described),
        *_borrowed_digests(described),
    ]


def check_text(files: Files, text: str) -> list[Finding]:
    """Find the digests that are not those of a text.

    Compared are the sources that have the digest of this text, or a passage that is found in it where it should be.
    """
    described = _Described.of(files)
    sources, digests, extents = described.sources, described.digests, described.extents
    number, texts = described.data.dictionary.find, described.objects(TEXT_SHA256.value)
    changed = {
        passage
        for passage, (start, end) in extents.items()
        if passage not in digests or digests[passage] != number(_digest(text[start:end]))
    }
    whole = number(_digest(text))
    here = {source for source, digest in texts.items() if digest == whole}
    here |= {sources[passage] for passage in extents.keys() - changed if passage in sources}
    message = "The digest differs from that of the text: compare the passages with it (kg sources verify --text FILE)."
    passages = (passage for passage in changed if sources.get(passage) in here)
    others = (source for source in here if source not in texts or texts[source] != whole)
    return [Finding("violation", described.iri(node), message) for node in (*passages, *others)]


@dataclass(frozen=True)
class _Described:
    """What the data says of evidence. Numbers stand for the terms: there may be hundreds of thousands of passages.

    Attributes:
        data: all facts.
        sources: the source of each piece of evidence.
        selectors: the selector of each passage.
        digests: the digest of each passage.
        extents: the first character of each passage and the one after its last, where both are numbers.
    """

    data: Quads
    sources: dict[int, int]
    selectors: dict[int, int]
    digests: dict[int, int]
    extents: dict[int, tuple[int, int]]

    @classmethod
    def of(cls, files: Files) -> _Described:
        data = Quads.of(files.data)
        sources, selectors, digests, starts, ends = (
            data.objects(term.value) for term in (IN_SOURCE, HAS_SELECTOR, SHA256, START, END)
        )
        terms = data.dictionary.terms
        extents = {
            passage: (start, end)
            for passage, selector in selectors.items()
            if selector in starts
            and selector in ends
            and (start := _number(terms[starts[selector]])) is not None
            and (end := _number(terms[ends[selector]])) is not None
        }
        return cls(data, sources, selectors, digests, extents)

    def objects(self, predicate: str) -> dict[int, int]:
        """Return the object of each subject that has a predicate."""
        return self.data.objects(predicate)

    def iri(self, number: int) -> str:
        term = self.data.dictionary.terms[number]
        return term.value if isinstance(term, NamedNode) else str(term)


def _facts_without_evidence(described: _Described) -> Iterator[Finding]:
    data, sources = described.data, described.sources
    known = sources.keys() | set(sources.values()) | set(described.selectors.values())
    type_ = data.dictionary.find(NamedNode(RDF + "type"))
    outside = data.outside(sources)
    homes = {graph for subject, predicate, _, graph in outside.rows() if predicate == type_ and subject in known}
    loose = {
        (subject, graph)
        for subject, graph in zip(outside.column(0), outside.column(3), strict=True)
        if not (subject in known and graph in homes)
    }
    for subject, graph in loose:
        name = data.dictionary.terms[graph]
        message = f"Move the fact to the named graph of a passage or record: {name} has no {curie(IN_SOURCE)}."
        yield Finding("violation", described.iri(subject), message)


def _evidence_without_facts(described: _Described) -> Iterator[Finding]:
    with_facts = set(described.data.column(3))
    explained = described.objects(NO_FACTS_BECAUSE.value)
    for evidence in described.sources:
        if evidence not in with_facts and evidence not in explained:
            message = f"Add the facts read from it, or state why there are none ({curie(NO_FACTS_BECAUSE)})."
            yield Finding("violation", described.iri(evidence), message)
        elif evidence in with_facts and evidence in explained:
            reason = f"the reason why there are none ({curie(NO_FACTS_BECAUSE)})"
            message = f"It has facts: remove {reason}, or the facts."
            yield Finding("violation", described.iri(evidence), message, NO_FACTS_BECAUSE.value)


def _overlaps_and_gaps(described: _Described) -> Iterator[Finding]:
    """Compare each passage with the one before it in the order of their first characters."""
    by_source: defaultdict[int, list[tuple[int, int, str]]] = defaultdict(list)
    for passage, (start, end) in described.extents.items():
        if passage in described.sources:
            by_source[described.sources[passage]].append((start, end, described.iri(passage)))
    for passages in by_source.values():
        for (_, end, before), (start, _, after) in pairwise(sorted(passages)):
            if start < end:
                message = (
                    "The passage overlaps with the one before it: correct the start or the end "
                    f"({curie(START)}, {curie(END)})."
                )
                yield Finding("violation", after, message, value=f"<{before}>")
            elif start > end + _BLANKS:
                message = (
                    f"No passage covers the characters {end} to {start} before it: check whether a sentence was missed."
                )
                yield Finding("warning", after, message, value=f"<{before}>")


def _borrowed_digests(described: _Described) -> Iterator[Finding]:
    """Compare passages that have one digest: they may say the same words, and then they are of the same length."""
    by_digest = defaultdict(list)
    for passage, digest in described.digests.items():
        if passage in described.extents:
            start, end = described.extents[passage]
            by_digest[digest].append((end - start, passage))
    for of_digest in by_digest.values():
        length, first = of_digest[0]
        for other_length, passage in of_digest:
            if other_length != length:
                message = (
                    "A passage of another length has the same digest: one is wrong (kg sources verify --text FILE)."
                )
                named = f"<{described.iri(first)}>"
                yield Finding("violation", described.iri(passage), message, SHA256.value, named)


_DIGITS = 20  # more than any text has characters


def _digest(text: str) -> Literal:
    return Literal(hashlib.sha256(text.encode()).hexdigest())


def _number(term: object) -> int | None:
    """Return a place in a text; None for what is none, such as a number of thousands of digits."""
    if isinstance(term, Literal) and term.value.isdecimal() and len(term.value) < _DIGITS:
        return int(term.value)
    return None
