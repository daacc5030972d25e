"""The closure computed by a SPARQL server itself: `closure` is public, the rest serves it."""

from kg.reasoning.on_server.closure import close_on_server
from kg.reasoning.on_server.workspace import scratch_graphs

__all__ = ["close_on_server", "scratch_graphs"]
