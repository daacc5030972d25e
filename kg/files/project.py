"""Where a project's files are. A project is a folder with ontology/, data/ and queries/ in it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from kg.errors import InputError, UsageError
from kg.files.text import read_text

SHIPPED = Path(__file__).parents[1] / "shipped"  # where the wheel carries the graph (pyproject.toml, force-include)
CHECKOUT = Path(__file__).parents[2]
CONFIRMED = "project"  # --store project: what the configuration names, confirmed by the user
FOLDERS = ("ontology", "data", "queries")
SETTINGS = {
    "title": str,
    "description": str,
    "store": str,
    "allow-service": list,
    "publication": str,
    "server": dict,
}
SERVER_SETTINGS = ("engine", "query", "update", "graph-store")


@dataclass(frozen=True)
class Project:
    """A folder of files, and the place of the store that is built from them.

    All paths are absolute, each tuple of files is sorted. A release has the title and the description. `server` is the
    address of a SPARQL server that has the graph, instead of a store on disk; there it is known by the IRI of its
    `publication`. `server_settings` are the strings of [server] in the configuration, see kg.store.engines.

    `server_named` tells a server that the user named from one that only the configuration names. `outside` has all that
    the configuration names outside of the folder, `confirmed` whether the user agreed to it for this one command.
    """

    root: Path
    store_path: Path
    configured_services: tuple[str, ...] = ()
    title: str = ""
    description: str = ""
    server: str = ""
    publication: str = "urn:kg:publication"
    server_settings: Mapping[str, str] = field(default_factory=dict)
    server_named: bool = False
    outside: Mapping[str, Any] = field(default_factory=dict)
    confirmed: bool = False

    @cached_property
    def trusted(self) -> bool:
        """Whether the user has agreed to what the configuration names outside of the folder (kg.files.trust)."""
        if not self.outside or self.confirmed:
            return True
        from kg.files.trust import is_trusted

        return is_trusted(self.root, self.outside)

    @property
    def identity(self) -> str:
        """What a store knows its project by: its folder, unless it lies in there, so that the two can move together."""
        return "." if self.store_path.is_relative_to(self.root) else str(self.root.resolve())

    @property
    def allowed_services(self) -> tuple[str, ...]:
        """The endpoints that SERVICE may ask by the configuration, as far as the user has agreed to it."""
        return self.configured_services if self.trusted else ()

    def require_trusted(self, what: str) -> None:
        """Raise UsageError where the user has not agreed to what the configuration names; `what` that is."""
        if not self.trusted:
            raise UsageError(
                f"{self.root} names {what}, to which you have not agreed",
                "agree with kg trust, or for one command with --store project",
            )

    @cached_property
    def shape_files(self) -> tuple[Path, ...]:
        """The SHACL shapes: ontology/shapes*.ttl and ontology/shapes/**/*.ttl. They are no part of the graph."""
        folder = self.root / "ontology"
        beside = tuple(path for path in _files_in(folder, ".ttl") if path.name.startswith("shapes"))
        return beside + _files_below(folder / "shapes", ".ttl")

    @cached_property
    def ontology_files(self) -> tuple[Path, ...]:
        """The Turtle files of the ontology, without the shapes."""
        shapes = set(self.shape_files)
        return tuple(path for path in _files_below(self.root / "ontology", ".ttl") if path not in shapes)

    @cached_property
    def data_files(self) -> tuple[Path, ...]:
        """The files that hold facts: TriG, Turtle and N-Quads."""
        return _files_below(self.root / "data", ".trig", ".ttl", ".nq")

    @cached_property
    def link_files(self) -> tuple[Path, ...]:
        """The SSSOM tables of links to other open data."""
        return _files_in(self.root / "data" / "links", ".sssom.tsv")

    @cached_property
    def query_files(self) -> tuple[Path, ...]:
        """The canned queries."""
        checks = set(self.check_files)
        return tuple(path for path in _files_below(self.root / "queries", ".rq") if path not in checks)

    @cached_property
    def check_files(self) -> tuple[Path, ...]:
        """The check queries, whose rows are findings."""
        return _files_below(self.root / "queries" / "checks", ".rq")

    @cached_property
    def input_files(self) -> tuple[Path, ...]:
        """All files that a build reads."""
        return (*self.ontology_files, *self.shape_files, *self.data_files, *self.link_files, *self.check_files)

    def relative(self, path: Path) -> str:
        """Return a path as the project's users write it, relative to the root where it lies below."""
        name, root = str(path), f"{self.root}{os.sep}"
        return name.removeprefix(root).replace(os.sep, "/") if name.startswith(root) else name


