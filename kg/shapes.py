"""SHACL validation of a project's files, by pyshacl."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING

from kg.errors import InputError
from kg.evidence import check_evidence
from kg.findings import Finding, Report, report
from kg.locate import Locator
from kg.project import Project
from kg.reading import Files, read_project

if TYPE_CHECKING:
    from pathlib import Path

    import rdflib
    from pyoxigraph import Triple


def validate_project(project: Project) -> Report:
    """Read a project's files and check them; see validate_files."""
    return validate_files(project, read_project(project))


def validate_files(project: Project, files: Files, only: Iterable[Path] | None = None) -> Report:
    """Check what files assert, together with the ontology's classes, against the project's shapes.

    Args:
        project: whose shapes are used, and in whose files the findings are located.
        files: the quads to check; nothing is inferred from them but what SHACL itself asks for (subclasses).
        only: report only findings about nodes that are described in these files.

    Raises:
        InputError: a shapes file cannot be read.
    """
    chosen = [path.absolute() for path in only or ()]
    locator = Locator(project, dict.fromkeys((*chosen, *project.data_files, *project.ontology_files)))
    results = _shacl_results(project, {quad.triple for quad in files.quads})
    findings = [locator.place(finding) for finding in (*results, *check_evidence(files))]
    if only is not None:
        names = {project.relative(path) for path in chosen}
        findings = [finding for finding in findings if finding.file in names]
    return report(findings)


def _shacl_results(project: Project, triples: Iterable[Triple]) -> list[Finding]:
    if not project.shape_files:
        return []
    import pyshacl
    import rdflib
    from rdflib import SH

    shapes = rdflib.Graph()
    for path in project.shape_files:
        try:
            shapes.parse(path, format="turtle")
        except (SyntaxError, ValueError) as error:
            raise InputError(str(error).strip(), path=path) from error
    data, ill_typed = _parse("".join(f"{triple} .\n" for triple in triples))
    _, results, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none", meta_shacl=False)
    if not isinstance(results, rdflib.Graph):
        raise InputError(f"the shapes cannot be used: {results}", path=project.root / "ontology")
    return ill_typed + [_finding(results, node) for node in results.subjects(rdflib.RDF.type, SH.ValidationResult)]


def _parse(triples: str) -> tuple[rdflib.Graph, list[Finding]]:
    """Parse N-Triples, and set apart what is no value of its datatype: pySHACL cannot compare such a literal."""
    import rdflib

    graph = rdflib.Graph()
    log = logging.getLogger("rdflib.term")
    log.disabled = True  # it prints a stack trace for each ill-typed literal
    try:
        graph.parse(data=triples, format="nt")
    finally:
        log.disabled = False
    ill_typed = [row for row in graph if isinstance(row[2], rdflib.Literal) and row[2].ill_typed]
    for row in ill_typed:
        graph.remove(row)
    message = "This is no value of its datatype: correct the value, or the datatype."
    findings = [
        Finding("violation", str(subject), message, str(predicate), literal.n3())
        for subject, predicate, literal in ill_typed
    ]
    return graph, findings


def _finding(results: rdflib.Graph, node: rdflib.term.Node) -> Finding:
    from rdflib import SH, URIRef

    def iri(predicate: URIRef) -> str:
        value = results.value(node, predicate)
        return str(value) if isinstance(value, URIRef) else ""

    value = results.value(node, SH.value)
    return Finding(
        severity={str(SH.Warning): "warning", str(SH.Info): "info"}.get(
            str(results.value(node, SH.resultSeverity)), "violation"
        ),
        focus_node=str(results.value(node, SH.focusNode)),
        message=" ".join(sorted(str(text) for text in results.objects(node, SH.resultMessage))),
        path=iri(SH.resultPath),
        value=value.n3() if value is not None else "",
        component=iri(SH.sourceConstraintComponent),
        source_shape=iri(SH.sourceShape),
    )
