"""The syntax tree of queries beside rdflib's parser and Oxigraph's, on all queries of the W3C suite of SPARQL 1.1."""

from collections import Counter

import pytest
from pyoxigraph import Store
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue
from rdflib.term import Identifier

from kg.errors import UsageError
from kg.sparql.syntax import elements, parse_query, sub_selects

pytestmark = pytest.mark.conformance

QUERIES = 415
# Queries on which rdflib and we read different structures, with the reason.
DIFFERENT = {
    "syntax-query/syntax-bindings-02a": "rdflib cannot tell an empty VALUES behind the pattern from none",
    "syntax-query/syntax-bindings-05a": "of `*`, rdflib leaves out the variables of a VALUES behind the pattern",
    "syntax-query/syntax-minus-01": "for rdflib `*` has the variables of a MINUS, too, which are not in scope (18.2.1)",
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
    """The form, the columns and the structure of a query, as rdflib reads them."""
    parsed = parseQuery(text)
    algebra = translateQuery(parsed, base="http://base.example/").algebra
    parsed = parseQuery(text)  # the first one was changed
    # Each query of rdflib's has a clause of VALUES, that of some is empty.
    kinds = Counter(KINDS[node.name] for node in nodes(parsed) if node.name in KINDS and node != {})
    columns = [str(name) for name in algebra.PV] if algebra.name == "SelectQuery" else []
    return algebra.name.removesuffix("Query").lower(), columns, +kinds


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


def read_by_rdflib(text):
    try:
        return theirs(text)
    except Exception:  # it has no class of its own for what it cannot read
        return None


def read_by_oxigraph(text):
    # An update is no query, and what a query asks of endpoints is not run here.
    try:
        found = Store().query(f"BASE <http://base.example/> {text}")
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


def test_queries_of_the_suite(shared):
    found = sorted((shared / "w3c" / "sparql11").rglob("*.rq"))
    assert len(found) == QUERIES
    compared, different = 0, set()
    for path in found:
        name, text = f"{path.parent.name}/{path.stem}", path.read_text(encoding="utf-8")
        query, rdflib = read_by_us(text), read_by_rdflib(text)
        oxigraph = None if "SERVICE" in text.upper() else read_by_oxigraph(text)
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
    assert different == DIFFERENT.keys()
    assert compared == 381
