"""What the commands that look for candidates share: options, our entities, and the target's records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from kg.cli.context import Settings
from kg.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph
    from kg.link.matching.matcher import CandidateSource
    from kg.link.proposals import Proposal
    from kg.link.records.record import Record
    from kg.link.targets.registry import Target

RECORDS_QUERY = "records-to-link"


@dataclass(frozen=True)
class Search:
    """A search for candidates: the graph, the target, and what was found."""

    graph: KnowledgeGraph
    target: Target
    proposals: list[Proposal]


def search_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where to look, and for what."""
    for option in reversed(
        (
            click.option(
                "--target", "names", multiple=True, help="A target to look in (kg link targets list). [default: all]"
            ),
            click.option("--type", "kind", help="Only entities of this class: Organization, Company, place ..."),
            click.option(
                "--entity", "chosen", multiple=True, metavar="ENTITY", help="Only this entity; may be repeated."
            ),
        )
    ):
        command = option(command)
    return command


def run_searches(
    settings: Settings, names: tuple[str, ...], kind: str | None, chosen: tuple[str, ...], limit: int = 5
) -> Iterator[Search]:
    """Look for candidates in some targets, or in each; pairs with a decision are left out.

    Raises UsageError for an unknown target, class or entity, OutsideError where a service cannot be asked.
    """
    from kg.link.decisions import read_decided
    from kg.link.proposals import proposals

    targets = chosen_targets(settings, names)
    graph = settings.graph()
    records = our_records(graph, kind, chosen)
    for target in targets:
        with settings.progress(f"Looking in {target.name}") as step:
            source = candidate_source(settings, target, records, limit)
            decided = read_decided(settings.project)
            found = list(proposals(records, source, decided, limit=limit, progress=step))
        yield Search(graph, target, found)  # when the progress is off the screen: a prompt may follow


def chosen_targets(settings: Settings, names: tuple[str, ...]) -> list[Target]:
    """Return the targets that were named, or all; raises UsageError for an unknown name, or where there are none."""
    from kg.link.targets.registry import find_target, targets

    found = [find_target(settings.project, name) for name in names] or targets(settings.project)
    if not found:
        raise UsageError("there are no targets to look in", "add one with kg link targets add NAME --file FILE")
    return found


def our_records(graph: KnowledgeGraph, kind: str | None = None, chosen: tuple[str, ...] = ()) -> list[Record]:
    """Return our side; raises UsageError where no entity is of a class, or one is not known."""
    from kg.link.matching.own_records import entity_records, of_class

    known = any(path.stem == RECORDS_QUERY for path in graph.project.query_files)
    records = entity_records(graph.store, graph.query(RECORDS_QUERY) if known else None)
    if chosen:
        wanted = {graph.entity(text).value for text in chosen}
        records = [record for record in records if record.iri in wanted]
    if kind:
        kinds = sorted({name for record in records for name in record.types})
        records = of_class(records, kind)
        if not records:
            hint = did_you_mean(kind, kinds) or f"the classes are {', '.join(kinds)}"
            raise UsageError(f"no entity has the class {kind!r}", hint)
    return records


def candidate_source(settings: Settings, target: Target, records: list[Record], limit: int = 5) -> CandidateSource:
    """Open the index of a target, or ask the service that it is about our side."""
    if target.kind == "reconcile":
        from kg.http.client import Client
        from kg.link.matching.reconciliation import ServiceCandidates, open_service

        client = Client(offline=settings.offline)
        service = ServiceCandidates(open_service(target.source, client), client)
        service.prepare(records, limit)
        return service
    from kg.link.matching.matcher import Matcher
    from kg.link.targets.registry import open_target

    _, index = open_target(settings.project, target.name, settings.say)
    return Matcher(index)


def lines_of(proposal: Proposal, graph: KnowledgeGraph) -> Iterator[str]:
    """Return a proposal in words: the entity, and each candidate with its confidence and the evidence for it."""
    shorten = graph.prefixes.shorten
    yield f"{proposal.entity.label}  {shorten(proposal.entity.iri)}"
    for place, candidate in enumerate(proposal.candidates):
        record = candidate.record
        mark = "→" if place == 0 and proposal.best else " "
        relation = f"  {shorten(proposal.predicate)}" if place == 0 and proposal.best else ""
        yield f"  {mark} {candidate.confidence:.2f}  {record.label}  {shorten(record.iri)}{relation}"
        yield f"          {candidate.why}"
    if proposal.obstacle:
        yield f"    nothing proposed: {proposal.obstacle}"
