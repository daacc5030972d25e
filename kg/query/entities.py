"""Entities by their names: resolving what a user wrote, and searching."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode

from kg.errors import UsageError, did_you_mean
from kg.query.labels import Name, all_names, labels_among, labels_of, local_name
from kg.rdf.terms import RDF, Prefixes, Term, parse_iri, render
from kg.store import Store, select

# The asserted classes are the most specific ones; a class that was inferred would be a superclass of them.
_CLASSES = """
SELECT DISTINCT ?class { GRAPH ?evidence { %s a ?class } }
"""

# How similar two words must be (0 to 100) for one to be a misspelling of the other: one letter in five.
_NEAR = 80


@dataclass(frozen=True)
class Match:
    """An entity that a search found: its label, the name that matched, its class, and a score from 0 to 100."""

    entity: NamedNode
    label: str
    matched: str
    kind: str
    score: float


def resolve(text: str, store: Store, prefixes: Prefixes) -> NamedNode:
    """Return the entity that a text names.

    Args:
        text: an IRI, a CURIE, the last part of an IRI (`china`), or a label or alias in any language.
        store: the graph to look in.
        prefixes: for CURIEs.

    Raises:
        UsageError: nothing in the graph has that name (the hint has the most similar ones), or several things have it.
    """
    node = _as_iri(text, prefixes)
    if node is not None:
        if store.query(f"ASK {{ {{ {render(node)} ?p ?o }} UNION {{ ?s ?p {render(node)} }} }}"):
            return node
        known = [prefixes.shorten(name.entity) for name in all_names(store)]
        raise UsageError(
            f"the graph has no facts about {text}",
            did_you_mean(prefixes.shorten(node), known) or "find entities by their names with kg search",
        )
    names = all_names(store)
    wanted = fold(text)
    if not wanted:
        raise UsageError("the name is empty", "find entities by their names with kg search")
    found = {name.entity for name in names if fold(name.text) == wanted}
    if not found:
        found = {name.entity for name in names if slug(name.entity) == wanted}
    if len(found) == 1:
        return found.pop()
    if not found:
        raise UsageError(
            f"nothing in the graph is named {text!r}",
            did_you_mean(text, [name.text for name in names]) or f"look for similar names with kg search {text}",
        )
    choices = "; ".join(
        f"{prefixes.shorten(entity)} ({kind_of(entity, store)})" for entity in sorted(found, key=lambda n: n.value)
    )
    raise UsageError(f"{text!r} is the name of {len(found)} things", f"use one of these instead: {choices}")


def resolve_property(text: str, store: Store, prefixes: Prefixes) -> NamedNode:
    """Return the property that a text names: `a`, an IRI, a CURIE, a local name or a label; raises UsageError."""
    if text == "a":
        return NamedNode(RDF + "type")
    return _as_iri(text, prefixes) or resolve(text, store, prefixes)


def resolve_value(text: str, subject: NamedNode, predicate: NamedNode, store: Store, prefixes: Prefixes) -> Term:
    """Return the object that a text names: a literal that the subject has as a value, or else an entity."""
    rows = select(store, f"SELECT ?value {{ {render(subject)} {render(predicate)} ?value }}")
    written = text.strip('"')
    literals = (value for (value,) in rows.terms if isinstance(value, Literal) and value.value == written)
    return next(literals, None) or resolve(text, store, prefixes)


def search(words: str, store: Store, limit: int = 20) -> list[Match]:
    """Find entities by words of their names, in any language and with small misspellings; the best come first."""
    wanted = fold(words)
    if not wanted:
        return []
    names = all_names(store)
    labels = labels_among(names)
    best: dict[NamedNode, tuple[float, Name]] = {}
    for name in names:
        score = _nearness(wanted, fold(name.text))
        if score > best.get(name.entity, (0.0, name))[0]:
            best[name.entity] = (score, name)
    ranked = sorted(best.items(), key=lambda item: (-item[1][0], labels.get(item[0], ""), item[0].value))[:limit]
    return [
        Match(entity, labels.get(entity, name.text), name.text, kind_of(entity, store), round(score, 1))
        for entity, (score, name) in ranked
    ]


def _nearness(wanted: str, name: str) -> float:
    """Return from 0 to 100 how similar a name is to the words of a search; both are folded."""
    from rapidfuzz import fuzz

    if name == wanted:
        return 100.0
    # Of two names that hold the words, the shorter one is nearer.
    share = min(len(wanted) / len(name), 1.0)
    if wanted in name:
        return 90 + 9 * share
    # Each word of the search must begin a word of the name, or resemble one: `blechley` finds `bletchley declaration`.
    words = min(
        max(100.0 if part.startswith(word) else fuzz.ratio(word, part) for part in name.split())
        for word in wanted.split()
    )
    return 0.8 * words + 9 * share if words >= _NEAR else 0.0


def kind_of(entity: NamedNode, store: Store) -> str:
    """Return the labels of an entity's asserted classes in a line; without any, their local names."""
    classes = [class_ for (class_,) in select(store, _CLASSES % render(entity)).terms]
    labels = labels_of(store, classes).values() or [local_name(c) for c in classes if isinstance(c, NamedNode)]
    return ", ".join(sorted(labels))


def fold(text: str) -> str:
    """Fold a name into the form in which names are compared: case, width and blanks do not matter."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("-", " ").split())


def slug(entity: NamedNode) -> str:
    """Return the last part of an IRI, in the form in which names are compared."""
    return fold(local_name(entity))


def _as_iri(text: str, prefixes: Prefixes) -> NamedNode | None:
    """Read an IRI or CURIE; None for what is neither, such as a label with a colon in it."""
    prefix, colon, _ = text.partition(":")
    if text.startswith("<") or "://" in text or (colon and prefix in prefixes.namespaces and " " not in text):
        return parse_iri(text, prefixes)
    return None
