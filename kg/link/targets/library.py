"""The targets of a project, opened together: which of them has a record, and which has those of a namespace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from kg.files.project import Project
from kg.link.index.name_index import NameIndex
from kg.link.records.record import Record
from kg.link.targets.registry import Target, open_target, targets
from kg.progress import Say, silent

_SAMPLE = 100  # records from which a target's namespace is determined


@dataclass(frozen=True)
class OpenTarget:
    """A target, its index, and the namespace of its records; None where no prefix of the project fits."""

    target: Target
    index: NameIndex
    namespace: str | None

    @property
    def in_words(self) -> str:
        """Its name and the date of its data."""
        release = f"release {self.target.version}, " if self.target.version else ""
        return f"{self.target.name} ({release}read on {self.target.retrieved})"


@dataclass(frozen=True)
class Library:
    """The targets of a project that have an index."""

    targets: tuple[OpenTarget, ...]

    def find(self, iri: str) -> tuple[Record, OpenTarget] | None:
        """Return the record of an IRI and the target that has it; None where no target does."""
        for place in self.targets:
            record = place.index.by_iri(iri)
            if record is not None:
                return record, place
        return None

    def of_namespace(self, namespace: str) -> list[OpenTarget]:
        """Return the targets whose records are of a namespace."""
        return [place for place in self.targets if place.namespace == namespace]


def open_library(project: Project, namespaces: Collection[str], say: Say = silent) -> Library:
    """Open all targets of a project but reconciliation services, which have no index.

    Args:
        project: the project.
        namespaces: those that its links lead into.
        say: called with a message when an index is rebuilt.

    Raises:
        InputError: the file of a target has changed, and cannot be read any more.
    """
    names = [target.name for target in targets(project) if target.kind != "reconcile"]
    return Library(tuple(open_with_namespace(project, name, namespaces, say) for name in names))


def open_with_namespace(project: Project, name: str, namespaces: Collection[str], say: Say = silent) -> OpenTarget:
    """Open one target; raises UsageError where there is none of that name, InputError as open_library."""
    target, index = open_target(project, name, say)
    return OpenTarget(target, index, _main_namespace(index, namespaces))


def longest_namespace(iri: str, namespaces: Collection[str]) -> str | None:
    """Return the longest namespace that an IRI is in."""
    return max((space for space in namespaces if iri.startswith(space)), key=len, default=None)


def _main_namespace(index: NameIndex, namespaces: Collection[str]) -> str | None:
    """Return the namespace of most records of an index; a file may name things of others beside its own."""
    step = max(1, len(index) // _SAMPLE)
    counts = Counter(longest_namespace(index.record(number).iri, namespaces) for number in range(0, len(index), step))
    ((namespace, _),) = counts.most_common(1) or ((None, 0),)
    return namespace
