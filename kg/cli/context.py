"""What every command is handed: the global options, the project, the graph, and a way to talk on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.cli.output import echo
from kg.render.text import visible

if TYPE_CHECKING:
    from kg.files.project import Project
    from kg.graph import KnowledgeGraph
    from kg.progress import Progress


@dataclass(frozen=True)
class Settings:
    """The global options of one call of `kg`."""

    project_dir: Path | None = None
    store: str | None = None
    offline: bool = False
    verbose: bool = False
    quiet: bool = False
    stacktrace: bool = False

    @cached_property
    def project(self) -> Project:
        """The project to work with; raises UsageError where there is none."""
        from kg.files.project import find_project

        return find_project(self.project_dir, self.store)

    def graph(self) -> KnowledgeGraph:
        """Open the graph: on a server as it was published; built here, it is built first where there is no store.

        Warns where the files have changed since, and where a publish was not ended.
        """
        from kg.graph import open_project

        if self.project.server:
            return self._published()
        from kg.build.manifest import changed_files, usable_build

        current = usable_build(self.project)
        if current is None:
            self.say("No store of this version yet: building one from the files. This is done once.")
            from kg.build.pipeline import build

            with self.progress("Building") as step:
                report = build(self.project, progress=step)
            if not report.published:
                from kg.errors import InputError

                raise InputError(
                    "the files have faults, so no store was built",
                    "kg validate lists them",
                    path=self.project.root,
                )
        graph = open_project(self.project, current)
        changed = changed_files(self.project, current.manifest) if current else []
        if changed:
            files = ", ".join(changed[:3]) + (" ..." if len(changed) > 3 else "")
            self.say(f"The store is older than the files ({files}); kg build brings it up to date.")
        return graph

    def _published(self) -> KnowledgeGraph:
        from kg.graph import open_project
        from kg.store.remote import RemoteStore

        graph = open_project(self.project, offline=self.offline)
        assert isinstance(graph.store, RemoteStore)
        if graph.store.publication.key is None:
            self.say(f"A publish to {self.project.server} is under way or was broken off; kg publish ends it.")
        return graph

    def say(self, text: str) -> None:
        """Say something on stderr, unless --quiet."""
        if not self.quiet:
            echo(text, err=True)

    @contextmanager
    def progress(self, title: str) -> Iterator[Progress]:
        """Show on a terminal what a long piece of work is at; yields a function that takes the next step's name.

        Where it takes the share that is done as well, a bar shows it.
        """
        from kg.progress import silent

        if self.quiet or not sys.stderr.isatty():
            yield silent
            return
        from rich.console import Console
        from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[done]}"),
        )
        with Bar(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(visible(title), total=None, done="")

            def show(step: str, share: float | None = None, /) -> None:
                total, done = (None, "") if share is None else (1, f"{share:.0%}")
                bar.update(task, description=visible(f"{title}: {step}"), completed=share or 0, total=total, done=done)

            yield show


pass_settings = click.make_pass_decorator(Settings)
