"""The syntax tree of queries and their triple patterns beside rdflib and Oxigraph, on all queries of the W3C suite."""

from collections import Counter

import pytest
from pyoxigraph import Store
from rdflib import BNode, Graph, URIRef
from rdflib import Literal as Text
from rdflib.compare import isomorphic
from rdflib.paths import AlternativePath, InvPath, MulPath, NegatedPath, SequencePath
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Identifier

from kg.errors import UsageError
from kg.sparql.patterns import Alternatives, Excluding, Inverse, PatternReader, Repeated, Steps, path_text
from kg.sparql.syntax import elements, parse_query, sub_selects

pytestmark = pytest.mark.conformance

QUERIES = 415
# Queries on which rdflib and we read different structures, with the reason.
DIFFERENT = {
    "syntax-query/syntax-bindings-02a": "rdflib cannot tell an empty VALUES behind the pattern from none",
    "syntax-query/syntax-bindings-05a": "of `*`, rdflib leaves out the variables of a VALUES behind the pattern",
    "syntax-query/syntax-minus-01": "for rdflib `*` has the variables of a MINUS, too, which are not in scope (18.2.1)",
}
# Queries with triple patterns that rdflib and we read in different ways, with the reason.
DIFFERENT_PATTERNS = {
    "property-path/nps_a_inverse": (lost := "of `!^p`, rdflib loses the predicate"),
    "property-path/nps_direct_and_inverse": lost,
    "property-path/nps_inverse": lost,
    "syntax-query/syn-invalid-codepoint-escaped-bad-01": "rdflib takes a surrogate for a character",
    "syntax-query/syn-pname-05": (kept := "rdflib keeps the escapes of prefixed names"),
    "syntax-query/syn-pname-06": kept,
    "syntax-query/syn-pname-07": kept,
}
KINDS = {
    "OptionalGraphPattern": "optional",
    "MinusGraphPattern": "minus",
    "GraphGraphPattern": "graph",
    "ServiceGraphPattern": "service",
    "GroupOrUnionGraphPattern": "group",
    "Filter": "filter",
    "Bind": "bind",
    "InlineData": "values",
    "ValuesClause": "values",
    "SubSelect": "select",
    "Builtin_EXISTS": "exists",
    "Builtin_NOTEXISTS": "exists",
}


def nodes(tree):
    """Yield all nodes of what rdflib has parsed."""
    if isinstance(tree, CompValue):
        yield tree
        for part in tree.values():
            yield from nodes(part)
    elif not isinstance(tree, str | Identifier) and hasattr(tree, "__iter__"):
        for part in tree:
            yield from nodes(part)


def theirs(text):
    """The form, the columns, the structure and the triple patterns of a query, as rdflib reads them."""
    parsed = parseQuery(text)
    algebra = translateQuery(parsed).algebra
    parsed = parseQuery(text)  # the first one was changed
    # Each query of rdflib's has a clause of VALUES, that of some is empty.
    kinds = Counter(KINDS[node.name] for node in nodes(parsed) if node.name in KINDS and node != {})
    columns = [str(name) for name in algebra.PV] if algebra.name == "SelectQuery" else []
    return algebra.name.removesuffix("Query").lower(), columns, +kinds, list(patterns_of_rdflib(algebra))


def name_of(term):
    return f"<{term}>" if isinstance(term, URIRef) else term.n3()


def path_of_rdflib(path):
    """Return what rdflib has read as a predicate as one of our paths."""
    match path:
        case InvPath():
            return Inverse(path_of_rdflib(path.arg))
        case SequencePath():
            return Steps(tuple(map(path_of_rdflib, path.args)))
        case AlternativePath():
            return Alternatives(tuple(map(path_of_rdflib, path.args)))
        case MulPath():
            return Repeated(path_of_rdflib(path.path), str(path.mod))
        case NegatedPath():
            forwards = tuple(name_of(part) for part in path.args if isinstance(part, URIRef))
            backwards = tuple(name_of(part.arg) for part in path.args if isinstance(part, InvPath))
            return Excluding(forwards or None, backwards or None)
    return name_of(path)


