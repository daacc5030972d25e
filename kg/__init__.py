"""The knowledge graph of international AI governance, for Python programs."""

__version__ = "0.1.0"
