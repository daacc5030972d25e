"""Queries and names: `catalog`, `entities`, `labels`, `describe`, `stats`, `header`, `federation`, `services`."""
