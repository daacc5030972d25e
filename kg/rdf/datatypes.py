"""Literals as values: the datatypes of OWL 2 RL (OWL 2 Profiles, section 4.2.2), by elementpath's XSD types."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Hashable
from functools import cache, lru_cache
from typing import Any

from pyoxigraph import Literal, NamedNode

from kg.rdf.terms import OWL, RDF, RDFS, XSD, is_canonical_integer

_STRINGS = frozenset({"string", "normalizedString", "token", "language", "Name", "NCName", "NMTOKEN"})
_INTEGERS = frozenset(
    {"integer", "nonNegativeInteger", "nonPositiveInteger", "positiveInteger", "negativeInteger", "long", "int"}
    | {"short", "byte", "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"}
)
_OTHERS = frozenset(
    {"decimal", "boolean", "float", "double", "dateTime", "dateTimeStamp", "hexBinary", "base64Binary", "anyURI"}
)
_PLAIN = frozenset({RDFS + "Literal", RDF + "PlainLiteral"})
_XML = RDF + "XMLLiteral"
DATATYPES = frozenset({*(XSD + name for name in _STRINGS | _INTEGERS | _OTHERS), *_PLAIN, RDF + "langString", _XML})
NAMES_OF_DATATYPES = DATATYPES | {OWL + "real", OWL + "rational"}

Value = tuple[str, Hashable]
DECIMAL = "decimal"  # the value space of integers and decimals, of whatever datatype
# The datatype of terms that stand for values inside a closure; they never leave it.
VALUE = NamedNode("urn:kg:value")


@lru_cache(maxsize=100_000)
def value_of(literal: Literal) -> Value | None:
    """Return what a literal denotes: equal for equal values, different for different ones.

    Returns:
        the name of a value space and the value in it; None for a literal that is not in the value space of its
        datatype, or whose datatype is none of DATATYPES.
    """
    datatype, text = literal.datatype.value, literal.value
    if literal.language is not None or datatype == XSD + "string":
        return ("text", (text, (literal.language or "").lower()))
    if datatype == RDF + "PlainLiteral":
        text, separator, language = text.rpartition("@")
        return ("text", (text, language.lower())) if separator and (not language or _is_tag(language)) else None
    if datatype == _XML:
        canonical = _canonical_xml(text)
        return None if canonical is None else (_XML, canonical)
    name = datatype.removeprefix(XSD)
    if datatype not in DATATYPES or not _is_lexical_form(name, text):
        return None
    if name in _STRINGS:
        # The lexical forms of these are normalized already: _is_lexical_form refuses what whitespace would change.
        return ("text", (text, ""))
    return _space(name), _parsed(name, text)


def in_value_space(literal: Literal, datatype: str) -> bool:
    """Return whether the value of a literal is in the value space of one of DATATYPES; of unknown ones it may be."""
    if literal.datatype.value not in DATATYPES and not literal.datatype.value.startswith(XSD):
        return True
    value = value_of(literal)
    if value is None or datatype == RDFS + "Literal":
        return value is not None
    space, content = value
    if datatype in (RDF + "PlainLiteral", RDF + "langString"):
        return space == "text" and (datatype == RDF + "PlainLiteral" or literal.language is not None)
    name = datatype.removeprefix(XSD)
    return space == _space(name) and _is_in_subset(name, literal, content)


def _is_in_subset(name: str, literal: Literal, content: Any) -> bool:
    """Return whether a value is in a datatype of its own value space."""
    if name in _STRINGS:
        text, language = content
        return not language and (name == "string" or _is_lexical_form(name, text))
    if name in _INTEGERS:
        return content == content.to_integral_value() and _is_lexical_form(name, f"{content:.0f}")
    return name != "dateTimeStamp" or _is_lexical_form(name, literal.value)


def is_ill_typed(literal: Literal) -> bool:
    """Return whether a literal is no lexical form of its datatype; of a datatype that is not XSD's it may be."""
    datatype = literal.datatype.value
    if datatype == _XML:
        return value_of(literal) is None
    name = datatype.removeprefix(XSD)
    if name in ("string", "anyURI") or not datatype.startswith(XSD):
        return False
    if is_canonical_integer(datatype, literal.value):
        return False
    return not _is_known_lexical_form(name, literal.value)


@lru_cache(maxsize=100_000)
def _is_known_lexical_form(name: str, text: str) -> bool:
    from elementpath.datatypes import builtin_atomic_types

    return f"xs:{name}" not in builtin_atomic_types or _is_lexical_form(name, text)


def _space(name: str) -> str:
    """Return the name of the primitive value space of a datatype (OWL 2 Structural Specification, section 4)."""
    if name in _STRINGS:
        return "text"
    if name in _INTEGERS:
        return DECIMAL
    return "dateTime" if name == "dateTimeStamp" else name


def _parsed(name: str, text: str) -> Hashable:
    from decimal import Decimal

    text = text.strip()
    if name in _INTEGERS or name == "decimal":
        return Decimal(text)
    if name == "boolean":
        return text in ("true", "1")
    if name in ("float", "double"):
        # Zero and minus zero are two values, and NaN is one (XSD 1.1, section 3.3.4.1).
        return repr(_floating(name, text))
    if name in ("dateTime", "dateTimeStamp"):
        moment = _type("dateTime").fromstring(text)
        return moment.todelta(), moment.tzinfo is None
    if name == "hexBinary":
        return text.upper()
    return "".join(text.split()) if name == "base64Binary" else text


def _is_lexical_form(name: str, text: str) -> bool:
    if is_canonical_integer(XSD + name, text):
        return True
    if name in ("normalizedString", "token"):
        # These collapse whitespace before they look; as RDF has it, the text itself must be collapsed already.
        return not any(c in text for c in "\t\n\r") and (name != "token" or text == " ".join(text.split()))
    try:
        type_ = _type(name)
        type_.fromstring(text) if hasattr(type_, "fromstring") else type_(text)
        if name not in ("float", "double"):
            return True
        value = _floating(name, text)
    except (ValueError, TypeError, ArithmeticError):
        return False
    # A number too large for its type becomes infinite, one too small zero: neither is what was written.
    return not ((math.isinf(value) and "INF" not in text) or (value == 0 and re.match(r"[^eE]*[1-9]", text)))


def _floating(name: str, text: str) -> float:
    """Return the value of a lexical form of xsd:float or xsd:double; raises ArithmeticError for one too large."""
    value = float(text.strip().replace("INF", "inf"))
    # elementpath takes every float below 1.18E-38 for zero, though there are some down to 1.4E-45.
    return value if name == "double" else float(struct.unpack("f", struct.pack("f", value))[0])


def _canonical_xml(text: str) -> str | None:
    """Return a well-balanced piece of XML in canonical form (RDF 1.1 Concepts, section 5.2); None for what is none."""
    from xml.etree import ElementTree

    try:
        # Within an element no document type can be declared, and so no entity.
        return ElementTree.canonicalize(f"<x>{text}</x>", with_comments=True)
    except (ElementTree.ParseError, ValueError):
        return None


def _is_tag(text: str) -> bool:
    return _is_lexical_form("language", text)


@cache
def _type(name: str) -> Any:
    from elementpath.datatypes import builtin_atomic_types

    return builtin_atomic_types[f"xs:{name}"]
