"""Validation by queries finds what the engines find: on the shipped graph, on broken ones, and on real servers."""

import random
import re
from collections import Counter

import pytest
from constraint_kinds import DATA, IMPLICIT, PREFIXES, SHAPES, shapes
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse
from search import SEEDS, examples
from servers import ENGINES
from sparql_stores import GRAPH, in_memory, server
from test_shapes import FILES, PROJECT, mutated

from kg.errors import OutsideError, UsageError
from kg.findings import report
from kg.rdf.datatypes import value_of
from kg.validation.engines import check_shapes
from kg.validation.shacl.shapes_graph import read_shape_file
from kg.validation.shacl.to_sparql import check_on_store
from kg.validation.shacl.to_sparql.virtuoso_regex import byte_pattern

OURS = [triple for path in PROJECT.shape_files for triple in read_shape_file(path)]
TRIPLES = sorted({quad.triple for quad in FILES.quads}, key=str)


def turtle(text):
    return {quad.triple for quad in parse(text, format=RdfFormat.TURTLE)}


BROKEN = turtle(DATA)


def by_engine(triples, text, tmp_path, engine="shacl"):
    path = tmp_path / "shapes.ttl"
    path.write_text(text, encoding="utf-8")
    return report(check_shapes(triples, [path], engine)).findings


def by_queries(triples, text, **options):
    return report(check_on_store(turtle(text), in_memory(triples), **options)).findings


def alike(findings):
    """Findings as they are compared across stores: values by what they denote, for stores write them differently."""
    return Counter((f.severity, f.focus_node, f.message, f.path, _value(f.value), f.component) for f in findings)


def _value(text):
    if not text.startswith('"'):
        return text
    literal = next(iter(parse(f"<urn:x> <urn:x> {text} .", format=RdfFormat.N_TRIPLES))).object
    return value_of(literal) or (literal.value, literal.datatype.value)


def test_the_shipped_graph_conforms():
    assert check_on_store(OURS, in_memory(TRIPLES)) == []


def test_every_kind_of_fault_of_our_graph():
    triples = {quad.triple for quad in mutated(FILES.quads)}
    found = report(check_on_store(OURS, in_memory(triples))).findings
    assert found == report(check_shapes(triples, PROJECT.shape_files)).findings
    assert len({finding.component for finding in found}) > 15


@pytest.mark.parametrize("seed", SEEDS)
def test_random_faults_of_our_graph(seed):
    chance = random.Random(seed)
    values = [triple.object for triple in TRIPLES]
    broken = {t for t in TRIPLES if chance.random() > 0.01}
    broken |= {Triple(t.subject, t.predicate, chance.choice(values)) for t in chance.sample(TRIPLES, 30)}
    found = report(check_on_store(OURS, in_memory(broken))).findings
    assert found == report(check_shapes(broken, PROJECT.shape_files)).findings
    assert len(found) > 30


@pytest.mark.parametrize("kind", SHAPES)
def test_each_constraint_as_the_engine_has_it(kind, tmp_path):
    found = by_queries(BROKEN, shapes(kind))
    assert found == by_engine(BROKEN, shapes(kind), tmp_path)
    own = [finding for finding in found if finding.component]
    assert bool(own) == (kind != "deactivated")


def test_a_class_that_is_a_shape(tmp_path):
    found = by_queries(BROKEN, IMPLICIT)
    assert found == by_engine(BROKEN, IMPLICIT, tmp_path)
    assert [finding.focus_node for finding in found if finding.component] == ["https://e.example/b"]


def test_pages():
    rows = []

    def select(text):
        answer = in_memory(BROKEN)(text)
        rows.append(len(answer))
        return answer

    # Literals of the same text have one place in the order.
    whole = check_on_store(turtle(shapes()), in_memory(BROKEN))
    assert report(check_on_store(turtle(shapes()), select, page=6)).findings == report(whole).findings
    assert max(rows) == 6


def test_what_cannot_be_told_apart_is_no_page():
    data = turtle(PREFIXES + "ex:a ex:text 'x'@de, 'x'@fr, 'x'@it, 'x' .")
    text = (
        PREFIXES + "ex:s a sh:NodeShape ; sh:targetNode ex:a ; sh:property [ sh:path ex:text ; sh:nodeKind sh:IRI ] ."
    )
    with pytest.raises(OutsideError, match="cannot be distinguished"):
        by_queries(data, text, page=3)
    assert len(by_queries(data, text, page=5)) == 4


