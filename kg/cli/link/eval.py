"""`kg link eval`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kg.cli.context import Settings, pass_settings
from kg.cli.link.candidates import chosen_targets, our_records
from kg.cli.output import format_options, write_output
from kg.errors import InputError, UsageError
from kg.formats import JSON, TEXT

if TYPE_CHECKING:
    from kg.files.sssom import Link
    from kg.link.matching.evaluation import Score
    from kg.link.matching.matcher import Candidate
    from kg.link.records.record import Record

_THRESHOLDS = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)


@click.command(
    "eval",
    epilog="""\b
Examples:
  kg link eval gold.sssom.tsv
  kg link eval gold.sssom.tsv --target ror --source items --threshold 0.9 -f json

In gold.sssom.tsv each row gives the right record of a subject; the object sssom:NoTermFound says that there is none.
""",
)
@click.argument("gold", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--target", "target_name", help="The target to look in. [default: the only one]")
@click.option(
    "--source", "source_name", help="A target that has the subjects. [default: the graph, or the labels in the file]"
)
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    default=0.5,
    show_default=True,
    help="Count only answers with at least this confidence.",
)
@click.option("--one-to-one", is_flag=True, help="Assign each record of the target to one subject only.")
@click.option("--partial", is_flag=True, help="Ignore answers that no row of the gold standard mentions.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 1,
    help="Number of processes. [default: number of cores]",
)
@format_options((TEXT, JSON), "an evaluation", default=TEXT, to_file=False)
@pass_settings
def eval(
    settings: Settings,
    gold: Path,
    target_name: str | None,
    source_name: str | None,
    threshold: float,
    one_to_one: bool,
    partial: bool,
    jobs: int,
    format_name: str,
) -> None:
    """Measure how good the candidates are, against the links of an SSSOM table.

    Precision, recall and F1 (their harmonic mean): over all, by type of the subject, and by kind of evidence.
    """
    from kg.files.sssom import read_links
    from kg.link.matching.bulk import candidates_of_all
    from kg.link.matching.evaluation import Answer, by_evidence, by_type, expected_answers, score
    from kg.link.targets.registry import open_target, targets_folder

    links = read_links(gold).links
    expected = expected_answers(links)
    if not expected:
        raise InputError(
            "the gold standard has no accepted rows",
            "mark the right links with the predicate skos:exactMatch",
            path=gold,
        )
    targets = chosen_targets(settings, (target_name,) if target_name else ())
    if len(targets) > 1:
        raise UsageError("no target named", f"use --target {' or '.join(target.name for target in targets)}")
    target, index = open_target(settings.project, targets[0].name, settings.say)
    queries = _queries(settings, links, source_name)
    with settings.progress(f"Looking for {len(queries):,} subjects", "by name"):
        folder = targets_folder(settings.project) / target.name
        found = dict(
            zip(
                (q.iri for q in queries),
                candidates_of_all(folder, queries, limit=5 if one_to_one else 2, processes=jobs),
                strict=True,
            )
        )
    given = _given(found, one_to_one)
    answers = [Answer(query, given.get(query.iri), expected[query.iri]) for query in queries]
    judged = frozenset().union(*expected.values()) if partial else None
    unanswerable = [answer for answer in answers if not answer.expected]
    wrongly = sum(a.candidate is not None and a.candidate.confidence >= threshold for a in unanswerable)
    everything = score(answers, threshold, judged)
    types, kinds = by_type(answers, threshold, judged), by_evidence(answers, threshold, judged)
    if format_name == "json":
        record = {
            "target": target.name,
            "records": len(index),
            "queries": len(answers),
            "threshold": threshold,
            "unanswerable": {"queries": len(unanswerable), "answered": wrongly},
            "all": _numbers(everything),
            "by_type": {name: _numbers(part) for name, part in types.items()},
            "by_evidence": {name: _numbers(part) for name, part in kinds.items()},
            "by_threshold": {str(level): _numbers(score(answers, level, judged)) for level in _THRESHOLDS},
        }
        write_output(json.dumps(record, ensure_ascii=False, indent=2) + "\n", None)
        return
    write_output(
        f"{len(answers):,} subjects, of which {len(unanswerable):,} have no answer ({wrongly:,} got one all the same); "
        f"{len(index):,} records in {target.name}\n\n{_HEADING}"
        + _line(f"all, from {threshold:g} on", everything)
        + "".join(_line(f"type {name}", part) for name, part in types.items())
        + "".join(_line(f"evidence {name}", part) for name, part in kinds.items())
        + "".join(_line(f"from {level:g} on", score(answers, level, judged)) for level in _THRESHOLDS),
        None,
    )


def _queries(settings: Settings, links: tuple[Link, ...], source_name: str | None) -> list[Record]:
    """Return the subjects as records: of another target, of the graph, or no more than their label."""
    from kg.link.records.record import Record

    subjects = {link.subject.value: link for link in links}
    if source_name:
        from kg.link.targets.registry import open_target

        _, source = open_target(settings.project, source_name, settings.say)
        found = {iri: source.by_iri(iri) for iri in subjects}
        missing = [iri for iri, record in found.items() if record is None]
        if missing:
            raise UsageError(f"{source_name} has no record {missing[0]}", f"{len(missing)} of {len(found)} are missing")
        return [record for record in found.values() if record is not None]
    ours = {record.iri: record for record in our_records(settings.graph())}
    queries = []
    for iri, link in subjects.items():
        label = link.row.subject_label
        if iri not in ours and not label:
            raise InputError(
                "no subject_label, and the graph has no such subject",
                "add the column subject_label, or name a target with --source",
                line=link.line,
            )
        queries.append(ours.get(iri) or Record(iri, label or "", types=_types(link)))
    return queries


def _types(link: Link) -> tuple[str, ...]:
    """Return the category of a subject as a type: the last part of a CURIE or a word, in lower case."""
    category = link.row.subject_category
    return (category.rsplit(":", 1)[-1].lower(),) if category else ()


def _given(found: dict[str, list[Candidate]], one_to_one: bool) -> dict[str, Candidate]:
    from kg.link.matching.assignment import one_to_one as assign
    from kg.link.matching.matcher import chosen

    if one_to_one:
        return assign(found)
    best = {iri: chosen(candidates) for iri, candidates in found.items()}
    return {iri: candidate for iri, candidate in best.items() if candidate is not None}


_HEADING = f"{'':24}{'answers':>9}{'right':>8}{'precision':>11}{'recall':>8}{'F1':>7}\n"


def _line(name: str, part: Score) -> str:
    return f"{name:24}{part.answered:9,}{part.right:8,}{part.precision:11.3f}{part.recall:8.3f}{part.f1:7.3f}\n"


def _numbers(part: Score) -> dict[str, float]:
    return {
        "answerable": part.answerable,
        "answered": part.answered,
        "right": part.right,
        "precision": round(part.precision, 4),
        "recall": round(part.recall, 4),
        "f1": round(part.f1, 4),
    }
