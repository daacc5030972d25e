"""`kg doctor`."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterator
from dataclasses import replace

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.output import echo, style
from kg.errors import KgError
from kg.files.project import CHECKOUT

DISTRIBUTION = "aigov-kg"


@click.command(
    epilog="""\b
Examples:
  kg doctor
  kg doctor --store http://localhost:7878
  kg doctor --store https://data.example.org --write
"""
)
@click.option("--store", "server", metavar="URL", help="The address of a SPARQL server to test.")
@click.option("--write", is_flag=True, help="Also test writing to the server, in a graph that is removed afterwards.")
@pass_settings
def doctor(settings: Settings, server: str | None, write: bool) -> int:
    """Check the installation, the project and the store.

    Each line shows what was checked and what was found; the exit status is 1 if something is wrong. With a server as
    the store, that server is tested.
    """
    good = True
    if server:
        settings = replace(settings, store=server)
    for title, found, remedy in _server_checks(settings, write) if settings.project.server else _checks(settings):
        good = good and not remedy
        mark = style("problem", fg="red") if remedy else style("ok     ", fg="green")
        echo(mark, f"  {title}: {found}")
        if remedy:
            echo(f"         {remedy}")
    return 0 if good else 1


def _checks(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Yield what was checked, what was found, and the remedy, which is empty where all is well."""
    from importlib.metadata import PackageNotFoundError, version

    from kg.__version__ import __version__
    from kg.build.manifest import changed_files, usable_build

    yield (
        "kg",
        f"{__version__} on Python {platform.python_version()}, {platform.system()} {platform.machine()}",
        "",
    )
    for name in _required_packages():
        try:
            yield name, version(name), ""
        except PackageNotFoundError:
            yield name, "not installed", f"install it with python -m pip install {name}"
    try:
        yield "SHACL engine", f"shacl {version('shacl')}", ""
    except PackageNotFoundError:
        yield "SHACL engine", "pyshacl; the faster shacl is not available for every machine", ""
    try:
        project = settings.project
    except KgError as error:
        yield "project", error.message, error.hint or ""
        return
    counts = (
        ("ontology", project.ontology_files),
        ("shapes", project.shape_files),
        ("data", project.data_files),
        ("links", project.link_files),
        ("queries", project.query_files),
        ("checks", project.check_files),
    )
    yield (
        "project",
        f"{project.root} ({', '.join(f'{len(files)} {name}' for name, files in counts)} files)",
        "",
    )
    current = usable_build(project)
    if current is None:
        yield "store", f"none in {project.store_path}", "build it with kg build"
    else:
        changed = changed_files(project, current.manifest)
        size = sum(path.stat().st_size for path in current.store.rglob("*") if path.is_file())
        found = f"{project.store_path}, {size / 1e6:.1f} MB"
        yield (
            "store",
            f"{found}; {len(changed)} files changed since" if changed else found,
            ("update it with kg build" if changed else ""),
        )
    place = next(folder for folder in (project.store_path, *project.store_path.parents) if folder.exists())
    writable = os.access(place, os.W_OK)
    yield (
        "place of the store",
        f"{place} can{'' if writable else 'not'} be written",
        "" if writable else "choose another place with --store or KG_STORE",
    )


def _required_packages() -> list[str]:
    """Return the names of the packages that kg requires on every machine: those of pyproject.toml without a marker.

    An installation has them in its metadata; a checkout that is not installed has the file itself.
    """
    from importlib.metadata import PackageNotFoundError, requires

    try:
        stated = requires(DISTRIBUTION) or []
    except PackageNotFoundError:
        import tomllib

        stated = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    # Behind a semicolon is where it is required only (PEP 508): with an extra, or on some machines.
    return [re.split(r"[^\w.-]", requirement, maxsplit=1)[0] for requirement in stated if ";" not in requirement]


def _server_checks(settings: Settings, write: bool) -> Iterator[tuple[str, str, str]]:
    """Yield what was tested on a server, the result, and the remedy if something will not work."""
    from pyoxigraph import NamedNode

    from kg.store import probes
    from kg.store.publication import find_publication
    from kg.store.server import connect

    try:
        server = connect(settings.project, offline=settings.offline)
    except KgError as error:
        yield "server", error.message, error.hint or ""
        return
    engine = server.addresses.engine
    known = "covered by the tests" if engine.tested else "described by its documentation, not tested"
    yield "engine", f"{engine.name} ({known}); scales as {engine.scaling}", ""
    yield from probes.read(server)
    if write:
        yield from probes.write(server)
    else:
        yield "writing", "not tested: --write tests it in a graph of its own, which is removed afterwards", ""
    try:
        found = find_publication(server, NamedNode(settings.project.publication))
    except KgError as error:
        yield "publication", error.message, error.hint or ""
        return
    name, url = f"<{settings.project.publication}>", settings.project.server
    if found is None:
        yield "publication", f"nothing yet as {name}; publish with kg publish {url}", ""
    elif found.key is None:
        yield "publication", f"{name} is in progress, or was interrupted", f"complete it with kg publish {url}"
    else:
        yield "publication", f"{name} is complete", ""
