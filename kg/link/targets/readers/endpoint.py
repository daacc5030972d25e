"""Records of a SPARQL endpoint: the rows of a query whose variables are the fields of a record."""

from __future__ import annotations

from typing import Any

from kg.errors import InputError, UsageError, did_you_mean
from kg.http.client import Client
from kg.link.records.countries import country_code
from kg.link.records.hosts import host_of
from kg.link.records.record import Record
from kg.link.targets.readers.columns import FIELDS, MANY, year_of
from kg.sparql.classification import require_query
from kg.sparql.results import Rows
from kg.store.endpoint import Endpoint


def read_endpoint(url: str, query: str, client: Client) -> list[Record]:
    """Ask an endpoint; return a record for each IRI of `iri`, sorted. Rows with the same IRI are one record.

    Args:
        url: of the endpoint.
        query: a SELECT query with the variables `iri` and `label`, and others of FIELDS.
        client: how to ask.

    Raises:
        UsageError: the query is not a SELECT query, or has a variable that is not a field.
        OutsideError: the endpoint could not be reached, or its answer is incomplete.
        InputError: a row has no IRI.
    """
    require_query(query)
    rows = Endpoint(url, client).query(query)
    if not isinstance(rows, Rows):
        raise UsageError("not a SELECT query", "write SELECT ?iri ?label ...")
    for name in rows.variables:
        if name not in (*FIELDS, "iri"):
            raise UsageError(
                f"a record has no field {name!r}",
                did_you_mean(name, list(FIELDS)) or f"the fields are {', '.join(FIELDS)}",
            )
    if not {"iri", "label"} <= set(rows.variables):
        raise UsageError("the query must have the variables ?iri and ?label", "write SELECT ?iri ?label { ... }")
    things: dict[str, dict[str, list[str]]] = {}
    for row in rows:
        iri = getattr(row.term("iri"), "value", None)
        if iri is None:
            raise InputError("a row has no ?iri", "leave such rows out with FILTER(BOUND(?iri))", path=url)
        fields = things.setdefault(iri, {})
        for name in rows.variables:
            value = getattr(row.term(name), "value", None)
            if value and value not in fields.setdefault(name, []):
                fields[name].append(value)
    return [_record(iri, fields) for iri, fields in sorted(things.items()) if fields.get("label")]


def _record(iri: str, fields: dict[str, list[str]]) -> Record:
    label, *others = fields["label"]
    values: dict[str, Any] = {name: tuple(fields.get(name, ())) for name in MANY}
    values["aliases"] = tuple(dict.fromkeys([*others, *values["aliases"]]))
    for name in ("place", "description"):
        if fields.get(name):
            values[name] = fields[name][0]
    if fields.get("country"):
        values["country"] = country_code(fields["country"][0])
    if fields.get("size"):
        values["size"] = float(fields["size"][0])
    if fields.get("year"):
        values["year"] = year_of(fields["year"][0])
    values["domains"] = tuple(filter(None, map(host_of, fields.get("website", ()))))
    return Record(iri=iri, label=label, **values)
