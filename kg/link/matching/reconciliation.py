"""Candidates from a reconciliation service (Reconciliation Service API 0.2, W3C Community Group report).

See https://reconciliation-api.github.io/specs/0.2/.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from kg.errors import OutsideError
from kg.http.client import Client, get_json, post_form_for_json
from kg.link.index.similarity import Words, similarity, weigh_words
from kg.link.matching.evidence import Evidence, NameMatch, of_names
from kg.link.matching.matcher import Candidate, candidate_of
from kg.link.records.names import normalise
from kg.link.records.record import NameKind, Record

# The most queries in one request, unless the service's manifest names a smaller batch.
BATCH = 25
# A service does not say how distinctive a word is: each counts as one of medium rarity.
_RARITY = 7.0


@dataclass(frozen=True)
class Service:
    """A reconciliation service: where it is, and what its manifest says."""

    url: str
    name: str
    identifier_space: str
    view: str | None
    batch: int


def open_service(url: str, client: Client) -> Service:
    """Ask a service for its manifest; raises OutsideError where there is none, or it is not such a service."""
    manifest = get_json(url, client)
    if not isinstance(manifest, dict) or not isinstance(manifest.get("identifierSpace"), str):
        raise OutsideError(
            f"{url} is not a reconciliation service: its manifest has no identifierSpace",
            "use the address that OpenRefine takes for the service",
        )
    view = manifest.get("view")
    batch = manifest.get("batchSize")
    return Service(
        url=url,
        name=str(manifest.get("name", url)),
        identifier_space=manifest["identifierSpace"],
        view=view.get("url") if isinstance(view, dict) else None,
        batch=min(batch, BATCH) if isinstance(batch, int) and batch > 0 else BATCH,
    )


@dataclass
class ServiceCandidates:
    """Candidates of a service; `prepare` asks for many records in one request."""

    service: Service
    client: Client
    type: str | None = None
    _answers: dict[str, list[Candidate]] = field(default_factory=dict)

    def prepare(self, records: Iterable[Record], limit: int = 5) -> None:
        """Ask for the candidates of many records; raises OutsideError for an incomplete answer."""
        waiting = [record for record in records if record.iri not in self._answers]
        for start in range(0, len(waiting), self.service.batch):
            some = {f"q{place}": record for place, record in enumerate(waiting[start : start + self.service.batch])}
            queries = {key: self._query(record, limit) for key, record in some.items()}
            answer = post_form_for_json(self.service.url, {"queries": json.dumps(queries)}, self.client)
            for key, record in some.items():
                self._answers[record.iri] = self._candidates(record, self._results(answer, key))

    def candidates(self, record: Record, limit: int = 5) -> list[Candidate]:
        """Return the candidates for a record, the most likely one first."""
        self.prepare([record], limit)
        return self._answers[record.iri][:limit]

    def _query(self, record: Record, limit: int) -> dict[str, Any]:
        query: dict[str, Any] = {"query": record.label, "limit": limit}
        return query | ({"type": self.type} if self.type else {})

    def _results(self, answer: Any, key: str) -> list[dict[str, Any]]:
        """Return the results of one query; one that is missing is an error, and not an empty list of results."""
        found = answer.get(key) if isinstance(answer, dict) else None
        results = found.get("result") if isinstance(found, dict) else None
        if not isinstance(results, list) or not all(
            isinstance(one, dict) and isinstance(one.get("id"), str) and isinstance(one.get("name"), str)
            for one in results
        ):
            raise OutsideError(
                f"{self.service.url} has not answered query {key} as the Reconciliation Service API asks",
                "the answer should hold a list of results for every query: check the service, or ask again later",
            )
        return results

    def _candidates(self, record: Record, results: list[dict[str, Any]]) -> list[Candidate]:
        matches = [self._match(record, str(result["name"])) for result in results]
        found = []
        for result, match in zip(results, matches, strict=True):
            theirs = self._record(result)
            rivals = sum(other.similarity >= match.similarity for other in matches) - 1
            said = []
            if isinstance(result.get("score"), int | float):
                said.append(Evidence("service", f"score of the service {result['score']:g}", 0.0))
            if result.get("match") is True:
                said.append(Evidence("service", "the service calls it a match", 1.0))
            found.append(candidate_of(record, theirs, match, of_names(match, rivals), said))
        return sorted(found, key=lambda candidate: -candidate.confidence)

    def _match(self, record: Record, name: str) -> NameMatch:
        key = normalise(name)
        rarity = _RARITY * len(set(key.split()))
        return max(
            (
                NameMatch(similarity(_words(normalise(text)), _words(key)), kind, 0, key, rarity)
                for text, kind in record.names()
                if normalise(text) and key
            ),
            key=lambda match: match.similarity,
            default=NameMatch(0.0, NameKind.LABEL, 0, key, 0.0),
        )

    def _record(self, result: dict[str, Any]) -> Record:
        view = self.service.view
        space = self.service.identifier_space
        iri = space + result["id"] if space.endswith(("/", "#")) or not view else view.replace("{{id}}", result["id"])
        return Record(iri=iri, label=result["name"], description=str(result.get("description") or ""))


def _words(key: str) -> Words:
    return weigh_words(key, lambda _: _RARITY)
