"""Checks on named graphs that shapes cannot see: validation looks at one merged graph, evidence is about graphs."""

from __future__ import annotations

from pyoxigraph import NamedNode

from kg.findings import Finding
from kg.reading import Files
from kg.terms import AIGOV

_HAS_SELECTOR = "http://www.w3.org/ns/oa#hasSelector"


def check_evidence(files: Files) -> list[Finding]:
    """Find facts that rest on no evidence, and evidence that yields no facts and does not say why.

    The name of a graph with facts must be a piece of evidence: something that is `aigov:inSource` a source. Only
    the description of evidence itself (passages, their selectors, sources) may stand in another graph.
    """
    in_source = {q.subject: q.object for q in files.data if q.predicate.value == AIGOV + "inSource"}
    selectors = {q.object for q in files.data if q.predicate.value == _HAS_SELECTOR}
    metadata = in_source.keys() | selectors | set(in_source.values())
    explained = {q.subject for q in files.data if q.predicate.value == AIGOV + "noFactsBecause"}
    graphs = {q.graph_name for q in files.data}

    loose = {
        (q.subject, q.graph_name)
        for q in files.data
        if q.graph_name not in in_source and q.subject not in metadata and isinstance(q.subject, NamedNode)
    }
    findings = [
        Finding(
            "violation",
            subject.value,
            f"Put the fact in the graph of a passage or record: {graph} has no aigov:inSource.",
        )
        for subject, graph in loose
    ]
    return findings + [
        Finding(
            "violation",
            node.value,
            "Add the facts read from it, or say why there are none (aigov:noFactsBecause).",
        )
        for node in in_source
        if isinstance(node, NamedNode) and node not in graphs and node not in explained
    ]
