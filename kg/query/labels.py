"""Labels: the properties that name things, and which of several names is shown.

The only home of both. A name in English comes first, then one in another language, and always the same one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Quad, Triple

from kg.rdf.terms import DCTERMS, FOAF, RDFS, SKOS, Term, render
from kg.store import Queryable, select

# In the order in which they are preferred, among names of one language.
LABELS = tuple(
    NamedNode(name)
    for name in (
        RDFS + "label",
        SKOS + "prefLabel",
        "https://schema.org/name",
        "http://schema.org/name",
        FOAF + "name",
        DCTERMS + "title",
        "http://purl.org/dc/elements/1.1/title",
        "https://w3id.org/semanticarts/ns/ontology/gist/name",
        "https://ontologies.semanticarts.com/gist/name",
    )
)
# Names by which a thing is found, too.
ALIASES = (NamedNode(SKOS + "altLabel"),)
NAMES = (*LABELS, *ALIASES)
# Where a SPARQL query takes any label.
LABEL_PATH = "|".join(map(render, LABELS))

_POSITIONS = {predicate: position for position, predicate in enumerate(NAMES)}
_AT_ONCE = 5_000  # nodes in one query: below the limits of servers with care
_NAMED = "?node ?predicate ?text"
_ALL = f"SELECT {_NAMED} {{ VALUES ?predicate {{ {' '.join(map(render, NAMES))} }} {_NAMED} }}"
_TEXTS_OF = "SELECT ?node ?text { VALUES ?node { %s } ?node %s ?text }"
# Not FILTER(?predicate IN ...): a node may have hundreds of thousands of other facts.
_ANY = " UNION ".join(f"{{ ?node {label} ?text BIND({label} AS ?predicate) }}" for label in map(render, LABELS))
_LABELS_OF = f"SELECT {_NAMED} {{ VALUES ?node {{ %s }} {_ANY} }}"


@dataclass(frozen=True)
class Name:
    """A name of an entity, and the property by which it has it."""

    entity: NamedNode
    predicate: NamedNode
    literal: Literal

    @property
    def text(self) -> str:
        """The name itself."""
        return self.literal.value

    @property
    def language(self) -> str | None:
        """The tag of its language, if it has one."""
        return self.literal.language

    @property
    def preferred(self) -> bool:
        """True for a label, false for an alias."""
        return self.predicate not in ALIASES


def language_rank(tag: str | None) -> int:
    """Return how early names in a language are shown: English, English of a region, no language, another language."""
    tag = (tag or "").lower()
    return 0 if tag == "en" else 1 if tag.startswith("en-") else 2 if not tag else 3


def preference(text: Literal, predicate: NamedNode | None = None) -> tuple[int, int, bool, str, str]:
    """Return a key that sorts texts by preference: by language, then by property, then Latin script first."""
    order = language_rank(text.language)
    position = _POSITIONS.get(predicate, len(_POSITIONS)) if predicate else 0
    return order, position, order > 0 and not text.value.isascii(), (text.language or "").lower(), text.value


def all_names(store: Queryable) -> list[Name]:
    """Return all labels and aliases of a graph."""
    return list(dict.fromkeys(_names(select(store, _ALL).terms)))


def labels_among(names: Iterable[Name]) -> dict[NamedNode, str]:
    """Return the label of each entity that has one among some names."""
    best: dict[NamedNode, tuple[tuple[int, int, bool, str, str], str]] = {}
    for name in names:
        if name.preferred:
            key = preference(name.literal, name.predicate)
            if name.entity not in best or key < best[name.entity][0]:
                best[name.entity] = key, name.text
    return {entity: text for entity, (_, text) in best.items()}


def labels_in(statements: Iterable[Quad | Triple]) -> dict[NamedNode, str]:
    """Return the labels that some statements give."""
    return labels_among(names_in(statements))


def names_in(statements: Iterable[Quad | Triple]) -> Iterable[Name]:
    """Yield the labels and aliases that some statements give."""
    return _names((s.subject, s.predicate, s.object) for s in statements if s.predicate in _POSITIONS)


def labels_of(store: Queryable, nodes: Iterable[Term | None]) -> dict[NamedNode, str]:
    """Return the labels of some nodes; none for a node without."""
    return labels_among(name for part in _parts(nodes) for name in _names(select(store, _LABELS_OF % part).terms))


def texts_of(store: Queryable, nodes: Iterable[Term | None], predicate: NamedNode) -> dict[NamedNode, str]:
    """Return for each node the text that is preferred among the values of a property, such as its description."""
    found: dict[NamedNode, list[Literal]] = {}
    for part in _parts(nodes):
        for node, text in select(store, _TEXTS_OF % (part, render(predicate))).terms:
            if isinstance(node, NamedNode) and isinstance(text, Literal):
                found.setdefault(node, []).append(text)
    return {node: min(texts, key=preference).value for node, texts in found.items()}


def local_name(node: NamedNode) -> str:
    """Return the last part of an IRI, which stands for a label where there is none."""
    return node.value.rstrip("/#").replace("#", "/").rsplit("/", 1)[-1] or node.value


def _parts(nodes: Iterable[Term | None]) -> Iterable[str]:
    wanted = sorted({node for node in nodes if isinstance(node, NamedNode)}, key=lambda node: node.value)
    return (" ".join(map(render, wanted[at : at + _AT_ONCE])) for at in range(0, len(wanted), _AT_ONCE))


def _names(rows: Iterable[Sequence[object]]) -> Iterable[Name]:
    for entity, predicate, text in rows:
        if isinstance(entity, NamedNode) and isinstance(predicate, NamedNode) and isinstance(text, Literal):
            yield Name(entity, predicate, text)