def test_shapes_do_not_see_literals_that_are_no_values(tmp_path):
    data = turtle(PREFIXES + "ex:a ex:n 'x'^^xsd:integer ; ex:m '2023-02-30'^^xsd:date, '2024-02-29'^^xsd:date .")
    text = (
        PREFIXES
        + "ex:s a sh:NodeShape ; sh:targetSubjectsOf ex:n, ex:m ; sh:property [ sh:path ex:n ; sh:minCount 1 ] ."
    )
    found = by_queries(data, text)
    assert found == by_engine(data, text, tmp_path)
    assert sorted(finding.kind for finding in found) == ["MinCountConstraintComponent", "evidence", "evidence"]


def test_too_many_literals_that_are_no_values():
    data = {
        Triple(NamedNode("urn:a"), NamedNode("urn:p"), Literal(f"x{n}", datatype=NamedNode(f"{XSD}integer")))
        for n in range(501)
    }
    found = by_queries(data, shapes("class"))
    assert len(found) == 502
    assert "no shape was checked" in next(finding.message for finding in found if finding.check)


XSD = "http://www.w3.org/2001/XMLSchema#"


def test_datatypes_that_the_store_changes():
    """Oxigraph keeps xsd:byte as xsd:integer: the range is left to tell them apart."""
    data = turtle(PREFIXES + "ex:a ex:n '5'^^xsd:byte, '500'^^xsd:int, 'x' .")
    text = PREFIXES + "ex:s sh:targetNode ex:a ; sh:property [ sh:path ex:n ; sh:datatype xsd:byte ] ."
    assert [finding.value for finding in by_queries(data, text)] == ['"500"^^<' + XSD + "integer>", '"x"']


@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ("sh:property ex:p . ex:p sh:path ex:q ; sh:node ex:s", "refers to itself"),
        ("sh:in ( [ ] )", "blank node"),
        ("sh:not [ sh:property [ sh:path ex:q ; sh:minCount 9 ] ]", "cannot be counted"),
        ("sh:sparql [ sh:select 'SELECT $this WHERE { GRAPH $shapesGraph { ?x ?y $this } }' ]", "GRAPH"),
        ("sh:sparql [ sh:select 'SELECT (1 AS $this) WHERE { }' ]", "assigns"),
        ("sh:sparql [ sh:select 'SELECT $this WHERE { { SELECT ?y WHERE { $this a ?y } } }' ]", "sub-select"),
        ("sh:not [ sh:sparql [ sh:select 'SELECT $this WHERE { $this a ?y }' ] ]", "below sh:not"),
    ],
)
def test_what_is_refused(shape, told):
    with pytest.raises(UsageError, match=re.escape(told)):
        by_queries(BROKEN, f"{PREFIXES} ex:s a sh:NodeShape ; sh:targetNode ex:a ; {shape} .")


def test_constraint_components_are_refused():
    with pytest.raises(UsageError, match="constraint component"):
        by_queries(BROKEN, f"{PREFIXES} ex:c a sh:ConstraintComponent ; sh:parameter [ sh:path ex:x ] .")


@pytest.fixture(scope="module", params=ENGINES)
def remote(request, running):
    return server(request.param, running(request.param))


def test_every_kind_of_constraint_on_a_server(remote, tmp_path):
    """By value: Virtuoso writes `true` as `1`."""
    remote.put(BROKEN)
    found = report(check_on_store(turtle(shapes()), remote.select, data_graph=GRAPH)).findings
    assert alike(found) == alike(by_engine(BROKEN, shapes(), tmp_path))
    assert len(found) > 100


def test_our_shapes_on_a_server(remote):
    triples = {quad.triple for quad in mutated(FILES.quads)}
    remote.put(triples)
    found = report(check_on_store(OURS, remote.select, data_graph=GRAPH)).findings
    assert alike(found) == alike(report(check_shapes(triples, PROJECT.shape_files)).findings)


def test_pages_of_a_server(remote):
    """More focus nodes and results than Virtuoso gives at once, 10,000: none is lost."""
    text = PREFIXES + (
        "ex:s a sh:NodeShape ; sh:targetSubjectsOf ex:n ; "
        "sh:property [ sh:path ex:n ; sh:nodeKind sh:IRI ], [ sh:path ex:n ; sh:minCount 2 ] ."
    )
    nodes = [NamedNode(f"https://e.example/n{number}") for number in range(10_500)]
    remote.put([Triple(node, NamedNode("https://e.example/n"), Literal(1)) for node in nodes])
    found = check_on_store(turtle(text), remote.select, data_graph=GRAPH)
    assert Counter(finding.kind for finding in found) == {
        "NodeKindConstraintComponent": 10_500,
        "MinCountConstraintComponent": 10_500,
    }


