"""What a build keeps for the next one: the files as they were read, what followed from them, what the shapes found.

It lies beside the store in the folder of the build, as term ids and the terms themselves.
"""

from __future__ import annotations

import json
import shutil
from array import array
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode

from kg.files.reading import ReadFile
from kg.findings import Finding
from kg.rdf.encoding import Dictionary, Node, Quads, Triples

_FOLDER = "state"
_TERMS = "terms.jsonl"
_AT_ONCE = 100_000  # terms on a line


@dataclass(frozen=True)
class Contents:
    """What a store holds: see kg.store.embedded.write_store."""

    asserted: Quads
    inferred: Triples
    described: Quads


@dataclass(frozen=True)
class State:
    """What a build had read and found.

    Attributes:
        read: the files by their paths, in the order in which their quads come first in the asserted ones.
        contents: what the store holds.
        shapes: digests of the files that the results of shapes rest on beside the data, and the engine.
        findings: the results of the shapes.
    """

    read: Mapping[str, ReadFile]
    contents: Contents
    shapes: str
    findings: Sequence[Finding]


def write_state(build: Path, state: State, last: Path | None = None) -> None:
    """Write a state into the folder of a build; `last` is that of the build whose state this one goes on from."""
    folder = build / _FOLDER
    folder.mkdir()
    dictionary = state.contents.asserted.dictionary
    if last is not None:
        shutil.copy2(last / _FOLDER / _TERMS, folder / _TERMS)
    _write_terms(folder / _TERMS, dictionary.terms, dictionary.given if last is not None else 0)
    for name in ("asserted", "described", "inferred"):
        with (folder / name).open("wb") as file:
            getattr(state.contents, name).term_ids.tofile(file)
    places: dict[str, Any] = {}
    start = 0
    for path, part in state.read.items():
        places[path] = (part.digest, start, start + len(part.quads), part.prefixes)
        start += len(part.quads)
    record = {
        "read": places,
        "shapes": state.shapes,
        "findings": [asdict(finding) for finding in state.findings],
    }
    (folder / "state.json").write_text(json.dumps(record), encoding="utf-8")


def read_state(build: Path) -> State | None:
    """Read the state in the folder of a build; None where there is none, or it is damaged."""
    folder = build / _FOLDER
    try:
        record = json.loads((folder / "state.json").read_text(encoding="utf-8"))
        dictionary = Dictionary(_read_terms(folder / _TERMS))
        asserted, described = (Quads(dictionary, _term_ids(folder / name)) for name in ("asserted", "described"))
        return State(
            {
                path: ReadFile(digest, asserted.part(start, end), prefixes)
                for path, (digest, start, end, prefixes) in record["read"].items()
            },
            Contents(asserted, Triples(dictionary, _term_ids(folder / "inferred")), described),
            record["shapes"],
            tuple(Finding(**finding) for finding in record["findings"]),
        )
    except (OSError, ValueError, TypeError, LookupError):
        return None


def _term_ids(path: Path) -> array[int]:
    term_ids = array("i")
    term_ids.frombytes(path.read_bytes())
    return term_ids


def _write_terms(path: Path, terms: Sequence[Node], start: int) -> None:
    """Append terms from an id on: some of a kind on each line, as the kind, their ids, their texts."""
    kinds: defaultdict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    with path.open("a", encoding="utf-8") as file:

        def write(kind: tuple[str, str]) -> None:
            if found := kinds.pop(kind, None):
                ids, texts = zip(*found, strict=True)
                file.write(json.dumps((*kind, ids, texts), ensure_ascii=False) + "\n")

        for number, term in enumerate(islice(terms, start, None), start):
            kind = _kind(term)
            kinds[kind].append((number, "" if isinstance(term, DefaultGraph) else term.value))
            if len(kinds[kind]) == _AT_ONCE:
                write(kind)
        for kind in list(kinds):
            write(kind)


def _kind(term: Node) -> tuple[str, str]:
    if isinstance(term, Literal):
        return ("tagged", term.language) if term.language else ("typed", term.datatype.value)
    return type(term).__name__, ""


def _read_terms(path: Path) -> list[Node]:
    import numpy as np

    found: list[tuple[list[int], list[Node]]] = []
    with path.open(encoding="utf-8") as file:
        for line in file:
            kind, detail, ids, texts = json.loads(line)
            found.append((ids, list(map(_maker(kind, detail), texts))))
    terms = np.empty(sum(len(ids) for ids, _ in found), dtype=object)
    for ids, some in found:
        terms[ids] = some
    return list(terms.tolist())


def _maker(kind: str, detail: str) -> Callable[[str], Node]:
    if kind == "tagged":
        return lambda text: Literal(text, language=detail)
    if kind == "typed":
        datatype = NamedNode(detail)
        return lambda text: Literal(text, datatype=datatype)
    if kind == "BlankNode":
        return BlankNode
    return NamedNode if kind == "NamedNode" else lambda _: DefaultGraph()
