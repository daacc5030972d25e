"""Draw the floors of kg/: which room imports from which, as a triangle of dots; a dot on the left would be an arrow up.

python docs/floors.py

The order of the floors is that of the contract in pyproject.toml, the dots come from the import statements.
"""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "floors.svg"
ROW, LEFT, TOP, MARGIN = 24, 120, 96, 12


def floors() -> list[str]:
    """Return the rooms from the top floor to the ground, as the contract of import-linter has them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = (each for each in settings["tool"]["importlinter"]["contracts"] if each["type"] == "layers")
    return [room.strip(" ()") for layer in contract["layers"] for room in layer.replace("|", ":").split(":")]


def imported_by(room: str) -> set[str]:
    """Return the other rooms from which a room imports, anywhere in its files."""
    place = ROOT / "kg" / room
    found = set()
    for path in sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module == "kg":
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found |= {node.module.split(".")[1]} if node.module.startswith("kg.") else set()
            elif isinstance(node, ast.Import):
                found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("kg.")}
    return (found & set(floors())) - {room}


def draw() -> str:
    """Return the picture as SVG; the same contract and imports give the same text."""
    rooms = floors()
    place = {room: number for number, room in enumerate(rooms)}
    side = len(rooms) * ROW
    width, height = LEFT + side + MARGIN, TOP + side + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="13">',
        "<title>Which room of kg imports from which: a dot right of the diagonal is an import that goes down</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    for room, row in place.items():
        y = TOP + row * ROW
        used = imported_by(room)
        shade = "#f4f6f8" if row % 2 else "#fff"
        parts += [
            f'<rect x="0" y="{y}" width="{width}" height="{ROW}" fill="{shade}"/>',
            f'<text x="{LEFT - MARGIN}" y="{y + 17}" text-anchor="end">{room}</text>',
            f'<text transform="translate({LEFT + row * ROW + 17} {TOP - 8}) rotate(-90)">{room}</text>',
            f'<rect x="{LEFT + row * ROW}" y="{y}" width="{ROW}" height="{ROW}" fill="#d5dbe1"/>',
        ]
        parts += [
            f'<circle cx="{LEFT + place[other] * ROW + 12}" cy="{y + 12}" r="5" '
            f'fill="{"#1f6f8b" if place[other] > row else "#c0392b"}"/>'
            for other in sorted(used, key=place.__getitem__)
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