def patterns_of_rdflib(node):
    if isinstance(node, list | tuple):
        for part in node:
            yield from patterns_of_rdflib(part)
    elif isinstance(node, CompValue) and node.name in ("Builtin_EXISTS", "Builtin_NOTEXISTS"):
        yield from patterns_of_rdflib(node.graph)
    elif isinstance(node, CompValue):
        if node.name == "BGP":
            yield from ((name_of(s), path_of_rdflib(p), name_of(o)) for s, p, o in node.triples)
        for key, part in node.items():
            if key not in ("triples", "_vars", "PV", "template"):
                yield from patterns_of_rdflib(part)


def as_graph(patterns, blank):
    """Write patterns as a graph whose blank nodes are theirs."""
    graph = Graph()
    for s, p, o in patterns:
        pattern = BNode()
        for role, part in (("s", s), ("p", path_text(p)), ("o", o)):
            graph.add((pattern, URIRef(f"urn:{role}"), BNode(part) if part.startswith(blank) else Text(part)))
    return graph


def ours(query):
    def count(node):
        kinds = Counter()
        for inner in sub_selects(node):
            kinds += count(inner) + Counter(select=1)
            kinds["values"] += inner.values is not None
        kinds["exists"] += len(node.exists)
        return kinds

    kinds = count(query) + Counter(element.kind for element in elements(query) if element.kind != "triples")
    kinds["exists"] += sum(len(element.exists) for element in elements(query))
    kinds["values"] += query.values is not None
    return query.form, list(query.columns) if query.form == "select" else [], +kinds


def same_patterns(query, theirs):
    reader = PatternReader.of(query)
    try:
        found = [p for e in elements(query) if e.kind == "triples" for p in reader.patterns(e.tokens)]
    except UsageError:
        return False
    return len(found) == len(theirs) and isomorphic(as_graph(found, reader.blank), as_graph(theirs, "_:"))


def read_by_rdflib(text):
    try:
        return theirs(text)
    except Exception:  # it has no class of its own for what it cannot read
        return None


def read_by_oxigraph(text):
    # An update is no query, and what a query asks of endpoints is not run here.
    try:
        found = Store().query(text)
    except SyntaxError:
        return None
    except RuntimeError:  # it reads the query, and lacks a function
        return "?"
    return [variable.value for variable in found.variables] if hasattr(found, "variables") else []


def read_by_us(text):
    try:
        return parse_query(text)
    except UsageError:
        return None


def test_queries_of_the_suite(shared, monkeypatch):
    monkeypatch.setattr("rdflib.NORMALIZE_LITERALS", False)
    found = sorted((shared / "w3c" / "sparql11").rglob("*.rq"))
    assert len(found) == QUERIES
    compared, different, different_patterns = 0, set(), set()
    for path in found:
        name, text = f"{path.parent.name}/{path.stem}", f"BASE <http://base.example/a/b> {path.read_text('utf-8')}"
        query, rdflib = read_by_us(text), read_by_rdflib(text)
        calls = "SERVICE" in text.upper()
        oxigraph = None if calls else read_by_oxigraph(text)
        if query is None:  # what nobody refuses is not refused here
            assert (rdflib, oxigraph) == (None, None), name
            continue
        form, columns, kinds = ours(query)
        if form == "select" and isinstance(oxigraph, list):
            assert columns == oxigraph if query.items is not None else sorted(columns) == sorted(oxigraph), name
        if rdflib:
            compared += 1
            if (form, sorted(columns), kinds) != (rdflib[0], sorted(rdflib[1]), rdflib[2]):
                different.add(name)
            if not calls and not same_patterns(query, rdflib[3]):  # rdflib sends what is in a SERVICE as text
                different_patterns.add(name)
    assert different == DIFFERENT.keys()
    assert different_patterns == DIFFERENT_PATTERNS.keys()
    assert compared == 381
