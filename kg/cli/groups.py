"""Groups of commands, each of which is imported when it is called for: `kg query` never waits for `kg build`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from kg.errors import did_you_mean


class LazyGroup(click.Group):
    """A group that knows its commands by name, module and summary; `modules` has the last two by the first."""

    def __init__(self, *args: Any, modules: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command; None where there is none of that name."""
        if cmd_name not in self.modules:
            return None
        command: click.Command = getattr(import_module(self.modules[cmd_name][0]), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments begin with; an unknown one is answered with the nearest names."""
        name = args[0]
        if name not in self.modules and not name.startswith("-"):
            hint = did_you_mean(name, list(self.modules)) or f"list the commands with {ctx.command_path} --help"
            raise click.UsageError(f"no such command: {name}\n{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in self.modules.items()])


def lazy_group(name: str, summary: str, modules: Mapping[str, tuple[str, str]], examples: str) -> LazyGroup:
    """Make a group whose commands are each the attribute of their own name in their module."""
    return LazyGroup(name, help=summary, epilog=examples, modules=modules)
