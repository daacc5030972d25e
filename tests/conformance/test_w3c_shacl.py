"""The W3C SHACL suite (data-shapes, January 2024) on both engines, as kg runs them.

A case passes where the results are those of the suite by focus node, path, value, severity, constraint component and
named source shape, each as often as there; blank nodes count as equal, and so do property paths that are no IRI.
"""

from collections import Counter

import pytest
import rdflib
from pyoxigraph import RdfFormat, parse
from rdflib import SH, BNode, Namespace, URIRef

from kg.validation.engines import run_engine

pytestmark = pytest.mark.conformance

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = Namespace("http://www.w3.org/ns/shacl-test#")
CASES = {"core": 98, "sparql": 23}
# The cases that an engine fails, with the reason.
FAILS = {
    ("shacl", "core"): {},
    ("shacl", "sparql"): {
        "unsupported-sparql-004": "it accepts a sub-select that does not project $this, which a processor must refuse",
    },
    ("pyshacl", "core"): {
        "uniqueLang-002": 'it takes sh:uniqueLang "1"^^xsd:boolean for true, where the specification says true alone',
    },
    ("pyshacl", "sparql"): {
        "prefixes-001": "it does not follow sh:prefixes into the ontologies that an ontology imports",
        "shapesGraph-001": "it does not bind $shapesGraph, which is an option in the specification",
    },
}


def cases(folder):
    """Yield the graph and the node of each case below a folder."""
    for path in sorted(folder.rglob("*.ttl")):
        graph = rdflib.Graph().parse(path)
        for node in graph.subjects(rdflib.RDF.type, SHT.Validate):
            yield graph, node


@pytest.fixture(autouse=True)
def as_written(monkeypatch):
    """Let rdflib keep what the suite's files say: it would write "none"^^xsd:boolean as "false"."""
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)


def triples(iri):
    path = str(iri).removeprefix("file://")
    return {quad.triple for quad in parse(path=path, format=RdfFormat.TURTLE, base_iri=str(iri))}


def term(node):
    """Return a term as it is compared: blank nodes are all alike."""
    return "_" if isinstance(node, BNode) else "" if node is None else node.n3()


def expected(graph, report):
    found = Counter()
    for result in graph.objects(report, SH.result):
        value = {name: graph.value(result, SH[name]) for name in ("focusNode", "resultPath", "value", "sourceShape")}
        found[
            term(value["focusNode"]),
            term(value["resultPath"]) if isinstance(value["resultPath"], URIRef) else "",
            "" if isinstance(value["value"], BNode) else term(value["value"]),
            str(graph.value(result, SH.sourceConstraintComponent)),
            str(graph.value(result, SH.resultSeverity)).rpartition("#")[2].lower(),
            str(value["sourceShape"]) if isinstance(value["sourceShape"], URIRef) else "",
        ] += 1
    return found


def passes(engine, graph, node):
    action, result = graph.value(node, MF.action), graph.value(node, MF.result)
    data, shapes = (triples(graph.value(action, SHT[name])) for name in ("dataGraph", "shapesGraph"))
    try:
        findings = run_engine(engine, data, shapes)
    except Exception:  # an engine's own way to refuse what it does not support
        return result == SHT.Failure
    if result == SHT.Failure:
        return False
    found = Counter(
        (
            focus(finding.focus_node),
            f"<{finding.path}>" if finding.path else "",
            finding.value,
            finding.component,
            finding.severity.rpartition("#")[2].lower(),
            finding.source_shape,
        )
        for finding in findings
    )
    return found == expected(graph, result)


def focus(text):
    if text.startswith('"'):
        return text
    return f"<{text}>" if ":" in text and not text.startswith("_:") else "_"


@pytest.mark.parametrize("part", CASES)
@pytest.mark.parametrize("engine", ["shacl", "pyshacl"])
def test_the_suite(shared, engine, part):
    found = list(cases(shared / "w3c" / "shacl" / part))
    assert len(found) == CASES[part]
    failed = {str(node).rpartition("/")[2] for graph, node in found if not passes(engine, graph, node)}
    assert failed == set(FAILS[engine, part])
