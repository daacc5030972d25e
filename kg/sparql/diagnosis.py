"""Syntax errors of queries, for the person who wrote them: the place, what was expected there, the remedy.

Oxigraph's parser compares keywords by their length, so the place that it reports may be up to fourteen characters
after the error, and what it expects there is then irrelevant. Between tokens that are far apart it cannot miss: the
query is parsed again with wide gaps, and what is expected at a place is what the parser lacks when the text ends
there.
"""

from __future__ import annotations

import re
from itertools import pairwise

from pyoxigraph import Store

from kg.errors import did_you_mean
from kg.sparql.errors import GrammarError, offset_of
from kg.sparql.functions import AGGREGATES, FUNCTIONS
from kg.sparql.tokens import BRACKETS, Token, brackets, tokens

_ERROR = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
# An entry of what is expected: a mark in quotes, a class of characters in brackets, a keyword or a sentence.
_ENTRY = re.compile(r'"((?:[^"\\]|\\.)*)"|\[[^]]*\]|([^,]+)')
_GAP = " " * 24  # more than the longest keyword has letters
_MARKS_APART = frozenset("{}();,.")
_FUNCTIONS = [*FUNCTIONS, *AGGREGATES]
_OTHER_KEYWORDS = """
    SELECT DISTINCT REDUCED WHERE FROM NAMED CONSTRUCT ASK DESCRIBE PREFIX BASE FILTER OPTIONAL UNION MINUS GRAPH
    BIND VALUES GROUP ORDER BY HAVING LIMIT OFFSET ASC DESC EXISTS NOT IN AS UNDEF SEPARATOR
""".split()  # noqa: SIM905  # a list of 30 strings is read by nobody
_KEYWORDS = [*_OTHER_KEYWORDS, *_FUNCTIONS]
_SCHEME = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:")
_SENTENCES = {
    "The SELECT contains a variable that is unbound": (
        "a SELECT before this place selects a variable that is neither grouped nor in an aggregate such as COUNT",
        "add it to GROUP BY, or write (SAMPLE(?x) AS ?y)",
    ),
    "The SELECT overrides an existing variable using an expression": (
        "a SELECT before this place assigns a value to a variable that already has one",
        "choose another name after AS",
    ),
    "Duplicated variable name in SELECT": ("a SELECT before this place selects a variable twice", "name it once"),
}
_OPERATORS = {"AND": "&&", "OR": "||"}
_CLOSING = frozenset(BRACKETS.values())


def find_fault(text: str) -> GrammarError | None:
    """Find the first error of a query; None if Oxigraph accepts it, or would call an endpoint.

    Args:
        text: the query, which must not be deeper than kg.sparql.syntax allows.
    """
    found = tokens(text)
    # To be parsed by Oxigraph is to be run, on an empty store. It would call any address.
    if any(token.keyword == "SERVICE" for token in found) or (message := _parse(text)) is None:
        return None
    index = _faulty_token(found)
    if index is None:
        match = _ERROR.match(message)
        offset = offset_of(text, int(match[1]), int(match[2])) if match else len(text.rstrip())
        return GrammarError(
            "not a valid SPARQL 1.1 query", "check that each bracket and each string is closed", text, offset
        )
    offset = found[index].start if index < len(found) else len(text.rstrip())
    # What the parser says of the token itself, and what it lacks where the text ends before it.
    said = _entries(_parse(_spread(found)[0]) or "")
    lacking = _entries(_parse(text[:offset]) or "")
    what, hint = _explain(found, index, said, lacking)
    return GrammarError(what, hint, text, offset)


def _parse(text: str) -> str | None:
    """Return Oxigraph's message for a text that has a fault, else None."""
    try:
        Store().query(text)
    except SyntaxError as error:
        return error.msg
    return None


def _spread(found: list[Token]) -> tuple[str, list[int]]:
    """Write tokens with wide gaps where that changes nothing; return the offset of each, too."""
    parts: list[str] = []
    starts: list[int] = []
    length = end = 0
    before = ""
    for token in found:
        if token.start > end or token.text in _MARKS_APART or before in _MARKS_APART:
            parts.append(_GAP)
            length += len(_GAP)
        starts.append(length)
        parts.append(token.text)
        length += len(token.text)
        end, before = token.start + len(token.text), token.text
    return "".join([*parts, _GAP]), starts


def _faulty_token(found: list[Token]) -> int | None:
    """Return the index of the token that does not fit, the number of tokens where the end does not; None if unknown."""
    text, starts = _spread(found)
    match = _ERROR.match(_parse(text) or "")
    if match is None:
        return None
    offset = offset_of(text, int(match[1]), int(match[2]))
    if offset >= len(text):
        # A text or IRI that is not closed swallows the rest; its first sign is a token of its own.
        opening = {'"\\""': '"', '"\'"': "'", '">"': "<"}.get(next(iter(_entries(match[0])), ""))
        return next((index for index, token in enumerate(found) if token.text == opening), len(found))
    return max((index for index, start in enumerate(starts) if start <= offset), default=0)


