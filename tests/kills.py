"""Commands that write, killed at any moment: what they must leave, and what the next run of them must clean up."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx
from faults import SECONDS
from forked import KG
from link_fixtures import add_register, record
from small_project import write_small_project

QUESTION = ("query", "text", "SELECT ?s ?o { ?s <https://w3id.org/aigov-kg/ontology#locatedIn> ?o } ORDER BY ?s ?o")
_LEFTOVERS = (".kg-part", ".new", ".tmp")
_PLACE = '\nGRAPH note:p1s1 { id:pond a aigov:Place ; rdfs:label "Pond"@en ; aigov:locatedIn id:sweden . }\n'


@dataclass(frozen=True)
class Writer:
    """A command that writes.

    `again` are the exit statuses of a run that finds all done, `part` what is typed to do a part of it: what that
    leaves is whole, too.
    """

    name: str
    arguments: tuple[str, ...]
    stdin: str | None = None
    again: tuple[int, ...] = (0,)
    part: str | None = None
    on_server: bool = False


def _writer(line: str, stdin: str | None = None, again: tuple[int, ...] = (0,), part: str | None = None) -> Writer:
    return Writer(line, tuple(line.split(" ")), stdin, again, part)


PUBLISH = Writer("publish", ("publish",), on_server=True)
_SURE = "--target register --min-confidence 0"
WRITERS = (
    _writer("build"),
    _writer("build --force"),
    _writer(f"link accept {_SURE}", again=(0, 1)),
    _writer(f"link review {_SURE} --reviewer Ada", "y\ny\n", part="y\nq\n"),
    _writer("link apply"),
    _writer("link apply -o links.trig"),
    _writer("link targets add other --file register.jsonl --kind ror"),
    _writer("format"),
    _writer("export -f json-ld -o graph.jsonld"),
    _writer("export --release release"),
    Writer("query -o", (*QUESTION, "-o", "answer.csv")),
    _writer("new town", again=(0, 2)),
    _writer("docs site"),
    _writer("trust"),
)


# At how many bytes of a file the disk is full: less than the largest file that a command writes.
FULL = {"build": 10_000, "link accept": 1_000, "link apply -o": 300, "link targets": 300, "format": 1_000,
        "export": 10_000, "new": 1_000, "docs": 1_000}  # fmt: skip


def named(name: str) -> Writer:
    """Return the first command that begins with some words."""
    return next(one for one in WRITERS if one.name.startswith(name))


@dataclass
class Kill:
    """A run that was killed, and what was wrong afterwards."""

    writer: Writer
    seed: int
    faults: Mapping[str, float]
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"kg {self.writer.name}, killed at {self.faults} (seed {self.seed}): {'; '.join(self.wrong)}"


def write_project(folder: Path) -> Path:
    """Write a project with a store, a target, and facts that the store does not have yet."""
    write_small_project(folder)
    add_register(folder, record(1, "The River Council"), record(2, "Lake Council"))
    (folder / "kg.toml").write_text('title = "Rivers"\nallow-service = ["https://query.example/"]\n', encoding="ascii")
    assert _run(folder, "build").returncode == 0
    _copy(folder, _older(folder))
    facts = folder / "data" / "facts.trig"
    facts.write_text(facts.read_text(encoding="utf-8") + _PLACE, encoding="utf-8")
    return folder


def _older(project: Path) -> Path:
    return project.with_name(f"{project.name}-older")


def kills(project: Path, work: Path, writer: Writer, number: int, seed: int, server: str = "") -> Iterator[Kill]:
    """Kill a command a number of times, at moments that are drawn; yield each kill with what was found wrong.

    Args:
        project: what write_project has written; it stays as it is.
        work: a folder for copies of it.
        writer: the command.
        number: of kills.
        seed: to draw from.
        server: the address of a server, for `publish`.
    """
    whole = _copy(project, work / "whole")
    if writer.on_server:
        assert _run(_older(project), *writer.arguments, server).returncode == 0
    before, old = _files(whole), _answer(whole, writer, server)
    done = _run(whole, *writer.arguments, *[server] * writer.on_server, stdin=writer.stdin)
    assert done.returncode == 0, done.stderr
    after, new = _files(whole), _answer(whole, writer, server)
    count = _graphs(server) if writer.on_server else 0
    again = _run(whole, *writer.arguments, *[server] * writer.on_server, stdin=writer.stdin)
    assert again.returncode in writer.again, again.stderr
    states = [before, after]
    if writer.part is not None:
        place = _copy(project, work / "part")
        assert _run(place, *writer.arguments, stdin=writer.part).returncode == 0
        states.append(_files(place))
    random, limits, found = Random(seed), {"change": 60.0, "seconds": 1.5}, 0
    while found < number:
        place = _copy(project, work / "killed")
        if writer.on_server:
            assert _run(_older(project), *writer.arguments, server).returncode == 0  # back to what was there before
        kind = random.choice(("change", "change", "seconds"))
        drawn = random.uniform(0, limits[kind])
        faults = {kind: int(drawn) if kind == "change" else drawn}
        killed = _run(place, *writer.arguments, *[server] * writer.on_server, stdin=writer.stdin, faults=faults)
        if killed.returncode != -9:
            limits[kind] = drawn  # it was over by then
            continue
        found += 1
        kill = Kill(writer, seed, faults)
        _check(kill, place, states, (old, new), server, count)
        yield kill


def full(project: Path, work: Path, writer: Writer, size: int) -> Kill:
    """Run a command on a disk that is full once a file has some bytes; return what was found wrong."""
    place = _copy(project, work / "full")
    before, answer = _files(place), _answer(place, writer, "")
    run = Kill(writer, 0, {"size": size})
    done = _run(place, *writer.arguments, stdin=writer.stdin, faults=run.faults)
    if done.returncode != 4 or not done.stderr.splitlines()[-2].startswith("error: cannot write"):
        run.wrong.append(f"it ends with {done.returncode}: {done.stderr}")
    now = _files(place)
    run.wrong += [f"{name} is another one" for name, content in before.items() if now.get(name) != content]
    run.wrong += [f"{name} is left over" for name in _all(place) if name.endswith(_LEFTOVERS)]
    if _answer(place, writer, "") != answer:
        run.wrong.append("another answer")
    if _run(place, *writer.arguments, stdin=writer.stdin).returncode:
        run.wrong.append("it does not work when there is room again")
    return run


def _check(
    kill: Kill,
    place: Path,
    states: list[dict[str, bytes]],
    answers: tuple[str, str],
    server: str,
    count: int,
) -> None:
    writer, wrong = kill.writer, kill.wrong
    before, after, *_ = states
    now = _files(place)
    wrong += [f"{name} is half written" for name in now if now[name] not in [state.get(name) for state in states]]
    wrong += [f"{name} is gone" for name in before.keys() & after.keys() - now.keys()]
    said = _answer(place, writer, server)
    if said not in answers:
        wrong.append(f"another answer: {said}")
    done = _run(place, *writer.arguments, *[server] * writer.on_server, stdin=writer.stdin)
    if done.returncode not in writer.again:
        wrong.append(f"the next run ends with {done.returncode}: {done.stderr}")
    now = _files(place)
    wrong += [f"{name} is not what it is without a kill" for name in after if now.get(name) != after[name]]
    wrong += [f"{name} is left over" for name in _all(place) if name.endswith(_LEFTOVERS)]
    said = _answer(place, writer, server)
    if said != answers[1]:
        wrong.append(f"another answer after the next run: {said}")
    if writer.on_server and _graphs(server) != count:
        wrong.append(f"{_graphs(server)} graphs on the server, and {count} without a kill")
    builds = list((place / ".kg" / "builds").iterdir())
    if len(builds) > 2:
        wrong.append(f"{len(builds)} builds are kept")


def _copy(project: Path, place: Path) -> Path:
    shutil.rmtree(place, ignore_errors=True)
    return shutil.copytree(project, place, symlinks=True)


def _all(place: Path) -> list[str]:
    return [path.relative_to(place).as_posix() for path in place.rglob("*")]


def _files(place: Path) -> dict[str, bytes]:
    """Return the content of what a user sees of a project: all files but what is hidden."""
    return {
        name: (place / name).read_bytes()
        for name in _all(place)
        if not any(part.startswith(".") for part in name.split("/")[:-1])
        and (not name.rpartition("/")[2].startswith(".") or name.endswith(".gitignore"))
        and (place / name).is_file()
    }


def _answer(place: Path, writer: Writer, server: str) -> str:
    done = _run(place, *(("--store", server) if writer.on_server else ()), *QUESTION)
    return done.stdout if done.returncode == 0 else f"exit status {done.returncode}: {done.stderr}"


def _graphs(server: str) -> int:
    query = "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } } }"
    answer = httpx.post(f"{server}/query", data={"query": query}, headers={"Accept": "text/csv"})
    return int(answer.text.split()[1])


def _run(
    place: Path, *arguments: str, stdin: str | None = None, faults: Mapping[str, float] | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {"COLUMNS": "80", "HOME": str(place / ".home"), "PATH": "/usr/bin:/bin"}
    return KG.run(list(arguments), environment, place, stdin, faults or {"seconds": SECONDS})
