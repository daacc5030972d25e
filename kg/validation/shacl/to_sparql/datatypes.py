"""Datatypes as stores keep them: which are changed, and which lexical forms are certainly right."""

from __future__ import annotations

from kg.rdf.terms import RDF, XSD

LANG_STRING = RDF + "langString"
# The least and the greatest value of each type that is derived from xsd:integer (XML Schema Part 2, section 3.4).
_BOUNDS: dict[str, tuple[int | None, int | None]] = {
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    **{name: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for name, bits in (("byte", 8), ("short", 16), ("int", 32))},
    "long": (-(2**63), 2**63 - 1),
    **{f"unsigned{name}": (0, 2**bits - 1) for name, bits in (("Byte", 8), ("Short", 16), ("Int", 32), ("Long", 64))},
}
NUMERIC = frozenset({XSD + name for name in (*_BOUNDS, "integer", "decimal", "double", "float")})
# A value of each datatype that some store keeps as another one.
EXAMPLES = {XSD + name: "-1" if name in ("nonPositiveInteger", "negativeInteger") else "1" for name in _BOUNDS}
EXAMPLES[XSD + "dateTimeStamp"] = "2023-10-18T12:00:00Z"

_DIGITS = {"byte": 2, "short": 4, "int": 9, "long": 18}
_YEAR = "([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
_ZONE = "(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])?"
_DAY_OF_MONTH = "(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31"  # but 29 February
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?"
# Forms that are right, without those about which only a closer look can tell: it is taken here, by kg.rdf.datatypes.
CERTAIN = {
    "integer": "[+-]?[0-9]+",
    "nonNegativeInteger": r"\+?[0-9]+",
    "positiveInteger": r"\+?0*[1-9][0-9]*",
    "nonPositiveInteger": "-[0-9]+",
    "negativeInteger": "-0*[1-9][0-9]*",
    **{name: f"[+-]?[0-9]{{1,{digits}}}" for name, digits in _DIGITS.items()},
    **{f"unsigned{name.capitalize()}": f"[0-9]{{1,{digits}}}" for name, digits in _DIGITS.items()},
    "decimal": r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)",
    "double": r"[+-]?[0-9]{1,15}(\.[0-9]{0,15})?([eE][+-]?[0-9]{1,2})?",
    "float": r"[+-]?[0-9]{1,9}(\.[0-9]{0,9})?([eE][+-]?[0-9])?",
    "boolean": "true|false|1|0",
    "date": f"{_YEAR}-({_DAY_OF_MONTH}){_ZONE}",
    "dateTime": f"{_YEAR}-({_DAY_OF_MONTH})T{_TIME}{_ZONE}",
    "dateTimeStamp": f"{_YEAR}-({_DAY_OF_MONTH})T{_TIME}(Z|[+-](0[0-9]|1[0-3]):[0-5][0-9])",
    "time": f"{_TIME}{_ZONE}",
    "gYear": f"{_YEAR}{_ZONE}",
    "gYearMonth": f"{_YEAR}-(0[1-9]|1[0-2]){_ZONE}",
    "gMonth": f"--(0[1-9]|1[0-2]){_ZONE}",
    "gDay": f"---(0[1-9]|[12][0-9]|3[01]){_ZONE}",
    "gMonthDay": f"--({_DAY_OF_MONTH}){_ZONE}",
    "hexBinary": "([0-9a-fA-F]{2})*",
    "dayTimeDuration": "-?P[0-9]{1,9}D",
    "yearMonthDuration": "-?P[0-9]{1,9}[YM]",
    "duration": "-?P[0-9]{1,9}[YMD]",
    "language": "[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*",
    "token": "[!-~]+( [!-~]+)*",
    "normalizedString": "[ -~]*",
    "NCName": "[A-Za-z_][A-Za-z0-9_.-]*",
    "Name": "[A-Za-z_:][A-Za-z0-9_.:-]*",
    "NMTOKEN": "[A-Za-z0-9_.:-]+",
}


def bounds(datatype: str, variable: str) -> list[str]:
    """Return the tests that tell a value of a datatype from others of the type that the store keeps in its place."""
    least, greatest = _BOUNDS.get(datatype.removeprefix(XSD), (None, None))
    tests = [f"{variable} >= {least}"] if least is not None else []
    return [*tests, f"{variable} <= {greatest}"] if greatest is not None else tests
