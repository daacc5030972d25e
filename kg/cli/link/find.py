"""`kg link find`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.link.candidates import lines_of, run_searches, search_options
from kg.cli.output import format_options, write_output
from kg.formats import JSON, TEXT, TSV
from kg.render.text import visible

if TYPE_CHECKING:
    from kg.link.proposals import Proposal


@click.command(
    epilog="""\b
Examples:
  kg link find --type Organization
  kg link find --target geonames --entity Beijing -f json
"""
)
@search_options
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="Show at most this many candidates of one entity.",
)
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    default=0.1,
    show_default=True,
    help="Leave out candidates with less confidence.",
)
@format_options((TEXT, TSV, JSON), "a list of candidates", default=TEXT)
@pass_settings
def find(
    settings: Settings,
    names: tuple[str, ...],
    kind: str | None,
    chosen: tuple[str, ...],
    limit: int,
    min_confidence: float,
    format_name: str,
    output: Path | None,
) -> int:
    """Look for candidates in targets, each with the evidence for it.

    The arrow marks what is proposed. Nothing is proposed where two candidates are tied, where a short acronym is all
    that matches, or where there is an accepted exact match. Pairs with a decision are not shown again. Nothing is
    written: that is done by kg link review and kg link accept. The exit status is 1 where nothing is found.
    """
    from dataclasses import replace

    lines: list[str] = []
    rows = [_HEADING]
    records = []
    for search in run_searches(settings, names, kind, chosen, limit):
        found = []
        for proposal in search.proposals:
            likely = tuple(c for c in proposal.candidates if c.confidence >= min_confidence)
            if likely:
                found.append(replace(proposal, candidates=likely))
        for proposal in found:
            lines += [*lines_of(proposal, search.graph), ""]
            rows += _as_rows(search.target.name, proposal)
            records.append({"target": search.target.name, **_as_json(proposal)})
        proposed = sum(proposal.best is not None for proposal in found)
        settings.say(f"Entities with candidates in {search.target.name}: {len(found)}; with a proposal: {proposed}.")
    if format_name == "json":
        text = json.dumps(records, ensure_ascii=False, indent=2) + "\n"
    elif format_name == "tsv":
        text = "".join("\t".join(row) + "\n" for row in rows)
    else:
        text = visible("".join(f"{line}\n" for line in lines))
    write_output(text, output)
    return 0 if records else 1


_HEADING: tuple[str, ...] = (
    "target",
    "entity",
    "label",
    "candidate",
    "candidate_label",
    "confidence",
    "proposed",
    "why",
)


def _as_rows(target: str, proposal: Proposal) -> list[tuple[str, ...]]:
    return [
        (
            target,
            proposal.entity.iri,
            proposal.entity.label,
            candidate.record.iri,
            candidate.record.label,
            f"{candidate.confidence:.3f}",
            proposal.predicate if place == 0 and proposal.best else "",
            candidate.why,
        )
        for place, candidate in enumerate(proposal.candidates)
    ]


def _as_json(proposal: Proposal) -> dict[str, Any]:
    return {
        "entity": proposal.entity.iri,
        "label": proposal.entity.label,
        "proposed": proposal.predicate if proposal.best else None,
        "obstacle": proposal.obstacle,
        "candidates": [
            {
                "iri": candidate.record.iri,
                "label": candidate.record.label,
                "description": candidate.record.description,
                "confidence": round(candidate.confidence, 3),
                "evidence": [
                    {"kind": piece.kind, "words": piece.words, "weight": round(piece.weight, 2)}
                    for piece in candidate.evidence
                ],
            }
            for candidate in proposal.candidates
        ],
    }
