"""Validation of a graph by queries: what the store is like, the queries in pages, and their rows as findings."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.errors import OutsideError
from kg.findings import Finding
from kg.rdf.datatypes import is_ill_typed
from kg.rdf.terms import BLANK, RDFS, XSD, Term
from kg.sparql.results import Rows
from kg.validation.shacl.model import Shape
from kg.validation.shacl.reader import read_shapes
from kg.validation.shacl.results import Messages, ill_typed_finding
from kg.validation.shacl.to_sparql import datatypes
from kg.validation.shacl.to_sparql.constraints import Capabilities, Conditions
from kg.validation.shacl.to_sparql.patterns import Patterns
from kg.validation.shacl.to_sparql.queries import Query, compile_shapes

Select = Callable[[str], Rows]
PAGE = 5000  # rows of an answer: half of what Virtuoso sorts, or gives at all, with its usual settings
_MOST_HIDDEN = 500
_AT_ONCE = 200  # IRIs that one query lists


def check_on_store(
    shapes: Collection[Triple], select: Select, *, data_graph: NamedNode | None = None, page: int = PAGE
) -> list[Finding]:
    """Validate a graph against shapes by queries alone, with the findings of kg.validation.engines.check_shapes.

    Args:
        shapes: the triples of the shapes graph.
        select: runs a SELECT query on the store that holds the data; it raises where an answer is not whole.
        data_graph: the named graph to validate; without it, the default graph.
        page: how many rows a query may answer with; for more than these it is asked again.

    Returns:
        a finding for each result, and one for each literal that is no value of its datatype: the shapes do not see
        these. IRIs that start with `urn:kg:blank:` are taken for blank nodes.

    Raises:
        InputError: a shape is malformed.
        UsageError: a shape has what cannot be compiled; it says what.
    """
    if not shapes:
        return []
    compiled = read_shapes(shapes)
    triples = list(_ill_typed(select, data_graph, page))
    findings = [ill_typed_finding(triple) for triple in triples]
    literals = {triple.object for triple in triples if isinstance(triple.object, Literal)}
    if len(literals) > _MOST_HIDDEN:
        message = (
            f"More than {_MOST_HIDDEN} literals are not valid values of their datatypes: correct them first;"
            " no shape was checked."
        )
        return [*findings, Finding("violation", "", message, check="ill-typed")]
    return [*findings, *_results(compiled, Messages(shapes), select, data_graph, page, literals, hide=True)]


def run_queries(
    shapes: Collection[Triple], select: Select, *, data_graph: NamedNode | None = None, page: int = PAGE
) -> list[Finding]:
    """Return a finding for each result of the shapes, which see literals of any form; see check_on_store."""
    compiled = read_shapes(shapes)
    literals = {triple.object for triple in _ill_typed(select, data_graph, page) if isinstance(triple.object, Literal)}
    return list(_results(compiled, Messages(shapes), select, data_graph, page, literals, hide=False))


def _results(
    shapes: list[Shape],
    messages: Messages,
    select: Select,
    graph: NamedNode | None,
    page: int,
    ill_typed: Collection[Literal],
    hide: bool,
) -> Iterator[Finding]:
    patterns = Patterns(graph, _subclasses(select, graph, shapes), tuple(sorted(ill_typed, key=str)) if hide else ())
    conditions = Conditions(patterns, _capabilities(select, graph, shapes, ill_typed))
    # All queries are made before the first one runs: what cannot be compiled is refused before anything is found.
    for group in list(compile_shapes(shapes, conditions, patterns)):
        seen: set[tuple[tuple[str, Term], ...]] = set()
        for query in group:
            for row in _pages(select, query.variables, query.text, page, query.prologue):
                # Targets of two kinds may have nodes in common.
                key = tuple(row.items()) if len(group) > 1 else ()
                if key and key in seen:
                    continue
                seen.add(key)
                yield _finding(query, row, messages)


def _pages(
    select: Select, variables: Iterable[str], text: str, page: int, prologue: str = ""
) -> Iterator[dict[str, Term]]:
    """Yield the rows of a query, asked for in pages by a key: servers refuse OFFSET beyond some thousand rows."""
    parts = ', " ", '.join(f'COALESCE(STR(?{name}), "")' for name in variables)
    last = ""
    while True:
        further = f' FILTER(?key > "{last}")' if last else ""
        rows = select(
            f'{prologue}SELECT * WHERE {{ {{ {text} }} BIND(MD5(CONCAT("", {parts})) AS ?key){further} }} '
            f"ORDER BY ?key LIMIT {page}"
        )
        found = [
            {name: term for name, term in zip(rows.variables, terms, strict=True) if term is not None}
            for terms in rows.terms
        ]
        if len(found) < page:
            yield from found
            return
        # The last key of a page may go on after it.
        unfinished = found[-1]["key"].value
        whole = [row for row in found if row["key"].value != unfinished]
        if not whole:
            raise OutsideError(
                f"{page} results cannot be distinguished by their texts",
                "validate the files instead: kg validate without --store",
            )
        yield from whole
        last = whole[-1]["key"].value


def _finding(query: Query, row: dict[str, Term], messages: Messages) -> Finding:
    shape, constraint = query.shape, query.constraint
    value = row.get("value")
    if value is None and shape.path is None and constraint.name != "hasValue":
        value = row["this"]
    path = row.get("path")
    return Finding(
        severity=shape.severity,
        focus_node=_focus_node(row["this"]),
        message=messages.of(_texts(query, row), constraint.component),
        path=path.value if isinstance(path, NamedNode) else shape.path.predicate if shape.path is not None else "",
        value="" if value is None or _is_blank(value) else str(value),
        component=constraint.component,
        source_shape=shape.node.value if isinstance(shape.node, NamedNode) else "",
    )


def _texts(query: Query, row: dict[str, Term]) -> list[str]:
    """Return the messages of a result; those of a SPARQL constraint have the values of variables in them."""
    if query.constraint.name != "sparql":
        return list(query.shape.messages)
    texts = query.constraint.messages or query.shape.messages
    if "message" in row:
        texts = (row["message"].value,)

    def text_of(match: re.Match[str]) -> str:
        term = row.get(match[1])
        return match[0] if term is None else term.value

    return [re.sub(r"{[?$](\w+)}", text_of, text) for text in texts]


def _focus_node(node: Term) -> str:
    return str(node) if isinstance(node, Literal) else "" if _is_blank(node) else node.value


def _is_blank(term: Term) -> bool:
    return isinstance(term, BlankNode) or (isinstance(term, NamedNode) and term.value.startswith(BLANK))


def _in_graph(pattern: str, graph: NamedNode | None) -> str:
    return f"GRAPH {graph} {{ {pattern} }}" if graph is not None else pattern


def _ill_typed(select: Select, graph: NamedNode | None, page: int) -> Iterator[Triple]:
    """Yield the triples whose literal is no value of its datatype: doubtful ones are found there and judged here."""
    triple = _in_graph("?this ?path ?value", graph)
    of_xsd = f'isLiteral(?value) && STRSTARTS(STR(DATATYPE(?value)), "{XSD}")'
    used = select(f"SELECT DISTINCT (STR(DATATYPE(?value)) AS ?datatype) WHERE {{ {triple} FILTER({of_xsd}) }}")
    for datatype in sorted(row[0].value for row in used.terms if row[0] is not None):
        name = datatype.removeprefix(XSD)
        if name in ("string", "anyURI"):
            continue
        form = Literal(f"^({datatypes.CERTAIN.get(name, '[]')})$")
        doubtful = f" FILTER(!REGEX(STR(?value), {form}))" if name in datatypes.CERTAIN else ""
        is_one = f'FILTER(isLiteral(?value) && STR(DATATYPE(?value)) = "{datatype}")'
        text = f"SELECT ?this ?path ?value WHERE {{ {triple} {is_one}{doubtful} }}"
        for found in _pages(select, ("this", "path", "value"), text, page):
            subject, path, value = found["this"], found["path"], found["value"]
            if isinstance(value, Literal) and is_ill_typed(value) and isinstance(path, NamedNode):
                yield Triple(subject, path, value)  # type: ignore[arg-type]  # literals are no subjects


def _subclasses(select: Select, graph: NamedNode | None, shapes: Iterable[Shape]) -> dict[str, set[str]]:
    """Return for each class that the shapes name the class itself and all below it in the data graph."""
    below: dict[str, set[str]] = {}
    named = {iri for shape in _all(shapes) for iri in _classes(shape)}
    open_ = sorted(named)
    seen = set(open_)
    while open_:
        batch, open_ = open_[:_AT_ONCE], open_[_AT_ONCE:]
        listed = " ".join(f"<{iri}>" for iri in batch)
        pattern = _in_graph(f"?class <{RDFS}subClassOf> ?super", graph)
        text = f"SELECT DISTINCT ?class ?super WHERE {{ VALUES ?super {{ {listed} }} {pattern} }}"
        for row in _pages(select, ("class", "super"), text, PAGE):
            class_, wider = row["class"].value, row["super"].value
            if isinstance(row["class"], NamedNode):
                below.setdefault(wider, set()).add(class_)
                if class_ not in seen:
                    seen.add(class_)
                    open_.append(class_)
    return {iri: _reachable(iri, below) for iri in named}


def _reachable(start: str, below: dict[str, set[str]]) -> set[str]:
    found, open_ = {start}, [start]
    while open_:
        more = below.get(open_.pop(), set()) - found
        found |= more
        open_.extend(more)
    return found


def _all(shapes: Iterable[Shape]) -> Iterator[Shape]:
    """Yield shapes and all that they refer to."""
    seen: set[Shape] = set()
    open_ = list(shapes)
    while open_:
        shape = open_.pop()
        if shape not in seen:
            seen.add(shape)
            yield shape
            open_.extend(shape.properties)
            for constraint in shape.constraints:
                open_.extend((*constraint.shapes, *constraint.siblings))


def _classes(shape: Shape) -> Iterator[str]:
    yield from (target.term.value for target in shape.targets if target.kind == "class")
    yield from (constraint.terms[0].value for constraint in shape.constraints if constraint.name == "class")


def _capabilities(
    select: Select, graph: NamedNode | None, shapes: Collection[Shape], ill_typed: Collection[Literal]
) -> Capabilities:
    """Find out how the store treats what the shapes look at."""
    everything = list(_all(shapes))
    constraints = [constraint for shape in everything for constraint in shape.constraints]
    used = {constraint.terms[0].value for constraint in constraints if constraint.name == "datatype"}
    targets = {target.term for shape in everything for target in shape.targets}
    wrong = {term for term in targets if isinstance(term, Literal) and is_ill_typed(term)}
    on_bytes = any(constraint.name == "pattern" for constraint in constraints) and _sees_bytes(select, graph)
    return Capabilities(_kept(select, used), on_bytes, {*ill_typed, *wrong})


def _kept(select: Select, used: Collection[str]) -> dict[str, str]:
    """Return the datatypes that the store keeps as others, each with that other one."""
    asked = sorted(used & datatypes.EXAMPLES.keys())
    if not asked:
        return {}
    examples = (Literal(datatypes.EXAMPLES[iri], datatype=NamedNode(iri)) for iri in asked)
    terms = " ".join(f"(DATATYPE({example}) AS ?d{number})" for number, example in enumerate(examples))
    row = select(f"SELECT {terms} WHERE {{}}").terms[0]
    return {iri: term.value for iri, term in zip(asked, row, strict=True) if term is not None and term.value != iri}


def _sees_bytes(select: Select, graph: NamedNode | None) -> bool:
    """Return whether a regular expression sees bytes where a text in the graph has characters of several bytes.

    Virtuoso 7 does so with stored texts alone, not with constants: one is looked for, and its characters are counted.
    """
    pattern = _in_graph("?this ?path ?value", graph)
    wide = r'isLiteral(?value) && STRLEN(STR(?value)) < 100 && REGEX(STR(?value), "[^\\x00-\\x7F]")'
    found = select(f"SELECT ?value WHERE {{ {pattern} FILTER({wide}) }} LIMIT 1").terms
    if not found or not isinstance(found[0][0], Literal):
        return False
    text = found[0][0].value
    counted = f'STR(?value) = {Literal(text)} && REGEX(STR(?value), "^[\\\\s\\\\S]{{{len(text)}}}$")'
    return not select(f"SELECT ?value WHERE {{ {pattern} FILTER({counted}) }} LIMIT 1").terms
