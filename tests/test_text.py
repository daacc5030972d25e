"""What people are shown: no text of the data commands their terminal, or makes markup in Markdown."""

import csv
import html
import json
import re
from html.parser import HTMLParser
from io import StringIO
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from pyoxigraph import Literal, NamedNode
from small_project import AIGOV, ID, NOTE, run_kg, write_small_project

from kg.errors import UsageError
from kg.findings import Finding, Report
from kg.provenance.citations import Citation
from kg.rdf.terms import Prefixes
from kg.render.citations import citation_list
from kg.render.report import FORMS
from kg.render.table import write
from kg.render.text import markdown, markdown_code, markdown_link, markdown_table, visible
from kg.sparql.results import Rows

PREFIXES = Prefixes({"id": ID})
# Escape sequences (a title, a link, colours, moving the cursor), their 8-bit forms, bell, backspace, and directions.
ATTACK = (
    "\x1b]0;title\x07 \x1b[2J\x1b[31m \x9b31m \x9d8;;http://evil.example\x9c \b\b\r \x7f "
    "\u202eback\u202c \u2066x\u2069 \u200f"
)
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
MARKUP = "*a* _b_ `c` [d](javascript:alert(1)) <script>e</script> ![f](g) | ~~h~~ <https://i> &lt; # j \\ {k}"

PARTS = ["[1]", "[1]:", "a_b", "1.", "http://", *"\\`*_{}[]<>()#|~&!+-.=:/1 \n\t\x1b\x9b\u202e"]
texts = st.lists(st.one_of(st.sampled_from(PARTS), st.characters(codec="utf-8"))).map("".join)


def escaped(text):
    """A text as a Turtle string."""
    return "".join(f"\\u{ord(char):04X}" if FORBIDDEN.match(char) or char in '"\\' else char for char in text)


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """The small project, whose labels, texts and values try to command a terminal or make markup."""
    folder = write_small_project(tmp_path_factory.mktemp("attacked"))
    for path in (*folder.rglob("*.ttl"), *folder.rglob("*.trig")):
        text = path.read_text(encoding="utf-8")
        for end in ('"@en', '"@zh'):
            text = text.replace(end, f" {escaped(ATTACK)} {escaped(MARKUP)}{end}")
        path.write_text(text, encoding="utf-8")
    assert run_kg(folder, "build").returncode == 0
    return folder


SELECT = ("query", "text", "SELECT ?x ?label { ?x aigov:locatedIn ?y ; rdfs:label ?label }")
COMMANDS = [
    (*SELECT, "-f", "table"),
    (*SELECT, "-f", "table", "--cite"),
    (*SELECT, "--explain"),
    ("describe", "id:lund"),
    ("explain", "id:river-council", "aigov:locatedIn", "id:sweden"),
    ("explain", "id:river-council", "aigov:locatedIn", "id:author"),
    ("search", "River", "-f", "table"),
    ("diff", "data/facts.trig", "ontology/small.ttl"),
    ("validate",),
    ("validate", "--mutate", "--mutants", "20"),
    ("stats",),
    ("sources", "list", "-f", "table"),
    ("sources", "coverage", "-f", "table"),
    ("sources", "verify", "--text", "lake.txt"),
]
MESSAGES = [
    ("describe", f"no such {ATTACK}"),
    ("query", "text", f"SELECT * {{ ?s ?p '{ATTACK}' . nonsense }}"),
    ("query", "run", ATTACK),
    ("query", "text", "ASK {}", "-f", ATTACK),
    ("query", "text", "ASK {}", "-o", f"/no/such/{ATTACK.replace('/', '')}/x"),
    ("query", "text", "ASK {}", f"--{ATTACK}"),
    ("query", "text", "ASK {}", "--limit", ATTACK),
    (ATTACK,),
    ("diff", ATTACK),
    ("describe", "Council"),  # the candidates are listed
]


def ids(calls):
    return [repr(" ".join(call))[:30] for call in calls]


@pytest.mark.parametrize("arguments", [*COMMANDS, *MESSAGES], ids=ids([*COMMANDS, *MESSAGES]))
def test_no_command_passes_a_control_character_on(arguments, attacked):
    done = run_kg(attacked, *arguments, cwd=attacked)
    assert done.stdout + done.stderr
    assert not FORBIDDEN.search(done.stdout), arguments
    assert not FORBIDDEN.search(done.stderr), arguments
    if arguments in MESSAGES:
        assert done.returncode in (2, 3, 4), done.stderr


def test_what_was_taken_out_is_shown(attacked):
    page = run_kg(attacked, "describe", "id:lund", COLUMNS="1000").stdout
    assert "Lund \\x1b]0;title\\x07 \\x1b[2J\\x1b[31m \\x9b31m" in page
    assert "\\u202eback\\u202c" in page


def test_data_is_left_as_it_is(attacked):
    for name in ("csv", "jsonl"):
        assert ("\x1b]0;title" if name == "csv" else "\\u001b]0;title") in run_kg(attacked, *SELECT, "-f", name).stdout


@given(text=texts)
def test_a_table_and_a_report_show_any_text_without_its_control_characters(text):
    rows = Rows(("x",), ((Literal(text),), (Literal(text, language="en"),)))
    finding = Finding("violation", f"{ID}a", text, value=str(Literal(text)), file=text.replace("\0", ""), line=1)
    report = Report((finding,))
    shown = [write(rows, name, PREFIXES, 80).decode() for name in ("table", "markdown")]
    shown += [FORMS[name](report, PREFIXES) for name in ("text", "markdown", "junit")]
    for page in (*shown, visible(text)):
        assert not FORBIDDEN.search(page)
    assert visible(visible(text)) == visible(text)


