"""The knowledge graph of international AI governance, and a tool to work with any RDF, for Python programs.

    import kg

    graph = kg.open()
    for row in graph.query("initiators"):
        print(row.initiator_label)

Importing this module is cheap: names are loaded when they are first asked for (PEP 562).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kg.__version__ import __version__

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph, open

__all__ = ["KnowledgeGraph", "__version__", "open"]


def __getattr__(name: str) -> object:
    """Load one of the public names."""
    if name in __all__:
        from kg import graph

        return getattr(graph, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
