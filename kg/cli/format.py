"""`kg format`."""

from __future__ import annotations

from pathlib import Path

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.output import echo, write_output


@click.command(
    epilog="""\b
Examples:
  kg format
  kg format --check
  kg format data/facts.trig
"""
)
@click.argument("paths", metavar="[PATH]...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if a file would change.")
@pass_settings
def format(settings: Settings, paths: tuple[Path, ...], check: bool) -> int:
    """Format Turtle and TriG files in a uniform layout.

    Files that changed are listed. PATH is a file or a folder; without one, ontology/ and data/ of the project. Prefixes
    are sorted, each property has a line of its own; the order of statements and all comments are kept. The content of a
    file never changes.
    """
    from kg.files.turtle.formatter import files_to_format, formatted

    chosen = paths or (settings.project.root / "ontology", settings.project.root / "data")
    # Only what was named is of the user's own choice; a link below it is not.
    roots = [path if path.is_dir() else path.parent for path in paths] or [settings.project.root]
    files = files_to_format(chosen)
    # All files are read before one is written: a fault in the last one leaves the others as they are.
    results = {path: formatted(path) for path in files}
    changed = [path for path in files if path.read_bytes() != results[path]]
    for path in changed:
        if not check:
            write_output(results[path], path, *roots)
        echo(str(path))
    settings.say(f"{len(changed)} of {len(files)} files {'would change' if check else 'changed'}.")
    return 1 if check and changed else 0
