"""Checks on evidence that shapes cannot make, or not in linear time: which graph a fact is in, what overlaps."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pyoxigraph import Literal, NamedNode

from kg.dictionary import Quads
from kg.findings import Finding
from kg.reading import Files
from kg.terms import AIGOV, RDF

OA = "http://www.w3.org/ns/oa#"
_BLANKS = 4  # characters between two passages that may well be blanks and line ends


def check_evidence(files: Files) -> list[Finding]:
    """Find facts without evidence, evidence without facts, overlaps and gaps of passages, digests of other passages.

    The name of a graph with facts must be a piece of evidence: something that is `aigov:inSource` a source. Only
    the description of evidence itself (passages, their selectors, sources) may stand in another graph, and all of it
    where the classes of such things are given.
    """
    return [
        *_facts_without_evidence(files),
        *_evidence_without_facts(files),
        *_overlaps_and_gaps(files),
        *_borrowed_digests(files),
    ]


def check_text(files: Files, text: str) -> list[Finding]:
    """Find the digests that are not those of a text.

    Compared are the sources that have the digest of this text, or a passage that is found in it where it should be.
    """
    extents, digests = _extents(files), _objects(files, AIGOV + "sha256")
    sources, texts = _objects(files, AIGOV + "inSource"), _objects(files, AIGOV + "textSha256")
    whole = _digest(text)
    changed = {passage for passage, (start, end) in extents.items() if digests.get(passage) != _digest(text[start:end])}
    here = {source for source, digest in texts.items() if digest == whole}
    here |= {sources.get(passage) for passage in extents.keys() - changed}
    message = "The digest is not that of the text: compare the passages with it (kg sources verify --text FILE)."
    passages = (passage for passage in changed if sources.get(passage) in here)
    others = (source for source in here if texts.get(source) != whole)
    return [Finding("violation", _iri(node), message) for node in (*passages, *others)]


def _facts_without_evidence(files: Files) -> Iterator[Finding]:
    sources = _objects(files, AIGOV + "inSource")
    described = sources.keys() | set(sources.values()) | set(_objects(files, OA + "hasSelector").values())
    data = Quads.of(files.data)
    find, terms = data.dictionary.find, data.dictionary.terms
    # Numbers stand for the terms: this looks at each quad.
    known, evidence, type_ = set(map(find, described)), set(map(find, sources)), find(NamedNode(RDF + "type"))
    homes = {graph for subject, predicate, _, graph in data.rows() if predicate == type_ and subject in known}
    loose = {
        (subject, graph)
        for subject, graph in zip(data.column(0), data.column(3), strict=True)
        if graph not in evidence and not (subject in known and graph in homes)
    }
    for subject, graph in loose:
        message = f"Put the fact in the graph of a passage or record: {terms[graph]} has no aigov:inSource."
        yield Finding("violation", _iri(terms[subject]), message)


def _evidence_without_facts(files: Files) -> Iterator[Finding]:
    data = Quads.of(files.data)
    with_facts = {data.dictionary.terms[number] for number in set(data.column(3))}
    explained = _objects(files, AIGOV + "noFactsBecause")
    for evidence in _objects(files, AIGOV + "inSource"):
        if evidence not in with_facts and evidence not in explained:
            message = "Add the facts read from it, or say why there are none (aigov:noFactsBecause)."
            yield Finding("violation", _iri(evidence), message)
        elif evidence in with_facts and evidence in explained:
            message = "It has facts: take away the reason why there are none (aigov:noFactsBecause), or the facts."
            yield Finding("violation", _iri(evidence), message, AIGOV + "noFactsBecause")


def _overlaps_and_gaps(files: Files) -> Iterator[Finding]:
    """Compare each passage with the one before it in the order of their first characters."""
    sources, by_source = _objects(files, AIGOV + "inSource"), defaultdict(list)
    for passage, (start, end) in _extents(files).items():
        if passage in sources:
            by_source[sources[passage]].append((start, end, _iri(passage)))
    for passages in by_source.values():
        for (_, end, before), (start, _, passage) in pairwise(sorted(passages)):
            if start < end:
                message = (
                    "The passage overlaps with the one before it: correct the start or the end (oa:start, oa:end)."
                )
                yield Finding("violation", passage, message, value=f"<{before}>")
            elif start > end + _BLANKS:
                message = f"No passage covers the characters {end} to {start} before it: was a sentence passed over?"
                yield Finding("warning", passage, message, value=f"<{before}>")


def _borrowed_digests(files: Files) -> Iterator[Finding]:
    """Compare passages that have one digest: they may say the same words, and then they are of the same length."""
    extents, by_digest = _extents(files), defaultdict(list)
    for passage, digest in _objects(files, AIGOV + "sha256").items():
        if passage in extents:
            start, end = extents[passage]
            by_digest[digest].append((end - start, _iri(passage)))
    for passages in by_digest.values():
        length, first = passages[0]
        for other_length, passage in passages:
            if other_length != length:
                message = (
                    "A passage of another length has the same digest: one is wrong (kg sources verify --text FILE)."
                )
                yield Finding("violation", passage, message, AIGOV + "sha256", f"<{first}>")


def _extents(files: Files) -> dict[object, tuple[int, int]]:
    """Return the first character of each passage and the one after its last, where both are numbers."""
    starts, ends = _objects(files, OA + "start"), _objects(files, OA + "end")
    numbers = {
        passage: (_number(starts.get(selector)), _number(ends.get(selector)))
        for passage, selector in _objects(files, OA + "hasSelector").items()
    }
    return {passage: (start, end) for passage, (start, end) in numbers.items() if start is not None and end is not None}


def _objects(files: Files, predicate: str) -> dict[Any, Any]:
    return dict(Quads.of(files.data).with_predicate(predicate))


def _digest(text: str) -> Literal:
    return Literal(hashlib.sha256(text.encode()).hexdigest())


def _number(term: object) -> int | None:
    return int(term.value) if isinstance(term, Literal) and term.value.isdecimal() else None


def _iri(node: object) -> str:
    return node.value if isinstance(node, NamedNode) else str(node)