def _entries(message: str) -> list[str]:
    """Return what the parser expects: marks in quotes, classes of characters as `[`, keywords and sentences."""
    match = _ERROR.match(message)
    found = _ENTRY.finditer(match[3]) if match else ()
    return [f'"{entry[1]}"' if entry[1] is not None else (entry[2] or "[").strip() for entry in found]


def _explain(found: list[Token], index: int, said: list[str], lacking: list[str]) -> tuple[str, str]:
    """Say what is wrong at a token, and what to do."""
    for entry in (*said, *lacking):
        if entry in _SENTENCES:
            return _SENTENCES[entry]
    opened = [found[number] for number in brackets(found[:index]).open]
    expected = _in_words(lacking)
    if index == len(found):
        unclosed = f"close what is open: {' '.join(token.text for token in opened)}" if opened else None
        return f"the query ends too early{expected}", unclosed or "add the missing part"
    token, before = found[index], [token.text for token in found[max(0, index - 3) : index]]
    follows = found[index + 1].text if index + 1 < len(found) else ""
    declared = {name.text for keyword, name in pairwise(found[:index]) if keyword.keyword == "PREFIX"}
    based = any(token.keyword == "BASE" for token in found[:index])
    closes = bool(opened) and BRACKETS[opened[-1].text] == token.text
    prefix = token.text.partition(":")[0]
    causes = (
        (
            token.text in ('"', "'"),
            "the string that begins here is not closed",
            "close it; strings in three quotes may contain line breaks",
        ),
        (
            token.text == "<" and '">"' in said,
            "the IRI that begins here is not closed",
            "close it with >",
        ),
        (
            token.kind == "name" and f"{prefix}:" not in declared and "PREFIX" not in before[-1:],
            f"the prefix {prefix}: is not declared",
            "declare it with PREFIX; list the known prefixes with kg prefixes",
        ),
        (
            token.kind == "iri" and ("IRI parsing failed" in said or not (based or _SCHEME.match(token.text))),
            f"{token.text} is not an absolute IRI",
            "write it with its scheme, or with a prefix",
        ),
        (
            token.kind == "word" and follows == "(" and not did_you_mean(token.text, _OTHER_KEYWORDS),
            f"SPARQL has no function {token.text}",
            did_you_mean(token.text, _FUNCTIONS) or "a function of another vocabulary is written as an IRI",
        ),
        (
            token.kind == "blank" and "<unreported>" in said,
            f"the blank node {token.text} is used in two groups",
            "use a variable instead",
        ),
        (
            closes and before[:1] == ["AS"] and before[2:] == [")"],
            f"{before[-2] if len(before) > 1 else token.text} already has a value before this place",
            "choose another name after AS",
        ),
        (
            token.text in _CLOSING and not closes,
            f"{token.text!r} has no opening bracket{expected}",
            "remove it",
        ),
    )
    told = next(((what, hint) for holds, what, hint in causes if holds), None)
    return told or (f"{token.text!r} is not expected here{expected}", _remedy(token, before[-1] if before else ""))


def _remedy(token: Token, before: str) -> str:
    if token.keyword in _OPERATORS:
        return f"write {_OPERATORS[token.keyword]} for {token.text}"
    if token.kind == "word" and token.keyword not in _KEYWORDS:
        near = did_you_mean(token.text, _KEYWORDS)
        rule = "a variable begins with ?, a name has a prefix and a colon, and a string is in quotes"
        return f"{near} Otherwise: {rule}" if near else rule
    if token.text == before == "=":
        return "a single = compares two values"
    if token.text == ",":
        return "separate the variables of SELECT by spaces; a comma separates objects of one predicate"
    return "check also what is before it; see a working query with kg query show NAME"


def _in_words(entries: list[str]) -> str:
    """Name at most four things that are expected at a place, after a semicolon; empty where nothing is known."""
    marks = [entry for entry in entries if entry.startswith('"')]
    kinds = (
        ("a variable", '"?"' in marks and '"$"' in marks),
        ("an IRI or prefixed name", '":"' in marks and '"<"' in marks),
        ("a string or number", '"\\""' in marks),
        ('"{"', '"{"' in marks),
        ('"}"', '"}"' in marks),
        ('")"', '")"' in marks),
        ('"]"', '"]"' in marks),
        ('"."', '"."' in marks),
        ('";"', '";"' in marks),
    )
    named = [name for name, fits in kinds if fits][:4]
    if len(named) > 1:
        named = [", ".join(named[:-1]), named[-1]]
    return f"; expected {' or '.join(named)}" if named else ""
