"""What stands before every engine: shapes that are malformed, or have terms that not all engines know, are refused.

Engines pass over much of that in silence, each over something else, and a shape that is not looked at finds nothing.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.errors import InputError, KgError, UsageError, did_you_mean
from kg.files.text import read_text
from kg.files.turtle.positions import Place, places
from kg.findings import Finding
from kg.rdf.terms import OWL, RDF, SH, XSD
from kg.sparql.results import Answer
from kg.sparql.tokens import tokens
from kg.store import select
from kg.validation.shacl.components import CLASSES, NODE_KINDS, TERMS, UNSUPPORTED, DependsOn, Takes
from kg.validation.shacl.paths import read_path
from kg.validation.shacl.shapes_graph import ShapesGraph, Value, read_shape_file

if TYPE_CHECKING:
    from kg.store.embedded import EmbeddedStore

OF_THE_SHAPES = ("unsupported", "engine")  # the checks whose findings are about the shapes, not the data
_SKIP = "kg validate --skip-unsupported goes on without the shapes that have it"
# SHACL, appendix A: what these mean is not plain where variables are bound from outside.
_NOT_IN_QUERIES = {"MINUS", "SERVICE", "VALUES"}
_TYPE = RDF + "type"
_PREFIXES = (SH + "declare", OWL + "imports")
_ON_OTHERS = (DependsOn.SHAPES, DependsOn.QUERY, DependsOn.ANYTHING)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a triple of a shapes graph: malformed, or of a term that kg does not support."""

    triple: Triple
    message: str
    hint: str | None = None
    unsupported: bool = False


def read_shapes(paths: Iterable[Path], *, skip_unsupported: bool = False) -> tuple[ShapesGraph, list[Finding]]:
    """Read files of shapes, and check that every engine can do all that they ask for.

    Args:
        paths: Turtle files.
        skip_unsupported: leave out the shapes with terms that kg does not support, and say so.

    Returns:
        the shapes, with a target for each that is a class; and what is to be said of them in a report.

    Raises:
        InputError: a file cannot be read, or a shape has a fault: with the place.
    """
    return usable_shapes({path: read_shape_file(path) for path in paths}, skip_unsupported=skip_unsupported)


def usable_shapes(
    files: Mapping[Path | None, Sequence[Triple]], *, skip_unsupported: bool = False
) -> tuple[ShapesGraph, list[Finding]]:
    """Check the triples of shapes, by the file that they are from; see read_shapes."""
    graph = ShapesGraph(triple for triples in files.values() for triple in triples)
    found = list(faults(graph))
    skipped: list[Fault] = []
    if skip_unsupported:
        skipped = [fault for fault in found if fault.unsupported]
        found = [fault for fault in found if not fault.unsupported]
    placed = _places(files, (*found, *skipped)) if found or skipped else {}
    if found:
        first = min(found, key=placed.__getitem__)
        more = f" ({len(found) - 1} more of the shapes' triples have faults)" if len(found) > 1 else ""
        path, line, column = placed[first]
        raise InputError(first.message + more, first.hint, path=path or None, line=line or None, column=column or None)
    notes, without = [], set[Value]()
    for fault in skipped:
        whole = _dependents(graph, fault.triple.subject)
        without |= whole
        named = sorted(node.value for node in whole if isinstance(node, NamedNode))
        message = f"{fault.message}: not checked was {', '.join(named) or 'a shape without a name'}."
        notes.append(
            Finding("warning", named[0] if named else "", message, check=OF_THE_SHAPES[0], **placed[fault]._asdict())
        )
    # What such a node says of prefixes may be used by other shapes.
    used = [triple for triple in graph.triples if triple.subject not in without or triple.predicate.value in _PREFIXES]
    targets = [triple for triple in graph.implicit_targets() if triple.subject not in without]
    return ShapesGraph([*used, *targets]) if without or targets else graph, notes


def faults(graph: ShapesGraph) -> Iterator[Fault]:
    """Yield what is wrong with a shapes graph."""
    for triple in graph.triples:
        iri = triple.predicate.value
        if iri in TERMS:
            if fault := _of_value(graph, triple):
                value = triple.object
                other = isinstance(value, NamedNode) and value.value in UNSUPPORTED
                yield _unsupported(triple, value.value) if other else fault  # type: ignore[union-attr]
        elif iri in UNSUPPORTED:
            yield _unsupported(triple, iri)
        elif iri.startswith(SH) and (isinstance(triple.subject, BlankNode) or graph.is_described(triple.subject)):
            yield _unknown(triple, iri, TERMS)
        elif iri == _TYPE and isinstance(triple.object, NamedNode):
            class_ = triple.object.value
            if class_ in UNSUPPORTED:
                yield _unsupported(triple, class_)
            elif class_.startswith(SH) and class_ not in CLASSES:
                yield _unknown(triple, class_, CLASSES)
            elif class_ == SH + "PropertyShape" and not graph.objects(triple.subject, SH + "path"):
                yield Fault(triple, "this property shape has no sh:path", "sh:path says which values it is about")
    yield from _of_nodes(graph)
    yield from _of_patterns(graph)


