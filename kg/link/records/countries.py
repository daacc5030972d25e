"""Countries that data names or a name mentions, by the codes and English names of the Unicode CLDR."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from kg.link.records.names import normalise

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
def country_code(text: str) -> str | None:
    """Return the ISO 3166-1 alpha-2 code of a country that data gives by a code of two or three letters or by name.

    None for what is no country: it must not pass for another country than ours.
    """
    from babel import Locale
    from babel.core import get_global

    folded = text.strip().upper()
    # The CLDR lists codes of three letters, and withdrawn ones, as other names of those of two.
    code = get_global("territory_aliases").get(folded, [folded])[0]
    if len(code) == 2 and code in Locale("en").territories:
        return str(code)
    return _codes().get(normalise(text))


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
