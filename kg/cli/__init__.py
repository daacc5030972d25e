"""The command line: one file per command, each of which parses, calls the library and prints."""

from __future__ import annotations

import errno
import gc
import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from kg.__version__ import __version__
from kg.cli.deadline import timeout_option
from kg.cli.groups import LazyGroup
from kg.errors import KgError, OutsideError, UsageError
from kg.render.text import visible

# Name of a command: its module, and its summary in the list of commands. A command's module is imported when
# the command runs, so that `kg query` never waits for what only `kg build` needs.
COMMANDS = {
    "tour": ("kg.cli.tour", "Build, check and ask a few questions: start here."),
    "build": ("kg.cli.build", "Build the store from the files, with inferred facts."),
    "validate": ("kg.cli.validate", "Check the files against the rules about the data."),
    "query": ("kg.cli.query", "List, show and run prepared queries, or your own."),
    "describe": ("kg.cli.describe", "Show all facts about one entity, with their sources."),
    "search": ("kg.cli.search", "Find entities by name, in any language."),
    "explain": (
        "kg.cli.explain",
        "Show why a fact holds: its source, or its proof.",
    ),
    "export": ("kg.cli.export", "Write the graph as Turtle, JSON-LD, CSV and more."),
    "diff": (
        "kg.cli.diff",
        "Show what changed between two versions of a graph.",
    ),
    "format": ("kg.cli.format", "Format Turtle and TriG files in a uniform layout."),
    "docs": ("kg.cli.docs", "Write a web page that documents the ontology."),
    "sources": (
        "kg.cli.sources",
        "List and verify the sources of the facts.",
    ),
    "link": ("kg.cli.link", "Find, review and check links with other open data."),
    "new": ("kg.cli.new", "Create a small, working project of your own."),
    "stats": (
        "kg.cli.stats",
        "Count what the graph holds: facts, entities, links.",
    ),
    "prefixes": ("kg.cli.prefixes", "List the prefixes of short names such as id:beijing."),
    "publish": (
        "kg.cli.publish",
        "Publish the graph to a SPARQL server.",
    ),
    "trust": ("kg.cli.trust", "Agree to what a project's kg.toml names outside."),
    "doctor": ("kg.cli.doctor", "Check the installation, the project and the store."),
}


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # what a system says when there is no more room for a file

EXAMPLES = """\b
Examples:
  kg tour
  kg query run initiators
  kg describe "Bletchley Declaration"
"""


@click.group(
    cls=LazyGroup,
    modules=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "KG"},
    epilog=EXAMPLES,
)
@click.option(
    "--project",
    type=click.Path(path_type=Path),
    help="Folder with ontology/, data/ and queries/. [env: KG_PROJECT; default: the current one, or the shipped graph]",
)
@click.option(
    "--store",
    metavar="PATH|URL",
    help="Folder of the store, or address of a SPARQL server with the graph. [env: KG_STORE; default: .kg]",
)
@click.option("--offline", is_flag=True, help="Never use the network.")
@timeout_option
@click.option("-v", "--verbose", is_flag=True, help="Print more messages.")
@click.option("-q", "--quiet", is_flag=True, help="Print only errors.")
@click.option("--stacktrace", is_flag=True, help="Show where in the code an error occurred.")
@click.version_option(__version__, prog_name="kg")
@click.pass_context
def cli(
    ctx: click.Context,
    project: Path | None,
    store: str | None,
    offline: bool,
    timeout: float | None,
    verbose: bool,
    quiet: bool,
    stacktrace: bool,
) -> None:
    """kg: the open knowledge graph of international AI governance."""
    from kg.cli.context import Settings

    if timeout is not None:
        raise UsageError("this system cannot limit the time of a command", "only kg query run and kg query text can")
    # https://no-color.org and its counterpart; without them click looks whether stdout is a terminal.
    if os.environ.get("NO_COLOR"):
        ctx.color = False
    elif os.environ.get("FORCE_COLOR"):
        ctx.color = True
    ctx.obj = Settings(project, store, offline=offline, verbose=verbose, quiet=quiet, stacktrace=stacktrace)


def main() -> None:
    """Run the command line; the only place where an error becomes a message and an exit status."""
    try:
        status = cli.main(prog_name="kg", standalone_mode=False)
        sys.exit(status if isinstance(status, int) else 0)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as error:
        vars(error)["message"] = visible(error.message)  # it may quote an argument
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        import signal

        signal.signal(signal.SIGINT, signal.SIG_IGN)  # one is enough
        click.echo("interrupted", err=True)
        # At once: a query that is still under way in Oxigraph cannot be told to stop.
        sys.stderr.flush()
        os._exit(130)
    except BrokenPipeError:
        # The reader (`| head`) has gone: not an error of ours. Python would complain once more when it flushes.
        sys.stderr.close()
        sys.exit(0)
    except Exception as error:
        if "--stacktrace" in sys.argv or os.environ.get("KG_STACKTRACE"):
            raise
        if isinstance(error, KgError):
            _fail(str(error), error.hint, error.exit_status)
        if isinstance(error, OSError) and error.errno in _FULL:
            _fail(f"cannot write: {error.strerror}", "free some space on the disk", OutsideError.exit_status)
        _fail(
            f"{type(error).__name__}: {error}", "this is a bug in kg; show where with --stacktrace", KgError.exit_status
        )
    finally:
        # All memory goes with the process: a last search for cycles would be 6 % of a query.
        gc.freeze()


def _fail(message: str, hint: str | None, status: int) -> NoReturn:
    from kg.cli.output import echo, style

    try:
        sys.stdout.flush()
    except OSError:  # there is no room for it, and Python would say so once more when it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    echo(style("error:", fg="red", bold=True), f" {message}", err=True)
    if hint:
        echo(style("hint:", fg="cyan"), f" {hint}", err=True)
    sys.exit(status)
