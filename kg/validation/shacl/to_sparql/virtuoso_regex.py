"""Regular expressions on characters, rewritten for a server that sees UTF-8 bytes (Virtuoso 7)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from kg.errors import UsageError

_TOKEN = re.compile(r"\\(?:x\{[0-9A-Fa-f]+\}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|p\{\w+\}|P\{\w+\}|.)|.", re.DOTALL)
_LAST = 0x10FFFF
_ASCII = 0x7F
_HEX = re.compile(r"\\(?:x\{([0-9A-Fa-f]+)\}|[ux]([0-9A-Fa-f]+))")
_CONTROLS = {"n": 10, "r": 13, "t": 9}
_CLASSES = {
    "d": [(48, 57)],
    "w": [(48, 57), (65, 90), (95, 95), (97, 122)],
    "s": [(9, 10), (12, 13), (32, 32)],
}
Ranges = list[tuple[int, int]]


def byte_pattern(pattern: str, flags: str = "") -> str:
    """Return a pattern that finds in the UTF-8 bytes of a text what a pattern finds in its characters.

    Raises UsageError for what is not rewritten: properties of Unicode, and flags with characters beyond ASCII.
    """
    if not pattern.isascii() and flags.strip("s"):
        raise UsageError(
            f"the pattern {pattern!r} has characters beyond ASCII and flags, which this store does not support"
        )
    return "".join(_rewritten(pattern, newline="s" in flags))


def _rewritten(pattern: str, newline: bool) -> Iterator[str]:
    found = [match.group() for match in _TOKEN.finditer(pattern)]
    index = 0
    while index < len(found):
        token = found[index]
        index += 1
        if token == "[":
            end = next((i for i in range(index + 1, len(found)) if found[i] == "]"), None)
            if end is None or "[" in found[index:end]:
                raise _unsupported(pattern)
            yield _class(pattern, found[index:end])
            index = end + 1
        elif token == ".":
            yield _bytes(_complement([] if newline else [(10, 10), (13, 13)]))
        elif token[0] == "\\" and token[1] in "pPiIcC":
            raise _unsupported(pattern)
        elif token[0] == "\\" and token[1] in "SDW":
            yield _bytes(_complement(_CLASSES[token[1].lower()]))
        else:
            point = _code_point(token)
            yield token if point is None or point <= _ASCII else f"(?:{_escaped(chr(point).encode())})"


def _unsupported(pattern: str) -> UsageError:
    return UsageError(
        f"the pattern {pattern!r} cannot be used on this store, which matches bytes instead of characters"
    )


def _class(pattern: str, members: list[str]) -> str:
    negated = members[0] == "^"
    members = members[1:] if negated else members
    ranges: Ranges = []
    index = 0
    while index < len(members):
        token = members[index]
        if token[0] == "\\" and token[1] in _CLASSES:
            ranges.extend(_CLASSES[token[1]])
            index += 1
        elif token[0] == "\\" and token[1] in "SDW":
            ranges.extend(_complement(_CLASSES[token[1].lower()]))
            index += 1
        else:
            last = index + 2 if members[index + 1 : index + 2] == ["-"] and index + 2 < len(members) else index
            first_point, last_point = (_in_class(pattern, members[place]) for place in (index, last))
            ranges.append((first_point, last_point))
            index = last + 1
    return _bytes(_complement(ranges) if negated else ranges)


def _in_class(pattern: str, token: str) -> int:
    point = _code_point(token)
    if point is None:
        if token[0] == "\\" and token[1].isalnum():
            raise _unsupported(pattern)
        return ord(token[-1])
    return point


def _code_point(token: str) -> int | None:
    """Return the character that a token stands for; None for an operator or another escape."""
    if len(token) == 1:
        return ord(token) if ord(token) > _ASCII or token.isalnum() or token in " _-:/#" else None
    hexadecimal = _HEX.fullmatch(token)
    if hexadecimal:
        return int(hexadecimal[1] or hexadecimal[2], 16)
    return _CONTROLS.get(token[1])


def _complement(ranges: Iterable[tuple[int, int]]) -> Ranges:
    found: Ranges = []
    start = 0
    for first, last in sorted(ranges):
        if first > start:
            found.append((start, first - 1))
        start = max(start, last + 1)
    return [*found, (start, _LAST)] if start <= _LAST else found


def _bytes(ranges: Ranges) -> str:
    """Return the alternatives of byte sequences for some ranges of characters."""
    plain = "".join(
        _byte_range(first, min(last, _ASCII)) for first, last in sorted(ranges) if first <= _ASCII
    )  # fmt: skip
    alternatives = [f"[{plain}]"] if plain else []
    for first, last in sorted(ranges):
        for low, high in ((0x80, 0x7FF), (0x800, 0xD7FF), (0xE000, 0xFFFF), (0x10000, _LAST)):
            if first <= high and last >= low:
                alternatives.extend(_sequences(chr(max(first, low)).encode(), chr(min(last, high)).encode()))
    return alternatives[0] if len(alternatives) == 1 and plain else f"(?:{'|'.join(alternatives)})"


def _sequences(first: bytes, last: bytes) -> Iterator[str]:
    """Yield patterns for all UTF-8 sequences between two of the same length."""
    if len(first) == 1:
        yield f"[{_byte_range(first[0], last[0])}]"
    elif first[0] == last[0]:
        yield from (_escaped(first[:1]) + rest for rest in _sequences(first[1:], last[1:]))
    else:
        lowest, highest = b"\x80" * (len(first) - 1), b"\xbf" * (len(first) - 1)
        start, end = first[0], last[0]
        if first[1:] != lowest:
            yield from (_escaped(first[:1]) + rest for rest in _sequences(first[1:], highest))
            start += 1
        if last[1:] != highest:
            end -= 1
        if start <= end:
            tail = "[\\x80-\\xBF]" * (len(first) - 1)
            yield f"[{_byte_range(start, end)}]{tail}"
        if last[1:] != highest:
            yield from (_escaped(last[:1]) + rest for rest in _sequences(lowest, last[1:]))


def _byte_range(first: int, last: int) -> str:
    return f"\\x{first:02X}" if first == last else f"\\x{first:02X}-\\x{last:02X}"


def _escaped(data: bytes) -> str:
    return "".join(f"\\x{byte:02X}" for byte in data)
