"""Constraints as conditions of SPARQL: what a value, or a focus node with a path, satisfies (SHACL, section 4)."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from itertools import combinations

from pyoxigraph import Literal

from kg.errors import UsageError
from kg.rdf.terms import SH, Term, render
from kg.validation.shacl.components import COMPONENTS
from kg.validation.shacl.model import Constraint, Shape
from kg.validation.shacl.paths import Path
from kg.validation.shacl.to_sparql import datatypes
from kg.validation.shacl.to_sparql.expressions import (
    FALSE,
    TRUE,
    Exists,
    Expression,
    Test,
    all_of,
    any_of,
    filtered,
    negation,
)
from kg.validation.shacl.to_sparql.patterns import (
    Patterns,
    blank,
    has_datatype,
    listed,
    number,
    one_of,
    plain_literal,
    same,
)
from kg.validation.shacl.to_sparql.virtuoso_regex import byte_pattern

_COMPARISONS = {"minExclusive": ">", "minInclusive": ">=", "maxExclusive": "<", "maxInclusive": "<="}
LESS = {"lessThan": "<", "lessThanOrEquals": "<="}
# Below sh:or, sh:not and the like, so many values are told apart by as many variables.
MOST_COUNTED = 5
# Constraints of each value; the others are about all values of a path together.
OF_A_VALUE = frozenset(component.name for component in COMPONENTS if not component.of_the_set)


@dataclass(frozen=True)
class Capabilities:
    """How a store treats what shapes look at.

    `datatypes` has the datatype that the store keeps in the place of another, `regex_on_bytes` is true where a regular
    expression sees UTF-8 bytes instead of characters, `ill_typed` are literals that are no values of their datatypes.
    """

    datatypes: dict[str, str] = field(default_factory=dict)
    regex_on_bytes: bool = False
    ill_typed: Collection[Literal] = ()


class Conditions:
    """Writes the conditions for one graph."""

    def __init__(self, patterns: Patterns, capabilities: Capabilities) -> None:
        self._patterns = patterns
        self._capabilities = capabilities
        self._tests: dict[str, Callable[[Constraint, str, str], Expression]] = {
            "class": lambda constraint, _, value: Exists(self._patterns.instance(value, constraint.terms[0])),
            "datatype": self._datatype,
            "nodeKind": lambda constraint, _, value: _node_kind(value, constraint.terms[0].value),
            "pattern": self._pattern,
            "minLength": lambda constraint, _, value: _length(value, ">=", constraint.number),
            "maxLength": lambda constraint, _, value: _length(value, "<=", constraint.number),
            "languageIn": lambda constraint, _, value: _language_in(value, constraint.terms),
            "in": lambda constraint, _, value: one_of(value, constraint.terms),
            "disjoint": self._disjoint,
            "closed": self._closed,
            "not": lambda constraint, _, value: negation(self.conforms(constraint.shapes[0], value)),
            "node": lambda constraint, _, value: self.conforms(constraint.shapes[0], value),
            "and": lambda constraint, _, value: all_of(self.conforms(shape, value) for shape in constraint.shapes),
            "or": lambda constraint, _, value: any_of(self.conforms(shape, value) for shape in constraint.shapes),
            "xone": self._xone,
        } | {
            name: lambda constraint, _, value: _compared(value, _COMPARISONS[constraint.name], constraint.terms[0])
            for name in _COMPARISONS
        }

    def conforms(self, shape: Shape, node: str) -> Expression:
        """Return the condition for a node to conform to a shape."""
        parts: list[Expression] = []
        of_values = [constraint for constraint in shape.constraints if constraint.name in OF_A_VALUE]
        if shape.path is None:
            parts.extend(self.satisfies(constraint, node, node) for constraint in of_values)
            parts.extend(self.conforms(nested, node) for nested in shape.properties)
        elif of_values or shape.properties:
            value = self._patterns.fresh()
            failing = [negation(self.satisfies(constraint, node, value)) for constraint in of_values]
            failing.extend(negation(self.conforms(nested, value)) for nested in shape.properties)
            parts.append(self._none(node, shape.path, value, any_of(failing)))
        others = (constraint for constraint in shape.constraints if constraint.name not in OF_A_VALUE)
        parts.extend(self._together(constraint, node, shape.path) for constraint in others)
        return all_of(parts)

    def satisfies(self, constraint: Constraint, focus: str, value: str) -> Expression:
        """Return the condition for a value to satisfy one of the constraints of a value."""
        return self._tests[constraint.name](constraint, focus, value)

    def qualifies(self, constraint: Constraint, value: str) -> Expression:
        """Return the condition for a value to count for sh:qualifiedMinCount and sh:qualifiedMaxCount."""
        others = (negation(self.conforms(sibling, value)) for sibling in constraint.siblings)
        return all_of((self.conforms(constraint.shapes[0], value), *others))

    def less(self, constraint: Constraint, value: str, other: str) -> Expression:
        """Return the condition for two values to be in the order of sh:lessThan or sh:lessThanOrEquals."""
        numbers = all_of((number(value), number(other)))
        alike = all_of(
            (plain_literal(value), plain_literal(other), Test(f"STR(DATATYPE({value})) = STR(DATATYPE({other}))")),
        )
        return all_of((any_of((numbers, alike)), _without_error(f"{value} {LESS[constraint.name]} {other}")))

    def _together(self, constraint: Constraint, node: str, path: Path | None) -> Expression:
        """Return the condition for a focus node to satisfy a constraint on all values of a path, or on itself."""
        patterns, name = self._patterns, constraint.name
        if name == "hasValue":
            term = constraint.terms[0]
            return same(node, term) if path is None else Exists(patterns.has_value(node, path, term))
        if name == "equals":
            return self._equals(constraint, node, path)
        if path is None:
            raise UsageError("a SPARQL constraint below sh:not, sh:or and the like cannot be checked on a store")
        if name in ("minCount", "qualifiedMinCount"):
            return self._at_least(constraint, constraint.number, node, path)
        if name in ("maxCount", "qualifiedMaxCount"):
            return negation(self._at_least(constraint, constraint.number + 1, node, path))
        first, second = patterns.fresh(), patterns.fresh()
        if name in LESS:
            other = Path((render(constraint.terms[0]),))
            pairs = f"{patterns.step(node, path, first)} {patterns.step(node, other, second)}"
            return Exists(filtered(pairs, negation(self.less(constraint, first, second))), negated=True)
        if name == "uniqueLang":
            pairs = f"{patterns.step(node, path, first)} {patterns.step(node, path, second)}"
            return Exists(filtered(pairs, same_language(first, second)), negated=True)
        raise UsageError("a SPARQL constraint below sh:not, sh:or and the like cannot be checked on a store")

    def _at_least(self, constraint: Constraint, least: int, node: str, path: Path) -> Expression:
        if least == 0:
            return TRUE
        if least > MOST_COUNTED:
            raise UsageError(
                f"more than {MOST_COUNTED} values below sh:not, sh:or and the like cannot be counted on a store",
                "validate the files instead: kg validate without --store",
            )
        values = [self._patterns.fresh() for _ in range(least)]
        steps = " ".join(self._patterns.step(node, path, value) for value in values)
        different = [Test(f"sameTerm({one}, {other})", negated=True) for one, other in combinations(values, 2)]
        counted = [self.qualifies(constraint, value) for value in values] if constraint.shapes else []
        return Exists(filtered(steps, all_of((*different, *counted))))

    def _equals(self, constraint: Constraint, node: str, path: Path | None) -> Expression:
        patterns, other = self._patterns, Path((render(constraint.terms[0]),))
        value = patterns.fresh()
        if path is None:
            more = filtered(patterns.step(node, other, value), Test(f"sameTerm({node}, {value})", negated=True))
            return all_of((Exists(patterns.step(node, other, node)), Exists(more, negated=True)))
        return all_of(
            Exists(filtered(patterns.step(node, one, value), Exists(patterns.step(node, two, value), True)), True)
            for one, two in ((path, other), (other, path))
        )

    def _none(self, node: str, path: Path, value: str, failing: Expression) -> Expression:
        if failing == FALSE:
            return TRUE
        return Exists(filtered(self._patterns.step(node, path, value), failing), negated=True)

    def _datatype(self, constraint: Constraint, _: str, value: str) -> Expression:
        capabilities, datatype = self._capabilities, constraint.terms[0].value
        if datatype == datatypes.LANG_STRING:
            return all_of((Test(f"isLiteral({value})"), Test(f'LANG({value}) = ""', negated=True)))
        kept = capabilities.datatypes.get(datatype, datatype)
        test = all_of((plain_literal(value), has_datatype(value, kept)))
        if kept != datatype:
            test = all_of((test, *map(Test, datatypes.bounds(datatype, value))))
        texts = sorted(literal.value for literal in capabilities.ill_typed if literal.datatype.value == kept)
        return all_of((test, negation(listed(value, texts)))) if texts else test

    def _pattern(self, constraint: Constraint, _: str, value: str) -> Expression:
        pattern = constraint.terms[0].value
        if self._capabilities.regex_on_bytes:
            pattern = byte_pattern(pattern, constraint.flags)
        arguments = [f"STR({value})", str(Literal(pattern))]
        if constraint.flags:
            arguments.append(str(Literal(constraint.flags)))
        return all_of((negation(blank(value)), Test(f"REGEX({', '.join(arguments)})")))

    def _disjoint(self, constraint: Constraint, focus: str, value: str) -> Expression:
        return Exists(self._patterns.step(focus, Path((render(constraint.terms[0]),)), value), negated=True)

    def _closed(self, constraint: Constraint, _: str, value: str) -> Expression:
        predicate, other = self._patterns.fresh(), self._patterns.fresh()
        return Exists(self.not_allowed(constraint, value, predicate, other), negated=True)

    def not_allowed(self, constraint: Constraint, node: str, predicate: str, value: str) -> str:
        """Return the pattern of what a closed shape does not allow."""
        pattern = self._patterns.triple(node, predicate, value)
        if not constraint.terms:
            return pattern
        return filtered(pattern, negation(listed(predicate, (term.value for term in constraint.terms))))

    def _xone(self, constraint: Constraint, _: str, value: str) -> Expression:
        shapes = constraint.shapes
        return any_of(
            all_of(
                self.conforms(shape, value) if index == chosen else negation(self.conforms(shape, value))
                for index, shape in enumerate(shapes)
            )
            for chosen in range(len(shapes))
        )


def same_language(first: str, second: str) -> Expression:
    """Return the condition for two different literals to have the same language."""
    return all_of(
        (
            Test(f"isLiteral({first})"),
            Test(f'LANG({first}) = ""', negated=True),
            Test(f"isLiteral({second})"),
            Test(f"LCASE(LANG({first})) = LCASE(LANG({second}))"),
            Test(f"sameTerm({first}, {second})", negated=True),
        )
    )


def _node_kind(value: str, kind: str) -> Expression:
    kinds = {
        "BlankNode": blank(value),
        "IRI": all_of((Test(f"isIRI({value})"), negation(blank(value)))),
        "Literal": Test(f"isLiteral({value})"),
    }
    return any_of(kinds[name] for name in kind.removeprefix(SH).split("Or"))


def _length(value: str, operator: str, length: int) -> Expression:
    return all_of((negation(blank(value)), Test(f"STRLEN(STR({value})) {operator} {length}")))


def _language_in(value: str, ranges: Collection[Term]) -> Expression:
    matches = (Test(f"LANGMATCHES(LANG({value}), {Literal(tag.value)})") for tag in ranges)
    return all_of((Test(f"isLiteral({value})"), any_of(matches)))


def _compared(value: str, operator: str, limit: Term) -> Expression:
    datatype = limit.datatype.value if isinstance(limit, Literal) else ""
    if datatype in datatypes.NUMERIC:
        comparable: Expression = number(value)
    else:
        # Virtuoso 7 compares anything with anything.
        comparable = all_of((plain_literal(value), has_datatype(value, datatype)))
    return all_of((comparable, _without_error(f"{value} {operator} {render(limit)}")))


def _without_error(comparison: str) -> Expression:
    """Return the test of a comparison; what cannot be compared, as times with and without a zone, is not in order."""
    return Test(f"COALESCE({comparison}, false)")
