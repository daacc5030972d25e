"""What a check found: one type for SHACL results, contradictions, flaws of the evidence and rows of check queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

SEVERITIES = ("violation", "warning", "info")


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong, or could be better.

    `focus_node`, `path` and `source_shape` are IRIs, `value` is a term in N-Triples, and so is a focus node that is a
    literal; `file` is relative to the project, `line` and `column` count from 1. A result of a shape has a `component`,
    all others have the name of the `check` that found them. What is not known is empty.
    """

    severity: str
    focus_node: str
    message: str
    path: str = ""
    value: str = ""
    component: str = ""
    source_shape: str = ""
    check: str = ""
    file: str = ""
    line: int = 0
    column: int = 0

    @property
    def kind(self) -> str:
        """The name of the rule that was broken: a SHACL constraint component, a rule, or a check."""
        return self.check or self.component.rpartition("#")[2] or "evidence"

    @property
    def level(self) -> str:
        """One of SEVERITIES; a severity of the shapes' own counts as a violation, and is its IRI (SHACL, 2.1.4)."""
        return self.severity if self.severity in SEVERITIES else "violation"

    @property
    def place(self) -> str:
        """The file, line and column, as editors understand them; empty where they are not known."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True)
class Report:
    """All findings of a validation, the most severe first."""

    findings: tuple[Finding, ...]

    @property
    def conforms(self) -> bool:
        """True where there is no violation."""
        return not self.at_least("violation")

    def at_least(self, severity: str) -> tuple[Finding, ...]:
        """Return the findings of at least a severity."""
        grave = SEVERITIES[: SEVERITIES.index(severity) + 1]
        return tuple(finding for finding in self.findings if finding.level in grave)

    def summary(self) -> str:
        """Return a line with the number of findings of each severity."""
        counts = Counter(finding.level for finding in self.findings)
        parts = [f"{counts[name]} {name}{'' if counts[name] == 1 else 's'}" for name in SEVERITIES[:2]]
        if counts["info"]:
            parts.append(f"{counts['info']} info")
        return ", ".join(parts)


def report(findings: Iterable[Finding]) -> Report:
    """Put findings into a stable order: by severity, file, line, focus node."""
    return Report(tuple(sorted(set(findings), key=lambda f: (SEVERITIES.index(f.level), f.file, f.line, f))))
