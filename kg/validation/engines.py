"""SHACL validation by either of two engines: pySHACL, the reference, and shacl, which is faster a hundredfold.

Both get the same triples, and what they find comes out the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.errors import InputError, UsageError
from kg.findings import Finding
from kg.rdf.datatypes import is_ill_typed
from kg.rdf.encoding import Quads, Triples
from kg.rdf.quiet import quiet_literals
from kg.rdf.terms import SH, TRUE
from kg.validation.shacl.results import Messages, ill_typed_finding, severity_of
from kg.validation.shacl.shapes_graph import ShapesGraph
from kg.validation.shacl.well_formed import OF_THE_SHAPES, read_shapes, unknown_to_shacl, usable_shapes

if TYPE_CHECKING:
    import shacl
    from rdflib import Graph
    from rdflib.term import Node

ENGINES = ("auto", "shacl", "pyshacl")
_CLOSED = "urn:kg:closed "


def check_shapes(
    graph: Quads | Iterable[Triple],
    shape_files: Iterable[Path],
    engine: str = "auto",
    *,
    skip_unsupported: bool = False,
) -> list[Finding]:
    """Validate a graph against shapes.

    Args:
        graph: triples, or quads that are seen as one graph; nothing is inferred from it but what SHACL itself asks for
            (subclasses).
        shape_files: Turtle files with shapes.
        engine: `shacl`, `pyshacl`, or `auto` for the faster one that is installed.
        skip_unsupported: leave out shapes with terms that not all engines know; a finding says which.

    Returns:
        a finding for each result, and one for each literal that is no value of its datatype.

    Raises:
        InputError: a shapes file cannot be read, or a shape in it has a fault.
        UsageError: the engine is unknown or not installed.
    """
    shapes, notes = read_shapes(shape_files, skip_unsupported=skip_unsupported)
    if not shapes.triples:
        return notes
    # No engine can compare such a literal with others; that it is wrong is known without one.
    graph = graph if isinstance(graph, Quads) else Triples.of(graph)
    terms = graph.dictionary.terms
    objects = ((number, terms[number]) for number in set(graph.column(2)))
    ill_typed = {number for number, term in objects if isinstance(term, Literal) and is_ill_typed(term)}
    if not ill_typed:
        return [*notes, *_run(engine, graph, shapes)]
    found = {row[:3] for row in graph.rows() if row[2] in ill_typed}
    faults = (ill_typed_finding(Triple(*map(terms.__getitem__, row))) for row in found)
    seen = graph.where(n not in ill_typed for n in graph.column(2))
    return [*notes, *faults, *_run(engine, seen, shapes)]


def run_engine(engine: str, graph: Quads | Iterable[Triple], shapes: Collection[Triple]) -> list[Finding]:
    """Return a finding for each result of an engine, whatever the literals; see check_shapes."""
    graph = graph if isinstance(graph, Quads) else Triples.of(graph)
    return _run(engine, graph, usable_shapes({None: tuple(shapes)})[0])


def _run(engine: str, graph: Quads | Triples, shapes: ShapesGraph) -> list[Finding]:
    chosen, notes = _chosen(engine, shapes)
    with TemporaryDirectory(prefix="kg-") as folder:
        # A file, since the text of a large graph takes more memory than the graph.
        data = Path(folder) / "data.nt"
        with data.open("w", encoding="utf-8") as file:
            file.writelines(graph.lines((0, 1, 2)))
        try:
            return [*notes, *(_by_shacl if chosen == "shacl" else _by_pyshacl)(data, shapes, Messages(shapes.triples))]
        except Exception as error:  # engines have no type of error of their own for shapes that they refuse
            raise InputError(
                f"the engine {chosen} cannot use the shapes: {error}", "try the other engine with --engine"
            ) from error


def _chosen(engine: str, shapes: ShapesGraph) -> tuple[str, list[Finding]]:
    """Return the engine that is to run, and what is to be said of that."""
    if engine not in ENGINES:
        raise UsageError(f"unknown engine {engine!r}", f"the engines are {', '.join(ENGINES)}")
    # Tested with this version alone: it is young, and there is no wheel of it for Linux on ARM.
    installed = find_spec("shacl") is not None
    if engine == "shacl" and not installed:
        raise UsageError(
            "the engine shacl is not installed", "use --engine pyshacl, or install it with pip install shacl"
        )
    if engine == "auto" and installed and (unknown := unknown_to_shacl(shapes)):
        message = f"The slower engine pyshacl was used: shacl does not support the pattern {unknown[0].object}."
        return "pyshacl", [Finding("info", "", message, check=OF_THE_SHAPES[1])]
    return "shacl" if installed and engine != "pyshacl" else "pyshacl", []


def _by_shacl(data: Path, shapes: ShapesGraph, messages: Messages) -> list[Finding]:
    import shacl

    text = "".join(f"{triple} .\n" for triple in _closed_by_query(shapes))
    report = shacl.Shapes.from_text(text, "ntriples").validate_file(str(data))
    return [_finding_of(result, messages) for result in report.results]


def _finding_of(result: shacl.Result, messages: Messages) -> Finding:
    texts, component = result.messages, result.component_iri
    if any(text.startswith(_CLOSED) for text in texts):
        texts, component = [text.removeprefix(_CLOSED) for text in texts], f"{SH}ClosedConstraintComponent"
    return Finding(
        severity_of(result.severity_iri.strip("<>")),
        _without_brackets(result.focus_node),
        messages.of(texts, component),
        _without_brackets(result.path or ""),
        "" if result.value is None or result.value.startswith("_:") else result.value,
        component=component,
        source_shape=_without_brackets(result.source_shape or ""),
    )


def _closed_by_query(shapes: ShapesGraph) -> Iterator[Triple]:
    """Put a query in the place of sh:closed where a shape has a path.

    shacl 0.3.4 looks there at the focus node, not at the values of the path (SHACL, section 4.8.1). By the message
    the results of the query are known.
    """
    for triple in shapes.triples:
        shape, predicate, value = triple
        if predicate.value != SH + "closed" or value != TRUE or not shapes.objects(shape, SH + "path"):
            yield triple
            continue
        constraint, allowed = BlankNode(), ", ".join(map(str, shapes.allowed(shape)))
        unknown = f"FILTER(?path NOT IN ({allowed}))"
        query = f"SELECT DISTINCT $this ?path ?value WHERE {{ $this $PATH ?kg_node . ?kg_node ?path ?value {unknown} }}"
        yield Triple(shape, NamedNode(SH + "sparql"), constraint)
        yield Triple(constraint, NamedNode(SH + "select"), Literal(query))
        for message in shapes.objects(shape, SH + "message") or [Literal("")]:
            yield Triple(constraint, NamedNode(SH + "message"), Literal(_CLOSED + message.value))


def _by_pyshacl(data: Path, shapes: ShapesGraph, messages: Messages) -> list[Finding]:
    import pyshacl
    import rdflib
    from rdflib import SH

    normalize, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False  # findings quote what the files say
    try:
        with quiet_literals():
            graph = rdflib.Graph().parse(data, format="nt")
            text = "".join(f"{triple} .\n" for triple in shapes.triples)
            shacl_graph = rdflib.Graph().parse(data=text, format="nt")
            _, results, _ = pyshacl.validate(graph, shacl_graph=shacl_graph, inference="none", meta_shacl=False)
    finally:
        rdflib.NORMALIZE_LITERALS = normalize
    if not isinstance(results, rdflib.Graph):
        raise InputError(f"the engine cannot read the shapes: {results}")
    # Results that explain another one (sh:detail) are no findings of their own.
    return [_finding(results, node, messages) for node in results.objects(None, SH.result)]


def _finding(results: Graph, node: Node, messages: Messages) -> Finding:
    from rdflib import SH, BNode, Literal, URIRef

    def iri(predicate: URIRef) -> str:
        value = results.value(node, predicate)
        return str(value) if isinstance(value, URIRef) else ""

    focus, value = results.value(node, SH.focusNode), results.value(node, SH.value)
    component = iri(SH.sourceConstraintComponent)
    return Finding(
        severity=severity_of(iri(SH.resultSeverity)),
        focus_node=focus.n3() if isinstance(focus, Literal) else str(focus),
        message=messages.of((str(text) for text in results.objects(node, SH.resultMessage)), component),
        path=iri(SH.resultPath),
        value="" if value is None or isinstance(value, BNode) else value.n3(),
        component=component,
        source_shape=iri(SH.sourceShape),
    )


def _without_brackets(text: str) -> str:
    """Return the IRI of `<IRI>`; nothing for a property path, and what stands there for a literal."""
    if text.startswith("<") and text.endswith(">"):
        return text[1:-1]
    return text if text.startswith('"') else ""
