"""Canned queries: SPARQL files whose header describes what they answer and which parameters they take.

The header is YAML behind `#+ `, with the decorators of grlc (https://grlc.io) and typed parameters:

    #+ summary: Who initiated an organization?
    #+ tags: [organizations]
    #+ params:
    #+   - name: organization
    #+     type: entity
    #+     description: the organization
    #+     default: id:world-internet-conference
    #+ page: ex:Organization
    #+ view: table

`page` names a class: the query belongs on the page of each of its instances, which is then the value of the query's
first parameter of type entity. `view` is how its answer is best shown, one of VIEWS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.errors import InputError, UsageError, did_you_mean
from kg.files.text import read_text
from kg.rdf.terms import LITERAL_TYPES, WELL_KNOWN, Prefixes, Term, parse_iri, parse_literal
from kg.sparql.binding import bind, declared_prefixes, require_bindable
from kg.sparql.errors import faults_in
from kg.sparql.syntax import parse_query

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    Argument = str | int | bool | Decimal | date | NamedNode | Literal

TYPES = ("entity", "iri", *LITERAL_TYPES)

VIEWS = ("table", "timeline", "matrix", "map")

_QUERY_KEYS = {"summary": str, "description": str, "tags": list, "params": list, "page": str, "view": str}
_PARAMETER_KEYS = {
    "name": str,
    "type": str,
    "description": str,
    "default": object,
    "required": bool,
}


class Parameter(NamedTuple):
    """A parameter `$name` of a query.

    Without a value and without a default the variable stays free: the query then answers for all values.
    """

    name: str
    type: str
    description: str
    default: str | None = None
    required: bool = False


class CannedQuery(NamedTuple):
    """A query file: the question it answers, its parameters, and its SPARQL text (header included).

    `page` is the IRI of the class on whose pages the query belongs, `view` one of VIEWS; both may be empty.
    """

    name: str
    path: Path
    summary: str
    description: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    text: str
    page: str = ""
    view: str = ""

    @property
    def example(self) -> str:
        """A command line that runs the query."""
        values = (
            f"-p {parameter.name}={parameter.default or '...'}" for parameter in self.parameters if parameter.required
        )
        return " ".join(["kg query run", self.name, *values])


def find(name: str, files: Iterable[Path]) -> Path:
    """Return the file of the query with a name; raises UsageError if there is none."""
    by_name = {path.stem: path for path in files}
    if name not in by_name:
        hint = did_you_mean(name, list(by_name)) or "list the names with kg query list"
        raise UsageError(f"no query named {name!r}", hint)
    return by_name[name]


def all_queries(files: Iterable[Path]) -> list[CannedQuery]:
    """Read all queries, sorted by name; raises InputError for an invalid file or a name that occurs twice."""
    queries = sorted((load_query(path) for path in files), key=lambda query: query.name)
    for one, other in pairwise(queries):
        if one.name == other.name:
            raise InputError(f"{one.path} has the same query name", "rename one of the two files", path=other.path)
    return queries


def search(queries: Iterable[CannedQuery], word: str | None = None, tag: str | None = None) -> list[CannedQuery]:
    """Return the queries whose name, summary, description or tags hold a word, and which have a tag."""
    return [
        query
        for query in queries
        if (tag is None or tag in query.tags)
        and (
            word is None
            or word.casefold() in " ".join((query.name, query.summary, query.description, *query.tags)).casefold()
        )
    ]


def load_query(path: Path, known: Mapping[str, Mapping[str, Any]] | None = None) -> CannedQuery:
    """Read a query file.

    Args:
        path: a .rq file.
        known: records of queries by name (see `record`), which need not be parsed again.

    Raises:
        InputError: the header is not valid; with file and line.
    """
    text = read_text(path)
    before = known.get(path.stem) if known else None
    if before is not None and before["text"] == text:
        parameters = tuple(Parameter(**entry) for entry in before["parameters"])
        return CannedQuery(**{**before, "path": path, "tags": tuple(before["tags"]), "parameters": parameters})
    from kg.query.header import PREFIX, check_keys, read_header

    header, lines = read_header(path, text)
    check_keys(path, header, _QUERY_KEYS, lines)
    if "summary" not in header:
        raise InputError(
            "the header of the query has no summary", f"begin with: {PREFIX} summary: the question", path=path, line=1
        )
    parameters = tuple(_parameter(path, entry, lines) for entry in header.get("params", ()))
    query = CannedQuery(
        path.stem,
        path,
        header["summary"],
        header.get("description", "").strip(),
        tuple(str(tag) for tag in header.get("tags", ())),
        parameters,
        text,
        _page(path, header, parameters, text, lines),
        _view(path, header, lines),
    )
    _check_variables(query, lines)
    return query


def _page(
    path: Path, header: Mapping[str, Any], parameters: Iterable[Parameter], text: str, lines: Mapping[str, int]
) -> str:
    """Return the IRI of the class that the header names, by the prefixes that the query declares."""
    if "page" not in header:
        return ""
    line = lines["page"]
    if not any(parameter.type == "entity" for parameter in parameters):
        hint = "add a parameter of type entity"
        raise InputError(
            "a query with `page` needs a parameter for the entity that the page describes", hint, path=path, line=line
        )
    try:
        return parse_iri(header["page"], Prefixes({**WELL_KNOWN, **declared_prefixes(text)})).value
    except UsageError as error:
        hint = "page must name a class: a full IRI, or a short name whose prefix the query declares"
        raise InputError(error.message, hint, path=path, line=line) from error


def _view(path: Path, header: Mapping[str, Any], lines: Mapping[str, int]) -> str:
    view: str = header.get("view", "")
    if "view" in header and view not in VIEWS:
        hint = did_you_mean(view, VIEWS) or f"the views are {', '.join(VIEWS)}"
        raise InputError(f"unknown view {view!r}", hint, path=path, line=lines["view"])
    return view


def record(query: CannedQuery) -> dict[str, Any]:
    """Return a query as plain values for JSON: parsing YAML takes longer than answering most queries."""
    parameters = [parameter._asdict() for parameter in query.parameters]
    return {**query._asdict(), "path": str(query.path), "parameters": parameters}


def bind_arguments(
    query: CannedQuery,
    arguments: Mapping[str, Argument],
    prefixes: Prefixes,
    resolve_entity: Callable[[str], NamedNode],
) -> str:
    """Return the query with values, or else defaults, in the place of its parameters.

    Args:
        query: a canned query.
        arguments: values by the names of parameters: text as a user types it, Python values, or terms.
        prefixes: for CURIEs.
        resolve_entity: finds the entity that a text names; only called for parameters of type entity.

    Raises:
        UsageError: an unknown or missing parameter, or a value that is not of the parameter's type.
    """
    names = [parameter.name for parameter in query.parameters]
    for name in arguments:
        if name not in names:
            known = did_you_mean(name, names) or (
                f"its parameters are {', '.join(names)}" if names else "the query has no parameters"
            )
            raise UsageError(f"{query.name} has no parameter {name!r}", known)
    values: dict[str, Term] = {}
    for parameter in query.parameters:
        value = arguments.get(parameter.name, parameter.default)
        if value is None and parameter.required:
            raise UsageError(
                f"{query.name} needs a value for {parameter.name}: {parameter.description}",
                f"kg query run {query.name} -p {parameter.name}=...",
            )
        if value is not None:
            values[parameter.name] = _term(parameter, value, prefixes, resolve_entity)
    with faults_in(query.text, query.path):
        return bind(query.text, values)


def _term(
    parameter: Parameter, value: Argument, prefixes: Prefixes, resolve_entity: Callable[[str], NamedNode]
) -> Term:
    if isinstance(value, NamedNode | Literal | BlankNode):
        return value
    text = str(value).lower() if isinstance(value, bool) else str(value)
    try:
        if parameter.type == "entity":
            # A CURIE or IRI in a file's own default need not be looked up.
            return parse_iri(text, prefixes) if text == parameter.default else resolve_entity(text)
        if parameter.type == "iri":
            return parse_iri(text, prefixes)
        return parse_literal(text, parameter.type)
    except UsageError as error:
        raise UsageError(f"parameter {parameter.name} ({parameter.type}): {error.message}", error.hint) from error


def _parameter(path: Path, entry: Any, lines: Mapping[str, int]) -> Parameter:
    if not isinstance(entry, dict):
        raise InputError("a parameter needs name, type and description", path=path, line=lines.get("params"))
    from kg.query.header import check_keys

    check_keys(path, entry, _PARAMETER_KEYS, lines)
    line = lines.get(entry.get("name", "params"))
    for key in ("name", "type", "description"):
        if key not in entry:
            raise InputError(f"a parameter lacks its {key}", path=path, line=line)
    if entry["type"] not in TYPES:
        hint = did_you_mean(entry["type"], TYPES) or f"the types are {', '.join(TYPES)}"
        raise InputError(f"unknown type {entry['type']!r} of parameter {entry['name']}", hint, path=path, line=line)
    default = entry.get("default")
    return Parameter(
        entry["name"],
        entry["type"],
        entry["description"],
        None if default is None else str(default),
        entry.get("required", False),
    )


def _check_variables(query: CannedQuery, lines: Mapping[str, int]) -> None:
    """Check that the `$variables` of the text are just the declared parameters."""
    declared = {parameter.name for parameter in query.parameters}
    try:
        with faults_in(query.text, query.path):
            parsed = parse_query(query.text)
            require_bindable(parsed, declared)
    except UsageError as error:
        raise InputError(error.message, error.hint, path=query.path) from error
    used = {token.text[1:]: token for token in parsed.tokens if token.kind == "variable" and token.text.startswith("$")}
    for name in used.keys() - declared:
        token = used[name]
        raise InputError(
            f"the parameter ${name} is not declared",
            "declare it under params in the header",
            path=query.path,
            line=token.line,
            column=token.column,
        )
    for name in sorted(declared - used.keys()):
        raise InputError(f"parameter {name} is declared but not used", path=query.path, line=lines.get(name))
