"""The description of an entity as a page: text for a terminal, Markdown, JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from pyoxigraph import Literal, NamedNode

from kg.provenance.citations import Citation
from kg.query.describe import Description, Fact, by_property
from kg.rdf.terms import RDF, Prefixes, Term, display
from kg.render.citations import citation_list
from kg.render.text import console, markdown, markdown_code, markdown_table, printed, styled

Citations = Mapping[NamedNode, Citation]
Line = tuple[str, str, str]  # property, value, numbers of footnotes


def footnotes(description: Description) -> dict[NamedNode, int]:
    """Number the evidence of a description, from 1, in the order in which a page shows its facts.

    Only passages and records are sources: tables of links, the ontology and the description of sources are our own.
    """
    numbers: dict[NamedNode, int] = {}
    for _, _, facts in _sections(description):
        for fact in facts:
            for source in fact.supporting_sources:
                numbers.setdefault(source, len(numbers) + 1)
    return numbers


def as_text(description: Description, citations: Citations, prefixes: Prefixes, width: int, color: bool) -> bytes:
    """Write a page for a terminal of a width; NO_COLOR and FORCE_COLOR have the last word on colours."""
    from rich.padding import Padding
    from rich.table import Table

    page = console(width, color)
    page.print(styled(description.label, "bold") + styled(f"  {description.kind}", "not bold italic"))
    page.print(styled(" · ".join([prefixes.shorten(description.entity), *_aliases(description)]), "cyan"))
    for text in description.texts:
        page.print(styled(text.value.value))
    for heading, lines in _lines(description, prefixes):
        page.print()
        if heading:
            page.print(styled(heading, "bold yellow" if "pinion" in heading else "bold"))
        table = Table.grid(padding=(0, 2))
        table.add_column(min_width=18, max_width=28, style="green")
        table.add_column()
        table.add_column(style="dim", no_wrap=True)
        for label, value, marks in lines:
            table.add_row(styled(label), styled(value), styled(marks))
        page.print(Padding(table, (0, 0, 0, 2)))
    numbers = footnotes(description)
    if numbers:
        page.print()
        page.print(styled("Who says so", "bold"))
        notes = Table.grid(padding=(0, 1))
        for evidence, number in numbers.items():
            notes.add_row(styled(f"[{number}]"), styled(citations[evidence].in_words(prefixes)))
        page.print(Padding(notes, (0, 0, 0, 2)))
    return printed(page)


def as_markdown(description: Description, citations: Citations, prefixes: Prefixes) -> str:
    """Write a page as Markdown."""
    names = ", ".join(name for name in (description.kind, *_aliases(description)) if name)
    entity = markdown_code(prefixes.shorten(description.entity))
    out = [f"# {markdown(description.label)}\n", f"{entity}: {markdown(names)}\n"]
    for text in description.texts:
        out += [f"{markdown(paragraph)}\n" for paragraph in re.split(r"\n\s*\n", text.value.value)]
    for heading, lines in _lines(description, prefixes):
        out += [f"## {heading or 'Facts'}\n", markdown_table(("property", "value", "source"), lines)]
    numbers = footnotes(description)
    if numbers:
        out += ["## Who says so\n", citation_list(numbers, citations, prefixes)]
    return "\n".join(out)


def as_json(description: Description, citations: Citations, prefixes: Prefixes) -> str:
    """Write everything that is known of an entity as JSON, inferred facts of other vocabularies included."""

    def fact(found: Fact) -> dict[str, Any]:
        value = found.value
        record: dict[str, Any] = {
            "property": found.predicate.value,
            "property_label": description.labels.get(found.predicate, prefixes.shorten(found.predicate)),
            "value": value.value,
        }
        if isinstance(value, Literal):
            record |= {"language": value.language} if value.language else {"datatype": value.datatype.value}
        else:
            record["value_label"] = _name(value, description, prefixes)
        return record | {
            "inferred": not found.evidence,
            "opinion": found.is_opinion,
            "evidence": [evidence.graph.value for evidence in found.evidence],
            "rests_on": [source.value for source in found.rests_on],
        }

    document = {
        "iri": description.entity.value,
        "label": description.label,
        "class": description.kind,
        "names": [fact(found) for found in description.names],
        "descriptions": [fact(found) for found in description.texts],
        "facts": [fact(found) for found in description.facts],
        "incoming": [fact(found) for found in description.incoming],
        "links": [fact(found) for found in description.links],
        "linked_records": [fact(found) for found in description.linked],
        "evidence": [{**asdict(citation), "graph": node.value} for node, citation in citations.items()],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _sections(description: Description) -> Iterator[tuple[str, str, list[Fact]]]:
    """Arrange the facts of a page; yield heading, arrow before the properties, and facts.

    Inferred triples of other vocabularies say again what ours say (rdfs:subPropertyOf), and an inferred incoming
    fact is the inverse of an outgoing one: a page leaves them out.
    """

    def by_label(fact: Fact) -> tuple[str, list[tuple[int, str]]]:
        label = description.labels.get(fact.value) if isinstance(fact.value, NamedNode) else None
        return fact.predicate.value, _natural(label or fact.value.value)

    facts = [
        fact
        for fact in sorted(description.facts, key=by_label)
        if (fact.predicate in description.labels or fact.evidence) and fact.predicate.value != RDF + "type"
    ]
    incoming = [fact for fact in sorted(description.incoming, key=by_label) if fact.evidence]
    yield "", "", [fact for fact in facts if fact.evidence and not fact.is_opinion]
    yield "Opinion", "", [fact for fact in facts if fact.is_opinion]
    yield "Inferred", "", [fact for fact in facts if not fact.evidence]
    yield "Mentioned by", "← ", [fact for fact in incoming if not fact.is_opinion]
    yield "Mentioned in opinion", "← ", [fact for fact in incoming if fact.is_opinion]
    yield "Links", "", list(description.links)
    yield "Linked records", "", list(description.linked)


def _lines(description: Description, prefixes: Prefixes) -> Iterator[tuple[str, list[Line]]]:
    """Yield the sections that are not empty, with a line for each fact; a property is named once."""
    numbers = footnotes(description)
    for heading, arrow, facts in _sections(description):
        lines = []
        for property_, group in by_property(facts).items():
            label = arrow + description.labels.get(property_, prefixes.shorten(property_))
            for fact in group:
                marks = " ".join(
                    f"[{number}]" for number in sorted({numbers[node] for node in fact.supporting_sources})
                )
                lines.append((label, _name(fact.value, description, prefixes), marks))
                label = ""
        if lines:
            yield heading, lines


def _name(term: Term, description: Description, prefixes: Prefixes) -> str:
    if isinstance(term, NamedNode) and term in description.labels:
        return description.labels[term]
    return display(term, prefixes)


def _natural(text: str) -> list[tuple[int, str]]:
    """Return a key that sorts numbers by their value, however many digits they have: p2s1 before p10s1."""
    return [(len(part.lstrip("0")) if part.isdecimal() else 0, part) for part in re.split(r"(\d+)", text)]


def _aliases(description: Description) -> Iterable[str]:
    others = {name.value.value for name in description.names} - {description.label}
    return sorted(others, key=lambda name: (not name.isascii(), name))
