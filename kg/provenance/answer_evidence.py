"""The evidence of an answer: the named graphs that the facts of each row rest on.

What was inferred rests on all that its proof rests on. What is said of a passage rests on that passage.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple

from kg.provenance.lineage import Fact, facts_of_rows
from kg.provenance.vocabulary import IN_SOURCE, OPINIONS, SPEAKER, STATUS
from kg.query.describe import Description, Evidence
from kg.query.describe import Fact as DescribedFact
from kg.rdf.terms import Term, render
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
    supporting = _supporting_sources(explainer)
    return [_row_evidence(facts, explainer, supporting) for facts in facts_of_rows(query, rows, explainer.store)]


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
    """Add to the facts of an entity what is known of the passages and records that assert them.

    Each inferred fact gets the passages and records that it rests on.
    """
    supporting = _supporting_sources(explainer)
    graphs = {e.graph for facts in description.parts.values() for fact in facts for e in fact.evidence}
    known = _statuses(explainer.store, graphs)

    def ground(fact: DescribedFact, side: str) -> DescribedFact:
        if fact.evidence:
            evidence = (described for e in fact.evidence for described in known.get(e.graph, (e,)))
            return replace(fact, evidence=tuple(evidence))
        if side != "facts":
            return fact
        found = _row_evidence([(description.entity, fact.predicate, fact.value)], explainer, supporting)
        return replace(fact, rests_on=found.graphs)

    parts = {side: tuple(ground(fact, side) for fact in facts) for side, facts in description.parts.items()}
    return replace(description, **parts)  # type: ignore[arg-type]  # each is a field of that name


def _statuses(store: Store, graphs: Iterable[NamedNode]) -> dict[NamedNode, list[Evidence]]:
    """Return status and speaker of those graphs that are passages or records; of each speaker, where it has several."""
    found: dict[NamedNode, list[Evidence]] = {}
    nodes = sorted(graphs, key=lambda node: node.value)
    for start in range(0, len(nodes), _AT_ONCE):
        values = " ".join(map(render, nodes[start : start + _AT_ONCE]))
        query = f"""SELECT ?graph ?status ?speaker {{
  VALUES ?graph {{ {values} }} ?graph {STATUS} ?status OPTIONAL {{ ?graph {SPEAKER} ?speaker }}
}} ORDER BY ?graph ?status ?speaker"""
        for graph, status, speaker in select(store, query).terms:
            assert isinstance(graph, NamedNode)
            assert isinstance(status, NamedNode)
            named = speaker if isinstance(speaker, NamedNode) else None
            found.setdefault(graph, []).append(Evidence(graph, status, named, status in OPINIONS))
    return found


def _supporting_sources(explainer: Explainer) -> set[Term | None]:
    sources = select(explainer.store, f"SELECT DISTINCT ?graph {{ ?graph {IN_SOURCE} ?source }}")
    return {graph for (graph,) in sources.terms}


def _row_evidence(facts: Iterable[Fact], explainer: Explainer, supporting: set[Term | None]) -> RowEvidence:
    proofs = [proof for fact in facts if (proof := explainer.explain(fact))]
    leaves = [leaf for proof in proofs for leaf in proof.leaves()]
    # Besides passages and records, a proof rests on the ontology; and a table of links is no evidence either.
    graphs = {graph for leaf in leaves for graph in leaf.graphs if graph in supporting}
    graphs |= {subject for leaf in leaves if isinstance(subject := leaf.triple[0], NamedNode) and subject in supporting}
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
