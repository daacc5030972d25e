"""Reports of findings: text, JSON, Turtle and Markdown for people; SARIF and JUnit XML for CI services."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from kg.__version__ import __version__
from kg.findings import Finding, Report
from kg.rdf.terms import Prefixes
from kg.render.text import markdown_table, visible

_LEVELS = {"violation": "error", "warning": "warning", "info": "note"}
_CHECK = "urn:kg:check:"
_SARIF = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def as_text(result: Report, prefixes: Prefixes) -> str:
    """Write a report for a person: where, what, and how to fix it."""
    blocks = []
    for finding in result.findings:
        lines = [f"{_severity(finding, prefixes)}: {_about(finding, prefixes)}", f"  {finding.message}"]
        if finding.value:
            lines.append(f"  value: {finding.value}")
        if finding.place:
            lines.append(f"  at {finding.place}")
        blocks.append("\n".join(lines))
    return visible("\n\n".join([*blocks, result.summary()]) + "\n")


def as_json(result: Report, prefixes: Prefixes) -> str:
    """Write a report as JSON: conforms, and a list of findings with all their fields; IRIs are not shortened."""
    record = {"conforms": result.conforms, "findings": [asdict(finding) for finding in result.findings]}
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


def as_markdown(result: Report, prefixes: Prefixes) -> str:
    """Write a report as a Markdown table, for a comment on a pull request."""
    rows = (
        (_severity(finding, prefixes), finding.place, _about(finding, prefixes), f"{finding.message} {finding.value}")
        for finding in result.findings
    )
    return f"**{result.summary()}**\n\n{markdown_table(('severity', 'where', 'about', 'what to do'), rows)}"


def as_turtle(result: Report, prefixes: Prefixes) -> str:
    """Write a report as a sh:ValidationReport (SHACL, section 3.6)."""
    from rdflib import RDF, SH, BNode, Graph, Literal, URIRef
    from rdflib.term import Node
    from rdflib.util import from_n3

    severities = {"violation": SH.Violation, "warning": SH.Warning, "info": SH.Info}
    graph = Graph()
    for prefix, namespace in {**prefixes.namespaces, "sh": str(SH)}.items():
        graph.bind(prefix, namespace)
    node = BNode("report")
    graph.add((node, RDF.type, SH.ValidationReport))
    graph.add((node, SH.conforms, Literal(not result.findings)))
    for number, finding in enumerate(result.findings):
        entry = BNode(f"result{number}")
        focus = from_n3(finding.focus_node) if finding.focus_node.startswith('"') else URIRef(finding.focus_node)
        assert isinstance(focus, Node)
        graph.add((node, SH.result, entry))
        graph.add((entry, RDF.type, SH.ValidationResult))
        graph.add((entry, SH.resultSeverity, severities.get(finding.severity) or URIRef(finding.severity)))
        graph.add((entry, SH.resultMessage, Literal(finding.message)))
        graph.add((entry, SH.focusNode, focus))
        # A result must have a component; what was found without a shape has one that is named after the check.
        graph.add((entry, SH.sourceConstraintComponent, URIRef(finding.component or f"{_CHECK}{finding.kind}")))
        for predicate, iri in ((SH.resultPath, finding.path), (SH.sourceShape, finding.source_shape)):
            if iri:
                graph.add((entry, predicate, URIRef(iri)))
        value = from_n3(finding.value)
        if isinstance(value, Node):
            graph.add((entry, SH.value, value))
    return graph.serialize(format="longturtle")


def as_sarif(result: Report, prefixes: Prefixes) -> str:
    """Write a report as SARIF 2.1.0, which code hosts show beside the lines of a change."""
    rules = sorted({finding.kind for finding in result.findings})
    driver = {"name": "kg", "version": __version__, "rules": [{"id": rule, "name": rule} for rule in rules]}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(finding, rules.index(finding.kind), prefixes) for finding in result.findings],
    }
    log = {"$schema": _SARIF, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _sarif_result(finding: Finding, index: int, prefixes: Prefixes) -> dict[str, Any]:
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": finding.focus_node}]}
    if finding.file:
        location["physicalLocation"] = {"artifactLocation": {"uri": _uri(finding.file), "uriBaseId": "%SRCROOT%"}}
        if finding.line:
            location["physicalLocation"]["region"] = {"startLine": finding.line, "startColumn": finding.column}
    # A finding stays the same one when lines above it are added (SARIF, section 3.27.17).
    identity = "\n".join((finding.kind, finding.focus_node, finding.path, finding.value))
    return {
        "ruleId": finding.kind,
        "ruleIndex": index,
        "level": _LEVELS[finding.level],
        "message": {"text": f"{_about(finding, prefixes)}: {finding.message} {finding.value}".rstrip()},
        "locations": [location],
        "partialFingerprints": {"finding/v1": sha256(identity.encode()).hexdigest()},
    }


def _uri(path: str) -> str:
    from urllib.parse import quote

    return quote(path)


def as_junit(result: Report, prefixes: Prefixes) -> str:
    """Write a report as JUnit XML: a violation is a failure; a warning or info passes, with its text as output.

    Control characters, which XML cannot hold, are made visible.
    """
    from xml.etree import ElementTree

    suite = ElementTree.Element("testsuite", name="kg", errors="0", skipped="0")
    for finding in result.findings:
        name = visible(f"{_about(finding, prefixes)} {finding.value}".rstrip())
        case = ElementTree.SubElement(suite, "testcase", classname=finding.kind, name=name, time="0")
        message = visible(finding.message)
        text = "\n".join(part for part in (message, visible(finding.place)) if part)
        if finding.level == "violation":
            failure = ElementTree.SubElement(case, "failure", message=message, type=finding.severity)
            failure.text = text
        else:
            ElementTree.SubElement(case, "system-out").text = f"{finding.severity}: {text}"
    if not result.findings:
        ElementTree.SubElement(suite, "testcase", classname="kg", name="no findings", time="0")
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(len(result.at_least("violation"))))
    suites = ElementTree.Element("testsuites")
    suites.append(suite)
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _severity(finding: Finding, prefixes: Prefixes) -> str:
    return finding.severity if finding.severity == finding.level else prefixes.shorten(finding.severity)


def _about(finding: Finding, prefixes: Prefixes) -> str:
    parts = (part for part in (finding.focus_node, finding.path) if part)
    return " ".join(part if part.startswith('"') else prefixes.shorten(part) for part in parts)


FORMS: Mapping[str, Callable[[Report, Prefixes], str]] = {
    "text": as_text,
    "json": as_json,
    "turtle": as_turtle,
    "markdown": as_markdown,
    "sarif": as_sarif,
    "junit": as_junit,
}