characters = st.sampled_from("aA1 .-\n_éß中文字𝄞")
classes = st.lists(
    st.sampled_from(["a-z", "0-9", "é", "中", "\u4e00-\u9fff", "\\s", "\\d", "\\w", "\\.", "a-文"]), min_size=1
)
atoms = st.one_of(
    characters.map(re.escape),
    st.sampled_from([".", "\\S", "\\s", "\\d", "\\D", "\\w", "\\W"]),
    st.builds(lambda negated, members: f"[{negated}{''.join(members)}]", st.sampled_from(["", "^"]), classes),
)
patterns = st.lists(st.builds(str.__add__, atoms, st.sampled_from(["", "+", "*", "?", "{2}"])), min_size=1, max_size=4)


@given(pattern=patterns.map("".join), anchored=st.booleans(), text=st.text(characters, max_size=8))
def test_patterns_on_bytes(pattern, anchored, text):
    pattern = f"^{pattern}$" if anchored else pattern
    expected = re.search(pattern.replace(".", "[^\\n\\r]") if "\\." not in pattern else pattern, text, re.ASCII)
    found = re.search(byte_pattern(pattern).encode("ascii"), text.encode())
    assert bool(found) == bool(expected)


TERMS = ["ex:a", "ex:b", "ex:c", "1", "2", "'x'", "'x'@en", "'yz'@de", "_:b"]
PROPERTIES = ["ex:p", "ex:q"]
paths = st.recursive(
    st.sampled_from(PROPERTIES),
    lambda inner: st.one_of(
        st.builds("[ sh:inversePath {} ]".format, inner),
        st.builds("( {} {} )".format, inner, inner),
        st.builds("[ sh:alternativePath ( {} {} ) ]".format, inner, inner),
        st.builds("[ sh:zeroOrMorePath {} ]".format, st.sampled_from(PROPERTIES)),
    ),
    max_leaves=3,
)
of_values = st.sampled_from(
    [
        "sh:class ex:C",
        "sh:datatype xsd:integer",
        "sh:datatype rdf:langString",
        "sh:nodeKind sh:IRIOrLiteral",
        "sh:minInclusive 2",
        "sh:maxLength 1",
        "sh:pattern 'a$'",
        "sh:languageIn ( 'en' )",
        "sh:in ( ex:a 1 'x' )",
        "sh:hasValue ex:a",
        "sh:equals ex:q",
        "sh:disjoint ex:q",
        "sh:closed true ; sh:ignoredProperties ( ex:p )",
    ]
)
of_paths = st.sampled_from(
    ["sh:minCount 1", "sh:minCount 2", "sh:maxCount 1", "sh:maxCount 0", "sh:uniqueLang true", "sh:lessThan ex:q"]
)


def property_shapes(inner):
    return st.builds("[ sh:path {} ; {} ]".format, paths, st.one_of(of_paths, inner))


constraints = st.recursive(
    of_values,
    lambda inner: st.one_of(
        st.builds("sh:not [ {} ]".format, inner),
        st.builds("sh:or ( [ {} ] [ {} ] )".format, inner, inner),
        st.builds("sh:xone ( [ {} ] [ {} ] )".format, inner, inner),
        st.builds("sh:property {}".format, property_shapes(inner)),
        st.builds("sh:node [ sh:property {} ]".format, property_shapes(inner)),
    ),
    max_leaves=4,
)
graphs = st.lists(
    st.builds(
        "{} {} {} .".format, st.sampled_from([*TERMS[:3], "_:b"]), st.sampled_from(PROPERTIES), st.sampled_from(TERMS)
    )
    | st.builds("{} a ex:C .".format, st.sampled_from(TERMS[:3])),
    max_size=12,
).map("\n".join)
targets = st.sampled_from(
    ["sh:targetClass ex:C", "sh:targetNode ex:a, 'x'", "sh:targetObjectsOf ex:p", "sh:targetSubjectsOf ex:q"]
)


@examples(60)
@given(graph=graphs, target=targets, constraint=constraints)
def test_random_shapes_and_graphs(tmp_path_factory, graph, target, constraint):
    # A node that is in no graph has no path of length zero on a store.
    data = turtle(PREFIXES + "ex:a ex:r 'x' ." + graph)
    text = f"{PREFIXES} ex:s a sh:NodeShape ; {target} ; {constraint} ."
    assert by_queries(data, text) == by_engine(data, text, tmp_path_factory.mktemp("shapes"))
