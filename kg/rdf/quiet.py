"""rdflib without what it prints."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet_literals() -> Iterator[None]:
    """Let rdflib print no stack trace for each literal that it cannot parse."""
    log = logging.getLogger("rdflib.term")
    log.disabled = True
    try:
        yield
    finally:
        log.disabled = False
