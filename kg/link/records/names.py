"""Normalised names: the form in which names are compared."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Letters that Unicode does not decompose into a base letter and a mark.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "&": " and "}
)
_WORDS = re.compile(r"\w+")
_APOSTROPHES = re.compile(r"(?<=\w)['’ʼ‘`´](?=\w)")
_BRACKETS = re.compile(r"\s*[(（]([^()（）]*)[)）]\s*$")
_AFTER_COMMA = re.compile(r"\s*,\s*([^,]*)$")

# Marks of this canonical combining class or above sit over or under a letter; those below belong to the letter itself,
# as the sound marks of Japanese do (Unicode Standard Annex 44, table 15).
_ACCENT = 200

# What a company is in law says nothing about which company it is.
_LEGAL_FORMS = frozenset(
    """ab ag aps as asa bhd bv co company corp corporation gmbh inc incorporated kg kk limited llc llp lp ltd nv oy oyj
    plc pte pty pvt sa sas sarl se sl spa srl tbk zrt""".split()  # noqa: SIM905
)
# Words that names are written with and without.
_FILLERS = frozenset(
    "a an and at da das de del della der des di die do dos du e et for in la le les of the und y".split()  # noqa: SIM905
)
# Countries and unions that are written in short within other names, and the former as `U.S.`, too.
_DOTTED = re.compile(r"\b(u) ([sk])\b(?: a\b)?")
_IN_FULL = {"us": "united states", "usa": "united states", "uk": "united kingdom", "eu": "european union"}


@lru_cache(1 << 16)
def normalise(text: str) -> str:
    """Return a name's words in lower case without accents, joined by blanks; empty for a text without words."""
    folded = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text).casefold())
    bare = "".join(c for c in folded if unicodedata.combining(c) < _ACCENT).translate(_LETTERS)
    return " ".join(_WORDS.findall(unicodedata.normalize("NFC", bare)))


def script(text: str) -> str:
    """Return the script of a name's first letter as Unicode calls it (`Latin`, `Cjk`); empty where there is none."""
    letter = next((character for character in text if character.isalpha()), "")
    return unicodedata.name(letter, "").partition(" ")[0].capitalize() if letter else ""


def without_brackets(text: str) -> str:
    """Return a name without what stands in brackets at its end: `Tencent (China)`."""
    return _BRACKETS.sub("", text) or text


def without_last_part(text: str) -> str:
    """Return a name without what stands after its last comma: `University of California, Davis`."""
    return _AFTER_COMMA.sub("", text) or text


def qualifier(text: str) -> str:
    """Return what stands in brackets or after the last comma at the end of a name; often empty."""
    found = _BRACKETS.search(text) or _AFTER_COMMA.search(text)
    return found[1] if found else ""


def core(key: str) -> str:
    """Return a normalised name without filler words and legal forms, unless nothing else would be left.

    Within a longer name, abbreviated countries are spelt out.
    """
    words = _DOTTED.sub(r"\1\2", key).split()
    while len(words) > 1 and words[-1] in _LEGAL_FORMS:
        words.pop()
    kept = [word for word in words if word not in _FILLERS] or words
    return " ".join(kept if len(kept) == 1 else [_IN_FULL.get(word, word) for word in kept])