def find_project(directory: Path | None = None, store: str | Path | None = None) -> Project:
    """Find the project to work with.

    Args:
        directory: the project's folder; without it KG_PROJECT, the current folder or one above it that looks like a
            project, and at last the graph that is shipped with kg.
        store: where the store is kept; without it KG_STORE, the project's configuration (a path from the project's
            folder), `.kg` in the project, or the user's cache folder for the shipped graph. The address of a server
            (https://...) names the graph that was published there; what is kept on disk then goes to the usual folder.
            `project` means what the configuration names, to which the user so agrees (kg.files.trust).

    Raises:
        UsageError: the folder does not exist or is not a project.
        InputError: its configuration is not valid.
    """
    named = directory or (Path(os.environ["KG_PROJECT"]) if os.environ.get("KG_PROJECT") else None)
    root = _checked(named) if named else _around(Path.cwd()) or _shipped()
    settings = _settings(root)
    chosen = str(store or os.environ.get("KG_STORE") or "")
    confirmed = chosen == CONFIRMED
    if confirmed:
        chosen = ""
    configured = settings.get("store", "")
    server = chosen or configured
    title = settings.get("title", root.name)
    folder = _store_folder(root, chosen, configured)
    project = Project(
        root,
        folder,
        tuple(settings.get("allow-service", ())),
        title,
        settings.get("description", ""),
        server if _is_address(server) else "",
        settings.get("publication") or f"urn:kg:publication:{re.sub('[^a-z0-9]+', '-', title.lower()).strip('-')}",
        settings.get("server", {}),
        server_named=_is_address(chosen),
        outside={name: settings[name] for name in ("store", "server", "allow-service") if settings.get(name)},
        confirmed=confirmed,
    )
    if chosen or _is_address(configured) or _is_own(root, folder):
        return project
    # A symbolic link may lead there, too.
    project = replace(project, outside={**project.outside, "store folder": str(folder.resolve())})
    project.require_trusted(f"{folder} for its store")
    return project


def _sorted(names: Iterable[str]) -> tuple[Path, ...]:
    """Return paths folder by folder, as Path sorts them in three times the time."""
    found = sorted(names, key=lambda name: name.split(os.sep))  # noqa: PTH206  # these are strings
    for name in found:
        try:
            name.encode()
        except UnicodeEncodeError:
            raise InputError("the name of the file is not valid UTF-8", "rename the file", path=name) from None
    return tuple(map(Path, found))


def _files_below(folder: Path, *suffixes: str) -> tuple[Path, ...]:
    # Path.glob("**/...") does the same in four times the time, and each command waits for it.
    return _sorted(
        f"{place}{os.sep}{name}" for place, _, names in os.walk(folder) for name in names if name.endswith(suffixes)
    )


def _files_in(folder: Path, suffix: str) -> tuple[Path, ...]:
    _, _, names = next(os.walk(folder), ("", [], []))
    return _sorted(f"{folder}{os.sep}{name}" for name in names if name.endswith(suffix))


def _is_project(folder: Path) -> bool:
    return (folder / "ontology").is_dir() and (folder / "data").is_dir()


