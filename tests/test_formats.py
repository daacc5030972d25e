"""The format of what is written: by name, by extension, or the command's own; what cannot be written is refused."""

import json
import xml.etree.ElementTree as ET

import click
import pytest
from click.testing import CliRunner
from pyoxigraph import RdfFormat, parse
from small_project import run_kg

from kg import formats
from kg.cli import cli
from kg.errors import UsageError
from kg.files.reading import read_quads
from kg.formats import EXPORTS, Format, named

pytestmark = pytest.mark.usefixtures("graph")  # the store is built

ALL = [value for value in vars(formats).values() if isinstance(value, Format)]
SELECT = ("query", "text", "SELECT ?s ?o { ?s aigov:seatedIn ?o }")
CONSTRUCT = ("query", "text", "CONSTRUCT WHERE { ?s aigov:seatedIn ?o }")
EXPLAIN = ("explain", "River Council", "located in", "Sweden")
ROWS = {"table": ".txt", "csv": ".csv", "excel-csv": "", "tsv": ".tsv .tab", "json": ".json .srj",
        "jsonl": ".jsonl .ndjson", "xml": ".xml .srx", "markdown": ".md .markdown"}  # fmt: skip
MERGED = {"turtle": ".ttl", "ntriples": ".nt", "rdfxml": ".rdf .owl", "json-ld": ".jsonld"}
DATASETS = {"trig": ".trig", "nquads": ".nq"}
PAGE = {"text": ".txt", "markdown": ".md .markdown", "json": ".json"}
REPORT = PAGE | {"turtle": ".ttl", "sarif": ".sarif .sarif.json", "junit": ".xml"}

# Calls of every command that has -f or -o: the formats that it writes, with their extensions; the one that it writes
# unasked; which of the two options it has; and whether there is something to write in the small project.
CALLS = [
    (SELECT, ROWS, "tsv", "fo", True),
    ((*SELECT, "--cite"), ROWS, "tsv", "fo", True),
    ((*SELECT, "--explain"), {"table": ".txt", "json": ".json .srj"}, "table", "fo", True),
    (CONSTRUCT, MERGED | DATASETS, "turtle", "fo", True),
    ((*CONSTRUCT, "--cite"), DATASETS, "trig", "fo", True),
    (("describe", "Lund"), PAGE | MERGED, "text", "fo", True),
    (EXPLAIN, {"tree": ".txt", "json": ".json", "turtle": ".ttl"}, "tree", "fo", True),
    (("export",), MERGED | DATASETS | {"context": "", "csv": ".csv", "graphml": ".graphml"}, "turtle", "fo", True),
    (("diff", "data/facts.trig", "data/sources.trig"), PAGE, "text", "fo", True),
    (("validate",), REPORT, "text", "fo", True),
    (("validate", "--mutate", "--mutants", "1"), {"text": ".txt", "json": ".json"}, "text", "fo", True),
    (("link", "check"), REPORT, "text", "fo", True),
    (("link", "apply"), DATASETS | {"turtle": ".ttl", "ntriples": ".nt"}, "trig", "o", True),
    (("link", "find"), {"text": ".txt", "tsv": ".tsv .tab", "json": ".json"}, "text", "fo", False),
    (("link", "enrich", "--target", "x", "--properties", "y"), {"trig": ".trig"}, "trig", "o", False),
    (("link", "eval", "gold.sssom.tsv"), {"text": "", "json": ""}, "text", "f", False),
    (("link", "targets", "list"), {"text": "", "json": ""}, "text", "f", True),
    (("sources", "list"), ROWS, "tsv", "f", True),
    (("sources", "coverage"), ROWS, "tsv", "f", True),
    (("sources", "cite"), {"bibtex": ".bib", "csl-json": ".json"}, "bibtex", "fo", True),
    (("search", "river"), {"table": "", "tsv": "", "json": ""}, "tsv", "f", True),
    (("stats",), {"text": "", "json": ""}, "text", "f", True),
    (("prefixes",), {"tsv": "", "turtle": "", "sparql": "", "json": ""}, "tsv", "f", True),
]
WRITING = [call[:4] for call in CALLS if call[4]]


def names(calls):
    return [" ".join(arguments[:2] + arguments[3:]) for arguments, *_ in calls]


@pytest.fixture
def run(folder, monkeypatch):
    """Run kg on the small project, in this process; returns its stdout, and raises what it raises."""
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "80")

    def call(*arguments):
        done = CliRunner().invoke(cli, ["--project", str(folder), *arguments], standalone_mode=False)
        if done.exception:
            raise done.exception
        return done.stdout

    return call


def test_the_calls_are_of_every_command_with_a_format():
    def commands(command, path=()):
        if isinstance(command, click.Group):
            for name in command.list_commands(click.Context(command)):
                yield from commands(command.get_command(click.Context(command), name), (*path, name))
        else:
            yield path, {option for parameter in command.params for option in parameter.opts}

    found = {path for path, options in commands(cli) if options & {"-f", "-o"}}
    assert {path for path in found if not any(call[0][: len(path)] == path for call in CALLS)} == {("query", "run")}


