"""The graph as files: RDF syntaxes, JSON-LD with the project's own context, CSV of entities, GraphML.

What is asserted comes from the files, because the store rewrites some literals; what was inferred comes from the
store. All text is deterministic: the same graph gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pyoxigraph import NamedNode, Quad

from kg.errors import UsageError
from kg.formats import CONTEXT, CSV, EXPORTS, JSON_LD, named
from kg.rdf.encoding import Quads
from kg.rdf.serialize import DATASET_FORMATS, GRAPH_FORMATS, canonical_quads, checked_xml, rdf_parts
from kg.rdf.terms import Prefixes, render
from kg.store import Store

SCOPES = ("asserted", "inferred", "all")

_INFERRED = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER NOT EXISTS { GRAPH ?g { ?s ?p ?o } } }"


@dataclass(frozen=True)
class Selection:
    """Which part of the graph to export; by default everything that is asserted."""

    scope: str = "asserted"
    graph: NamedNode | None = None
    entity: NamedNode | None = None


def select_quads(asserted: Iterable[Quad], store: Store, selection: Selection) -> Quads:
    """Return the quads of a selection of what is asserted and of what a store infers, in its default graph.

    Raises UsageError for a named graph or an entity of which there is nothing to export.
    """
    quads = Quads() if selection.scope == "inferred" else Quads.of(asserted)
    if selection.scope in ("inferred", "all") and selection.graph is None:
        inferred = store.query(_INFERRED)
        assert isinstance(inferred, list)
        quads += (Quad(*triple) for triple in inferred)
    if selection.graph is not None:
        graph = quads.dictionary.find(selection.graph)
        quads = quads.where(number == graph for number in quads.column(3))
    if selection.entity is not None:
        entity = quads.dictionary.find(selection.entity)
        quads = quads.where(entity in ends for ends in zip(quads.column(0), quads.column(2), strict=True))
    if not quads and (selection.graph or selection.entity):
        nothing = " and ".join(render(node) for node in (selection.graph, selection.entity) if node)
        raise UsageError(
            f"there are no {selection.scope} facts about {nothing}",
            "include inferred facts with --scope all",
        )
    return quads


def write(
    quads: Iterable[Quad],
    format_name: str,
    prefixes: Prefixes,
    project: Iterable[Quad] = (),
    frame: dict[str, Any] | None = None,
) -> bytes:
    """Write quads in one of the formats of kg.formats.EXPORTS.

    Args:
        quads: of any graphs; only trig and nquads keep the graphs apart, the other formats merge them.
        format_name: the name of the format, in any case.
        prefixes: to shorten IRIs.
        project: all that the project asserts: whatever is selected, it gives the keys and types of JSON-LD, and the
            names that CSV and GraphML show.
        frame: a JSON-LD frame, for json-ld only.

    Raises:
        UsageError: an unknown format, or one that cannot represent the graph.
    """
    return b"".join(parts(quads, format_name, prefixes, project, frame))


def parts(
    quads: Iterable[Quad],
    format_name: str,
    prefixes: Prefixes,
    project: Iterable[Quad] = (),
    frame: dict[str, Any] | None = None,
) -> Iterator[bytes]:
    """Yield what write returns in parts, so that a large graph as N-Triples or N-Quads is never whole in memory."""
    chosen = named(format_name, EXPORTS, "a graph")
    if chosen.name in (*GRAPH_FORMATS, *DATASET_FORMATS):
        yield from rdf_parts(quads, chosen.name, prefixes)
        return
    canonical = canonical_quads(quads)
    if chosen in (JSON_LD, CONTEXT):
        from kg.export import jsonld

        context = jsonld.context(project, prefixes)
        yield jsonld.document(canonical, context, frame) if chosen == JSON_LD else jsonld.as_json(context)
        return
    from kg.export import tables

    if chosen == CSV:
        yield tables.entities_csv(canonical, project, prefixes)
    else:
        yield checked_xml(tables.graphml(canonical, project, prefixes).decode()).encode()