def _checked(folder: Path) -> Path:
    if not folder.is_dir():
        raise UsageError(f"no such folder: {folder}", "name a folder that holds ontology/, data/ and queries/")
    if not _is_project(folder):
        missing = " and ".join(f"{name}/" for name in FOLDERS[:2] if not (folder / name).is_dir())
        raise UsageError(
            f"{folder} is not a project: it has no {missing}", "a project holds ontology/, data/ and queries/"
        )
    return folder.absolute()


def _around(folder: Path) -> Path | None:
    return next((place for place in (folder, *folder.parents) if _is_project(place)), None)


def _shipped() -> Path:
    return SHIPPED if _is_project(SHIPPED) else CHECKOUT


def _store_folder(root: Path, chosen: str, configured: str) -> Path:
    if chosen and not _is_address(chosen):
        return Path(chosen).expanduser().absolute()
    if configured and not chosen and not _is_address(configured):
        return root / Path(configured).expanduser()
    return _default_store(root)


def _is_own(root: Path, folder: Path) -> bool:
    """Return whether a store's folder is in the project's, or in the cache that kg has."""
    if folder.resolve().is_relative_to(root.resolve()):
        return True
    from platformdirs import user_cache_path

    return folder.resolve().is_relative_to(user_cache_path("aigov-kg").resolve())


def _is_address(place: str) -> bool:
    return place.startswith(("http://", "https://"))


def _default_store(root: Path) -> Path:
    if root != SHIPPED:
        return root / ".kg"
    from platformdirs import user_cache_path

    return user_cache_path("aigov-kg") / "shipped"


def _read_toml(path: Path) -> dict[str, Any]:
    text = read_text(path)
    plain = _read_plain(text)
    if plain is not None:
        return plain
    import tomllib

    try:
        return tomllib.loads(text)
    except ValueError as error:  # TOMLDecodeError, or an integer of more digits than Python takes
        raise InputError(f"not valid TOML: {error}", path=path) from error
    except RecursionError as error:
        raise InputError("the brackets are nested too deeply", path=path) from error


def _read_plain(text: str) -> dict[str, Any] | None:
    """Read TOML that has nothing but comments and keys with texts without escapes, one a line; None for any other.

    Most configurations are no more, and to import tomllib takes longer than most queries take.
    """
    table: dict[str, Any] = {}
    for line in text.split("\n"):
        key, equals, value = line.partition(' = "')
        if not line or (line.startswith("#") and line.isprintable()):
            continue
        if not (equals and key.isascii() and key.replace("-", "").replace("_", "").isalnum() and key not in table):
            return None
        if not (value.endswith('"') and value.isprintable() and "\\" not in value and '"' not in value[:-1]):
            return None
        table[key] = value[:-1]
    return table


def _settings(root: Path) -> dict[str, Any]:
    """Read kg.toml, or [tool.kg] of pyproject.toml; unknown keys and wrong types are errors."""
    for path, keys in ((root / "kg.toml", ()), (root / "pyproject.toml", ("tool", "kg"))):
        if not path.is_file():
            continue
        table = _read_toml(path)
        for key in keys:
            table = table.get(key, {}) if isinstance(table, dict) else {}
        if not isinstance(table, dict):
            raise InputError("[tool.kg] is not a table", path=path)
        for key, value in table.items():
            if key not in SETTINGS or not isinstance(value, SETTINGS[key]):
                known = ", ".join(f"{name} ({kind.__name__})" for name, kind in SETTINGS.items())
                raise InputError(
                    f"the setting {key!r} is unknown or has the wrong type", f"the settings are {known}", path=path
                )
        if not all(isinstance(value, str) for value in table.get("allow-service", ())):
            raise InputError(
                "allow-service is not a list of strings", 'write allow-service = ["https://..."]', path=path
            )
        for key, value in table.get("server", {}).items():
            if key not in SERVER_SETTINGS or not isinstance(value, str):
                raise InputError(
                    f"the setting {key!r} of [server] is unknown or not a string",
                    f"the settings of [server] are {', '.join(SERVER_SETTINGS)}",
                    path=path,
                )
        return table
    return {}
