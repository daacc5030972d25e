"""Which of several texts in several languages people are shown: the English one, else another, always the same one."""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import Literal, NamedNode

from kg.rdf.terms import RDFS, Term, render
from kg.store import Queryable, select

LABEL = RDFS + "label"
_AT_ONCE = 5_000  # nodes in one query: below the limits of servers with care
_TEXTS = "SELECT ?node ?text {{ VALUES ?node {{ {nodes} }} ?node <{predicate}> ?text }}"


def rank(language: str | None, text: str) -> tuple[int, bool, str, str]:
    """Return a key that sorts texts by preference.

    English comes first, then English of a region, then what has no language, then Latin script, then by language.
    """
    tag = (language or "").lower()
    order = 0 if tag == "en" else 1 if tag.startswith("en-") else 2 if not tag else 3
    return order, order > 0 and not text.isascii(), tag, text


def preferred_texts(store: Queryable, nodes: Iterable[Term | None], predicate: str = LABEL) -> dict[NamedNode, str]:
    """Return for each node the text that is preferred among the values of a predicate; none for a node without."""
    wanted = sorted({node for node in nodes if isinstance(node, NamedNode)}, key=lambda node: node.value)
    found: dict[NamedNode, list[Literal]] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        nodes_of_part = " ".join(map(render, wanted[start : start + _AT_ONCE]))
        for node, text in select(store, _TEXTS.format(nodes=nodes_of_part, predicate=predicate)).terms:
            if isinstance(node, NamedNode) and isinstance(text, Literal):
                found.setdefault(node, []).append(text)
    return {node: min(texts, key=lambda text: rank(text.language, text.value)).value for node, texts in found.items()}