def _unknown(triple: Triple, iri: str, known: Iterable[str]) -> Fault:
    near = did_you_mean(_name(iri), [_name(term) for term in known])
    return Fault(
        triple, f"{_name(iri)} is not a term of SHACL", near or "the terms are those of the SHACL specification"
    )


def _unsupported(triple: Triple, iri: str) -> Fault:
    message = f"{_name(iri)} ({UNSUPPORTED[iri]}) is not supported, since not all engines do it alike"
    return Fault(triple, message, _SKIP, unsupported=True)


def _name(iri: str) -> str:
    return f"sh:{iri.removeprefix(SH)}"


def _of_nodes(graph: ShapesGraph) -> Iterator[Fault]:
    """Yield what is wrong with a node as a whole: a term too many, or one that is missing."""
    for node in graph.nodes():
        for iri in sorted(graph.predicates(node) & TERMS.keys()):
            term, values = TERMS[iri], graph.objects(node, iri)
            triple = Triple(node, NamedNode(iri), values[-1])
            if len(values) > 1 and not term.many:
                yield Fault(triple, f"{_name(iri)} is given {len(values)} times", "a node has one value of it at most")
            has_path = bool(graph.objects(node, SH + "path"))
            whole = not term.needs or any(graph.objects(node, SH + name) for name in term.needs)
            if term.on_paths and whole and not has_path:
                yield Fault(triple, f"{_name(iri)} needs a path", "add sh:path, or put it into sh:property [ ... ]")
            elif has_path and not whole:
                wanted = " or ".join(f"sh:{name}" for name in term.needs)
                yield Fault(triple, f"{_name(iri)} means nothing without {wanted}", f"add {wanted}")


def _of_value(graph: ShapesGraph, triple: Triple) -> Fault | None:
    term = TERMS[triple.predicate.value]
    name = f"sh:{term.name}"
    try:
        if _CHECKS[term.takes](graph, triple.subject, triple.object):
            return None
    except KgError as error:
        return Fault(triple, f"{name}: {error.message}", error.hint)
    return Fault(triple, f"{name} has a wrong value: {_shown(triple.object)}", f"it takes {_WANTED[term.takes]}")


def _shown(term: Value) -> str:
    return "a blank node" if isinstance(term, BlankNode) else str(term)


def _is_count(_: ShapesGraph, __: Value, value: Value) -> bool:
    if not isinstance(value, Literal) or value.datatype.value != XSD + "integer":
        return False
    return re.fullmatch(r"\+?[0-9]+|-0+", value.value) is not None


def _is_switch(_: ShapesGraph, __: Value, value: Value) -> bool:
    return isinstance(value, Literal) and value.datatype.value == XSD + "boolean"


def _is_text(_: ShapesGraph, __: Value, value: Value) -> bool:
    return isinstance(value, Literal) and value.datatype.value in (XSD + "string", RDF + "langString")


def _is_path(graph: ShapesGraph, _: Value, value: Value) -> bool:
    return read_path(graph, value) is not None


def _is_shape(graph: ShapesGraph, _: Value, value: Value) -> bool:
    if isinstance(value, NamedNode) and not graph.is_described(value):
        raise InputError(f"no shape describes {value}", "correct its name, or add the file that describes it")
    return not isinstance(value, Literal)


def _is_property_shape(graph: ShapesGraph, node: Value, value: Value) -> bool:
    if _is_shape(graph, node, value) and not graph.objects(value, SH + "path"):
        raise InputError(f"{_shown(value)} is not a valid property shape", "a property shape needs sh:path")
    return not isinstance(value, Literal)


def _list_of(is_member: Check) -> Check:
    return lambda graph, node, value: all(is_member(graph, node, member) for member in graph.members(value))


def _is_constraint(graph: ShapesGraph, node: Value, value: Value) -> bool:
    if isinstance(value, Literal):
        return False
    for query in graph.objects(value, SH + "select"):
        text = graph.query(value, query.value)
        if not graph.objects(node, SH + "path") and re.search(r"[?$]PATH\b", text):
            raise InputError("its query uses $PATH, but the shape has no sh:path", "move it to a shape with sh:path")
        with suppress(UsageError):  # of sh:select
            if "this" not in getattr(_answer(text), "variables", ()):
                raise InputError("its query does not select $this", "write SELECT $this WHERE ...")
    if not graph.objects(value, SH + "select"):
        raise InputError("it has no sh:select", "a SPARQL constraint needs sh:select")
    return True


def _is_query(graph: ShapesGraph, node: Value, value: Value) -> bool:
    if not isinstance(value, Literal):
        return False
    text = graph.query(node, value.value)
    for token in tokens(text):
        if token.keyword in _NOT_IN_QUERIES:
            raise InputError(f"{token.keyword} must not be in a query of a shape", "see SHACL, appendix A")
    _answer(text)
    return True


