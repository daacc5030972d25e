"""The SPARQL endpoints that a query's SERVICE clauses may ask, and their answers: kept ones, or new ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from kg.errors import OutsideError, UsageError
from kg.files.project import Project
from kg.http.client import Client
from kg.progress import Progress, Say, silent
from kg.query.service_cache import AnswerCache, KeptAnswer
from kg.rdf.terms import iri
from kg.sparql.results import Rows
from kg.store.endpoint import Endpoint

ONE_DAY = timedelta(days=1)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True)
class Services:
    """Endpoints by the IRI that a query calls them by, each with the address to ask.

    Answers younger than `max_age` are taken from the cache; offline, all that are there. `say` is called with
    what was asked and when the answer was given, `progress` with what is being asked.
    """

    addresses: Mapping[str, str] = field(default_factory=dict)
    cache: AnswerCache | None = None
    max_age: timedelta = ONE_DAY
    client: Client = field(default_factory=Client)
    say: Say = silent
    progress: Progress = silent

    def ask(
        self, name: str, about: str, queries: Sequence[str], timeout: Callable[[], float | None]
    ) -> Iterator[tuple[str, Rows]]:
        """Ask an endpoint several queries, and yield each with its answer.

        Args:
            name: the IRI of the endpoint, one of `addresses`.
            about: what is asked about, in words.
            queries: SELECT queries.
            timeout: returns the seconds that are left.

        Raises:
            OutsideError: the endpoint could not be reached, or its answer is incomplete.
        """
        endpoint = Endpoint(self.addresses[name], self.client)
        oldest: datetime | None = None
        number = 0
        for index, query in enumerate(queries, 1):
            self.progress(f"<{name}>" + (f", {index} of {len(queries)}" if len(queries) > 1 else ""))
            kept = self._kept(endpoint.url, query)
            rows = kept.rows if kept else self._ask(endpoint, query, timeout())
            oldest = min(filter(None, (oldest, kept.time if kept else None)), default=None)
            number += len(rows)
            yield query, rows
        found = f"{number} row{'' if number == 1 else 's'}" if number else "no rows"
        if oldest is None:
            self.say(f"Queried <{name}> about {about}: {found}.")
        else:
            age = f"{_in_words(datetime.now(UTC) - oldest)} ago ({oldest.astimezone(UTC):%Y-%m-%d %H:%M} UTC)"
            self.say(f"<{name}> was queried about {about} {age}: {found}. Query it again with --max-age 0s.")

    def _kept(self, url: str, query: str) -> KeptAnswer | None:
        kept = self.cache.load(url, query) if self.cache else None
        if self.client.offline and kept is None:
            raise OutsideError(
                f"cannot query {url}: offline, and there is no cached answer",
                "leave out --offline, and unset KG_OFFLINE",
            )
        if kept is None or self.client.offline or datetime.now(UTC) - kept.time < self.max_age:
            return kept
        return None

    def _ask(self, endpoint: Endpoint, query: str, timeout: float | None) -> Rows:
        rows = endpoint.query(query, timeout=timeout)
        assert isinstance(rows, Rows)
        if self.cache is not None:
            try:
                self.cache.keep(endpoint.url, query, rows)
            except OSError as error:
                self.say(f"The answer could not be cached in {self.cache.folder}: {error.strerror}.")
        return rows


def project_services(project: Project, allowed: Iterable[str] = (), *, offline: bool = False) -> Services:
    """Return the endpoints that a project's configuration allows, and those that a user names (see `addresses`)."""
    cache = AnswerCache(project.store_path / "answers")
    return Services(addresses((*project.allowed_services, *allowed)), cache, client=Client(offline=offline))


def addresses(allowed: Iterable[str]) -> dict[str, str]:
    """Read endpoints as users name them: `IRI`, or `IRI=URL` for one that is asked at another address.

    Raises UsageError for what is not an address of http or https.
    """
    found = {}
    for text in allowed:
        match = re.fullmatch(r"(?P<name>.+?)(?:=(?P<address>https?://.*))?", text)
        name, address = (match["name"], match["address"] or match["name"]) if match else (text, text)
        for part in (name, address):
            if not re.match(r"https?://", iri(part).value):
                raise UsageError(
                    f"not an http or https address: {part!r}", "write an address that begins with https://"
                )
        found[name] = address
    return found


def parse_duration(text: str) -> timedelta:
    """Read a duration such as 30s, 10m, 12h, 7d or 2w; raises UsageError."""
    match = re.fullmatch(r"(\d{1,6})([smhdw])", text)
    if match is None:
        raise UsageError(f"not a duration: {text!r}", "write a number and one of s, m, h, d, w: for example 12h or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _in_words(age: timedelta) -> str:
    seconds = max(0, round(age.total_seconds()))
    for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds >= size or size == 1:
            number = seconds // size
            return f"{number} {unit}{'' if number == 1 else 's'}"
    raise AssertionError("a second is the last unit")
