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

if TYPE_CHECKING:
    from kg import KnowledgeGraph
    from kg.project import Project


@dataclass(frozen=True)
class Settings:
    """The global options of one call of `kg`."""

    project_dir: Path | None = None
    store: Path | None = None
    offline: bool = False
    verbose: bool = False
    quiet: bool = False
    stacktrace: bool = False

    @cached_property
    def project(self) -> Project:
        """The project to work with; raises UsageError where there is none."""
        from kg.project import find_project

        return find_project(self.project_dir, self.store)

    def graph(self) -> KnowledgeGraph:
        """Open the built graph; build it first where there is no store, warn where the files have changed since."""
        from kg import open_project
        from kg.manifest import changed_files, usable_build

        if usable_build(self.project) is None:
            self.say("No store of this version yet: building one from the files. This is done once.")
            from kg.build import build

            with self.progress("Building") as step:
                report = build(self.project, progress=step)
            if not report.published:
                from kg.errors import InputError

                raise InputError(
                    "the files have faults, so no store was built",
                    "kg validate lists them",
                    path=self.project.root,
                )
        graph = open_project(self.project)
        changed = changed_files(self.project, graph.manifest)
        if changed:
            files = ", ".join(changed[:3]) + (" ..." if len(changed) > 3 else "")
            self.say(f"The store is older than the files ({files}); kg build brings it up to date.")
        return graph

    def say(self, text: str) -> None:
        """Tell the user something on stderr, unless --quiet."""
        if not self.quiet:
            click.echo(text, err=True)

    @contextmanager
    def progress(self, title: str) -> Iterator[ProgressStep]:
        """Show on a terminal what a long piece of work is at; yields a function that takes the next step's name."""
        if self.quiet or not sys.stderr.isatty():
            yield lambda _: None
            return
        from rich.console import Console

        with Console(stderr=True).status(title) as status:
            yield lambda name: status.update(f"{title}: {name}")


if TYPE_CHECKING:
    from collections.abc import Callable

    ProgressStep = Callable[[str], None]

pass_settings = click.make_pass_decorator(Settings)