def test_a_name_and_an_extension_stand_for_one_format():
    for group in (formats.ROWS, formats.GRAPHS, formats.EXPORTS):
        assert len({one.name for one in group}) == len(group)
        ends = [end for one in group for end in one.extensions]
        assert len(set(ends)) == len(ends)


@pytest.mark.parametrize(("arguments", "known", "usual", "options", "_"), CALLS, ids=names(CALLS))
def test_what_a_command_cannot_write_is_refused_and_nothing_is_written(
    arguments, known, usual, options, _, run, tmp_path
):
    ends = {".pdf", ".xlsx", ".gz", ".csv", ".md", ".ttl", ".bib", ".json"} - set(" ".join(known.values()).split())
    calls = [("-o", str(tmp_path / f"x{end}")) for end in ends if "o" in options]
    calls += [("-f", name) for name in {"pdf", "excel", "csv", "turtle", "sarif"} - known.keys() if "f" in options]
    for call in calls:
        with pytest.raises(UsageError, match="cannot be written") as caught:
            run(*arguments, *call)
        assert all(f"{name}" in caught.value.hint for name in known), call
        assert list(tmp_path.iterdir()) == [], call


@pytest.mark.parametrize(("arguments", "known", "usual", "options"), WRITING, ids=names(WRITING))
def test_the_format_is_that_of_the_name_or_the_extension_in_any_case(arguments, known, usual, options, run, tmp_path):
    def written(name, *more):
        path = tmp_path / name
        assert run(*arguments, *more, "-o", str(path)) == ""
        return path.read_text(encoding="utf-8")

    found = {}
    for name, ends in known.items():
        texts = {
            written(f"x{end if place else end.upper()}") for place, end in enumerate(ends.split()) if "o" in options
        }
        texts |= {run(*arguments, "-f", name.upper())} if "f" in options else set()
        (found[name],) = texts
    if "o" in options:
        assert written("no-extension") == found[usual]
    if "f" in options:
        assert run(*arguments) == found[usual]
        assert {written("x.pdf", "-f", name) for name in found} == set(found.values()) if "o" in options else True


def test_the_content_is_what_the_extension_says(run, tmp_path):
    def written(name, *arguments):
        run(*arguments, "-o", str(tmp_path / name))
        return (tmp_path / name).read_bytes()

    assert json.loads(written("x.JSON", *SELECT))["head"]["vars"] == ["s", "o"]
    assert ET.fromstring(written("x.srx", *SELECT)).tag.endswith("sparql")
    assert list(parse(written("x.TTL", *CONSTRUCT), format=RdfFormat.TURTLE))
    assert list(parse(written("x.owl", "describe", "Lund"), format=RdfFormat.RDF_XML))
    assert json.loads(written("x.sarif.json", "validate"))["version"] == "2.1.0"
    assert written("x.bib", "sources", "cite").startswith(b"@misc{")


def test_the_exit_status_of_a_format_that_cannot_be_written(folder, tmp_path):
    done = run_kg(folder, "describe", "Lund", "-o", str(tmp_path / "x.pdf"))
    assert (done.returncode, done.stdout, list(tmp_path.iterdir())) == (2, "", [])
    assert "a description cannot be written to" in done.stderr
    assert "the formats are text (.txt), markdown (.md .markdown), json (.json), turtle (.ttl)" in done.stderr


@pytest.mark.parametrize(
    ("name", "meant"), [("ttl", "turtle"), (".nt", "ntriples"), ("turtel", "turtle"), ("JSONLD", "json-ld")]
)
def test_a_name_that_was_nearly_right(name, meant):
    with pytest.raises(UsageError) as caught:
        named(name, EXPORTS)
    assert f"did you mean {meant}?" in caught.value.hint


def test_the_python_api_refuses_what_it_cannot_write(graph):
    for name in ("pdf", "table", "", "sarif"):
        with pytest.raises(UsageError, match="cannot be written as"):
            graph.export(name)
        with pytest.raises(UsageError, match="cannot be written as"):
            graph.export_parts(name)
        with pytest.raises(UsageError, match="cannot be written as"):
            graph.write_triples([], name)
    assert graph.export("TURTLE") == graph.export("turtle")


@pytest.mark.parametrize("name", ["X.TTL", "x.Trig", "x.nt", "x.NQ", "x.rdf", "x.owl", "x.xml", "x.jsonld", "x.n3"])
def test_a_file_is_read_by_its_extension_in_any_case(name, graph, tmp_path):
    path = tmp_path / name
    format_name = formats.rdf_format(path).name
    path.write_bytes(graph.export("turtle" if format_name == "n3" else format_name))
    quads, _ = read_quads(path)
    assert len({quad.triple for quad in quads}) == len({quad.triple for quad in graph.asserted_quads()})
