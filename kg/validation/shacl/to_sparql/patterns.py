"""Graph patterns over the data graph: steps of paths, targets, terms that are equal."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count

from pyoxigraph import BlankNode, Literal, NamedNode

from kg.rdf.terms import BLANK, RDF, XSD, Term, render
from kg.validation.shacl.model import Target
from kg.validation.shacl.paths import Path
from kg.validation.shacl.to_sparql.expressions import Expression, Test, all_of, any_of, filtered, negation

TYPE = Path((f"<{RDF}type>",), RDF + "type")


@dataclass(frozen=True)
class Context:
    """Where the focus nodes of a shape come from: targets of one kind, and paths that lead on from them."""

    kind: str
    terms: tuple[Term, ...]
    chain: tuple[Path, ...] = ()


@dataclass
class Patterns:
    """Writes patterns for one data graph as one store holds it.

    `graph` is the IRI of the data graph, None for the default graph. `subclasses` has for each class that shapes name
    the class itself and all below it. `hidden` are literals that shapes must not see. The names of variables start with
    `prefix`.
    """

    graph: NamedNode | None = None
    subclasses: Mapping[str, Collection[str]] = field(default_factory=dict)
    hidden: tuple[Literal, ...] = ()
    prefix: str = "v"
    _numbers: count[int] = field(default_factory=count)

    def fresh(self) -> str:
        """Return a variable that is nowhere else."""
        return f"?{self.prefix}{next(self._numbers)}"

    def triple(self, subject: str, path: str, value: str) -> str:
        """Return the pattern of a triple, or of a path that is a single step."""
        pattern = f"{subject} {path} {value} ."
        pattern = f"GRAPH {self.graph} {{ {pattern} }}" if self.graph is not None else pattern
        return filtered(pattern, self._visible(value)) if value.startswith("?") else pattern

    def step(self, subject: str, path: Path, value: str) -> str:
        """Return the pattern of a path; the nodes between the steps of a sequence get variables of their own."""
        nodes = [subject, *(self.fresh() for _ in path.steps[1:]), value]
        return " ".join(map(self.triple, nodes, path.steps, nodes[1:]))

    def has_value(self, subject: str, path: Path, term: Term) -> str:
        """Return the pattern for a node that has a term as a value of a path."""
        if not isinstance(term, Literal):
            return self.step(subject, path, render(term))
        value = self.fresh()
        return filtered(self.step(subject, path, value), same(value, term))

    def instance(self, node: str, class_: Term) -> str:
        """Return the pattern for a node that is in a class or in one below it."""
        classes = self.subclasses.get(class_.value, (class_.value,))
        if len(classes) == 1:
            return self.step(node, TYPE, render(class_))
        variable = self.fresh()
        return filtered(self.step(node, TYPE, variable), one_of(variable, map(NamedNode, sorted(classes))))

    def focus_nodes(self, context: Context, this: str = "?this") -> str:
        """Return the pattern that binds the focus nodes of a context, some of them more than once."""
        nodes = [*(self.fresh() for _ in context.chain), this]
        chain = map(self.step, nodes, context.chain, nodes[1:])
        # No SELECT DISTINCT here: Virtuoso 7 cuts one that is joined at ResultSetMaxRows, and says nothing.
        return " ".join([self._targets(context, nodes[0]), *chain])

    def _targets(self, context: Context, node: str) -> str:
        if context.kind == "node":
            return f"VALUES {node} {{ {' '.join(map(render, context.terms))} }}"
        iris = {term.value for term in context.terms}
        if context.kind == "class":
            iris = {iri for class_ in iris for iri in self.subclasses.get(class_, (class_,))}
        other = self.fresh()
        if len(iris) > 1:
            variable = self.fresh()
            values = f"VALUES {variable} {{ {' '.join(f'<{iri}>' for iri in sorted(iris))} }} "
        else:
            variable, values = f"<{iris.pop()}>", ""
        if context.kind == "class":
            return values + self.triple(node, TYPE.text, variable)
        if context.kind == "subjectsOf":
            return values + self.triple(node, variable, other)
        return values + self.triple(other, variable, node)

    def _visible(self, variable: str) -> Expression:
        by_datatype: dict[str, list[str]] = {}
        for literal in self.hidden:
            by_datatype.setdefault(literal.datatype.value, []).append(literal.value)
        return all_of(
            negation(
                all_of(
                    (
                        plain_literal(variable),
                        listed(variable, texts),
                        has_datatype(variable, datatype),
                    )
                )
            )
            for datatype, texts in by_datatype.items()
        )


def contexts(targets: Iterable[tuple[Target, tuple[Path, ...]]]) -> list[Context]:
    """Group targets by kind and by the paths that lead on from them."""
    groups: dict[tuple[str, tuple[Path, ...]], list[Term]] = {}
    for target, chain in targets:
        terms = groups.setdefault((target.kind, chain), [])
        if target.term not in terms:
            terms.append(target.term)
    return [Context(kind, tuple(terms), chain) for (kind, chain), terms in groups.items()]


def plain_literal(variable: str) -> Expression:
    """Return the test for a literal without a language tag: Virtuoso has no datatype for one with a tag."""
    return all_of((Test(f"isLiteral({variable})"), Test(f'LANG({variable}) = ""')))


def has_datatype(variable: str, iri: str) -> Expression:
    """Return the test for the datatype of a literal; on texts, for Virtuoso 7 has no rows for some on IRIs."""
    return Test(f'STR(DATATYPE({variable})) = "{iri}"')


def number(variable: str) -> Expression:
    """Return the test for a number: Virtuoso 7 takes booleans for numbers, too."""
    return all_of((Test(f"isNumeric({variable})"), negation(has_datatype(variable, XSD + "boolean"))))


def same(variable: str, term: Term) -> Expression:
    """Return the test for a term, as the store itself would write it.

    sameTerm with a literal that has no language tag is not to be relied on in Virtuoso 7: it is false for strings, and
    true for other numbers of the same value.
    """
    if isinstance(term, NamedNode):
        return all_of((Test(f"isIRI({variable})"), Test(f"{variable} = {term}")))
    if isinstance(term, BlankNode) or term.language is not None:
        return Test(f"sameTerm({variable}, {render(term)})")
    if term.datatype.value == XSD + "string":
        alike = all_of((Test(f"STR({variable}) = {render(term)}"), has_datatype(variable, XSD + "string")))
    else:
        functions = ("STR({})", "STR(DATATYPE({}))")
        alike = all_of(Test(f"{f.format(variable)} = {f.format(render(term))}") for f in functions)
    return all_of((plain_literal(variable), alike))


def one_of(variable: str, terms: Iterable[Term]) -> Expression:
    """Return the test for any of some terms."""
    given = list(terms)
    iris = [term.value for term in given if isinstance(term, NamedNode)]
    tests: list[Expression] = [same(variable, term) for term in given if not isinstance(term, NamedNode)]
    if iris:
        tests.append(all_of((Test(f"isIRI({variable})"), listed(variable, iris))))
    return any_of(tests)


def listed(variable: str, texts: Iterable[str]) -> Expression:
    """Return the test whether the text of a term is one of some.

    It is on texts for IRIs as well: on more than one IRI, Virtuoso 7 fails below EXISTS (a stack overflow).
    """
    return Test(f"STR({variable}) IN ({', '.join(str(Literal(text)) for text in texts)})")


def blank(variable: str) -> Expression:
    """Return the test for a blank node, or for an IRI that stands in the place of one on a server."""
    skolem = all_of((Test(f"isIRI({variable})"), Test(f'STRSTARTS(STR({variable}), "{BLANK}")')))
    return any_of((Test(f"isBlank({variable})"), skolem))
