"""Countries that a name mentions, by the English names of the Unicode CLDR."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from kg.link.names import normalise

_LONGEST = 5  # words in the name of a country
# Short forms of names that the CLDR gives in full only.
_SHORT = {"usa": "US", "uk": "GB", "uae": "AE", "england": "GB", "scotland": "GB", "wales": "GB"}


@lru_cache
def _codes() -> dict[str, str]:
    from babel import Locale

    territories = Locale("en").territories
    named = {normalise(name): code for code, name in territories.items() if len(code) == 2 and code.isalpha()}
    return named | _SHORT


@lru_cache(1024)
def mentioned_countries(key: str) -> Mapping[str, str]:
    """Return the countries whose names stand in a normalised name: their ISO 3166-1 codes by those names.

    Of overlapping names the longest counts: `south korea`, not `korea`.
    """
    codes = _codes()
    words = key.split()
    found = {}
    start = 0
    while start < len(words):
        for length in range(min(_LONGEST, len(words) - start), 0, -1):
            name = " ".join(words[start : start + length])
            if name in codes:
                found[name] = codes[name]
                start += length
                break
        else:
            start += 1
    return found
