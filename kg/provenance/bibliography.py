"""Sources as entries of a bibliography: BibTeX and CSL-JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import NamedNode

from kg.provenance.vocabulary import AUTHOR, CSL_TYPES, PUBLISHER, RETRIEVED_ON, TEXT_SHA256, URL, VERSION
from kg.query.entities import slug
from kg.query.labels import labels_of
from kg.rdf.terms import render
from kg.store import Store, select

_ENTRIES = f"""
SELECT ?source (SAMPLE(?kinds) AS ?kind) (MIN(STR(?authors)) AS ?author) (MIN(STR(?publishers)) AS ?publisher)
       (MIN(?urls) AS ?url) (MIN(?days) AS ?retrieved) (SAMPLE(?versions) AS ?version) {{
  %s
  ?source {TEXT_SHA256}|{RETRIEVED_ON} ?any .
  OPTIONAL {{ GRAPH ?graph {{ ?source a ?kinds }} }}
  OPTIONAL {{ ?source {AUTHOR} ?authors }}
  OPTIONAL {{ ?source {PUBLISHER} ?publishers }}
  OPTIONAL {{ ?source {URL} ?urls }}
  OPTIONAL {{ ?source {RETRIEVED_ON} ?days }}
  OPTIONAL {{ ?source {VERSION} ?versions }}
}}
GROUP BY ?source
ORDER BY ?source
"""
# What TeX would take for a command (The TeXbook, chapter 7). BibTeX counts braces even after a backslash.
_ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
}


@dataclass(frozen=True)
class Entry:
    """A source as a bibliography cites it; what is not recorded is None. `retrieved` is an ISO date."""

    source: NamedNode
    title: str
    kind: str
    author: str | None
    publisher: str | None
    url: str | None
    retrieved: str | None
    version: str | None

    @property
    def key(self) -> str:
        """The name of the entry: the last part of the source's IRI."""
        return re.sub(r"\W+", "-", slug(self.source))


def load_entries(store: Store, sources: Iterable[NamedNode] = ()) -> list[Entry]:
    """Return the sources of a graph, or some of them, sorted."""
    values = " ".join(render(source) for source in sources)
    rows = select(store, _ENTRIES % (f"VALUES ?source {{ {values} }}" if values else ""))
    agents = [NamedNode(str(name)) for row in rows for name in (row.author, row.publisher) if name]
    labels = labels_of(store, (*(row.term("source") for row in rows), *agents))
    entries = []
    for source, *details in rows.terms:
        kind, author, publisher, *rest = (None if term is None else term.value for term in details)
        assert isinstance(source, NamedNode)
        names = (labels.get(NamedNode(agent), agent) if agent else None for agent in (author, publisher))
        title = labels.get(source, source.value)
        entries.append(Entry(source, title, CSL_TYPES.get(kind or "", "document"), *names, *rest))
    return entries


def as_bibtex(entries: Iterable[Entry]) -> str:
    """Write entries as BibTeX; those of other software read `url` and `urldate`, too."""
    return "\n".join(_bibtex(entry) for entry in entries)


def _bibtex(entry: Entry) -> str:
    fields = {
        # The second braces keep what an author without a family name is called in one piece.
        "author": f"{{{_tex(entry.author)}}}" if entry.author else None,
        "title": f"{{{_tex(entry.title)}}}",
        "publisher": _tex(entry.publisher) if entry.publisher else None,
        "version": _tex(entry.version) if entry.version else None,
        "url": entry.url,
        "urldate": entry.retrieved,
        "note": _tex(f"Cited as {entry.source.value}"),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value is not None]
    return "\n".join([f"@misc{{{entry.key},", *lines, "}"]) + "\n"


def _tex(text: str) -> str:
    return re.sub(r"[\\~^{}%&$#_]", lambda match: _ESCAPES.get(match[0], "\\" + match[0]), text)


def as_csl(entries: Iterable[Entry]) -> str:
    """Write entries as CSL-JSON (Citation Style Language 1.0.2)."""
    return json.dumps([_csl(entry) for entry in entries], ensure_ascii=False, indent=2) + "\n"


def _csl(entry: Entry) -> dict[str, object]:
    record: dict[str, object] = {"id": entry.key, "type": entry.kind, "title": entry.title}
    if entry.author:
        record["author"] = [{"literal": entry.author}]
    if entry.retrieved:
        record["accessed"] = {"date-parts": [[int(part) for part in entry.retrieved.split("-")]]}
    rest = {"publisher": entry.publisher, "URL": entry.url, "version": entry.version, "note": entry.source.value}
    return record | {name: value for name, value in rest.items() if value}
