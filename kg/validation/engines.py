"""SHACL validation by either of two engines: pySHACL, the reference, and shacl, which is faster a hundredfold.

Both get the same triples, and what they find comes out the same.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from kg.errors import InputError, UsageError
from kg.findings import Finding
from kg.rdf.datatypes import is_ill_typed
from kg.rdf.encoding import Quads, Triples
from kg.rdf.terms import SH

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

ENGINES = ("auto", "shacl", "pyshacl")


def check_shapes(graph: Quads | Iterable[Triple], shape_files: Iterable[Path], engine: str = "auto") -> list[Finding]:
    """Validate a graph against shapes.

    Args:
        graph: triples, or quads that are seen as one graph; nothing is inferred from it but what SHACL itself asks for
            (subclasses).
        shape_files: Turtle files with shapes.
        engine: `shacl`, `pyshacl`, or `auto` for the faster one that is installed.

    Returns:
        a finding for each result, and one for each literal that is no value of its datatype.

    Raises:
        InputError: a shapes file cannot be read.
        UsageError: the engine is unknown or not installed.
    """
    shapes = [shape for path in shape_files for shape in read_shape_file(path)]
    if not shapes:
        return []
    # No engine can compare such a literal with others; that it is wrong is known without one.
    graph = graph if isinstance(graph, Quads) else Triples.of(graph)
    terms = graph.dictionary.terms
    objects = ((number, terms[number]) for number in set(graph.column(2)))
    ill_typed = {number for number, term in objects if isinstance(term, Literal) and is_ill_typed(term)}
    if not ill_typed:
        return run_engine(engine, graph, shapes)
    found = {row[:3] for row in graph.rows() if row[2] in ill_typed}
    faults = (ill_typed_finding(Triple(*map(terms.__getitem__, row))) for row in found)
    return [*faults, *run_engine(engine, graph.where(n not in ill_typed for n in graph.column(2)), shapes)]


def run_engine(engine: str, graph: Quads | Iterable[Triple], shapes: Collection[Triple]) -> list[Finding]:
    """Return a finding for each result of an engine; see check_shapes."""
    graph = graph if isinstance(graph, Quads) else Triples.of(graph)
    text = "".join(f"{triple} .\n" for triple in shapes)
    find = _by_shacl if _chosen(engine) == "shacl" else _by_pyshacl
    with TemporaryDirectory(prefix="kg-") as folder:
        # A file, since the text of a large graph takes more memory than the graph.
        data = Path(folder) / "data.nt"
        with data.open("w", encoding="utf-8") as file:
            file.writelines(graph.lines((0, 1, 2)))
        return find(data, text, Messages(shapes))


def _chosen(engine: str) -> str:
    if engine not in ENGINES:
        raise UsageError(f"unknown engine {engine!r}", f"known are {', '.join(ENGINES)}")
    # Tested with this version alone: it is young, and there is no wheel of it for Linux on ARM.
    installed = find_spec("shacl") is not None
    if engine == "shacl" and not installed:
        raise UsageError("the engine shacl is not installed here", "use --engine pyshacl, or pip install shacl")
    return "shacl" if installed and engine != "pyshacl" else "pyshacl"


def read_shape_file(path: Path) -> list[Triple]:
    """Return the triples of a Turtle file of shapes; raises InputError where it cannot be read."""
    try:
        return [quad.triple for quad in parse(path=path, format=RdfFormat.TURTLE, rename_blank_nodes=True)]
    except SyntaxError as error:
        raise InputError(error.msg, path=path, line=error.lineno, column=error.offset) from error
    except OSError as error:
        raise InputError(error.strerror or str(error), path=path) from error


def ill_typed_finding(triple: Triple) -> Finding:
    """Return the finding for a literal that is no value of its datatype."""
    message = "This is no value of its datatype: correct the value, or the datatype."
    return Finding("violation", _plain(triple.subject), message, triple.predicate.value, str(triple.object))


class Messages:
    """The messages of the shapes; what engines say where a shape has none differs, and is told in our words."""

    def __init__(self, shapes: Iterable[Triple]) -> None:
        messages = (triple.object for triple in shapes if triple.predicate.value == SH + "message")
        texts = {message.value for message in messages if isinstance(message, Literal)}
        # The message of a SPARQL constraint may have variables in it (SHACL, section 5.2.1).
        self._patterns = [
            re.compile(".*".join(map(re.escape, re.split(r"{[?$]\w+}", text))), re.DOTALL) for text in texts
        ]

    def of(self, messages: Iterable[str], component: str) -> str:
        """Return those of an engine's messages that come from the shapes."""
        own = {text for text in messages if any(pattern.fullmatch(text) for pattern in self._patterns)}
        return " ".join(sorted(own)) or f"This does not satisfy the constraint {component.rpartition('#')[2]}."


def _by_shacl(data: Path, shapes: str, messages: Messages) -> list[Finding]:
    import shacl

    compiled = shacl.Shapes.from_text(shapes, "ntriples")
    report = compiled.validate_file(str(data))
    return [
        Finding(
            result.severity.lower(),
            _without_brackets(result.focus_node),
            messages.of(result.messages, result.component_iri),
            _without_brackets(result.path or ""),
            "" if result.value is None or result.value.startswith("_:") else result.value,
            component=result.component_iri,
            source_shape=_without_brackets(result.source_shape or ""),
        )
        for result in report.results
    ]


def _by_pyshacl(data: Path, shapes: str, messages: Messages) -> list[Finding]:
    import pyshacl
    import rdflib
    from rdflib import SH

    log = logging.getLogger("rdflib.term")
    log.disabled = True  # it prints a stack trace for each literal that it cannot parse
    normalize, rdflib.NORMALIZE_LITERALS = rdflib.NORMALIZE_LITERALS, False  # findings quote what the files say
    try:
        graph = rdflib.Graph().parse(data, format="nt")
        shacl_graph = rdflib.Graph().parse(data=shapes, format="nt")
        _, results, _ = pyshacl.validate(graph, shacl_graph=shacl_graph, inference="none", meta_shacl=False)
    finally:
        log.disabled, rdflib.NORMALIZE_LITERALS = False, normalize
    if not isinstance(results, rdflib.Graph):
        raise InputError(f"the shapes cannot be used: {results}")
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
        severity=iri(SH.resultSeverity).rpartition("#")[2].lower(),
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


def _plain(node: NamedNode | BlankNode | Triple) -> str:
    return node.value if isinstance(node, NamedNode | BlankNode) else str(node)
