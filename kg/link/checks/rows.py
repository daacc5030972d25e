"""The rows of all SSSOM tables of a project, each with its place; and findings about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kg.files.project import Project
from kg.files.sssom import Decision, Link, LinkTable
from kg.findings import Finding
from kg.rdf.terms import SKOS

EXACT, CLOSE = SKOS + "exactMatch", SKOS + "closeMatch"


@dataclass(frozen=True)
class PlacedLink:
    """A link with its table, and the table's path as users write it."""

    link: Link
    table: LinkTable
    file: str

    @property
    def subject(self) -> str:
        """The IRI of our entity."""
        return self.link.subject.value

    @property
    def predicate(self) -> str:
        """The IRI of the mapping relation."""
        return self.link.predicate.value

    @property
    def object(self) -> str:
        """The IRI of the other side."""
        return self.link.object.value

    @property
    def curie(self) -> str:
        """The other side as the row has it."""
        return self.link.row.object_id

    @property
    def namespace(self) -> str:
        """The namespace of the other side."""
        return self.table.namespace(self.link)

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.file}:{self.link.line}"

    @property
    def is_accepted(self) -> bool:
        """Whether the link counts."""
        return self.link.decision is Decision.ACCEPTED

    @property
    def is_rejected(self) -> bool:
        """Whether the link was rejected."""
        return self.link.decision is Decision.REJECTED

    @property
    def is_exact(self) -> bool:
        """Whether it says that the two are the same thing."""
        return self.predicate == EXACT

    def finding(self, severity: str, rule: str, message: str) -> Finding:
        """Return a finding at this row; its severity is info where the link is marked unsure."""
        return Finding(
            severity if self.is_accepted else "info",
            self.subject,
            message,
            path=self.predicate,
            value=str(self.link.object),
            check=rule,
            file=self.file,
            line=self.link.line,
            column=1,
        )


def placed_links(project: Project, tables: Iterable[LinkTable]) -> list[PlacedLink]:
    """Return the rows of tables that join two things, in the order of the files."""
    return [
        PlacedLink(link, table, project.relative(table.path))
        for table in tables
        for link in table.links
        if link.has_counterpart
    ]
