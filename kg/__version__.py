"""The version of kg, for what must not import the rest."""

__version__ = "0.1.0"
