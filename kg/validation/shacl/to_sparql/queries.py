"""Shapes as queries: each row of an answer is a result of a constraint (SHACL, section 3.6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kg.rdf.terms import render
from kg.validation.shacl.model import Constraint, Shape, Target
from kg.validation.shacl.paths import Path
from kg.validation.shacl.to_sparql.constraints import LESS, OF_A_VALUE, Conditions, same_language
from kg.validation.shacl.to_sparql.expressions import Exists, Test, filtered, negation
from kg.validation.shacl.to_sparql.patterns import Context, Patterns, contexts, same
from kg.validation.shacl.to_sparql.sparql_constraints import constraint_query

Chain = tuple[Path, ...]


@dataclass(frozen=True)
class Query:
    """A SELECT query for the results of a constraint of a shape: its variables, and the prefixes that it needs.

    It binds `this`, the focus node, and may bind `value` and `path`.
    """

    shape: Shape
    constraint: Constraint
    variables: tuple[str, ...]
    text: str
    prologue: str = ""


def compile_shapes(shapes: Iterable[Shape], conditions: Conditions, patterns: Patterns) -> Iterator[list[Query]]:
    """Yield the queries for each constraint of some shapes and of all property shapes that they lead to."""
    focus: dict[Shape, list[tuple[Target, Chain]]] = defaultdict(list)
    for shape in shapes:
        for target in shape.targets:
            _reach(shape, target, (), focus)
    for shape, targets in focus.items():
        for constraint in shape.constraints:
            yield [
                query
                for context in contexts(targets)
                for query in _queries(shape, constraint, context, conditions, patterns)
            ]


def _reach(shape: Shape, target: Target, chain: Chain, focus: dict[Shape, list[tuple[Target, Chain]]]) -> None:
    """Find from which targets, and over which paths, each shape gets its focus nodes."""
    if (target, chain) in focus[shape]:
        return
    focus[shape].append((target, chain))
    further = chain if shape.path is None else (*chain, shape.path)
    for nested in shape.properties:
        _reach(nested, target, further, focus)


def _queries(
    shape: Shape, constraint: Constraint, context: Context, conditions: Conditions, patterns: Patterns
) -> Iterator[Query]:
    if constraint.name == "sparql":
        prologue, text, names = constraint_query(constraint.select, patterns, context, shape.path)
        yield Query(shape, constraint, names, text, prologue)
        return
    focus_nodes = patterns.focus_nodes(context)
    if constraint.name == "closed":
        found = _not_allowed(constraint, shape.path, focus_nodes, conditions, patterns)
    elif shape.path is None:
        found = _of_the_focus_node(constraint, focus_nodes, conditions, patterns)
    elif constraint.name in OF_A_VALUE:
        values = f"{focus_nodes} {patterns.step('?this', shape.path, '?value')}"
        failing = negation(conditions.satisfies(constraint, "?this", "?value"))
        found = iter([_Answer(("this", "value"), filtered(values, failing))])
    else:
        found = _of_all_values(constraint, shape.path, focus_nodes, conditions, patterns)
    for answer in found:
        yield Query(shape, constraint, answer.variables, answer.text)


@dataclass(frozen=True)
class _Answer:
    """What a query selects: its variables, and a group pattern that has them; `having` is on the number of values."""

    variables: tuple[str, ...]
    pattern: str
    having: str = ""

    @property
    def text(self) -> str:
        selected = " ".join(f"?{name}" for name in self.variables)
        having = f" GROUP BY ?this HAVING (COUNT(DISTINCT ?value) {self.having})" if self.having else ""
        return f"SELECT DISTINCT {selected} WHERE {{ {self.pattern} }}{having}"


def _not_allowed(
    constraint: Constraint, path: Path | None, focus_nodes: str, conditions: Conditions, patterns: Patterns
) -> Iterator[_Answer]:
    node = "?this"
    if path is not None:
        node = patterns.fresh()
        focus_nodes = f"{focus_nodes} {patterns.step('?this', path, node)}"
    pattern = conditions.not_allowed(constraint, node, "?path", "?value")
    yield _Answer(("this", "path", "value"), f"{focus_nodes} {pattern}")


def _of_the_focus_node(
    constraint: Constraint, focus_nodes: str, conditions: Conditions, patterns: Patterns
) -> Iterator[_Answer]:
    """Yield what finds the results of a node shape: its focus node is its only value."""
    if constraint.name == "equals":
        other = Path((render(constraint.terms[0]),))
        itself = filtered(focus_nodes, Exists(patterns.step("?this", other, "?this"), negated=True))
        yield _Answer(("this", "value"), f"{itself} BIND(?this AS ?value)")
        different = Test("sameTerm(?this, ?value)", negated=True)
        yield _Answer(
            ("this", "value"), filtered(f"{focus_nodes} {patterns.step('?this', other, '?value')}", different)
        )
    elif constraint.name == "hasValue":
        yield _Answer(("this",), filtered(focus_nodes, negation(same("?this", constraint.terms[0]))))
    else:
        yield _Answer(("this",), filtered(focus_nodes, negation(conditions.satisfies(constraint, "?this", "?this"))))


def _of_all_values(
    constraint: Constraint, path: Path, focus_nodes: str, conditions: Conditions, patterns: Patterns
) -> Iterator[_Answer]:
    """Yield what finds the results of a constraint on all values of a path together."""
    name = constraint.name
    step = patterns.step("?this", path, "?value")
    if name.endswith("Count"):
        counted = filtered(step, conditions.qualifies(constraint, "?value")) if constraint.shapes else step
        yield from _counting(constraint, focus_nodes, counted)
    elif name == "hasValue":
        has = patterns.has_value("?this", path, constraint.terms[0])
        yield _Answer(("this",), filtered(focus_nodes, Exists(has, negated=True)))
    elif name == "uniqueLang":
        first, second = patterns.fresh(), patterns.fresh()
        pairs = f"{patterns.step('?this', path, first)} {patterns.step('?this', path, second)}"
        found = filtered(f"{focus_nodes} {pairs}", same_language(first, second))
        yield _Answer(("this", "language"), f"{found} BIND(LCASE(LANG({first})) AS ?language)")
    elif name in LESS:
        pairs = f"{step} {patterns.step('?this', Path((render(constraint.terms[0]),)), '?other')}"
        failing = negation(conditions.less(constraint, "?value", "?other"))
        yield _Answer(("this", "value", "other"), filtered(f"{focus_nodes} {pairs}", failing))
    else:  # sh:equals
        other = Path((render(constraint.terms[0]),))
        for one, two in ((path, other), (other, path)):
            missing = Exists(patterns.step("?this", two, "?value"), negated=True)
            values = f"{focus_nodes} {patterns.step('?this', one, '?value')}"
            yield _Answer(("this", "value"), filtered(values, missing))


def _counting(constraint: Constraint, focus_nodes: str, counted: str) -> Iterator[_Answer]:
    number = constraint.number
    if constraint.name.lower().endswith("maxcount"):
        yield _Answer(("this",), f"{focus_nodes} {counted}", f"> {number}" if number else "")
    elif number == 1:
        yield _Answer(("this",), filtered(focus_nodes, Exists(counted, negated=True)))
    elif number > 1:
        yield _Answer(("this",), f"{focus_nodes} OPTIONAL {{ {counted} }}", f"< {number}")
