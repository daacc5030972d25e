"""SPARQL 1.1 queries as text: lexing, classifying, and binding parameters without changing the structure.

Parameters are bound token by token: a lexer that knows strings, comments and IRIs finds the variables, a variable
is replaced by one term, and the result is lexed again and must have the same tokens everywhere else.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from kg.errors import UsageError
from kg.rdf.terms import Term, render

# SPARQL 1.1 Query Language, section 19.8. Long strings come before short ones, an IRI before the operator `<`.
_TOKEN = re.compile(
    r"""(?P<space>\s+|\#[^\n\r]*)
      | (?P<string>\"\"\"(?:[^"\\]|\\.|"{1,2}(?!"))*\"\"\"|'''(?:[^'\\]|\\.|'{1,2}(?!'))*'''
                  |"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')
      | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
      | (?P<variable>[?$]\w+)
      | (?P<name>(?:[^\W\d_][\w.-]*)?:(?:%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%]|[\w:-]|\.(?=[\w:.%\\-]))*)
      | (?P<blank>_:[\w.-]+)
      | (?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
      | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<word>[^\W\d]\w*)
      | (?P<mark>\^\^|&&|\|\||!=|<=|>=|.)""",
    re.VERBOSE | re.DOTALL,
)
_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH")
_MAYBE_SERVICE = re.compile(r"service|\\u", re.IGNORECASE)
_READ_ONLY = "the store is built from the files: edit them and run kg build"


class Token(NamedTuple):
    """A token and where it starts: an offset, and line and column counted from 1."""

    kind: str
    text: str
    start: int
    line: int
    column: int

    @property
    def keyword(self) -> str:
        """The token as an upper-case keyword; empty where it is none."""
        return self.text.upper() if self.kind == "word" else ""


def tokens(text: str) -> list[Token]:
    """Split a query into tokens, without blanks and comments.

    Raises UsageError at a codepoint escape outside of strings (section 19.2): some engines replace it before they
    read the query, so it could hide a keyword from this reader.
    """
    found = []
    line, start_of_line = 1, 0
    for match in _TOKEN.finditer(text):
        kind, word = str(match.lastgroup), match.group()
        column = match.start() - start_of_line + 1
        if word == "\\":
            raise UsageError(f"a backslash outside of strings (line {line}, column {column})")
        if kind != "space":
            found.append(Token(kind, word, match.start(), line, column))
        if "\n" in word:
            line += word.count("\n")
            start_of_line = match.start() + word.rindex("\n") + 1
    return found


def form(text: str) -> str:
    """Return the form of a query in lower case: select, ask, construct, describe or update.

    Raises UsageError for a text that is none.
    """
    for token in tokens(text):
        if token.keyword in _FORMS:
            return token.keyword.lower()
        if token.keyword in _UPDATES:
            return "update"
        # Before the form come PREFIX name: <iri> and BASE <iri>.
        if token.keyword not in ("PREFIX", "BASE") and token.kind not in ("name", "iri"):
            break
    raise UsageError(
        "not a SPARQL query: it has no SELECT, ASK, CONSTRUCT or DESCRIBE",
        "for example: SELECT ?thing ?type { ?thing a ?type } LIMIT 10",
    )


def require_query(text: str, allowed_services: Collection[str] = ()) -> None:
    """Refuse what a user may not run: updates, and SERVICE calls to endpoints that were not allowed.

    Raises UsageError.
    """
    if form(text) == "update":
        raise UsageError("updates are refused", _READ_ONLY)
    found = tokens(text)
    for index, token in enumerate(found):
        if token.keyword != "SERVICE":
            continue
        target = next((word for word in found[index + 1 :] if word.keyword != "SILENT"), None)
        endpoint = target.text[1:-1] if target is not None and target.kind == "iri" else None
        if endpoint not in allowed_services:
            named = f"<{endpoint}>" if endpoint else "at an endpoint that is not written as an IRI"
            raise UsageError(
                f"SERVICE {named} is not allowed (line {token.line})",
                f"add --allow-service {endpoint or 'IRI'}, or list it in kg.toml as allow-service",
            )


def calls_service(text: str) -> bool:
    """Tell whether a query has a SERVICE clause, wherever it stands; raises UsageError as `tokens` does."""
    # The pattern is only there to save the lexer's time: an escape could spell the word.
    return bool(_MAYBE_SERVICE.search(text)) and any(token.keyword == "SERVICE" for token in tokens(text))


def with_prefixes(text: str, namespaces: Mapping[str, str]) -> str:
    """Declare the prefixes that a query uses and does not declare, as far as they are known.

    They are put on the query's first line, so that the line of an error stays that of the user's text.
    """
    found = tokens(text)
    names = [token for token in found if token.kind == "name"]
    declared = {
        found[index + 1].text
        for index, token in enumerate(found[:-1])
        if token.keyword == "PREFIX" and found[index + 1].kind == "name"
    }
    used = {token.text.partition(":")[0] for token in names} - {name.rstrip(":") for name in declared}
    lines = (f"PREFIX {name}: <{namespaces[name]}> " for name in sorted(used & namespaces.keys()))
    return "".join(lines) + text


def bind(text: str, values: Mapping[str, Term]) -> str:
    """Put terms in the place of variables, everywhere in a query.

    Args:
        text: a query; `$name` and `?name` are the same variable.
        values: a term for each variable to bind, by its name without `$`.

    Returns:
        the query with each of these variables replaced. In a projection `$name` becomes `(term AS ?name)`, so that
        the result keeps its column; in GROUP BY and ORDER BY it becomes `(term)`.

    Raises:
        UsageError: the query itself assigns a value to the variable (AS, VALUES), or the term does not fit.
    """
    before = tokens(text)
    replacements: dict[int, str] = {}
    contexts = _contexts(before)
    for index, token in enumerate(before):
        name = token.text[1:]
        if token.kind != "variable" or name not in values:
            continue
        if contexts[index] == "assignment":
            raise UsageError(f"${name} cannot be a parameter: the query gives it a value (line {token.line})")
        term = render(values[name])
        replacements[index] = {
            "projection": f"({term} AS ?{name})",
            "modifier": f"({term})",
        }.get(contexts[index], term)
    parts, end = [], 0
    for index, replacement in replacements.items():
        parts += [text[end : before[index].start], replacement]
        end = before[index].start + len(before[index].text)
    bound = "".join([*parts, text[end:]])
    _require_same_structure(before, replacements, tokens(bound))
    return bound


def _contexts(found: Sequence[Token]) -> list[str]:
    """Say of each token whether it stands in a projection, a modifier, an assignment, or in a plain place."""
    contexts = []
    clause = ""  # the clause that bare tokens belong to
    depth = 0  # of parentheses within the clause
    values = False  # between VALUES and the `{` of its data
    for index, token in enumerate(found):
        previous = found[index - 1].keyword if index else ""
        if token.text in "{}":
            clause, depth, values = "", 0, False
        elif token.keyword == "SELECT":
            clause, depth = "projection", 0
        elif token.keyword in ("WHERE", "FROM", "HAVING", "LIMIT", "OFFSET"):
            clause = ""
        elif token.keyword == "VALUES":
            clause, values = "", True
        elif token.keyword == "BY" and previous in ("GROUP", "ORDER"):
            clause, depth = "modifier", 0
        elif token.text == "(":
            depth += 1
        elif token.text == ")":
            depth -= 1
        if token.kind == "variable" and (values or previous == "AS"):
            contexts.append("assignment")
        elif token.kind == "variable" and depth == 0:
            contexts.append(clause)
        else:
            contexts.append("")
    return contexts


def _require_same_structure(before: Sequence[Token], replacements: Mapping[int, str], after: Sequence[Token]) -> None:
    """Check that binding changed the variables and nothing else."""
    expected: list[str] = []
    for index, token in enumerate(before):
        expected += [part.text for part in tokens(replacements[index])] if index in replacements else [token.text]
    if expected != [token.text for token in after]:
        raise UsageError("the value of a parameter would change the query")
