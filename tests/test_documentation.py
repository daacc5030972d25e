"""The pages for developers are of the code as it is: rooms, dependencies, links, the picture of the floors."""

import importlib.util
import re
import tomllib

import pytest
from readme import ROOT

DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def floors():
    spec = importlib.util.spec_from_file_location("floors", DOCS / "floors.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_picture_of_the_floors_is_current(floors):
    assert floors.draw() == floors.PICTURE.read_text(encoding="utf-8"), "python docs/floors.py draws it anew"


def test_every_room_has_its_paragraph(floors):
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    described = re.findall(r"^### (\w+)$", text, re.MULTILINE)
    assert described == floors.floors()[::-1], "docs/architecture.md describes the rooms from the ground up"


@pytest.mark.parametrize(
    ("heading", "group"),
    [("Required", ""), ("For tests", "test"), ("For benchmarks", "bench"), ("For development", "dev")],
)
def test_every_dependency_has_a_row_with_its_way_out(heading, group):
    text = (DOCS / "dependencies.md").read_text(encoding="utf-8")
    section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in section.splitlines() if line.startswith("| ")]
    listed = SETTINGS["optional-dependencies"][group] if group else SETTINGS["dependencies"]
    names = {re.match(r"[\w.-]+", each)[0] for each in listed}
    if group == "bench":  # oxigraph is in the table for tests
        names -= {"oxigraph"}
    assert {row[0] for row in rows[1:]} == names
    assert all(cell for row in rows for cell in row)
    for row in rows[1:]:
        for place in re.findall(r"`((?:kg|tests|benchmarks)/[\w./]*)`", row[2]):
            assert (ROOT / place).exists(), f"{row[0]}: {place}"


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_links_lead_to_files(page):
    for target in re.findall(r"\]\((?!<?https?:|#)([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_decision_is_in_the_index_with_its_title():
    index = (DOCS / "decisions" / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\d{4}) \| \[(.+?)\]\((.+?)\) \|", index, re.MULTILINE)
    records = sorted(DOCS.glob("decisions/[0-9]*.md"))
    titles = [path.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for path in records]
    assert listed == [(path.name[:4], title, path.name) for path, title in zip(records, titles, strict=True)]
    for path in records:
        sections = re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert sections == ["Context", "Decision", "Measured", "Refused", "What would change our mind"], path.name
