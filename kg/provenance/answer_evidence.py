"""The evidence of an answer: the named graphs that the facts of each row rest on.

What was inferred rests on all that its proof rests on. What is said of a passage rests on that passage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg.provenance.lineage import Fact, facts_of_rows
from kg.query.describe import Description
from kg.query.describe import Fact as DescribedFact
from kg.rdf.terms import AIGOV, Term, render
from kg.reasoning.explain import Explainer
from kg.sparql.results import Rows
from kg.store import Store, select

_AT_ONCE = 500  # triples in one look-up


@dataclass(frozen=True)
class RowEvidence:
    """The graphs that a row rests on, sorted, and whether some of it was inferred."""

    graphs: tuple[NamedNode, ...]
    inferred: bool


def cite(query: str, rows: Rows, explainer: Explainer) -> list[RowEvidence]:
    """Find the evidence of each row of a SELECT query's answer.

    Args:
        query: the query, with its parameters bound.
        rows: its answer.
        explainer: of the graph that was asked.
    """
    witnesses = _witnesses(explainer)
    return [_row_evidence(facts, explainer, witnesses) for facts in facts_of_rows(query, rows, explainer.store)]


def in_their_graphs(triples: Iterable[Triple], store: Store) -> list[Quad]:
    """Put each triple into the named graphs that assert it, as `kg export` has them: passages, records, tables, files.

    What was inferred, or made by a query, no graph asserts: it stays in the default graph, and so does a triple with a
    blank node, which cannot be asked for.
    """
    waiting = list(triples)
    quads: list[Quad] = []
    for start in range(0, len(waiting), _AT_ONCE):
        part = waiting[start : start + _AT_ONCE]
        asked = [triple for triple in part if not any(isinstance(term, BlankNode) for term in triple)]
        values = " ".join(f"({' '.join(render(term) for term in triple)})" for triple in asked)
        rows = select(store, f"SELECT ?s ?p ?o ?g {{ VALUES (?s ?p ?o) {{ {values} }} GRAPH ?g {{ ?s ?p ?o }} }}")
        found = [Quad(*terms) for terms in rows.terms]  # type: ignore[arg-type]
        told = {quad.triple for quad in found}
        quads += [*found, *(Quad(*triple) for triple in part if triple not in told)]
    return quads


def with_grounds(description: Description, explainer: Explainer) -> Description:
    """Add to each inferred fact of an entity the passages and records that it rests on."""
    witnesses = _witnesses(explainer)

    def ground(fact: DescribedFact) -> DescribedFact:
        if fact.evidence:
            return fact
        found = _row_evidence([(description.entity, fact.predicate, fact.value)], explainer, witnesses)
        return replace(fact, rests_on=found.graphs)

    return replace(description, facts=tuple(map(ground, description.facts)))


def _witnesses(explainer: Explainer) -> set[Term | None]:
    sources = select(explainer.store, f"SELECT DISTINCT ?graph {{ ?graph <{AIGOV}inSource> ?source }}")
    return {graph for (graph,) in sources.terms}


def _row_evidence(facts: Iterable[Fact], explainer: Explainer, witnesses: set[Term | None]) -> RowEvidence:
    proofs = [proof for fact in facts if (proof := explainer.explain(fact))]
    leaves = [leaf for proof in proofs for leaf in proof.leaves()]
    # Besides witnesses, a proof rests on the ontology; and a table of links is no evidence either.
    graphs = {graph for leaf in leaves for graph in leaf.graphs if graph in witnesses}
    graphs |= {subject for leaf in leaves if isinstance(subject := leaf.triple[0], NamedNode) and subject in witnesses}
    return RowEvidence(tuple(sorted(graphs, key=lambda graph: graph.value)), any(proof.rule for proof in proofs))


def with_evidence(rows: Rows, evidence: Sequence[RowEvidence], in_words: Mapping[NamedNode, str]) -> Rows:
    """Add two columns for programs: `evidence`, the IRIs of the graphs split by blanks, and `citation`, them in words.

    Args:
        rows: the answer.
        evidence: of each row.
        in_words: what to write for each graph; `; ` stands between them, and what was inferred is said to be so.
    """
    names = (Literal(" ".join(graph.value for graph in row.graphs)) if row.graphs else None for row in evidence)
    words = (
        Literal(("inferred from " if row.inferred else "") + "; ".join(in_words[graph] for graph in row.graphs))
        if row.graphs
        else None
        for row in evidence
    )
    return _with_column(_with_column(rows, "evidence", names), "citation", words)


def with_footnotes(rows: Rows, evidence: Sequence[RowEvidence]) -> tuple[Rows, dict[NamedNode, int]]:
    """Add a column `source` for people: the numbers of footnotes; return the graph of each number, too."""
    numbers: dict[NamedNode, int] = {}
    for row in evidence:
        for graph in row.graphs:
            numbers.setdefault(graph, len(numbers) + 1)
    cells = (
        Literal(" ".join([*(f"[{numbers[graph]}]" for graph in row.graphs), *(["inferred"] if row.inferred else [])]))
        for row in evidence
    )
    return _with_column(rows, "source", cells), numbers


def _with_column(rows: Rows, name: str, cells: Iterable[Term | None]) -> Rows:
    # The answer may have a column of that name already.
    while name in rows.variables:
        name += "_"
    terms = tuple((*terms, cell) for terms, cell in zip(rows.terms, cells, strict=True))
    return Rows((*rows.variables, name), terms)
