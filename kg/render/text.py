"""Text for people: what a terminal would obey is made visible, what Markdown would obey is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

# Control characters (C0 without tab and line feed, DEL, C1), and those that change the direction of text (Unicode
# Standard Annex 9, section 2): a terminal obeys both, and what they hide or forge nobody sees. XML has no way to write
# the last two.
_UNSEEN = (
    *(code for code in range(0x20) if chr(code) not in "\t\n"),
    *range(0x7F, 0xA0),
    *(0x61C, 0x200E, 0x200F),
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
    *(0xFFFE, 0xFFFF),
)
_VISIBLE = {code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" for code in _UNSEEN}
# What begins or ends markup within a line (CommonMark 0.31, section 6; GFM tables and strikethrough), and what begins a
# block at the start of one (sections 4 and 5). A number in brackets is that of a footnote, and does neither; nor does _
# within a word.
_INLINE = r"(\[\d+\](?!:)|(?<=[^\W_])_(?=[^\W_]))|([\\`*_{}\[\]<>()#|~&])"
_BLOCK = r"^(\d{1,9}(?=\.)|)([-+.])(?=[\s-]|$)"
_LINKED = r"https?://[^\s<>\\]+"


def visible(text: str) -> str:
    r"""Write control characters and marks of direction as visible escapes such as \x1b; tab and line feed stay."""
    return text.translate(_VISIBLE)


def console(width: int | None, color: bool) -> Console:
    """Return a console of rich that keeps what is printed; NO_COLOR and FORCE_COLOR have the last word on colours."""
    from io import StringIO

    from rich.console import Console

    return Console(file=StringIO(), width=width, force_terminal=color or None, highlight=False)


def printed(page: Console) -> bytes:
    """Return what was printed on a console of `console`, without the blanks that fill lines."""
    lines = page.file.getvalue().split("\n")  # type: ignore[attr-defined]  # it is a StringIO
    return "\n".join(line.rstrip() for line in lines).encode()


def styled(text: str, style: str = "") -> Text:
    """Return text for a console of rich, with everything in it visible."""
    from rich.text import Text

    return Text(visible(text), style)


def markdown(text: str) -> str:
    """Write text so that Markdown shows it as it is, on one line; it makes no markup, no link and no HTML."""
    line = re.sub(_INLINE, lambda match: match[1] or f"\\{match[2]}", visible(" ".join(text.split())))
    return re.sub(_BLOCK, r"\1\\\2", line)


def markdown_link(text: str, iri: str) -> str:
    """Write a link to an address of http or https; for any other IRI the text alone, so that no link runs a script."""
    return f"[{markdown(text)}](<{iri}>)" if re.fullmatch(_LINKED, visible(iri)) else markdown(text)


def markdown_code(text: str) -> str:
    """Write text as code within a line, whatever backticks it has (CommonMark 0.31, section 6.1)."""
    code = visible(" ".join(text.split()))
    fence = "`" * (max(map(len, re.findall("`+", code)), default=0) + 1)
    pad = " " if code.startswith("`") or code.endswith("`") else ""
    return f"{fence}{pad}{code}{pad}{fence}"


def markdown_table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Write a table; each cell is text, not Markdown."""
    names = [markdown(name) for name in header]
    lines = (names, ["---"] * len(names), *([markdown(cell) for cell in row] for row in rows))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
