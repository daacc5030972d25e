"""The evidence of an answer: for each row, the facts that it rests on, and the named graphs that these rest on.

A row rests on the triple patterns of the query, with the row's values in the place of the variables. So the query
is run once more with all of its variables, each solution is put into the patterns, and each triple is looked up. What
was inferred rests on all that its proof rests on.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pyoxigraph import Literal, NamedNode

from kg.answers import Rows
from kg.explain import Explainer
from kg.sparql import tokens
from kg.store import Store, select
from kg.terms import AIGOV, RDF, RDFS, SKOS, Term, render

Pattern = tuple[str, str, str]  # each part a term in N-Triples, or a variable as `?name`
Fact = tuple[Term, Term, Term]

# What a thing is called, and of which class it is, is seldom what an answer is about.
_ASIDE = frozenset({RDF + "type", RDFS + "label", SKOS + "prefLabel", SKOS + "altLabel"})
_AT_ONCE = 500  # triples in one look-up


@dataclass(frozen=True)
class RowEvidence:
    """The graphs that a row rests on, sorted, and whether some of it was inferred."""

    graphs: tuple[NamedNode, ...]
    inferred: bool


def cite(query: str, rows: Rows, explainer: Explainer) -> list[RowEvidence]:
    """Find the evidence of each row of a SELECT query's answer.

    Args:
        query: the query, with its parameters bound.
        rows: its answer.
        explainer: of the graph that was asked.
    """
    sources = select(explainer.store, f"SELECT DISTINCT ?graph {{ ?graph <{AIGOV}inSource> ?source }}")
    witnesses = {graph for (graph,) in sources.terms}
    return [_row_evidence(facts, explainer, witnesses) for facts in facts_of_rows(query, rows, explainer.store)]


def _row_evidence(facts: Iterable[Fact], explainer: Explainer, witnesses: set[Term | None]) -> RowEvidence:
    proofs = [proof for fact in facts if (proof := explainer.explain(fact))]
    # Besides witnesses, a proof rests on the ontology; and a table of links is no evidence either.
    graphs = {graph for proof in proofs for leaf in proof.leaves() for graph in leaf.graphs if graph in witnesses}
    return RowEvidence(tuple(sorted(graphs, key=lambda graph: graph.value)), any(proof.rule for proof in proofs))


def facts_of_rows(query: str, rows: Rows, store: Store) -> list[list[Fact]]:
    """Return for each row of a SELECT query's answer the facts that it rests on.

    Names and classes are left out where a row rests on something else, too.
    """
    patterns = list(_patterns(query))
    triples_of = _triples_by_row(query, rows, store, patterns)
    facts = _look_up({triple for triples in triples_of for triple in triples}, store)
    return [[facts[triple] for triple in sorted(_telling(triples & facts.keys()))] for triples in triples_of]


def _telling(triples: set[Pattern]) -> set[Pattern]:
    return {triple for triple in triples if triple[1].strip("<>") not in _ASIDE} or triples


def _triples_by_row(query: str, rows: Rows, store: Store, patterns: Sequence[Pattern]) -> list[set[Pattern]]:
    head, group = _split(query)
    solutions = select(store, f"{head} SELECT * {group}")
    # A row and a solution belong together where the variables that both have agree.
    shared = [name for name in rows.variables if name in solutions.variables]
    columns = [solutions.variables.index(name) for name in shared]
    found: dict[tuple[Term | None, ...], set[Pattern]] = defaultdict(set)
    for solution in solutions.terms:
        values = {f"?{n}": render(t) for n, t in zip(solutions.variables, solution, strict=True) if t is not None}
        for subject, predicate, object_ in patterns:
            triple = (
                values.get(subject, subject),
                values.get(predicate, predicate),
                values.get(object_, object_),
            )
            if not any(part.startswith("?") for part in triple):
                found[tuple(solution[column] for column in columns)].add(triple)
    wanted = [rows.variables.index(name) for name in shared]
    return [found.get(tuple(terms[index] for index in wanted), set()) for terms in rows.terms]


def _look_up(triples: Iterable[Pattern], store: Store) -> dict[Pattern, Fact]:
    """Return those triples that the graph holds."""
    ordered = sorted(triple for triple in triples if not triple[0].startswith('"'))
    facts: dict[Pattern, Fact] = {}
    for start in range(0, len(ordered), _AT_ONCE):
        values = " ".join(f"({' '.join(triple)})" for triple in ordered[start : start + _AT_ONCE])
        for s, p, o in select(store, f"SELECT ?s ?p ?o {{ VALUES (?s ?p ?o) {{ {values} }} ?s ?p ?o }}").terms:
            assert s is not None
            assert p is not None
            assert o is not None
            facts[render(s), render(p), render(o)] = (s, p, o)
    return facts


def _split(query: str) -> tuple[str, str]:
    """Return the prologue of a SELECT query and its outermost group, braces included."""
    found = tokens(query)
    select = next(token for token in found if token.keyword == "SELECT")
    depth, start = 0, -1
    for token in found:
        if token.text == "{":
            start = token.start if depth == 0 else start
            depth += 1
        elif token.text == "}":
            depth -= 1
            if depth == 0:
                return query[: select.start], query[start : token.start + 1]
    raise AssertionError("the query was answered, so it has a group")


def _patterns(query: str) -> Iterator[Pattern]:
    """Yield the triple patterns of a query, those under NOT EXISTS and MINUS left out."""
    from rdflib.plugins.sparql import prepareQuery

    yield from _walk(prepareQuery(query).algebra)


def _walk(node: Any) -> Iterator[Pattern]:
    from rdflib.plugins.sparql.parserutils import CompValue

    if isinstance(node, list | tuple):
        for part in node:
            yield from _walk(part)
    elif isinstance(node, CompValue):
        if node.name in ("Builtin_NOTEXISTS", "Minus"):
            yield from _walk(node.get("p1"))
            return
        if node.name == "BGP":
            for triple in node.triples:
                yield from _expand(*triple)
        for key, part in node.items():
            if key not in ("triples", "_vars", "PV"):
                yield from _walk(part)


def _expand(subject: Any, predicate: Any, object_: Any) -> Iterator[Pattern]:
    """Yield the plain patterns of a triple pattern; a path of any length holds no triples that could be named."""
    from rdflib.paths import AlternativePath, InvPath, Path

    if isinstance(predicate, AlternativePath):
        for part in predicate.args:
            yield from _expand(subject, part, object_)
    elif isinstance(predicate, InvPath):
        yield from _expand(object_, predicate.arg, subject)
    elif not isinstance(predicate, Path):
        yield (subject.n3(), predicate.n3(), object_.n3())


def with_evidence(rows: Rows, evidence: Sequence[RowEvidence]) -> Rows:
    """Add a column `evidence` for programs: the IRIs of the graphs, split by blanks."""
    cells = (Literal(" ".join(graph.value for graph in row.graphs)) if row.graphs else None for row in evidence)
    return _with_column(rows, "evidence", cells)


def with_footnotes(rows: Rows, evidence: Sequence[RowEvidence]) -> tuple[Rows, dict[NamedNode, int]]:
    """Add a column `source` for people: the numbers of footnotes; return the graph of each number, too."""
    numbers: dict[NamedNode, int] = {}
    for row in evidence:
        for graph in row.graphs:
            numbers.setdefault(graph, len(numbers) + 1)
    cells = (
        Literal(" ".join([*(f"[{numbers[graph]}]" for graph in row.graphs), *(["inferred"] if row.inferred else [])]))
        for row in evidence
    )
    return _with_column(rows, "source", cells), numbers


def _with_column(rows: Rows, name: str, cells: Iterable[Term | None]) -> Rows:
    terms = tuple((*terms, cell) for terms, cell in zip(rows.terms, cells, strict=True))
    return Rows((*rows.variables, name), terms)
