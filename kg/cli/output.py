"""The format of a command's data, and where it goes: stdout, or a file that is written whole or not at all."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import click

from kg.errors import OutsideError
from kg.formats import Format, chosen
from kg.render.text import visible

_OUTPUT = click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to a file; - is stdout.")


def format_options(
    known: Sequence[Format], what: str, *, default: Format, piped: Format | None = None, to_file: bool = True
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add -f, and -o, to a command; it gets the name of the format that they choose as `format_name`.

    Args:
        known: the formats that the command writes.
        what: the command writes, for messages.
        default: is written where neither option says anything, on a terminal at least.
        piped: is written there where the output is not a terminal, if that differs.
        to_file: whether the command has -o; it gets it as `output`.
    """
    fallback = f"{default.name}, or {piped.name} when piped" if piped else default.name
    by_extension = "by the extension of -o, or " if to_file else ""
    listed = ", ".join(one.name for one in known)
    name = click.option(
        "-f", "--format", "format_name", metavar="FORMAT", help=f"{listed}. [default: {by_extension}{fallback}]"
    )

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def run(*args: Any, format_name: str | None, **options: Any) -> Any:
            output = options.get("output")
            usual = piped if piped and not to_terminal(output) else default
            return command(*args, format_name=chosen(format_name, output, known, usual, what).name, **options)

        return name(_OUTPUT(run) if to_file else run)

    return decorate


class Styled(str):
    """Text with colours of ours, safe for a terminal."""


def style(text: str, **styles: Any) -> Styled:
    """Give text a colour or weight, see click.style; what a terminal would obey in it is made visible."""
    return Styled(click.style(visible(text), **styles))


def echo(*parts: str, err: bool = False) -> None:
    """Write a line for a person; what a terminal would obey, other than by `style`, is made visible."""
    click.echo("".join(part if isinstance(part, Styled) else visible(part) for part in parts), err=err)


def terminal_width() -> int:
    """Return the columns to write for: those of the terminal or of COLUMNS, else 120."""
    import shutil

    return shutil.get_terminal_size(fallback=(120, 24)).columns


def to_terminal(target: Path | None) -> bool:
    """Return whether output goes to a terminal."""
    return (target is None or str(target) == "-") and sys.stdout.isatty()


def write_output(data: str | bytes | Iterable[bytes], target: Path | None, *roots: Path) -> None:
    """Write data, whole or in parts, to a file, or to stdout where there is no target or it is `-`.

    A file is written under a temporary name beside it and renamed, so that no reader ever sees half of it. It keeps
    its mode, a symbolic link keeps pointing at it, and a device or a pipe is written into. A link in the project's
    folder, or in one of the `roots`, that leads out of it is not followed: it may be a stranger's.

    Raises UsageError for such a link, OutsideError where the file cannot be written.
    """
    parts = [data.encode("utf-8")] if isinstance(data, str) else [data] if isinstance(data, bytes) else data
    try:
        if target is None or str(target) in ("-", "/dev/stdout"):
            sys.stdout.buffer.writelines(parts)
            sys.stdout.buffer.flush()
        elif target.exists() and not target.is_file():
            with target.open("wb") as file:
                file.writelines(parts)
        else:
            from kg.files.writing import replace_file, require_no_way_out

            require_no_way_out(target, *roots, *_project_folder())
            replace_file(target, parts)
    except BrokenPipeError:  # the reader has had enough, see kg.cli.main
        raise
    except OSError as error:
        raise OutsideError(
            f"cannot write {target or 'to stdout'}: {error.strerror or error}",
            "name another file with -o, or leave -o out" if target else None,
        ) from error


def _project_folder() -> list[Path]:
    """Return the folder of the project that the command works on, if it works on one."""
    context = click.get_current_context(silent=True)
    project = vars(context.obj).get("project") if context and context.obj else None
    return [project.root] if project else []