# XML, JSON and spreadsheets

# What XML 1.0 has no way to write (section 2.2).
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@given(text=texts)
def test_xml_of_answers_holds_a_text_or_refuses_it(text):
    rows = Rows(("x", "y"), ((Literal(text), Literal(text, language="en")),))
    if NOT_IN_XML.search(text):
        with pytest.raises(UsageError, match="XML cannot represent"):
            write(rows, "xml", PREFIXES)
    else:
        page = ElementTree.fromstring(write(rows, "xml", PREFIXES))
        assert [one.text or "" for one in page.iter("{http://www.w3.org/2005/sparql-results#}literal")] == [text] * 2


@given(text=texts)
def test_reports_for_programs_hold_any_text(text):
    finding = Finding("violation", f"{ID}a", text, value=str(Literal(text)), file=text.replace("\0", ""), line=1)
    report = Report((finding,))
    suites = ElementTree.fromstring(FORMS["junit"](report, PREFIXES).encode())
    assert suites.find("testsuite/testcase/failure") is not None
    result = json.loads(FORMS["sarif"](report, PREFIXES))["runs"][0]["results"][0]
    assert text.rstrip() in result["message"]["text"] or not text.strip()
    assert json.loads(FORMS["json"](report, PREFIXES))["findings"][0]["message"] == text


@given(cells=st.lists(st.one_of(texts, st.from_regex(r"[-+=@＝]?[0-9.eE+-]{0,6}\Z"))))
@example(
    cells=[
        "=1+1",
        "+1",
        "-1.5",
        "-1+cmd|' /C calc'!A0",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "＝1",
        "-",
        "a=1",
        "'",
        "-1e5",
        "+.5",
    ]
)
def test_no_cell_of_a_spreadsheet_is_a_formula(cells):
    rows = Rows(("x",), tuple((Literal(cell),) for cell in cells))
    pages = [write(rows, "excel-csv", PREFIXES).decode("utf-8-sig"), write(rows, "csv", PREFIXES).decode()]
    # A row of one empty cell is an empty line.
    shown, exact = ([(row or [""])[0] for row in csv.reader(StringIO(page, newline=""))][1:] for page in pages)
    assert exact == cells
    for cell, guarded in zip(cells, shown, strict=True):
        assert guarded in (cell, f"'{cell}")
        if re.match("[=+@\t\r\n＝＋－＠-]", guarded):
            assert re.fullmatch(r"[+-](\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", guarded)


# Markdown


class Page(HTMLParser):
    """The tags, addresses and text of a page."""

    def __init__(self, markdown_text):
        super().__init__()
        self.tags, self.text, self.links = [], "", []
        self.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown_text))

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [value for name, value in attributes if name in ("href", "src")]

    def handle_data(self, data):
        self.text += data


def on_a_line(text):
    return visible(" ".join(text.split()))


@given(text=texts)
def test_markdown_shows_a_text_as_it_is(text):
    assert markdown(text).count("\n") == 0
    page = Page(f"{markdown(text)}\n")
    assert page.tags == (["p"] if text.split() else [])
    assert page.text.strip() == html.unescape(html.escape(on_a_line(text)))


@given(text=texts)
def test_markdown_shows_code_as_it_is(text):
    if not text.split():
        return
    page = Page(f"x {markdown_code(text)}\n")
    assert page.tags == ["p", "code"]
    assert page.text.strip() == f"x {on_a_line(text)}"


@given(rows=st.lists(st.tuples(texts, texts), min_size=1, max_size=3))
def test_a_markdown_table_keeps_its_cells(rows):
    page = Page(markdown_table(("a_b", "c|d"), rows))
    assert page.tags == ["table", "thead", "tr", "th", "th", "tbody", *["tr", "td", "td"] * len(rows)]
    cells = [part.strip() for part in page.text.split("\n") if part.strip()]
    assert cells == ["a_b", "c|d", *(line for row in rows for cell in row if (line := on_a_line(cell)))]


def test_no_link_runs_a_script():
    assert Page(markdown_link("[x](y)", "https://example.org/a(b)_c")).links == ["https://example.org/a(b)_c"]
    for iri in ("javascript:alert(1)", "data:text/html,x", "JavaScript:x", "urn:a", "https://a>b", "https://a\u202eb"):
        assert Page(markdown_link("x", iri)).links == []
    graph = NamedNode("javascript:alert(1)")
    citation = Citation(graph, source_label="<img src=x onerror=y> [a](javascript:b)", status_label="*fact*")
    page = Page(citation_list({graph: 1}, {graph: citation}, PREFIXES))
    assert page.links == []
    assert page.tags == ["ul", "li"]
    assert "*fact*: <img src=x onerror=y> [a](javascript:b) (<javascript:alert(1)>)" in page.text


@pytest.mark.parametrize(
    "arguments",
    [
        (*SELECT, "-f", "markdown", "--cite"),
        ("describe", "id:lund", "-f", "markdown"),
        ("diff", "data/facts.trig", "ontology/small.ttl", "-f", "markdown"),
        ("validate", "-f", "markdown"),
        ("sources", "coverage", "-f", "markdown"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_no_page_of_markdown_has_markup_or_links_of_the_data(arguments, attacked):
    done = run_kg(attacked, *arguments, cwd=attacked)
    assert not FORBIDDEN.search(done.stdout)
    page = Page(done.stdout)
    assert not {"em", "script", "img", "s", "del"} & set(page.tags)
    assert all(link.startswith((NOTE, AIGOV[:20])) for link in page.links)
