"""Proofs as text for people, as JSON and as RDF."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, Literal, NamedNode, Triple, Variable

from kg.provenance.citations import Citation
from kg.rdf.terms import OWL, RDF, Prefixes, display
from kg.reasoning.compiler import Schema
from kg.reasoning.explain import Proof
from kg.reasoning.rule_table import TYPE, Pattern, Rule, Slot
from kg.render.text import console, printed, styled
from kg.sparql.result_formats import json_term
from kg.sparql.results import Rows

if TYPE_CHECKING:
    from rich.tree import Tree

# Where the rules are defined.
SPECIFICATION = "https://www.w3.org/TR/owl2-profiles/#Reasoning_in_OWL_2_RL_and_RDF_Graphs_using_Rules"
_OPERATORS = {
    "intersectionOf": " and ",
    "unionOf": " or ",
    "complementOf": "not ",
    "someValuesFrom": "some",
    "allValuesFrom": "only",
    "hasValue": "value",
    "maxCardinality": "max",
    "maxQualifiedCardinality": "max",
}


@dataclass(frozen=True)
class Names:
    """Writes terms for people: labels, CURIEs, and class expressions in the Manchester syntax of OWL."""

    labels: Mapping[NamedNode, str]
    prefixes: Prefixes
    schema: Schema

    def of(self, slot: Slot) -> str:
        """Write a term."""
        if isinstance(slot, BlankNode):
            return self._expression(slot)
        if isinstance(slot, NamedNode) and slot in self.labels:
            return self.labels[slot]
        assert not isinstance(slot, Variable)
        return f'"{slot.value}"' if isinstance(slot, Literal) else display(slot, self.prefixes)

    def sentence(self, triple: Pattern) -> str:
        """Write a triple as a sentence."""
        subject, predicate, value = triple
        verb = "is a" if predicate == TYPE else self.of(predicate)
        return f"{self.of(subject)} · {verb} · {self.of(value)}"

    def _expression(self, node: BlankNode) -> str:
        """Write a class expression or a list (OWL 2 Manchester Syntax, section 2.4)."""
        members = self.schema.members(node)
        if members:
            return f"({', '.join(map(self.of, members))})"
        property_ = self._value(node, "onProperty")
        for name, operator in _OPERATORS.items():
            value = self._value(node, name)
            if value is None:
                continue
            if name in ("intersectionOf", "unionOf"):
                return f"({operator.join(map(self.of, self.schema.members(value)))})"
            if property_ is None:
                return f"{operator}{self.of(value)}"
            class_ = self._value(node, "onClass")
            number = value.value if isinstance(value, Literal) and operator == "max" else self.of(value)
            return f"({self.of(property_)} {operator} {number}{f' {self.of(class_)}' if class_ else ''})"
        listed = self._value(node, "oneOf")
        return f"{{{', '.join(map(self.of, self.schema.members(listed)))}}}" if listed else "an unnamed class"

    def _value(self, node: BlankNode, name: str) -> Slot | None:
        found = self.schema.match((node, NamedNode(OWL + name), Variable("value")))
        return found[0][2] if found else None


def evidence(proofs: Iterable[Proof]) -> dict[NamedNode, int]:
    """Number the named graphs that assert what proofs rest on, from 1, in the order of the proofs."""
    numbers: dict[NamedNode, int] = {}
    for proof in proofs:
        for leaf in proof.leaves():
            for graph in leaf.graphs:
                numbers.setdefault(graph, len(numbers) + 1)
    return numbers


def as_text(
    proofs: Sequence[Proof], citations: Mapping[NamedNode, Citation], names: Names, width: int, color: bool
) -> bytes:
    """Write proofs as trees, the premises of each step below it, and the evidence as footnotes."""
    headings = [f"{number} of {len(proofs)}" if len(proofs) > 1 else "" for number in range(1, len(proofs) + 1)]
    return _page(zip(headings, ([proof] for proof in proofs), strict=True), citations, names, width, color)


def rows_as_text(
    rows: Rows,
    proofs: Sequence[Sequence[Proof]],
    citations: Mapping[NamedNode, Citation],
    names: Names,
    width: int,
    color: bool,
) -> bytes:
    """Write each row of an answer with the proofs of the facts that it rests on below it."""
    headings = (" · ".join(display(term, names.prefixes) for term in terms if term is not None) for terms in rows.terms)
    return _page(zip(headings, proofs, strict=True), citations, names, width, color)


def _page(
    sections: Iterable[tuple[str, Sequence[Proof]]],
    citations: Mapping[NamedNode, Citation],
    names: Names,
    width: int,
    color: bool,
) -> bytes:
    page = console(width, color)
    sections = list(sections)
    numbers = evidence(proof for _, proofs in sections for proof in proofs)
    for heading, proofs in sections:
        if heading:
            page.print(styled(heading, "bold reverse"))
        for proof in proofs:
            page.print(_tree(proof, numbers, names))
        page.print()
    for graph, number in numbers.items():
        page.print(styled(f"[{number}] {citations[graph].in_words(names.prefixes)}"))
    return printed(page)


def _tree(proof: Proof, numbers: Mapping[NamedNode, int], names: Names) -> Tree:
    from rich.tree import Tree

    text = styled(names.sentence(proof.triple), "bold" if proof.rule else "")
    for graph in proof.graphs:
        text.append(f" [{numbers[graph]}]", style="cyan")
    if proof.rule is not None:
        text.append(f"\n{proof.rule.name}: {proof.rule.meaning}", style="not bold italic green")
    tree = Tree(text)
    for premise in proof.premises:
        tree.children.append(_tree(premise, numbers, names))
    return tree


def as_json(proofs: Sequence[Proof], citations: Mapping[NamedNode, Citation], names: Names) -> str:
    """Write proofs as JSON: each fact with what asserts it, or the rule and its premises."""
    return _json({"proofs": [_record(proof, names) for proof in proofs]}, citations)


def rows_as_json(
    rows: Rows, proofs: Sequence[Sequence[Proof]], citations: Mapping[NamedNode, Citation], names: Names
) -> str:
    """Write each row of an answer, as SPARQL results in JSON do, with the proofs of the facts that it rests on."""
    records = [
        {
            "row": {name: json_term(term) for name, term in zip(rows.variables, terms, strict=True) if term},
            "proofs": [_record(proof, names) for proof in found],
        }
        for terms, found in zip(rows.terms, proofs, strict=True)
    ]
    return _json({"rows": records}, citations)


def _json(record: dict[str, Any], citations: Mapping[NamedNode, Citation]) -> str:
    record["evidence"] = {
        graph.value: {key: value for key, value in asdict(citation).items() if key != "graph" and value is not None}
        for graph, citation in sorted(citations.items(), key=lambda item: item[0].value)
    }
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


def _record(proof: Proof, names: Names) -> dict[str, Any]:
    parts = zip(("subject", "predicate", "object"), proof.triple, strict=True)
    record: dict[str, Any] = {"sentence": names.sentence(proof.triple)}
    record |= {name: json_term(slot) for name, slot in parts if not isinstance(slot, Variable)}
    if proof.rule is None:
        return record | {"asserted_in": [graph.value for graph in proof.graphs]}
    rule = {"name": proof.rule.name, "meaning": proof.rule.meaning, "specification": SPECIFICATION}
    return record | {"rule": rule, "premises": [_record(premise, names) for premise in proof.premises]}


def as_triples(proofs: Sequence[Proof]) -> list[Triple]:
    """Write proofs in PROV-O, on statements (RDF 1.1 Semantics, appendix D.1).

    An inferred statement was generated by an activity that used its premises, by one for each way in which it was
    proved; an asserted one has a graph as its primary source.
    """
    statements: dict[Pattern, BlankNode] = {}
    steps: dict[tuple[Pattern, Rule | None, tuple[Pattern, ...]], BlankNode] = {}
    return list(dict.fromkeys(triple for proof in proofs for triple in _provenance(proof, statements, steps)))


def _provenance(
    proof: Proof,
    statements: dict[Pattern, BlankNode],
    steps: dict[tuple[Pattern, Rule | None, tuple[Pattern, ...]], BlankNode],
) -> Iterator[Triple]:
    step = proof.triple, proof.rule, tuple(premise.triple for premise in proof.premises)
    if step in steps:
        return
    node = statements.setdefault(proof.triple, BlankNode(f"statement{len(statements) + 1}"))
    activity = steps[step] = BlankNode(f"step{len(steps) + 1}")
    yield Triple(node, TYPE, NamedNode(RDF + "Statement"))
    for name, slot in zip(("subject", "predicate", "object"), proof.triple, strict=True):
        assert not isinstance(slot, Variable)
        yield Triple(node, NamedNode(RDF + name), slot)
    for graph in proof.graphs:
        yield Triple(node, _prov("hadPrimarySource"), graph)
    if proof.rule is None:
        return
    yield Triple(node, _prov("wasGeneratedBy"), activity)
    yield Triple(activity, TYPE, _prov("Activity"))
    yield Triple(activity, NamedNode("http://www.w3.org/2000/01/rdf-schema#label"), Literal(proof.rule.name))
    yield Triple(
        activity, NamedNode("http://purl.org/dc/terms/description"), Literal(proof.rule.meaning, language="en")
    )
    yield Triple(activity, NamedNode("http://purl.org/dc/terms/conformsTo"), NamedNode(SPECIFICATION))
    for premise in proof.premises:
        yield from _provenance(premise, statements, steps)
        yield Triple(activity, _prov("used"), statements[premise.triple])
        yield Triple(node, _prov("wasDerivedFrom"), statements[premise.triple])


def _prov(name: str) -> NamedNode:
    return NamedNode("http://www.w3.org/ns/prov#" + name)
