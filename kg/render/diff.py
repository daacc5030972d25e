"""A difference as text for a terminal, as Markdown for a pull request, as JSON for programs."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode

from kg.diff.compare import Delta, Difference, EntityChange, FactChange, Node, StatusChange
from kg.rdf.lists import RdfList
from kg.rdf.terms import RDF, XSD, Term, display
from kg.render.text import console, markdown, markdown_code, printed, styled, visible
from kg.sparql.result_formats import json_term

_TITLES = {
    "data": "Entities",
    "evidence": "Passages and sources",
    "ontology": "Ontology",
    "shapes": "Shapes",
    "inferred": "Inferred",
}
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_DEEPEST = 8  # blank nodes inside of blank nodes; a circle of them has no end


class _Words:
    """Writes the parts of a difference for people."""

    def __init__(self, difference: Difference) -> None:
        self._difference = difference
        self._of_several = {name for name, n in Counter(difference.labels.values()).items() if n > 1}

    def node(self, node: Node) -> str:
        """Write the label of a node, and its CURIE where others have the label as well; without a label, the CURIE."""
        if isinstance(node, BlankNode):
            return self._expression(node, 0)
        curie = self._difference.prefixes.shorten(node)
        if node not in self._difference.labels:
            return curie
        label = " ".join(self._difference.labels[node].split())
        return f"{label} ({curie})" if label in self._of_several else label

    def heading(self, entity: EntityChange) -> str:
        """Write the node of a change with its CURIE; a blank node is shown by its facts."""
        if isinstance(entity.node, BlankNode):
            return "[]"
        name, curie = self.node(entity.node), display(entity.node, self._difference.prefixes)
        return name if curie in name else f"{name}  {curie}"

    def fact(self, fact: FactChange, with_graph: bool) -> str:
        """Write a fact, and the graph that asserts it where asked for or where it also holds without."""
        notes = []
        if isinstance(fact.graph, NamedNode) and (with_graph or fact.on_both_sides):
            notes.append(display(fact.graph, self._difference.prefixes))
        if fact.on_both_sides:
            notes.append("held before" if fact.added else "still holds")
        sentence = f"{self._property(fact.predicate)}: {self.value(fact.value)}"
        return f"{sentence}  [{'; '.join(notes)}]" if notes else sentence

    def status(self, change: StatusChange) -> str:
        """Write a change of status, with the number of facts that it touches."""
        old, new = (", ".join(map(self.value, values)) or "none" for values in (change.before, change.after))
        return f"{self.node(change.evidence)}: {old} → {new}  [{_count(change.facts, 'fact')}]"

    def value(self, term: Term, depth: int = 0) -> str:
        """Write a value; a literal so that no two of them look alike."""
        if isinstance(term, BlankNode):
            return self._expression(term, depth)
        if isinstance(term, NamedNode):
            return self.node(term)
        kind = term.datatype.value
        if kind == XSD + "integer" and term.value.isdecimal():
            return term.value
        if term.language or kind == XSD + "string":
            return str(term)
        return f"{Literal(term.value)}^^{display(term.datatype, self._difference.prefixes)}"

    def _property(self, predicate: NamedNode) -> str:
        return "is a" if predicate.value == RDF + "type" else self.node(predicate)

    def _expression(self, node: BlankNode, depth: int) -> str:
        """Write what is said of a blank node, much as Turtle does."""
        if depth == _DEEPEST:
            return "[…]"
        members = self._members(node)
        if members:
            return f"({', '.join(self.value(member, depth + 1) for member in members)})"
        facts = sorted(self._structure[node], key=str)
        return f"[{'; '.join(f'{self._property(p)}: {self.value(v, depth + 1)}' for p, v in facts)}]"

    def _members(self, node: BlankNode) -> list[Term]:
        """Return the members of an RDF list, or nothing where the node does not begin a well-formed one."""
        found = RdfList[Term](node, self._list_values)
        return found.members if found.broken is None else []

    def _list_values(self, node: Term, predicate: str) -> list[Term]:
        facts = self._structure.get(node, set()) if isinstance(node, BlankNode) else set()
        return [value for p, value in facts if p.value == predicate] if len(facts) == 2 else []

    @cached_property
    def _structure(self) -> dict[BlankNode, set[tuple[NamedNode, Term]]]:
        """What is said of each blank node that changed: their names are different on the two sides."""
        structure: defaultdict[BlankNode, set[tuple[NamedNode, Term]]] = defaultdict(set)
        for delta in (self._difference.graph, self._difference.shapes):
            for quad in delta.removed | delta.added:
                if isinstance(quad.subject, BlankNode):
                    structure[quad.subject].add((quad.predicate, quad.object))  # type: ignore[arg-type]  # no triples
        return structure


def as_text(difference: Difference, color: bool) -> bytes:
    """Write a difference as lines that begin with +, - or ~; NO_COLOR and FORCE_COLOR have the last word on colours."""
    page = console(None, color)

    def line(text: str, style: str = "") -> None:
        page.print(styled(text, style), soft_wrap=True)

    words = _Words(difference)
    line(f"{difference.before} → {difference.after}", "bold")
    if not difference:
        line("no difference")
    if difference.statuses:
        line("\nStatuses", "bold")
    for change in difference.statuses:
        line(f"  ~ {words.status(change)}", "yellow")
    for name, title, entities in _sections(difference):
        line(f"\n{title}", "bold")
        for entity in entities:
            line(f"  {_SIGNS[entity.change]} {words.heading(entity)}", "bold cyan")
            for fact in entity.facts:
                line(f"      {_sign(fact)} {words.fact(fact, name == 'data')}", "green" if fact.added else "red")
    return printed(page)


def as_markdown(difference: Difference) -> str:
    """Write a difference as Markdown, with code blocks that a forge colours; what is inferred is folded away."""
    words = _Words(difference)
    out = [f"### {markdown_code(difference.before)} → {markdown_code(difference.after)}", ""]
    if not difference:
        out += ["No difference.", ""]
    if difference.statuses:
        out += ["#### Statuses", ""]
        out += [*(f"- {markdown(words.status(change))}" for change in difference.statuses), ""]
    for name, title, entities in _sections(difference):
        lines = ["```diff"]
        for entity in entities:
            lines.append(f"@@ {_SIGNS[entity.change]} {words.heading(entity)} @@")
            lines += (f"{_sign(fact)} {words.fact(fact, name == 'data')}" for fact in entity.facts)
        lines = [*map(visible, lines), "```", ""]
        if name == "inferred":
            out += [f"<details><summary>{title}</summary>", "", *lines, "</details>", ""]
        else:
            out += [f"#### {title}", "", *lines]
    return "\n".join(out)


def as_json(difference: Difference) -> str:
    """Write a difference as JSON.

    `quads` can be applied: with blank nodes named as kg.rdf.canonical does, take away the removed lines of N-Quads and
    add the added ones.
    """
    words = _Words(difference)

    def fact(found: FactChange) -> dict[str, Any]:
        return {
            "change": "added" if found.added else "removed",
            "property": found.predicate.value,
            "property_label": words.node(found.predicate),
            "value": json_term(found.value),
            "value_label": words.value(found.value),
            "graph": None if isinstance(found.graph, DefaultGraph) else found.graph.value,
            "on_both_sides": found.on_both_sides,
        }

    def entity(found: EntityChange) -> dict[str, Any]:
        return {
            "node": json_term(found.node),
            "label": words.node(found.node),
            "change": found.change,
            "facts": [fact(one) for one in found.facts],
        }

    def status(found: StatusChange) -> dict[str, Any]:
        before, after = ([value.value for value in values] for values in (found.before, found.after))
        return {"evidence": found.evidence.value, "before": before, "after": after, "facts": found.facts}

    document = {
        "before": difference.before,
        "after": difference.after,
        "different": bool(difference),
        "statuses": [status(found) for found in difference.statuses],
        **{name: [entity(found) for found in entities] for name, entities in difference.sections.items()},
        "quads": {"graph": _lines(difference.graph), "shapes": _lines(difference.shapes)},
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


FORMS: dict[str, Callable[[Difference], str]] = {"markdown": as_markdown, "json": as_json}


def _sections(difference: Difference) -> Iterator[tuple[str, str, tuple[EntityChange, ...]]]:
    """Yield each section in which something changed: its name, a title that counts, and the changes."""
    for name, entities in difference.sections.items():
        changes = Counter(entity.change for entity in entities)
        signs = Counter(fact.added for entity in entities for fact in entity.facts)
        parts = [f"{changes[change]} {change}" for change in _SIGNS if changes[change] and name != "inferred"]
        parts += [
            f"{sign}{_count(signs[added], 'fact')}" for added, sign in ((True, "+"), (False, "-")) if signs[added]
        ]
        if entities:
            yield name, f"{_TITLES[name]}: {', '.join(parts)}", entities


def _lines(delta: Delta) -> dict[str, list[str]]:
    """Write changed quads as sorted lines of N-Quads."""
    return {
        name: sorted(f"{quad} ." for quad in quads)
        for name, quads in (("removed", delta.removed), ("added", delta.added))
    }


def _sign(fact: FactChange) -> str:
    return "+" if fact.added else "-"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
