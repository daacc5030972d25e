"""Files that would take a machine down, or an exception out of a library: each is refused with its place, at once."""

import gzip
import itertools
import os
import resource
import subprocess
import sys

import pytest
from forked import ROOT
from small_project import run_kg, write_small_project

DEEP = 5_000
SSSOM = """\
#mapping_set_id: https://e.example/x
#curie_map:
#  a: https://e.example/
subject_id\tpredicate_id\tobject_id\tmapping_justification\tcomment
a:a\tskos:exactMatch\ta:b\tsemapv:ManualMappingCuration\t{cell}
"""
# Each line stands for nine times the one before it.
NAMES = "abcdefghijk"
ALIASES = "".join(f"#+ {b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in itertools.pairwise(NAMES))
QUERY = "SELECT * { ?s ?p ?o }\n"

HOSTILE = {
    "TOML within TOML": ("kg.toml", "title = " + "[" * DEEP + "]" * DEEP, "kg.toml"),
    "a table where a text is expected": ("kg.toml", "allow-service = [1, {a = 2}]\n", "allow-service"),
    "a text where a table is expected": ("kg.toml", "server = 'x'\n", "server"),
    "YAML within YAML": ("queries/q.rq", f"#+ summary: {'[' * DEEP}{']' * DEEP}\n{QUERY}", "q.rq:1:"),
    "aliases": ("queries/q.rq", f"#+ summary: x\n#+ a: &a [x, x]\n{ALIASES}{QUERY}", "q.rq:3:"),
    "an integer of many digits": ("queries/q.rq", f"#+ summary: {'9' * 10_000}\n{QUERY}", "q.rq"),
    "a date that is none": ("queries/q.rq", f"#+ summary: 2026-99-99\n{QUERY}", "q.rq"),
    "a key that cannot be one": ("queries/q.rq", f"#+ ? [a, b]\n#+ : c\n{QUERY}", "q.rq"),
    "a tag that makes an object": (
        "queries/q.rq",
        f"#+ summary: !!python/object/apply:os.system ['exit 9']\n{QUERY}",
        "q.rq:1:",
    ),
    "a cell of many characters": ("data/links/x.sssom.tsv", SSSOM.format(cell="x" * 200_000), "x.sssom.tsv:5"),
    "a header within a header": (
        "data/links/x.sssom.tsv",
        SSSOM.format(cell="").replace("  a: https://e.example/", "  a: " + "[" * DEEP),
        "x.sssom.tsv:3:",
    ),
    "triple terms within triple terms": (
        "data/x.trig",
        "<http://e/a> <http://e/b> " + "<<( <http://e/a> <http://e/b>\n" * 100_000 + "1" + " )>>" * 100_000 + " .",
        "x.trig:501:1: more than 500 levels",
    ),
    "triples within triples": ("data/x.trig", "<< " * DEEP + "<http://e/a> <http://e/b> 1" + " >>" * DEEP, "x.trig:1:"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_with_its_place(case, tmp_path):
    name, text, place = HOSTILE[case]
    folder = write_small_project(tmp_path)
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    for command in (["validate"], ["build"]):
        done = run_kg(folder, *command)
        assert done.returncode == 3, (command, done.stderr)
        assert place in done.stderr


@pytest.mark.parametrize(
    "name",
    ["data/pipe.trig", "ontology/pipe.ttl", "ontology/shapes/pipe.ttl", "queries/pipe.rq", "data/links/p.sssom.tsv"],
)
def test_a_pipe_is_not_waited_for(name, tmp_path):
    folder = write_small_project(tmp_path)
    (folder / name).parent.mkdir(exist_ok=True)
    os.mkfifo(folder / name)
    done = run_kg(folder, "validate")
    assert done.returncode == 3, done.stderr
    assert "not a regular file" in done.stderr


@pytest.mark.parametrize("name", [b"a\x1b[31mb.trig", b"a b#c.trig", b"a\xffb.trig"])
def test_a_name_of_a_file_may_be_anything(name, tmp_path):
    folder = write_small_project(tmp_path)
    path = folder / "data" / os.fsdecode(name)
    path.write_text("<http://e.example/a> <http://e.example/b> 1 .")
    done = run_kg(folder, "validate")
    assert done.returncode in (1, 3), done.stderr
    assert "\x1b" not in done.stderr + done.stdout


# What stands for entities that stand for entities: ten times more each time.
ENTITIES = "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in itertools.pairwise("abcdefghij"))
RDF_XML = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="https://e.example/">'
MANY = 100_000
ROWS = ("--iri", "https://e.example/{id}", "--column", "label=name")
RECORD = '{"id": 1, "name": '

# What a target is made of: the name of the file, what it holds, the options, and what is said.
TARGETS = {
    "entities": (
        "t.rdf",
        f'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">{ENTITIES}]>\n{RDF_XML}<e:a><e:b>&j;</e:b></e:a></rdf:RDF>',
        (),
        "t.rdf:2:105: entities that stand for",
    ),
    "entities in an attribute": (
        "t.rdf",
        f'<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">{ENTITIES}]>\n{RDF_XML}<e:a rdf:about="e:&j;"/></rdf:RDF>',
        (),
        "t.rdf:2:95: entities that stand for",
    ),
    "elements": ("t.rdf", RDF_XML + "\n<e:a><e:b>" * MANY + "</e:b></e:a>" * MANY + "</rdf:RDF>", (), "t.rdf:251:"),
    "triple terms": ("t.ttl", "<e:a> <e:b>\n" + "<<( <e:a> <e:b> " * MANY + "1", (), "t.ttl:2:"),
    "contexts": ("t.jsonld", '{"@context":\n' + '{"a": {"@context": ' * MANY, (), "t.jsonld:2:"),
    "lists": ("t.jsonld", '{"@id": "e:a", "e:b": ' + '{"@list": [\n' * MANY, (), "t.jsonld:250:"),
    "brackets in a line": ("t.jsonl", f"{RECORD}2}}\n{RECORD}{'[' * MANY}{']' * MANY}}}\n", ROWS, "t.jsonl:2:518:"),
    "braces in a line": ("t.jsonl", RECORD + '{"a":' * MANY, ROWS, "t.jsonl:1:"),
    "brackets in an array": ("t.json", f"[{RECORD}2}},\n{RECORD}{'[' * MANY}", ROWS, "t.json:2:"),
    "brackets of ROR": ("t.json", "[" * MANY, ("--kind", "ror"), "t.json:1:501:"),
    "digits": ("t.jsonl", f"{RECORD}{'9' * MANY}}}\n", ROWS, "t.jsonl:1:"),
    "a cell": ("t.csv", f"id,name\n1,a\n2,{'x' * 200_000}\n", ROWS, "t.csv:3:"),
    "a cell in a heading": ("t.csv", f"id,name,{'x' * 200_000}\n1,2,3\n", ROWS, "t.csv:1:"),
    "a quotation that is not ended": ("t.csv", 'id,name\n1,"' + "x,y\n" * MANY, ROWS, "t.csv:"),
    "a line": ("t.tsv", "id\tname\n1\t" + "x" * (17 << 20), ROWS, "t.tsv:2: the line has more than"),
}


def add(folder, path, *options):
    return run_kg(folder, "link", "targets", "add", "t", "--file", str(path), *options)


@pytest.mark.parametrize("case", TARGETS)
def test_a_hostile_target_is_refused_with_its_place(case, folder, tmp_path):
    name, text, options, said = TARGETS[case]
    (tmp_path / name).write_text(text, encoding="utf-8")
    done = add(folder, tmp_path / name, *options)
    assert (done.returncode, said in done.stderr) == (3, True), done.stderr[:500]
    assert len(done.stderr) < 1_000


@pytest.mark.parametrize("name", ["t.json.gz", "t.jsonl.gz", "t.csv.gz", "t.ttl.gz", "t.rdf.gz"])
def test_what_unpacks_to_a_thousand_times_its_size_is_refused(name, tmp_path):
    """Half a gigabyte in half a megabyte; there is one gigabyte of memory, most of which the imports take."""
    bomb = tmp_path / name
    # Members of gzip may follow each other (RFC 1952, section 2.2): the first one has no end of a line.
    first = {"t.json.gz": b"[ ", "t.csv.gz": b"id,name\n"}.get(name, b"")
    bomb.write_bytes(gzip.compress(first) + gzip.compress(b" " * (1 << 24)) * 32)
    folder = write_small_project(tmp_path / "project")
    options = ROWS if name.split(".")[1] in ("json", "jsonl", "csv") else ()
    command = [sys.executable, "-m", "kg", "--project", str(folder), "link", "targets", "add", "t", "--file", str(bomb)]
    done = subprocess.run(
        [*command, *options],
        env={"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30)),
    )
    assert done.returncode == 3, done.stderr[-500:]
    assert "times its own size" in done.stderr or "the line has more than" in done.stderr


RETIRED = {
    "brackets": ("r.json", "[" * MANY, "r.json:1:501:"),
    "brackets in a warning": ("r.json", '{"warnings": [\n' + '{"qid": ' * MANY, "r.json:2:"),
    "digits": ("r.json", "9" * MANY, "r.json:1"),
    "a cell": ("r.tsv", f"id\tstatus\tsuccessors\n{'x' * 200_000}\t\t\n", "r.tsv:2:"),
}


@pytest.mark.parametrize("case", RETIRED)
def test_a_hostile_list_of_retired_ids_is_refused_with_its_place(case, folder, tmp_path):
    name, text, said = RETIRED[case]
    (tmp_path / name).write_text(text, encoding="utf-8")
    done = run_kg(folder, "link", "check", "--retired", str(tmp_path / name))
    assert (done.returncode, said in done.stderr) == (3, True), done.stderr[:500]


@pytest.mark.parametrize("depth", [490, MANY])
def test_a_deep_frame_is_refused_with_its_file(depth, folder, tmp_path):
    (tmp_path / "frame.json").write_text('{"aigov:locatedIn":\n' * depth + "{}" + "}" * depth)
    done = run_kg(folder, "export", "-f", "json-ld", "--frame", str(tmp_path / "frame.json"))
    assert (done.returncode, "frame.json:" in done.stderr) == (3, True), done.stderr[:500]


def test_the_depth_of_texts_does_not_count(folder, tmp_path):
    text = "[" * 1_000 + '\\"{' * 100_000  # longer than what is read at once
    path = tmp_path / "t.jsonl"
    path.write_text("".join(f'{{"text": "{text}]", "id": {number}, "name": "a"}}\n' for number in range(2)))
    assert add(folder, path, *ROWS).returncode == 0
    path = tmp_path / "t.jsonld"
    label = '"http://www.w3.org/2000/01/rdf-schema#label": "a"'
    path.write_text(f'{{"@id": "https://e.example/a", "https://e.example/b": "{text}", {label}}}')
    assert add(folder, path).returncode == 0


VALUES = {
    "many digits": '"{0}"^^xsd:integer, "{0}"^^xsd:decimal, {0}, {0}.5'.format("9" * 5_000),
    "other types": ", ".join(
        f'"x"^^xsd:{name}' for name in ("integer", "decimal", "date", "gYear", "double", "boolean", "duration")
    ),
    "no days": '"2026-02-31"^^xsd:date, "-0001-13-01"^^xsd:date, "99999-01"^^xsd:gYearMonth',
    "no numbers": '"NaN"^^xsd:double, "INF"^^xsd:float, 1e9999, ""^^xsd:decimal',
}
READING = (
    "build",
    "validate",
    "validate --engine pyshacl",
    "build --reasoner owlrl --force",
    "describe id:lund",
    "query text SELECT*{?s?p?o} -f jsonl",
    "query text SELECT*{?s?p?o} -f table",
    "export -f csv",
    "export -f json-ld",
    "diff . data/sources.trig",
)


@pytest.mark.parametrize("case", VALUES)
def test_values_that_are_of_no_use_do_no_harm(case, tmp_path):
    folder = write_small_project(tmp_path)
    facts = folder / "data" / "facts.trig"
    text = facts.read_text(encoding="utf-8") + f"GRAPH note:p1s1 {{ id:lund aigov:members {VALUES[case]} . }}\n"
    facts.write_text(text + f'GRAPH note:p1s1 {{ id:lund{"9" * 5_000} rdfs:label "L"@en . }}\n', encoding="utf-8")
    for command in READING:
        done = run_kg(folder, *command.split(" "), cwd=folder)
        assert (done.returncode in range(5), "Traceback" in done.stderr) == (True, False), (command, done.stderr[-500:])


@pytest.mark.parametrize("value", ["9" * 5_000, "0.5", '"x"', "-7", "id:lund"])
def test_a_place_in_a_text_that_is_none_is_told(value, tmp_path):
    folder = write_small_project(tmp_path)
    sources = folder / "data" / "sources.trig"
    sources.write_text(sources.read_text(encoding="utf-8").replace("oa:start 0 ;", f"oa:start {value} ;", 1))
    for command in ("validate", "build", "sources coverage", "sources verify --text note.txt"):
        done = run_kg(folder, *command.split(" "), cwd=folder)
        assert done.returncode in range(5), (command, done.stderr)


def test_a_setting_of_many_digits_is_refused_with_its_file(tmp_path):
    folder = write_small_project(tmp_path)
    (folder / "kg.toml").write_text(f"title = {'9' * 5_000}\n")
    done = run_kg(folder, "stats")
    assert (done.returncode, "kg.toml: not valid TOML" in done.stderr) == (3, True), done.stderr
