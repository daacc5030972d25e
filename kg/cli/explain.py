"""`kg explain`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.output import echo, format_options, terminal_width, to_terminal, write_output
from kg.formats import JSON, TREE, TURTLE

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph
    from kg.reasoning.rule_table import Pattern
    from kg.render.proof import Names


@click.command(
    epilog="""\b
Examples:
  kg explain WIC locatedIn China
  kg explain id:bletchley-declaration a instrument
  kg explain WIC "located in" China --all -f json
"""
)
@click.argument("subject")
@click.argument("predicate")
@click.argument("object_", metavar="OBJECT")
@click.option("--all", "all_ways", is_flag=True, help="Show all proofs of the fact, not only the shortest.")
@format_options((TREE, JSON, TURTLE), "a proof", default=TREE)
@pass_settings
def explain(
    settings: Settings,
    subject: str,
    predicate: str,
    object_: str,
    all_ways: bool,
    format_name: str,
    output: Path | None,
) -> int:
    """Show why a fact holds: its source, or its proof.

    An asserted fact (stated in the files) has a source; an inferred fact has a proof from other facts by rules.
    SUBJECT, PREDICATE and OBJECT are names in any language, short names such as id:beijing (CURIEs), or IRIs; `a` means
    "is of the class" (rdf:type), and OBJECT may be a value. If the fact does not hold, similar facts that do hold are
    shown, and the exit status is 1. Each step of a proof has the name of its OWL 2 RL rule (such as prp-trp) and what
    the rule says in words.
    """
    from kg.provenance.citations import load_citations
    from kg.render import proof as proofs

    graph = settings.graph()
    explainer = graph.explainer()
    triple = graph.triple(subject, predicate, object_)
    first = explainer.explain(triple)
    names = graph.names(explainer)
    if first is None:
        _tell_what_holds(graph, triple, names)
        return 1
    found = explainer.explain_in_all_ways(triple) if all_ways else [first]
    citations = load_citations(graph.store, proofs.evidence(found))
    if format_name == "json":
        write_output(proofs.as_json(found, citations, names), output)
    elif format_name == "turtle":
        write_output(graph.write_triples(proofs.as_triples(found), "turtle"), output)
    else:
        write_output(proofs.as_text(found, citations, names, terminal_width(), to_terminal(output)), output)
    return 0


def _tell_what_holds(graph: KnowledgeGraph, triple: Pattern, names: Names) -> None:
    from kg.reasoning.explain import nearest

    echo(f"This does not hold: {names.sentence(triple)}")
    found = nearest(triple, graph.store)
    if found:
        echo("These facts hold instead:")
    for other in found:
        echo(f"  {names.sentence(other)}")
