"""What every command receives: the global options, the project, the graph, and messages on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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
        """Open the graph, see kg.graph.open_project, and print its notices."""
        from kg.graph import open_project

        with self.progress("Building") as step:
            return open_project(self.project, offline=self.offline, say=self.say, progress=step)

    def say(self, text: str) -> None:
        """Print a message on stderr, unless --quiet."""
        if not self.quiet:
            echo(text, err=True)

    @contextmanager
    def progress(self, title: str, first: str | None = None) -> Iterator[Progress]:
        """Show on a terminal what a long piece of work is at; yields what is to be told of each step.

        A bar appears with the first step (`first`, where it is known), and shows the share that is done where that is
        told as well.
        """
        from kg.progress import silent

        if self.quiet or not sys.stderr.isatty():
            yield silent
            return
        shown = ExitStack()
        show: Progress | None = None

        def progress(step: str, share: float | None = None, /) -> None:
            nonlocal show
            show = show or shown.enter_context(_bar(title))
            show(step, share)

        with shown:
            if first:
                progress(first)
            yield progress


@contextmanager
def _bar(title: str) -> Iterator[Progress]:
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
