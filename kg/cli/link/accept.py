"""`kg link accept`."""

from __future__ import annotations

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.link.candidates import run_searches, search_options
from kg.cli.output import echo
from kg.errors import UsageError, did_you_mean


@click.command(
    epilog="""\b
Examples:
  kg link accept --min-confidence 0.95 --require country
  kg link accept --target geonames --min-confidence 0.9 --require country --require type --dry-run
"""
)
@search_options
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    required=True,
    help="Accept candidates with at least this confidence.",
)
@click.option(
    "--require",
    "required",
    multiple=True,
    metavar="KIND",
    help="Accept only candidates with this kind of evidence; repeatable.",
)
@click.option("--dry-run", is_flag=True, help="List what would be accepted, and write nothing.")
@pass_settings
def accept(
    settings: Settings,
    names: tuple[str, ...],
    kind: str | None,
    chosen: tuple[str, ...],
    min_confidence: float,
    required: tuple[str, ...],
    dry_run: bool,
) -> int:
    """Accept all proposals with enough confidence and evidence.

    They are written to data/links/TARGET.sssom.tsv, a table in the SSSOM format of mappings. The kinds of evidence
    are country, place, domain, script, type, year and people. The exit status is 1 where nothing was accepted.
    """
    from kg.files.sssom import Decision
    from kg.link.decisions import Verdict, add_verdicts
    from kg.link.matching.evidence import KINDS

    for word in required:
        if word not in KINDS:
            raise UsageError(
                f"{word!r} is not a kind of evidence",
                did_you_mean(word, KINDS) or f"the kinds are {', '.join(KINDS)}",
            )
    accepted = 0
    for search in run_searches(settings, names, kind, chosen):
        verdicts = [
            Verdict(proposal.entity, best, proposal.predicate, Decision.ACCEPTED)
            for proposal in search.proposals
            if (best := proposal.best) is not None
            and best.confidence >= min_confidence
            and set(required) <= {piece.kind for piece in best.evidence if piece.weight > 0}
        ]
        shorten = search.graph.prefixes.shorten
        for verdict in verdicts:
            record = verdict.candidate.record
            pair = f"{shorten(verdict.entity.iri)} {shorten(verdict.predicate)} {shorten(record.iri)}"
            echo(f"{pair}  {verdict.candidate.confidence:.2f}  {verdict.candidate.why}")
        if verdicts and not dry_run:
            path = add_verdicts(settings.project, search.graph.prefixes, search.target, verdicts)
            settings.say(f"{len(verdicts)} links accepted in {settings.project.relative(path)}.")
        accepted += len(verdicts)
    if not accepted:
        settings.say("No candidate meets these conditions.")
        return 1
    settings.say(f"{accepted} links would be accepted." if dry_run else "Add them to the graph with kg link apply.")
    return 0
