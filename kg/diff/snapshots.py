"""The graph at one time: that of an RDF file, of a project's folder, or of a git revision of a project."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad

from kg.errors import InputError, OutsideError, UsageError, did_you_mean
from kg.files.project import Project, find_project
from kg.files.reading import read_project, read_quads
from kg.rdf.terms import OWL, RDF

_READ = ("ontology", "data")  # the folders of a project that make the graph and its shapes


@dataclass(frozen=True)
class Snapshot:
    """A graph, the graphs in it that are ontology, and the shapes; a single file has no shapes (None)."""

    name: str
    quads: Collection[Quad]
    shapes: tuple[Quad, ...] | None
    ontology: frozenset[NamedNode | BlankNode | DefaultGraph]
    prefixes: Mapping[str, str]


def read_snapshot(name: str, project: Project, *, offline: bool = False) -> Snapshot:
    """Read what a name refers to: a file or a folder if there is one, a server, or else a git revision of the project.

    From a server comes what was published of the project.

    Raises:
        UsageError: it is none of the three.
        InputError: a file has a syntax error.
        OutsideError: git is not installed, or fails; or the server cannot be reached.
    """
    if re.match("https?://", name):
        return _of_server(name, project, offline)
    path = Path(name)
    if path.is_dir():
        return snapshot_of(find_project(path), name)
    return _of_file(path) if path.is_file() else _of_revision(name, project)


def snapshot_of(project: Project, name: str) -> Snapshot:
    """Read the files of a project."""
    files = read_project(project)
    shapes: list[Quad] = []
    prefixes = dict(files.prefixes)
    for path in project.shape_files:
        quads, declared = read_quads(path)
        shapes += quads
        prefixes |= declared
    ontology = frozenset(quad.graph_name for quad in files.ontology)
    return Snapshot(name, files.quads, tuple(shapes), ontology, prefixes)


def _of_file(path: Path) -> Snapshot:
    quads, prefixes = read_quads(path)
    return Snapshot(str(path), tuple(quads), None, _ontology(quads), prefixes)


def _of_server(url: str, project: Project, offline: bool) -> Snapshot:
    from kg.store.remote import open_published

    store = open_published(project, url, offline=offline)
    quads = tuple(store.quads())
    return Snapshot(url, quads, None, _ontology(quads), store.publication.prefixes)


def _ontology(quads: Iterable[Quad]) -> frozenset[NamedNode | BlankNode | DefaultGraph]:
    declaration = (NamedNode(RDF + "type"), NamedNode(OWL + "Ontology"))
    return frozenset(quad.graph_name for quad in quads if (quad.predicate, quad.object) == declaration)


def _of_revision(revision: str, project: Project) -> Snapshot:
    commit = _commit(revision, project.root)
    folders = [name for name in _git(project.root, "ls-tree", "--name-only", commit).splitlines() if name in _READ]
    if not folders:
        raise UsageError(
            f"the revision {revision} has no project", "list the revisions that have one with git log -- ontology data"
        )
    with TemporaryDirectory(prefix="kg-") as folder:
        for name, content in _files(project.root, commit, folders):
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        root = Path(folder)
        try:
            return snapshot_of(Project(root, root / ".kg"), revision)
        except InputError as error:
            # The place is reported as git writes it; the folder will be gone when the message is read.
            raise InputError(error.message.replace(f"{folder}/", f"{revision}:"), error.hint) from error


def _files(root: Path, commit: str, folders: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield the regular files of a commit as they were committed.

    Not by `git archive`, which runs the filters that the configuration of a repository names, and so a stranger's code.
    """
    listed = _git_bytes(root, "ls-tree", "-r", "-z", commit, "--", *folders).split(b"\0")[:-1]
    entries = [(*line.partition(b"\t")[0].split(), line.partition(b"\t")[2]) for line in listed]
    wanted = [(os.fsdecode(name), blob) for mode, _, blob, name in entries if mode.startswith(b"100")]
    wanted = [(name, blob) for name, blob in wanted if ".." not in Path(name).parts]
    answer = BytesIO(_git_bytes(root, "cat-file", "--batch", stdin=b"".join(blob + b"\n" for _, blob in wanted)))
    for name, _ in wanted:
        size = int(answer.readline().split()[2])
        yield name, answer.read(size)
        answer.read(1)  # the end of the line


def _commit(revision: str, root: Path) -> str:
    done = _run(root, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    if done.returncode == 0:
        return done.stdout.decode().strip()
    if done.stderr:  # git cannot even look
        hint = f"git says: {done.stderr.decode(errors='replace').strip().splitlines()[0]}"
    else:
        known = ["HEAD", *_git(root, "for-each-ref", "--format=%(refname:short)").split()]
        name = re.split("[~^@]", revision)[0]  # HEAD~9 begins at HEAD, which may well be there
        hint = (None if name in known else did_you_mean(name, known)) or "list the revisions with git log --oneline"
    raise UsageError(f"{revision!r} is not a file, a folder or a git revision of {root}", hint)


def _git(root: Path, *arguments: str) -> str:
    return _git_bytes(root, *arguments).decode()


def _git_bytes(root: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    done = _run(root, *arguments, stdin=stdin)
    if done.returncode != 0:
        message = done.stderr.decode(errors="replace").strip()
        raise OutsideError(f"git {arguments[0]} failed: {message}", "run git in the project's folder for details")
    return done.stdout


def _run(root: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    # What is missing in a partial clone is not fetched, by whatever program its configuration names.
    environment = os.environ | {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "", "GIT_TERMINAL_PROMPT": "0"}
    command = ["git", "-C", str(root), *arguments]
    try:
        return subprocess.run(command, input=stdin, capture_output=True, check=False, env=environment)
    except FileNotFoundError as error:
        raise OutsideError("git was not found", "install git, or name files and folders to compare") from error
