"""Literals on a server: IRIs stand in for them, so that rules can conclude something of them.

RDF has no literal as a subject, and a SPARQL server compares literals by their spelling. So each literal gets an IRI
that the server makes of it (a digest), and the rules see only that. What is decided by values (OWL 2 Profiles, table
8) is decided here: literals that are spelled differently and denote one value are related by one more IRI for the
value (dt-eq), as in kg.reasoning.equality.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import chain, permutations

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.rdf.datatypes import DATATYPES, VALUE, Value, in_value_space, value_of
from kg.rdf.terms import BLANK, OWL, RDF, RDFS, XSD, Term
from kg.reasoning.on_server.workspace import Workspace
from kg.reasoning.rule_table import SAME_AS, TYPE, Inconsistency, Pattern, Slot

LITERAL, EQUAL = "urn:kg:literal:", "urn:kg:value:"
_STANDS_FOR = NamedNode("urn:kg:stands-for")
_DENOTES = NamedNode("urn:kg:denotes")
_DIFFERENT = NamedNode(OWL + "differentFrom")
_TEXTS = frozenset({XSD + "string", RDF + "langString"})
_REPORTED = 20

# Literals that are surely in the value space of a datatype: the server passes over them. All others are looked at here.
_SURE = {
    XSD + "string": "DATATYPE(?l) = <{0}>",
    RDFS + "Literal": f"DATATYPE(?l) IN (<{XSD}string>, <{RDF}langString>)",
    XSD + "integer": 'DATATYPE(?l) = <{0}> && REGEX(STR(?l), "^[+-]?[0-9]+$")',
    XSD + "nonNegativeInteger": f'DATATYPE(?l) IN (<{XSD}integer>, <{{0}}>) && REGEX(STR(?l), "^[0-9]+$")',
    XSD + "decimal": 'DATATYPE(?l) = <{0}> && REGEX(STR(?l), "^[+-]?[0-9]+([.][0-9]+)?$")',
    XSD + "boolean": 'DATATYPE(?l) = <{0}> && REGEX(STR(?l), "^(true|false)$")',
}


class Literals:
    """The literals of a workspace, and the IRIs that stand in for them."""

    def __init__(self, work: Workspace) -> None:
        self._work = work
        self._values: dict[str, Literal] = {}  # the terms for values, by the IRIs that stand in for them

    def read_asserted(self) -> None:
        """Copy the asserted facts into the working graph, with stand-ins for literals."""
        work = self._work
        work.update(
            f"INSERT {{ GRAPH {work.facts} {{ ?s ?p ?o }} }}"
            f" WHERE {{ GRAPH {work.asserted} {{ ?s ?p ?o }} FILTER(!isLiteral(?o)) }}"
        )
        spelling = 'CONCAT(STR(?l), "\\n", STR(DATATYPE(?l)), "\\n", LANG(?l))'
        stand_in = f'FILTER(isLiteral(?l)) BIND(IRI(CONCAT("{LITERAL}", SHA256({spelling}))) AS ?o)'
        for graph, triple in ((work.facts, "?s ?p ?o"), (work.literals, f"?o {_STANDS_FOR} ?l")):
            work.update(
                f"INSERT {{ GRAPH {graph} {{ {triple} }} }} WHERE {{ GRAPH {work.asserted} {{ ?s ?p ?l }} {stand_in} }}"
            )
        self._relate_equal_values()

    def _relate_equal_values(self) -> None:
        """Say what is said with one of several spellings of a value with a term for the value, too (dt-eq)."""
        work = self._work
        spellings: defaultdict[Value, list[NamedNode]] = defaultdict(list)
        for stand_in, literal in self._with_datatypes(DATATYPES - _TEXTS):
            value = value_of(literal)
            if value is not None:
                spellings[value].append(stand_in)
        pairs: list[Pattern] = []
        for value, group in spellings.items():
            if len(group) > 1:
                # The IRI is made of one spelling, so that the same data always give the same IRI.
                term = NamedNode(EQUAL + min(node.value for node in group).removeprefix(LITERAL))
                self._values[term.value] = Literal(repr(value), datatype=VALUE)
                pairs += [(node, _DENOTES, term) for node in group]
        if pairs:
            work.insert(work.literals, pairs)
            work.update(
                f"INSERT {{ GRAPH {work.facts} {{ ?s ?p ?v }} }}"
                f" WHERE {{ GRAPH {work.literals} {{ ?o {_DENOTES} ?v }} GRAPH {work.facts} {{ ?s ?p ?o }} }}",
                "dt-eq",
            )

    def _with_datatypes(self, names: frozenset[str]) -> Iterator[tuple[NamedNode, Literal]]:
        among = ", ".join(f"<{name}>" for name in sorted(names))
        pattern = f"GRAPH {self._work.literals} {{ ?o {_STANDS_FOR} ?l }} FILTER(DATATYPE(?l) IN ({among}))"
        for stand_in, literal in self._work.pages("?o ?l", pattern, "?o"):
            assert isinstance(stand_in, NamedNode)
            assert isinstance(literal, Literal)
            yield stand_in, literal

    def describe_same(self, graph: NamedNode) -> None:
        """Say of literals that are the same as a resource which datatypes they have, and which of them differ.

        What is said and not known yet is added to a graph.
        """
        work = self._work
        resource = f'FILTER(!STRSTARTS(STR(?r), "{LITERAL}") && !STRSTARTS(STR(?r), "{EQUAL}"))'
        pattern = f"GRAPH {work.facts} {{ ?o {SAME_AS} ?r }} {resource} GRAPH {work.literals} {{ ?o {_STANDS_FOR} ?l }}"
        described: dict[NamedNode, Literal] = {}
        for stand_in, literal in work.pages("?o ?l", pattern, "?o"):
            assert isinstance(stand_in, NamedNode)
            assert isinstance(literal, Literal)
            described[stand_in] = literal
        if described:
            # What is the same and different is found as a contradiction in any case.
            pattern = f"GRAPH {work.facts} {{ ?o {SAME_AS} ?r }} GRAPH {work.literals} {{ ?r {_STANDS_FOR} ?l }}"
            same = set(work.pages("?o ?r", pattern, "?o"))
            differences = (pattern for pattern in _differences(described) if pattern[::2] not in same)
            work.insert(graph, chain(_datatypes(described), differences), absent_from=work.facts)

    def inconsistencies(self) -> Iterator[Inconsistency]:
        """Find literals that are of no datatype that they must have, or the same as another value."""
        work = self._work
        stands_for = f"GRAPH {work.literals} {{ ?o {_STANDS_FOR} ?l }}"
        for name in sorted(DATATYPES):
            if not work.sizes[TYPE, NamedNode(name)]:
                continue
            sure = f"FILTER(!({_SURE[name].format(name)}))" if name in _SURE else ""
            pattern = f"GRAPH {work.facts} {{ ?o {TYPE} <{name}> }} {stands_for} {sure}"
            found = 0
            for _, literal in work.pages("?o ?l", pattern, "?o"):
                assert isinstance(literal, Literal)
                if not in_value_space(literal, name):
                    premise: Pattern = (literal, TYPE, NamedNode(name))
                    yield Inconsistency("dt-not-type", "the literal is not a valid value of the datatype", (premise,))
                    found += 1
                if found == _REPORTED:
                    break
        if work.sizes[SAME_AS, None]:
            other = f"GRAPH {work.literals} {{ ?r {_STANDS_FOR} ?m }}"
            pattern = f"GRAPH {work.facts} {{ ?o {SAME_AS} ?r }} FILTER(STR(?o) < STR(?r)) {stands_for} {other}"
            found = 0
            for _, _, literal, another in work.pages("?o ?r ?l ?m", pattern, "?o"):
                if are_different(literal, another) and found < _REPORTED:
                    yield Inconsistency(
                        "dt-diff", "two different values are said to be equal", ((literal, SAME_AS, another),)
                    )
                    found += 1

    def read(self, nodes: set[Slot]) -> Mapping[Slot, Slot]:
        """Return what stand-ins stand for, those of blank nodes too."""
        known: dict[Slot, Slot] = {}
        asked = []
        for node in nodes:
            if isinstance(node, NamedNode):
                if node.value.startswith(BLANK):
                    known[node] = BlankNode(node.value.removeprefix(BLANK))
                elif node.value in self._values:
                    known[node] = self._values[node.value]
                elif node.value.startswith(LITERAL):
                    asked.append(str(node))
        for start in range(0, len(asked), 500):
            values = f"VALUES ?o {{ {' '.join(asked[start : start + 500])} }}"
            pattern = f"{values} GRAPH {self._work.literals} {{ ?o {_STANDS_FOR} ?l }}"
            known |= dict(self._work.select(f"SELECT ?o ?l WHERE {{ {pattern} }}").terms)  # type: ignore[arg-type]
        return known

    def objects_of(self, property_: NamedNode) -> str:
        """Return a pattern for the facts of a property whose objects are literals: ?s and ?o."""
        work = self._work
        return f"GRAPH {work.facts} {{ ?s {property_} ?i }} GRAPH {work.literals} {{ ?i {_STANDS_FOR} ?o }}"


def are_different(one: Term, other: Term) -> bool:
    """Return whether two terms are literals that denote different values (dt-diff)."""
    if not (isinstance(one, Literal) and isinstance(other, Literal)):
        return False
    value, other_value = value_of(one), value_of(other)
    return value is not None and other_value is not None and value != other_value


def _datatypes(literals: Mapping[NamedNode, Literal]) -> Iterator[Pattern]:
    """Yield the datatypes that literals have (dt-type2)."""
    for stand_in, literal in literals.items():
        if value_of(literal) is not None:
            for name in sorted(DATATYPES):
                if in_value_space(literal, name):
                    yield stand_in, TYPE, NamedNode(name)


def _differences(literals: Mapping[NamedNode, Literal]) -> Iterator[Pattern]:
    """Yield which literals denote different values (dt-diff)."""
    for one, other in permutations(literals, 2):
        if are_different(literals[one], literals[other]):
            yield one, _DIFFERENT, other
