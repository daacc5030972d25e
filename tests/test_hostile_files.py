"""Files that would take a machine down, or an exception out of a library: each is refused with its place, at once."""

import itertools
import os

import pytest
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


@pytest.mark.parametrize("name", ["data/pipe.trig", "ontology/pipe.ttl", "queries/pipe.rq", "data/links/p.sssom.tsv"])
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
