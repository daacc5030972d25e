"""SPARQL servers: the addresses of their protocols, and their capabilities. All differences between them are here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kg.errors import UsageError, did_you_mean
from kg.http.client import Client, require_no_credentials


@dataclass(frozen=True)
class Engine:
    """What a kind of server can do.

    `query`, `update` and `graph_store` are put behind a server's address (SPARQL 1.1 Protocol and Graph Store HTTP
    Protocol); without `graph_store` triples are sent by INSERT DATA, without `update` the server is only read.
    At most `upload` triples are sent at once by the Graph Store protocol, `insert` by INSERT DATA. `prologue` comes
    before each update. `tested` is false where only the documentation is known, and the tests do not run against it.
    """

    name: str
    query: str = ""
    update: str | None = ""
    graph_store: str | None = None
    upload: int = 100_000
    insert: int = 500
    prologue: str = ""
    tested: bool = False
    scaling: str = ""


ENGINES = {
    engine.name: engine
    for engine in (
        Engine(
            "oxigraph",
            "/query",
            "/update",
            "/store",
            insert=10_000,
            tested=True,
            scaling="one machine; as many readers as it has cores",
        ),
        Engine(
            "virtuoso",
            "/sparql",
            "/sparql-auth",
            "/sparql-graph-crud-auth",
            upload=10_000,
            # Row by row, and no log of the transaction: a log of many rows is refused (SR325), and ours can be resumed.
            prologue="DEFINE sql:log-enable 3 ",
            tested=True,
            scaling="open source: one machine; commercial: a cluster that shards",
        ),
        Engine(
            "graphdb",
            "",
            "/statements",
            "/rdf-graphs/service",
            scaling="cluster of three or more full copies: more readers, and no single point of failure",
        ),
        Engine("stardog", "/query", "/update", "", scaling="cluster of full copies with strong consistency; no shards"),
        Engine(
            "neptune",
            "/sparql",
            "/sparql",
            "/sparql/gsp/",
            scaling="managed: storage to 128 TiB, read replicas",
        ),
        Engine("fuseki", "/query", "/update", "/data", scaling="one machine (TDB2)"),
        Engine("rdf4j", "", "/statements", "/rdf-graphs/service", scaling="one machine"),
        # Its own ways of sending triples are not those of the Graph Store protocol.
        Engine("blazegraph", scaling="one machine, or full copies; no longer developed"),
        Engine("qlever", "", "", None, scaling="one big machine; has held Wikidata"),
        Engine("generic", scaling="as its documentation says"),
    )
}

# What a server says of itself in the header Server. Fuseki says it in versions under development only; RDF4J and
# Blazegraph leave it to the server that they run in.
_SIGNATURES = {
    "virtuoso": "virtuoso",
    "oxigraph": "oxigraph",
    "qlever": "qlever",
    "graphdb": "graphdb",
    "fuseki": "fuseki",
}


@dataclass(frozen=True)
class Addresses:
    """The addresses of one server, and its engine."""

    base: str
    engine: Engine
    query: str
    update: str | None
    graph_store: str | None


def engine_named(name: str) -> Engine:
    """Return an engine by its name; raises UsageError for an unknown one."""
    if name not in ENGINES:
        known = ", ".join(ENGINES)
        raise UsageError(f"unknown engine {name!r}", did_you_mean(name, list(ENGINES)) or f"the engines are {known}")
    return ENGINES[name]


def addresses_of(base: str, client: Client, settings: Mapping[str, str]) -> Addresses:
    """Return the addresses of a server.

    Args:
        base: its address, to which its engine adds the rest.
        client: asks the server what it is, where the settings do not say.
        settings: of the project ([server] in kg.toml): `engine`, or the addresses one by one, as `query`, `update` and
            `graph-store`.

    Raises:
        UsageError: the address holds a password, or the engine is unknown.
        OutsideError: the server cannot be reached.
    """
    require_no_credentials(base)
    base = base.rstrip("/")
    if "query" in settings:
        engine = engine_named(settings.get("engine", "generic"))
        return Addresses(base, engine, settings["query"], settings.get("update"), settings.get("graph-store"))
    engine = engine_named(settings["engine"]) if "engine" in settings else _recognized(base, client)

    def full(part: str | None) -> str | None:
        return None if part is None else base + part

    return Addresses(base, engine, base + engine.query, full(engine.update), full(engine.graph_store))


def _recognized(base: str, client: Client) -> Engine:
    """Recognise an engine by how its server names itself; one that does not is taken for a plain endpoint."""
    server = client.server(base).lower()
    return next((ENGINES[name] for name, word in _SIGNATURES.items() if word in server), ENGINES["generic"])
