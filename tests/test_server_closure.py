"""The closure that a SPARQL server computes: the same as the one in memory, on a store and on two servers."""

import re
import sys
from pathlib import Path

import pytest
from closure_servers import ASSERTED, CLOSURE, InMemory, by_value, over_http, skolemized, unskolemized
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Triple
from search import examples
from servers import ENGINES
from test_reason import CONCLUSIONS, CONTRADICTIONS, GRAPHS, SHIPPED, quads, sentences

from kg.errors import OutsideError
from kg.files.project import find_project
from kg.files.reading import read_project
from kg.reasoning.closure import close
from kg.reasoning.facts import Budget
from kg.reasoning.on_server.closure import close_on_server

ROOT = Path(__file__).parent.parent

# What else literals can do: be compared by value, be the same as a resource, be in classes and datatypes.
LITERALS = st.lists(
    st.one_of(
        sentences(
            ":i{n} :name {v} .",
            n=st.integers(0, 2),
            v=st.sampled_from(["1", "1.0", '"1"^^xsd:byte', '"1"', '"a"@en', "true", "1e0"]),
        ),
        st.sampled_from(
            [
                ":name a owl:FunctionalProperty .",
                ":name a owl:InverseFunctionalProperty .",
                ":name rdfs:range :C0 .",
                ":name rdfs:range xsd:integer .",
                ":p0 owl:inverseOf :name .",
                ":name rdfs:subPropertyOf :p1 .",
                ":i0 owl:sameAs 1 .",
                ":i1 owl:sameAs 2 .",
                ":C1 owl:equivalentClass xsd:integer .",
                ":C2 owl:equivalentClass [ owl:onProperty :name ; owl:hasValue 1 ] .",
                ":C2 owl:equivalentClass [ owl:onProperty :name ; owl:someValuesFrom :C0 ] .",
                ":p2 owl:sameAs owl:sameAs .",
                ":p2 rdfs:subPropertyOf rdf:type .",
                "rdf:type rdfs:range :C0 .",
            ]
        ),
    ),
    max_size=5,
    unique=True,
).map("\n".join)


@pytest.fixture(scope="module", params=ENGINES)
def distant(request, running):
    return over_http(request.param, running(request.param))


def assert_same_closure(server, asserted):
    """Compare the closure on a server with the one in memory, of what the server says is asserted; return both."""
    server.load(skolemized(asserted))
    there = server.graph(ASSERTED)
    result = close_on_server(server, asserted=ASSERTED, closure=CLOSURE)
    expected = close(unskolemized(there))
    wanted, found = there | set(expected.inferred), server.graph(CLOSURE)
    if server.merges_numbers:
        assert by_value(found) == by_value(wanted)
    else:
        assert found == wanted
        assert result.inferred == len(expected.inferred)
    assert {found.rule for found in result.inconsistencies} == {found.rule for found in expected.inconsistencies}
    assert not scratch(server)
    return result, expected


def scratch(server):
    return {graph for graph in server.graphs() if graph.value.startswith(CLOSURE.value) and graph != CLOSURE}


@pytest.mark.parametrize("rule", CONCLUSIONS)
def test_each_rule_concludes_the_same(rule):
    server = InMemory()
    assert_same_closure(server, quads(CONCLUSIONS[rule][0]))


@pytest.mark.parametrize(("rule", "turtle"), [case[:2] for case in CONTRADICTIONS])
def test_each_contradiction_is_found(rule, turtle):
    server = InMemory()
    result, _ = assert_same_closure(server, quads(turtle))
    assert rule in {found.rule for found in result.inconsistencies}


def test_a_contradiction_names_its_premises():
    asserted = quads(":C owl:disjointWith [ owl:onProperty :p ; owl:hasValue 1 ] . :a a :C ; :p 1 .")
    server = InMemory()
    result, expected = assert_same_closure(server, asserted)
    (found,), (other,) = result.inconsistencies, expected.inconsistencies
    assert set(found.premises) == set(other.premises)
    assert found.meaning == other.meaning


