"""What a user may not run: updates, and calls of endpoints that were not allowed.

This goes by single tokens, not by the tree: the word SERVICE is refused wherever it occurs, also in a text that
cannot be parsed.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from kg.errors import UsageError
from kg.sparql.syntax import require_no_update
from kg.sparql.tokens import scan, tokens

_MAYBE_SERVICE = re.compile(r"service|\\u", re.IGNORECASE)


def require_query(text: str, allowed_services: Collection[str] = ()) -> None:
    """Refuse what a user may not run: updates, and SERVICE calls to endpoints that were not allowed.

    Raises UsageError.
    """
    require_no_update(text)
    found = tokens(text)
    for index, token in enumerate(found):
        if token.keyword != "SERVICE":
            continue
        target = next((word for word in found[index + 1 :] if word.keyword != "SILENT"), None)
        endpoint = target.text[1:-1] if target is not None and target.kind == "iri" else None
        if endpoint not in allowed_services:
            named = f"<{endpoint}>" if endpoint else "of an endpoint that is not written as an IRI"
            raise UsageError(
                f"SERVICE {named} is not allowed (line {token.line})",
                f"add --allow-service {endpoint or 'IRI'}, or list it in kg.toml as allow-service",
            )


def calls_service(text: str) -> bool:
    """Return whether a query has a SERVICE clause, wherever it occurs; raises GrammarError as `scan` does."""
    # The pattern is only there to save the lexer's time: an escape could spell the word.
    return bool(_MAYBE_SERVICE.search(text)) and any(token.keyword == "SERVICE" for token in scan(text))
