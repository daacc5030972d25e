"""What a check found: one type for SHACL results, contradictions and faults of evidence, and its reports."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from kg.terms import Prefixes

SEVERITIES = ("violation", "warning", "info")


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong, or could be better.

    `focus_node`, `path` and `source_shape` are IRIs, `value` is a term in N-Triples; `file` is relative to the
    project, `line` and `column` count from 1. What a check does not know is None or empty.
    """

    severity: str
    focus_node: str
    message: str
    path: str = ""
    value: str = ""
    component: str = ""
    source_shape: str = ""
    file: str = ""
    line: int = 0
    column: int = 0

    @property
    def place(self) -> str:
        """The file, line and column, as editors understand them; empty where they are not known."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True)
class Report:
    """All findings of a validation, the gravest first."""

    findings: tuple[Finding, ...]

    @property
    def conforms(self) -> bool:
        """True where there is no violation."""
        return not self.at_least("violation")

    def at_least(self, severity: str) -> tuple[Finding, ...]:
        """Return the findings of a severity and of all graver ones."""
        grave = SEVERITIES[: SEVERITIES.index(severity) + 1]
        return tuple(finding for finding in self.findings if finding.severity in grave)

    def summary(self) -> str:
        """Say in a line how many findings there are of each severity."""
        counts = Counter(finding.severity for finding in self.findings)
        parts = [f"{counts[name]} {name}{'' if counts[name] == 1 else 's'}" for name in SEVERITIES[:2]]
        if counts["info"]:
            parts.append(f"{counts['info']} info")
        return ", ".join(parts)


def report(findings: Iterable[Finding]) -> Report:
    """Put findings into a stable order: by severity, file, line, focus node."""
    return Report(tuple(sorted(set(findings), key=lambda f: (SEVERITIES.index(f.severity), f.file, f.line, f))))


def as_text(result: Report, prefixes: Prefixes) -> str:
    """Write a report for a person: where, what, and how to mend it."""
    blocks = []
    for finding in result.findings:
        about = " ".join(prefixes.shorten(iri) for iri in (finding.focus_node, finding.path) if iri)
        lines = [f"{finding.severity}: {about}", f"  {finding.message}"]
        if finding.value:
            lines.append(f"  value: {finding.value}")
        if finding.place:
            lines.append(f"  at {finding.place}")
        blocks.append("\n".join(lines))
    return "\n\n".join([*blocks, result.summary()]) + "\n"


def as_json(result: Report) -> str:
    """Write a report as JSON: conforms, and a list of findings with all their fields."""
    record = {"conforms": result.conforms, "findings": [asdict(finding) for finding in result.findings]}
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


def as_markdown(result: Report, prefixes: Prefixes) -> str:
    """Write a report as a Markdown table, for a comment on a pull request."""
    rows = [f"**{result.summary()}**", "", "| severity | where | about | what to do |", "|---|---|---|---|"]
    for finding in result.findings:
        about = " ".join(prefixes.shorten(iri) for iri in (finding.focus_node, finding.path) if iri)
        cells = (finding.severity, finding.place, about, f"{finding.message} {finding.value}".strip())
        rows.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def as_turtle(result: Report) -> str:
    """Write a report as a sh:ValidationReport (SHACL, section 3.6)."""
    from rdflib import RDF, SH, BNode, Graph, Literal, URIRef
    from rdflib.term import Node
    from rdflib.util import from_n3

    severities = {"violation": SH.Violation, "warning": SH.Warning, "info": SH.Info}
    graph = Graph()
    graph.bind("sh", SH)
    node = BNode("report")
    graph.add((node, RDF.type, SH.ValidationReport))
    graph.add((node, SH.conforms, Literal(not result.findings)))
    for number, finding in enumerate(result.findings):
        entry = BNode(f"result{number}")
        graph.add((node, SH.result, entry))
        graph.add((entry, RDF.type, SH.ValidationResult))
        graph.add((entry, SH.resultSeverity, severities[finding.severity]))
        graph.add((entry, SH.resultMessage, Literal(finding.message)))
        for predicate, iri in (
            (SH.focusNode, finding.focus_node),
            (SH.resultPath, finding.path),
            (SH.sourceConstraintComponent, finding.component),
            (SH.sourceShape, finding.source_shape),
        ):
            if iri:
                graph.add((entry, predicate, URIRef(iri)))
        value = from_n3(finding.value)
        if isinstance(value, Node):
            graph.add((entry, SH.value, value))
    return graph.serialize(format="longturtle")
