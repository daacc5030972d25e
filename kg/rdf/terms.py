"""RDF terms: prefixes, CURIEs, text read as a typed term, terms written as text.

Terms are those of pyoxigraph. This is the only place that turns user text into a term or a term into SPARQL.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.errors import UsageError, did_you_mean

Term = NamedNode | BlankNode | Literal

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
XSD = "http://www.w3.org/2001/XMLSchema#"
OWL = "http://www.w3.org/2002/07/owl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
FOAF = "http://xmlns.com/foaf/0.1/"
DCTERMS = "http://purl.org/dc/terms/"
PROV = "http://www.w3.org/ns/prov#"
VOID = "http://rdfs.org/ns/void#"
SH = "http://www.w3.org/ns/shacl#"

TRUE = Literal("true", datatype=NamedNode(XSD + "boolean"))

# IRIs that stand in the place of blank nodes start with this.
BLANK = "urn:kg:blank:"
_SKOLEM = re.escape(BLANK) + "([A-Za-z0-9-]+)"

# Prefixes that every project knows, declared or not.
WELL_KNOWN = {"owl": OWL, "rdf": RDF, "rdfs": RDFS, "skos": SKOS, "xsd": XSD}

# RFC 3987 forbids these inside an IRI; SPARQL's IRIREF (production 139) forbids the same and the controls.
_NOT_IN_IRI = r'[\x00-\x20<>"{}|^`\\]'
_ABSOLUTE_IRI = r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+\Z"
# The part of PN_LOCAL (SPARQL 1.1, production 169) that needs no escapes: enough to shorten safely.
_PLAIN_LOCAL_NAME = r"[\w](?:[\w.-]*[\w-])?\Z"
_CANONICAL_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")


class Prefixes(NamedTuple):
    """Prefixes of namespaces, as a project's files declare them."""

    namespaces: Mapping[str, str] = MappingProxyType({})

    def expand(self, curie: str) -> NamedNode:
        """Return the IRI that a CURIE such as ``skos:Concept`` stands for.

        Raises UsageError where the prefix is not declared.
        """
        prefix, _, local = curie.partition(":")
        if prefix not in self.namespaces:
            raise UsageError(
                f"unknown prefix {prefix!r} in {curie!r}",
                did_you_mean(prefix, list(self.namespaces)) or "list the known prefixes with kg prefixes",
            )
        return iri(self.namespaces[prefix] + local)

    def shorten(self, node: NamedNode | str) -> str:
        """Return the CURIE of an IRI (the longest namespace wins), or ``<IRI>`` where none fits."""
        value = node if isinstance(node, str) else node.value
        best = max(
            (prefix for prefix, namespace in self.namespaces.items() if value.startswith(namespace)),
            key=lambda prefix: (len(self.namespaces[prefix]), prefix),
            default=None,
        )
        if best is not None:
            local = value[len(self.namespaces[best]) :]
            if re.match(_PLAIN_LOCAL_NAME, local):
                return f"{best}:{local}"
        return f"<{value}>"


def iri(text: str) -> NamedNode:
    """Return an absolute IRI as a node; raises UsageError for what SPARQL could not hold as ``<...>``."""
    if re.search(_NOT_IN_IRI, text) or not re.match(_ABSOLUTE_IRI, text):
        raise UsageError(f"not an absolute IRI: {text!r}", "write an IRI such as https://example.org/thing")
    try:
        return NamedNode(text)
    except ValueError as error:
        raise UsageError(f"not an absolute IRI: {text!r} ({error})") from error


def parse_iri(text: str, prefixes: Prefixes) -> NamedNode:
    """Read an IRI written as ``<https://...>``, ``https://...`` or a CURIE; raises UsageError."""
    if text.startswith("<") and text.endswith(">"):
        return iri(text[1:-1])
    prefix = text.partition(":")[0]
    if prefix in prefixes.namespaces:
        return prefixes.expand(text)
    if re.match(r"(https?|urn|mailto|tag):", text):
        return iri(text)
    if ":" in text:
        return prefixes.expand(text)
    raise UsageError(
        f"not an IRI or a short name (CURIE): {text!r}",
        "write <https://...> or a short name (CURIE) such as id:beijing",
    )


def _is_date(text: str) -> object:
    from datetime import date

    return date.fromisoformat(text)


def _checked(
    pattern: str, datatype: str, example: str, check: Callable[[str], object] | None = None
) -> Callable[[str], Literal]:
    def read(text: str) -> Literal:
        try:
            if not re.fullmatch(pattern, text):
                raise ValueError
            if check is not None:
                check(text)
        except ValueError:
            raise UsageError(f"not a value of type {datatype}: {text!r}", f"for example {example}") from None
        return Literal(text, datatype=NamedNode(XSD + datatype))

    return read


# The types that a parameter of a canned query may have, beside `iri` and `entity`.
LITERAL_TYPES: dict[str, Callable[[str], Literal]] = {
    "string": Literal,
    "integer": _checked(r"[+-]?[0-9]+", "integer", "12"),
    "decimal": _checked(r"[+-]?[0-9]*\.?[0-9]+", "decimal", "1.5"),
    "boolean": _checked(r"true|false", "boolean", "true"),
    "date": _checked(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "date", "2023-10-18", _is_date),
    "year": _checked(r"[0-9]{4}", "gYear", "2023"),
}


def parse_literal(text: str, type_name: str) -> Literal:
    """Read text as a literal of one of LITERAL_TYPES; raises UsageError where it does not fit."""
    return LITERAL_TYPES[type_name](text)


def is_canonical_integer(datatype: str, text: str) -> bool:
    """Return whether a literal is an xsd:integer in canonical form, of 18 digits at most, as most typed ones are."""
    return datatype == XSD + "integer" and _CANONICAL_INTEGER.fullmatch(text) is not None


def skolemized(node: BlankNode) -> NamedNode:
    """Return an IRI to stand for a blank node where there can be none (RDF 1.1 Concepts, section 3.5)."""
    return NamedNode(f"{BLANK}{node.value}")


def unskolemized(term: Term) -> Term:
    """Return the blank node that an IRI stands for; any other term as it is."""
    match = re.fullmatch(_SKOLEM, term.value) if isinstance(term, NamedNode) else None
    return BlankNode(match[1]) if match else term


def render(term: Term) -> str:
    """Write a term for a SPARQL query or a line of N-Triples; every character that could end it is escaped."""
    return str(term)


def python_value(term: Term | None) -> object:
    """Return what a Python program expects: str for IRIs and text, int, Decimal, bool or date for typed values.

    A literal whose text is not of its type, or has more digits than Python reads, is its text.
    """
    if term is None:
        return None
    if isinstance(term, Literal):
        kind = term.datatype.value.removeprefix(XSD)
        if kind == "integer":
            with suppress(ValueError):
                return int(term.value)
        if kind == "decimal":
            from decimal import Decimal, InvalidOperation

            with suppress(InvalidOperation):
                return Decimal(term.value)
        if kind == "boolean":
            return term.value in ("true", "1")
        if kind == "date" and re.fullmatch(r"\d{4}-\d\d-\d\d", term.value):
            with suppress(ValueError):
                return _is_date(term.value)
    return term.value


def display(term: Term | None, prefixes: Prefixes) -> str:
    """Write a term for a person: IRIs as CURIEs, literals as their bare text, nothing as an empty string."""
    if term is None:
        return ""
    return prefixes.shorten(term) if isinstance(term, NamedNode) else term.value
