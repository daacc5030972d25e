"""The answer of a query with what supports it: the evidence of each row, or proofs of the facts that it rests on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from kg.sparql.results import Answer, Rows

if TYPE_CHECKING:
    from pyoxigraph import NamedNode, Quad

    from kg.provenance.answer_evidence import RowEvidence
    from kg.provenance.citations import Citation
    from kg.reasoning.explain import Explainer, Proof


class SupportedAnswer(NamedTuple):
    """An answer, and what supports it as far as that was asked for.

    Attributes:
        result: rows, a truth value, or triples.
        total: how many rows there are, with those beyond the limit.
        evidence: what each row rests on, where rows were to be cited.
        proofs: of the facts that each row rests on, where rows were to be explained.
        quads: the triples in the named graphs that assert them, where triples were to be cited.
        citations: of the named graphs that evidence or proofs name.
    """

    result: Answer
    total: int = 0
    evidence: Sequence[RowEvidence] | None = None
    proofs: Sequence[Sequence[Proof]] | None = None
    quads: Sequence[Quad] | None = None
    citations: Mapping[NamedNode, Citation] = MappingProxyType({})


def supported(
    text: str,
    result: Answer,
    explainer: Callable[[], Explainer],
    *,
    cite: bool = False,
    explain: bool = False,
    limit: int | None = None,
) -> SupportedAnswer:
    """Find what supports an answer.

    Args:
        text: the query, with its parameters bound.
        result: its answer.
        explainer: of the graph that was asked; is called where it is needed.
        cite: find the evidence of each row, and the named graphs of each triple.
        explain: prove the facts that each row rests on; their evidence is in the proofs.
        limit: keep so many rows at most.
    """
    if isinstance(result, bool):
        return SupportedAnswer(result)
    if isinstance(result, list):
        if not cite:
            return SupportedAnswer(result)
        from kg.provenance.answer_evidence import in_their_graphs

        return SupportedAnswer(result, quads=in_their_graphs(result, explainer().store))
    rows = result if limit is None else result.head(limit)
    answer = SupportedAnswer(rows, len(result))
    if explain:
        return _explained(text, rows, answer, explainer())
    return _cited(text, rows, answer, explainer()) if cite else answer


def _cited(text: str, rows: Rows, answer: SupportedAnswer, explainer: Explainer) -> SupportedAnswer:
    from kg.provenance.answer_evidence import cite
    from kg.provenance.citations import load_citations

    evidence = cite(text, rows, explainer)
    graphs = {graph for row in evidence for graph in row.graphs}
    return answer._replace(evidence=evidence, citations=load_citations(explainer.store, graphs))


def _explained(text: str, rows: Rows, answer: SupportedAnswer, explainer: Explainer) -> SupportedAnswer:
    from kg.provenance.citations import load_citations
    from kg.provenance.lineage import facts_of_rows

    proofs = [
        [proof for fact in facts if (proof := explainer.explain(fact))]
        for facts in facts_of_rows(text, rows, explainer.store)
    ]
    graphs = {graph for row in proofs for proof in row for leaf in proof.leaves() for graph in leaf.graphs}
    return answer._replace(proofs=proofs, citations=load_citations(explainer.store, graphs))
