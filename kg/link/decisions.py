"""Decisions about candidates, kept in the SSSOM tables (mapping tables) of a project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from kg.__version__ import __version__
from kg.errors import UsageError
from kg.files.locks import locked
from kg.files.project import Project
from kg.files.sssom import Decision, LinkTable, make_row, read_links, write_links
from kg.link.checks.rows import PlacedLink, placed_links
from kg.link.matching.matcher import Candidate
from kg.link.records.record import Record
from kg.link.targets.registry import Target
from kg.rdf.terms import SKOS, Prefixes

# How a link was found: several kinds of evidence together (Semantic Mapping Vocabulary).
_JUSTIFICATION = "semapv:CompositeMatching"
_VOCABULARIES = {"semapv": "https://w3id.org/semapv/vocab/", "skos": SKOS}
_NO_LICENCE = "https://w3id.org/sssom/license/unspecified"


@dataclass(frozen=True)
class Verdict:
    """A decision about one candidate.

    Attributes:
        entity: our side.
        candidate: the target's.
        predicate: the IRI of the mapping relation.
        decision: what was decided.
        reviewer: who looked at it; None where nobody did, and a rule decided.
        day: when.
    """

    entity: Record
    candidate: Candidate
    predicate: str
    decision: Decision
    reviewer: str | None = None
    day: date = field(default_factory=date.today)


@dataclass(frozen=True)
class Decided:
    """The decisions that the tables of a project hold already.

    Attributes:
        pairs: pairs of IRIs, entity and record, that have a row: they are not proposed again.
        exact: the accepted exact matches of each entity, by its IRI.
    """

    pairs: frozenset[tuple[str, str]] = frozenset()
    exact: Mapping[str, Sequence[PlacedLink]] = field(default_factory=dict)

    def exact_match_beside(self, entity: str, record: str) -> PlacedLink | None:
        """Return the exact match that an entity has in the namespace of a record; None where it has none."""
        return next((link for link in self.exact.get(entity, ()) if record.startswith(link.namespace)), None)


def read_decided(project: Project) -> Decided:
    """Read the decisions from all tables of a project."""
    tables = [read_links(path) for path in project.link_files]
    exact: dict[str, list[PlacedLink]] = {}
    for link in placed_links(project, tables):
        if link.is_accepted and link.is_exact:
            exact.setdefault(link.subject, []).append(link)
    return Decided(frozenset(link.pair for table in tables for link in table.links), exact)


def table_path(project: Project, target: Target) -> Path:
    """Return the table to which the decisions about a target's records go."""
    return project.root / "data" / "links" / f"{target.name}.sssom.tsv"


def add_verdicts(project: Project, prefixes: Prefixes, target: Target, verdicts: Iterable[Verdict]) -> Path:
    """Write decisions into the table of a target; a decision about a pair replaces all rows of that pair.

    Args:
        project: the project; its table is `data/links/<target>.sssom.tsv`.
        prefixes: of the project, for CURIEs.
        target: whose records they are.
        verdicts: in any order.

    Returns:
        the path of the table.
    """
    path = table_path(project, target)
    latest = {(verdict.entity.iri, verdict.candidate.record.iri): verdict for verdict in verdicts}
    verdicts = list(latest.values())
    with _table_locked(project, target):
        table = read_links(path) if path.is_file() else None
        namespaces = dict(table.metadata["curie_map"]) if table else {}
        rows = [link.row for link in (table.links if table else ()) if link.pair not in latest]
        rows += [make_row(**_slots(verdict, target, prefixes, namespaces)) for verdict in verdicts]
        metadata = table.metadata if table else _metadata(project, target, verdicts)
        write_links(path, {**metadata, "curie_map": dict(sorted(namespaces.items()))}, rows)
    return path


def remove_verdict(project: Project, target: Target, entity: str, record: str) -> None:
    """Undo a decision; does nothing where there is none. A table that would be empty is removed."""
    path = table_path(project, target)
    with _table_locked(project, target):
        if not path.is_file():
            return
        table = read_links(path)
        kept = [link.row for link in table.links if link.pair != (entity, record)]
        if kept:
            write_links(path, table.metadata, kept)
        else:
            path.unlink()


def _table_locked(project: Project, target: Target) -> AbstractContextManager[None]:
    """Let one process at a time read, change and write a table, so that no decision is lost."""
    return locked(project.store_path, f"{target.name}.sssom.lock", waiting_for="another command that records decisions")


def _slots(verdict: Verdict, target: Target, prefixes: Prefixes, namespaces: dict[str, str]) -> dict[str, Any]:
    """Return the slots of a row; notes the namespaces of its CURIEs."""
    namespaces |= _VOCABULARIES
    reviewed = {
        "reviewer_label": [verdict.reviewer],
        "review_date": verdict.day,
        "reviewer_agreement": 0.0 if verdict.decision is Decision.UNSURE else 1.0,
    }
    return dict(
        subject_id=_curie(verdict.entity.iri, prefixes, namespaces, None),
        subject_label=verdict.entity.label,
        predicate_id=_curie(verdict.predicate, prefixes, namespaces, None),
        predicate_modifier="Not" if verdict.decision is Decision.REJECTED else None,
        object_id=_curie(verdict.candidate.record.iri, prefixes, namespaces, target.name),
        object_label=verdict.candidate.record.label,
        mapping_justification=_JUSTIFICATION,
        object_source_version=target.version or target.retrieved,
        mapping_tool="kg",
        mapping_tool_version=__version__,
        mapping_date=verdict.day,
        confidence=round(verdict.candidate.confidence, 3),
        comment=verdict.candidate.why,
        **(reviewed if verdict.reviewer else {}),
    )


def _curie(iri: str, prefixes: Prefixes, namespaces: dict[str, str], name: str | None) -> str:
    """Return the CURIE of an IRI and note its namespace.

    Without a prefix of the project for it, the target's name becomes one for all up to the last slash or hash.
    """
    for known in (Prefixes(namespaces), prefixes):
        best = max((p for p, space in known.namespaces.items() if iri.startswith(space)),
                   key=lambda p: len(known.namespaces[p]), default=None)  # fmt: skip
        if best is not None:
            namespaces[best] = known.namespaces[best]
            return f"{best}:{iri[len(known.namespaces[best]) :]}"
    cut = max(iri.rstrip("/").rfind("/"), iri.rfind("#")) + 1
    if name is None or not cut:
        raise UsageError(
            f"no prefix is declared for the namespace of {iri}", "declare one with @prefix in a file of the project"
        )
    namespaces[name] = iri[:cut]
    return f"{name}:{iri[cut:]}"


def _metadata(project: Project, target: Target, verdicts: list[Verdict]) -> Mapping[str, Any]:
    """Return the metadata of a new table, after the pattern of the tables that the project has."""
    siblings: list[LinkTable] = [read_links(path) for path in project.link_files]
    if siblings:
        base = str(siblings[0].metadata["mapping_set_id"]).rsplit("/", 1)[0] + "/"
        licence = siblings[0].metadata.get("license", _NO_LICENCE)
    else:
        entity = verdicts[0].entity.iri
        base = entity[: max(entity.rfind("/"), entity.rfind("#")) + 1] + "links/"
        licence = _NO_LICENCE
    return {
        "mapping_set_id": base + target.name,
        "mapping_set_title": f"Links with {target.name}",
        "license": licence,
        "sssom_version": "1.1",
    }
