"""`kg link review`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.link.candidates import Search, run_searches, search_options
from kg.cli.output import Styled, echo, terminal_width
from kg.errors import UsageError
from kg.render.text import console, printed, styled

if TYPE_CHECKING:
    from kg.link.decisions import Verdict
    from kg.link.matching.matcher import Candidate
    from kg.link.proposals import Proposal
    from kg.link.records.record import Record

_KEYS = {
    "e": "exactMatch",
    "c": "closeMatch",
    "b": "broadMatch",
    "n": "narrowMatch",
    "r": "relatedMatch",
}
_HELP = """\
  y  accept as proposed      e c b n r  accept as exact, close, broad, narrow, related
  x  reject                  u  unsure          s  skip for now
  z  undo the last decision  q  quit; what was decided is kept        ?  this help
  broad: the target's record is the broader one; narrow: our entity is"""


@dataclass(frozen=True)
class _Decided:
    """A decision of this session, with where it was made."""

    search: Search
    place: int
    verdict: Verdict


@click.command(
    epilog="""\b
Examples:
  kg link review
  kg link review --target ror --type Organization
  kg link review --target unesco --reviewer "Ada Lovelace" --min-confidence 0.5
"""
)
@search_options
@click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    default=0.1,
    show_default=True,
    help="Leave out candidates with less confidence.",
)
@click.option(
    "--reviewer", envvar="KG_REVIEWER", help="The name of the reviewer. [env: KG_REVIEWER; default: git's user.name]"
)
@pass_settings
def review(
    settings: Settings,
    names: tuple[str, ...],
    kind: str | None,
    chosen: tuple[str, ...],
    min_confidence: float,
    reviewer: str | None,
) -> None:
    """Review candidates one by one: our entity and the target's record side by side, with the evidence.

    Each decision is written at once to data/links/TARGET.sssom.tsv, so you can quit at any time and go on later. Pairs
    with a decision are not shown again.
    """
    who = reviewer or _git_user()
    if not who:
        raise UsageError("no reviewer named", "use --reviewer NAME, or set KG_REVIEWER")
    seen = 0
    history: list[_Decided] = []
    for search in run_searches(settings, names, kind, chosen):
        pairs = list(_pairs(search, min_confidence))
        if not pairs:
            continue
        if not seen:
            settings.say(_HELP)
        seen += len(pairs)
        if not _decide(settings, search, pairs, who, history):
            break
    if not seen:
        settings.say("There is nothing to review.")
    elif history:
        settings.say(f"{len(history)} decided; add the accepted ones to the graph with kg link apply.")
    else:
        settings.say("Nothing was decided.")


def _pairs(search: Search, min_confidence: float) -> Iterator[tuple[Proposal, Candidate]]:
    for proposal in search.proposals:
        for candidate in proposal.candidates:
            if candidate.confidence >= min_confidence and not proposal.settled:
                yield proposal, candidate


def _decide(
    settings: Settings,
    search: Search,
    pairs: list[tuple[Proposal, Candidate]],
    who: str,
    history: list[_Decided],
) -> bool:
    """Go through the pairs and add what was decided to the history; return whether to go on with other targets."""
    from kg.files.sssom import Decision
    from kg.link.decisions import Verdict, add_verdicts, remove_verdict
    from kg.link.proposals import EXACT, predicate_for
    from kg.rdf.terms import SKOS

    place = 0
    settled: set[str] = set()  # entities that have their exact match
    while place < len(pairs):
        proposal, candidate = pairs[place]
        if proposal.entity.iri in settled:
            place += 1
            continue
        _show_side_by_side(search, proposal, candidate, place, len(pairs))
        key = click.prompt("decision", prompt_suffix="? ", type=click.Choice([*"yecbnrxuszq?"]), show_choices=True)
        if key == "q":
            return False
        if key == "?":
            echo(_HELP)
        elif key == "s":
            place += 1
        elif key == "z":
            if not history:
                echo("There is nothing to undo.")
                continue
            last = history.pop()
            ours, theirs = last.verdict.entity, last.verdict.candidate.record
            remove_verdict(settings.project, last.search.target, ours.iri, theirs.iri)
            if last.search is search:
                place = last.place
                settled.discard(ours.iri)
                echo(f"Undone: {ours.label}, {theirs.label}.")
            else:
                echo(f"Undone: {ours.label}, {theirs.label} of {last.search.target.name}; it will be shown again.")
        else:
            predicate = SKOS + _KEYS[key] if key in _KEYS else predicate_for(candidate)
            decision = {"x": Decision.REJECTED, "u": Decision.UNSURE}.get(key, Decision.ACCEPTED)
            verdict = Verdict(proposal.entity, candidate, predicate, decision, who)
            add_verdicts(settings.project, search.graph.prefixes, search.target, [verdict])
            history.append(_Decided(search, place, verdict))
            if decision is Decision.ACCEPTED and predicate == EXACT:
                settled.add(proposal.entity.iri)
            place += 1
    return True


def _show_side_by_side(search: Search, proposal: Proposal, candidate: Candidate, place: int, total: int) -> None:
    from rich.table import Table

    from kg.link.proposals import predicate_for

    shorten = search.graph.prefixes.shorten
    table = Table(expand=True, show_lines=False)
    table.add_column(f"ours ({place + 1} of {total})", ratio=1, overflow="fold")
    table.add_column(styled(search.target.name), ratio=1, overflow="fold")
    ours, theirs = _facts(proposal.entity), _facts(candidate.record)
    table.add_row(styled(proposal.entity.label, "bold"), styled(candidate.record.label, "bold"))
    table.add_row(styled(shorten(proposal.entity.iri)), styled(shorten(candidate.record.iri)))
    for name in dict.fromkeys([*ours, *theirs]):
        table.add_row(styled(_fact(name, ours)), styled(_fact(name, theirs)))
    page = console(min(terminal_width(), 120), color=False)
    page.print(table)
    echo("\n", Styled(printed(page).decode()), f"  {candidate.confidence:.2f}: {candidate.why}")
    if proposal.obstacle:
        echo(f"  not proposed: {proposal.obstacle}\n")
    else:
        echo(f"  proposed: {shorten(predicate_for(candidate))}\n")


def _facts(record: Record) -> dict[str, str]:
    facts = {
        "also": "; ".join((*record.aliases, *record.acronyms)[:6]),
        "type": ", ".join(record.types),
        "country": record.country or "",
        "place": record.place or "",
        "year": str(record.year or ""),
        "website": ", ".join(record.domains),
        "description": record.description,
        "retired": "yes" if record.retired else "",
    }
    return {name: value for name, value in facts.items() if value}


def _fact(name: str, facts: dict[str, str]) -> str:
    return f"{name}: {facts[name]}" if name in facts else ""


def _git_user() -> str | None:
    """Return the name with which the user signs commits, which is the name that a reviewer goes by."""
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run([git, "config", "user.name"], capture_output=True, text=True, check=False, env=os.environ)
    return done.stdout.strip() or None