def _answer(text: str) -> Answer:
    """Ask a query of an empty store, which finds its faults."""
    return _empty_store().query(re.sub(r"[?$]PATH\b", "<urn:kg:path>", text))


Check = Callable[[ShapesGraph, Value, Value], bool]
_CHECKS: dict[Takes, Check] = {
    Takes.ANYTHING: lambda *_: True,
    Takes.TERM: lambda _, __, value: not isinstance(value, BlankNode),
    Takes.IRI: lambda _, __, value: isinstance(value, NamedNode),
    Takes.LITERAL: lambda _, __, value: isinstance(value, Literal),
    Takes.TEXT: _is_text,
    Takes.COUNT: _is_count,
    Takes.SWITCH: _is_switch,
    Takes.SEVERITY: lambda _, __, value: isinstance(value, NamedNode) and value.value not in UNSUPPORTED,
    Takes.NODE_KIND: lambda _, __, value: isinstance(value, NamedNode) and value.value in NODE_KINDS,
    Takes.FLAGS: lambda _, __, value: isinstance(value, Literal) and re.fullmatch("[smixq]*", value.value) is not None,
    Takes.PATH: _is_path,
    Takes.SHAPE: _is_shape,
    Takes.PROPERTY_SHAPE: _is_property_shape,
    Takes.LIST: _list_of(lambda *_: True),
    Takes.IRIS: _list_of(lambda _, __, value: isinstance(value, NamedNode)),
    Takes.TEXTS: _list_of(_is_text),
    Takes.SHAPES: _list_of(_is_shape),
    Takes.CONSTRAINT: _is_constraint,
    Takes.QUERY: _is_query,
}
_WANTED = {
    Takes.TERM: "an IRI or a literal",
    Takes.IRI: "an IRI",
    Takes.LITERAL: "a literal",
    Takes.TEXT: "a text",
    Takes.COUNT: "an xsd:integer that is not negative",
    Takes.SWITCH: "true or false",
    Takes.SEVERITY: "sh:Violation, sh:Warning or sh:Info",
    Takes.NODE_KIND: ", ".join(sorted(map(_name, NODE_KINDS))),
    Takes.FLAGS: "a text of the letters s, m, i, x and q",
    Takes.SHAPE: "a shape",
    Takes.PROPERTY_SHAPE: "a property shape",
    Takes.IRIS: "a list of IRIs",
    Takes.TEXTS: "a list of texts",
    Takes.SHAPES: "a list of shapes",
    Takes.CONSTRAINT: "a node with sh:select",
    Takes.QUERY: "the text of a query",
}


def unknown_to_shacl(graph: ShapesGraph) -> list[Triple]:
    """Return the patterns that the engine shacl does not know: regular expressions of libraries differ in rare things.

    Oxigraph has the same library; what it does not know is an error, and that is unbound.
    """
    found = [triple for triple in graph.triples if triple.predicate.value == SH + "pattern"]
    flags = [graph.one(triple.subject, SH + "flags") or Literal("") for triple in found]
    texts = (f"(REGEX('', {t.object}, {flag}) AS ?p{n})" for n, (t, flag) in enumerate(zip(found, flags, strict=True)))
    row = select(_empty_store(), f"SELECT {' '.join(texts)} {{}}").terms[0] if found else ()
    return [triple for triple, value in zip(found, row, strict=True) if value is None]


def _of_patterns(graph: ShapesGraph) -> Iterator[Fault]:
    """Yield the patterns that no engine knows."""
    for triple in unknown_to_shacl(graph):
        try:
            re.compile(getattr(triple.object, "value", ""))
        except re.error as error:
            message = f"sh:pattern is not a valid regular expression: {error}"
            yield Fault(triple, message, "XPath and XQuery Functions, section 5.6.1, says what is one")


@cache
def _empty_store() -> EmbeddedStore:
    from kg.store.embedded import EmbeddedStore

    return EmbeddedStore.in_memory([])


def _places(files: Mapping[Path | None, Sequence[Triple]], found: Collection[Fault]) -> dict[Fault, Place]:
    """Return where the triples with faults stand; line 0 where that is not known."""
    result = {fault: Place("", 0, 0) for fault in found}
    for path, triples in files.items():
        here = [fault for fault in found if fault.triple in set(triples)]
        if path and here:
            placed = places(read_text(path), str(path), triples)
            result |= {fault: placed.get(fault.triple, Place(str(path), 0, 0)) for fault in here}
    return result


def _dependents(graph: ShapesGraph, node: Value) -> set[Value]:
    """Return a node and all whose meaning depends on it."""
    above = defaultdict(list)
    for subject, predicate, value in graph.triples:
        term = TERMS.get(predicate.value)
        if predicate.value in UNSUPPORTED or (term is not None and term.depends in _ON_OTHERS):
            for member in graph.members(value) if term is not None and term.takes is Takes.SHAPES else [value]:
                above[member].append(subject)
    found, waiting = set[Value](), [node]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += above[node]
    return found
