"""Turtle and TriG files laid out in one way: prefixes sorted, one property a line, the order and comments kept.

The layout is ours because no library does it: turtlefmt keeps comments but reads no TriG, and the serializers of
rdflib and pyoxigraph lose the comments and the order, which the author chose for the reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from pyoxigraph import parse

from kg.errors import KgError, UsageError
from kg.files.reading import read_quads
from kg.files.text import MARK, read_text
from kg.files.turtle.syntax import (
    Brackets,
    Comment,
    Directive,
    Graph,
    Item,
    Node,
    Property,
    Statement,
    Term,
    read_turtle,
)
from kg.formats import TRIG, TURTLE, Format, of_file
from kg.rdf.serialize import canonical_quads, syntax

WIDTH = 120
_INDENT = 4
_CLOSING = {"[": "]", "(": ")"}
_JOINERS = {"[": " ; ", "(": " "}


def files_to_format(paths: Iterable[Path]) -> list[Path]:
    """Return the Turtle and TriG files among paths and in the folders among them, sorted.

    Raises UsageError for a path that is not there, or a file that is neither.
    """
    found: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found.update(file for file in path.rglob("*") if _format_of(file) and file.is_file())
        elif not path.exists():
            raise UsageError(f"no such file or folder: {path}", "name Turtle (.ttl) or TriG (.trig) files, or folders")
        elif _format_of(path) is None:
            raise UsageError(f"{path} is not a Turtle or TriG file", "name files that end in .ttl or .trig")
        else:
            found.add(path)
    return sorted(found)


def formatted(path: Path) -> bytes:
    """Return what a Turtle or TriG file looks like when it is formatted.

    The result says the same as the file, in the same order. That is checked before it is returned.

    Raises:
        InputError: the file has a syntax error, a comment that could not be kept, or triple terms (RDF 1.2).
    """
    quads, _ = read_quads(path)
    format_ = _format_of(path)
    assert format_ is not None, path
    result = layout(read_turtle(read_text(path, exact=True).removeprefix(MARK), path)).encode()
    if [*canonical_quads(parse(result, format=syntax(format_)))] != [*canonical_quads(quads)]:
        raise KgError(
            f"{path}: formatting would change the content of the file",
            "this is a bug in kg: please report it, and leave the file as it is",
        )
    return result


def _format_of(path: Path) -> Format | None:
    return of_file(path, (TURTLE, TRIG))


def layout(document: Sequence[Item]) -> str:
    """Write the tree of a document as text.

    Each property has a line of its own. Objects, and what is in brackets, stay on one line where they fit and the
    author did not break it, and else have one line each; the terms of a list fill lines unless each has its own.
    """
    text = _block(_with_sorted_prefixes(document), 0, blank_lines=2)
    return text + "\n" if text else ""


def _with_sorted_prefixes(document: Iterable[Item]) -> list[Item]:
    """Sort each run of prefixes; a blank line sets it off from what follows.

    Among declarations of one prefix the last one counts, and stays the last.
    """
    items: list[Item] = []
    for are_prefixes, run in groupby(document, lambda item: _prefix(item) != ""):
        group = list(run)
        if are_prefixes:
            first, *others = sorted(group, key=_prefix)
            first = replace(first, line_breaks=group[0].line_breaks)
            group = [first, *(replace(item, line_breaks=1) for item in others)]
        elif items:
            group[0] = replace(group[0], line_breaks=max(2, group[0].line_breaks))
        items += group
    return items


def _prefix(item: Item) -> str:
    """Return the prefix that an item declares; empty for any other item."""
    return item.node.name if isinstance(item.node, Directive) else ""


def _block(items: Sequence[Item], indent: int, mark: str = "", last: str = "", *, blank_lines: int = 1) -> str:
    """Write each item on a line of its own.

    Args:
        items: the items.
        indent: by how many characters the lines are indented.
        mark: what follows each item but the last.
        last: what follows the last one.
        blank_lines: how many of the blank lines between items are kept.
    """
    final = max((number for number, item in enumerate(items) if not isinstance(item.node, Comment)), default=-1)
    lines = []
    for number, item in enumerate(items):
        end = "" if isinstance(item.node, Comment) else last if number == final else mark
        line = " " * indent + _render(item.node, indent, indent) + end + _after(item)
        blank = min(item.line_breaks - 1, blank_lines) if number else 0
        lines.append("\n" * blank + line)
    return "\n".join(lines)


def _render(node: Node, indent: int, column: int) -> str:
    """Write a node that begins in a column of a line; further lines are indented."""
    match node:
        case Comment(text) | Term(text):
            return text
        case Directive(name, iri):
            return f"@prefix {name} {iri} ." if name else f"@base {iri} ."
        case Graph(name, statements):
            head = f"GRAPH {_render(name, indent, column)} {{" if name else "{"
            body = _block(statements, indent + _INDENT)
            return f"{head}\n{body}\n{' ' * indent}}}" if body else head + "}"
        case Statement(subject, properties):
            return _statement(_render(subject, indent, column), properties, indent)
        case Property(predicate, objects):
            return _property(predicate.text, objects, indent, column)
        case Brackets(first, items):
            return _brackets(first.text, items, indent, column)


def _statement(subject: str, properties: Sequence[Item], indent: int) -> str:
    deeper = indent + _INDENT
    if not properties:
        return f"{subject} ."
    first, *others = properties
    if first.line_breaks or isinstance(first.node, Comment):
        return f"{subject}\n{_block(properties, deeper, ' ;', ' .')}"
    column = indent + len(subject) + 1
    if not others:
        return f"{subject} {_render(first.node, indent, column)} ."
    return f"{subject} {_render(first.node, deeper, column)} ;{_after(first)}\n{_block(others, deeper, ' ;', ' .')}"


def _property(predicate: str, objects: Sequence[Item], indent: int, column: int) -> str:
    column += len(predicate) + 1
    flat = _flat(objects, ", ")
    if flat is not None and _fits(flat, column):
        return f"{predicate} {flat}"
    if _unbroken(objects) and (len(objects) == 1 or all(isinstance(item.node, Brackets) for item in objects)):
        return f"{predicate} {', '.join(_render(item.node, indent, column) for item in objects)}"
    return f"{predicate}\n{_block(objects, indent + _INDENT, ',')}"


def _brackets(opening: str, items: Sequence[Item], indent: int, column: int) -> str:
    closing, joiner = _CLOSING[opening], _JOINERS[opening]
    terms = [item.node.text for item in items if isinstance(item.node, Term) and not item.comment]
    if items and len(terms) == len(items) and not all(item.line_breaks for item in items):
        if _fits(" ".join(terms), column + 4):
            return _enclosed(opening, " ".join(terms))
        return f"{opening}\n{_filled(terms, indent + _INDENT)}\n{' ' * indent}{closing}"
    flat = _flat(items, joiner)
    if flat is not None and _fits(flat, column + 4):
        return _enclosed(opening, flat)
    if _unbroken(items) and len(items) == 1:
        return _enclosed(opening, _render(items[0].node, indent, column + 2))
    return f"{opening}\n{_block(items, indent + _INDENT, joiner.rstrip())}\n{' ' * indent}{closing}"


def _filled(terms: Iterable[str], indent: int) -> str:
    """Put as many terms on each line as fit."""
    lines = [" " * indent]
    for term in terms:
        if lines[-1].strip() and len(lines[-1]) + 1 + len(term) > WIDTH:
            lines.append(" " * indent)
        lines[-1] += f" {term}" if lines[-1].strip() else term
    return "\n".join(lines)


def _flat(items: Sequence[Item], joiner: str) -> str | None:
    """Write items on one line; None where the author broke it, or a comment does."""
    if not _unbroken(items):
        return None
    parts = [_flat_node(item.node) for item in items]
    return None if None in parts else joiner.join(part for part in parts if part)


def _flat_node(node: Node) -> str | None:
    match node:
        case Property(predicate, objects):
            flat = _flat(objects, ", ")
            return None if flat is None else f"{predicate.text} {flat}"
        case Brackets(first, items):
            flat = _flat(items, _JOINERS[first.text])
            return None if flat is None else _enclosed(first.text, flat)
        case _:
            return _render(node, 0, 0)


def _enclosed(opening: str, text: str) -> str:
    return f"{opening} {text} {_CLOSING[opening]}" if text else opening + _CLOSING[opening]


def _unbroken(items: Iterable[Item]) -> bool:
    return not any(item.line_breaks or item.comment or isinstance(item.node, Comment) for item in items)


def _fits(text: str, column: int) -> bool:
    """Return whether a text fits on the rest of a line, with the mark that follows it."""
    return "\n" not in text and column + len(text) + 2 <= WIDTH


def _after(item: Item) -> str:
    return f" {item.comment}" if item.comment else ""