def together(cases):
    """Put cases into one graph, each with names of its own."""
    turtle = (
        re.sub(r"(?<![\w:]):(?=\w)", f":case{number}-", case).replace("[]", f"[ :case {number} ]")
        for number, case in enumerate(cases)
    )
    return quads("\n".join(turtle))


def test_all_rules_together(distant):
    result, _ = assert_same_closure(distant, together(turtle for turtle, _ in CONCLUSIONS.values()))
    assert not result.inconsistencies


def test_all_contradictions_together(distant):
    result, _ = assert_same_closure(distant, together(turtle for _, turtle, _ in CONTRADICTIONS))
    assert {rule for rule, *_ in CONTRADICTIONS} <= {found.rule for found in result.inconsistencies}


@pytest.mark.parametrize("kind", ["in memory", *ENGINES])
def test_the_shipped_graph(running, kind):
    server = InMemory() if kind == "in memory" else over_http(kind, running(kind))
    result, expected = assert_same_closure(server, SHIPPED)
    assert len(expected.inferred) > 1000
    assert not result.inconsistencies
    assert sum(result.by_rule.values()) >= result.inferred


@given(GRAPHS, LITERALS)
@examples(40)
def test_random_ontologies_and_facts(turtle, literals):
    server = InMemory()
    assert_same_closure(server, quads(f"{turtle}\n{literals}"))


@given(turtle=GRAPHS, literals=LITERALS)
@examples(2)
def test_random_ontologies_and_facts_on_servers(distant, turtle, literals):
    if distant.merges_numbers:  # and takes true for 1, so that what is in one graph depends on which came first
        turtle, literals = (text.replace(" true", ' "true"') for text in (turtle, literals))
    assert_same_closure(distant, quads(f"{turtle}\n{literals}"))


def test_other_names_of_different_things_contradict_nothing():
    different = "[] a owl:AllDifferent ; owl:members ( :a :b :c ) . :a owl:sameAs :a, :d ."
    for more, contradicts in (("", False), (":d owl:sameAs :b .", True)):
        server = InMemory()
        result, _ = assert_same_closure(server, quads(f"{different} {more}"))
        assert bool(result.inconsistencies) == contradicts


def test_values_are_compared_and_not_their_spelling():
    key = ":C owl:hasKey ( :p ) . :a a :C ; :p 1 . :b a :C ; :p {} ."
    same = Triple(NamedNode("https://e.example/a"), NamedNode("http://www.w3.org/2002/07/owl#sameAs"),
                  NamedNode("https://e.example/b"))  # fmt: skip
    for spelling, equal in {"1.0": True, "1e0": False, '"1"': False, '"1"@en': False}.items():
        server = InMemory()
        assert_same_closure(server, quads(key.format(spelling)))
        assert (same in server.graph(CLOSURE)) == equal, spelling


def test_what_is_a_literal_in_the_end_is_written_as_one():
    odd = ":p owl:sameAs owl:sameAs ; rdfs:subPropertyOf rdf:type . :i owl:sameAs :j , 2 . :j :name 2 ."
    server = InMemory()
    assert_same_closure(server, quads(odd))
    assert any(isinstance(t.object, Literal) and "type" in t.predicate.value for t in server.graph(CLOSURE))


def test_equality_itself_may_have_another_name():
    server = InMemory()
    odd = ":p owl:sameAs owl:sameAs . :i owl:sameAs :j . :k owl:sameAs :k ."
    result, _ = assert_same_closure(server, quads(odd))
    assert result.inferred > 5


def test_axioms_that_are_inferred_become_rules():
    server = InMemory()
    result, _ = assert_same_closure(
        server, quads(":p a :Passing . :Passing rdfs:subClassOf owl:TransitiveProperty . :a :p :b . :b :p :c .")
    )
    assert result.by_rule["prp-trp"] == 1


class KilledError(Exception):
    pass


class Watched:
    """A server whose client dies before an update, or that is sent each update more than once."""

    def __init__(self, server, updates=sys.maxsize, times=1):
        self.server, self.left, self.times = server, updates, times
        self.requests, self.updates = 0, []

    def query(self, text):
        self.requests += 1
        return self.server.query(text)

    def update(self, text):
        self.requests += 1
        if not self.left:
            raise KilledError
        self.left -= 1
        self.updates.append(text)
        for _ in range(self.times):
            self.server.update(text)


SMALL = quads("""
:p a owl:TransitiveProperty ; rdfs:domain :C . :C rdfs:subClassOf :D . :D owl:hasKey ( :q ) . :D owl:oneOf ( :x ) .
:a :p :b ; :q 1 . :b :p :c ; :q 1.0 . :c :p :d . [] rdfs:label "a blank node" .
""")


def test_a_killed_run_is_started_again():
    server = InMemory()
    server.load(skolemized(SMALL))
    whole = Watched(server)
    close_on_server(whole, asserted=ASSERTED, closure=CLOSURE)
    expected = server.graph(CLOSURE)
    for updates in range(len(whole.updates)):
        server = InMemory()
        server.load(skolemized(SMALL))
        close_on_server(server, asserted=ASSERTED, closure=CLOSURE)
        with pytest.raises(KilledError):
            close_on_server(Watched(server, updates), asserted=ASSERTED, closure=CLOSURE)
        # Only while the working graphs are there can the closure be a part of one.
        assert server.graph(CLOSURE) in (set(), expected) or scratch(server)
        close_on_server(server, asserted=ASSERTED, closure=CLOSURE)
        assert server.graph(CLOSURE) == expected
        assert not scratch(server)


def test_a_killed_run_is_started_again_on_servers(distant):
    distant.load(skolemized(SMALL))
    with pytest.raises(KilledError):
        close_on_server(Watched(distant, 40), asserted=ASSERTED, closure=CLOSURE)
    assert_same_closure(distant, SMALL)


def test_each_update_is_one_operation_that_can_be_repeated():
    server = InMemory()
    server.load(skolemized(SMALL))
    watched = Watched(server, times=2)
    close_on_server(watched, asserted=ASSERTED, closure=CLOSURE)
    there = server.graph(ASSERTED)
    assert server.graph(CLOSURE) == there | set(close(unskolemized(there)).inferred)
    for text in watched.updates:
        assert len(re.findall(r"\b(?:INSERT|DELETE|CLEAR|DROP|COPY|MOVE|ADD|LOAD)\b", text)) == 1
        assert "_:" not in text
        assert "[" not in text.replace("[0-9]", "")
        assert len(re.findall("GRAPH <", text)) == 1 or "WHERE" in text


def test_a_prefix_stands_before_each_rule():
    server = InMemory()
    server.load(skolemized(SMALL))
    watched = Watched(server)
    close_on_server(watched, asserted=ASSERTED, closure=CLOSURE, update_prefix="BASE <https://e.example/>")
    assert all(text.startswith(("BASE", "CLEAR")) for text in watched.updates)


def test_more_data_take_no_more_requests():
    def requests(count):
        data = "".join(
            f":n{number} a :C ; :p :n{number + count} . :n{number + count} :q 1 ." for number in range(count)
        )
        server = InMemory()
        server.load(skolemized(quads(f":C rdfs:subClassOf :D . :r owl:propertyChainAxiom ( :p :q ) . {data}")))
        watched = Watched(server)
        close_on_server(watched, asserted=ASSERTED, closure=CLOSURE)
        return watched.requests

    assert requests(5) == requests(500)


@pytest.mark.parametrize("budget", [Budget(triples=1000), Budget(seconds=0)])
def test_a_closure_keeps_to_its_budget(budget):
    chain = ":p a owl:TransitiveProperty ." + "".join(f":n{n} :p :n{n + 1} ." for n in range(200))
    server = InMemory()
    server.load(skolemized(quads(chain)))
    with pytest.raises(OutsideError, match="stopped at its limit"):
        close_on_server(server, asserted=ASSERTED, closure=CLOSURE, budget=budget)
    assert not server.graph(CLOSURE)
    assert not scratch(server)


@pytest.mark.scale
def test_100_thousand_triples(distant):
    sys.path.insert(0, str(ROOT / "benchmarks"))
    from generated import generate

    result, _ = assert_same_closure(distant, [*read_project(find_project(ROOT)).ontology, *generate(100_000)])
    assert result.inferred > 100_000
