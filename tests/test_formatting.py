"""`kg format`: one layout for Turtle and TriG that keeps the order and the comments, and changes no fact."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    parse,
    serialize,
)
from small_project import PREFIXES, run_kg, write_small_project

from kg.errors import InputError
from kg.files.turtle.formatter import formatted

RDF_FORMATS = {".ttl": RdfFormat.TURTLE, ".trig": RdfFormat.TRIG}
HEAD = "@prefix ex: <http://example.org/> .\n"


def format_text(folder, text, suffix=".trig"):
    """What a file with some text looks like when it is formatted."""
    path = folder / f"file{suffix}"
    path.write_bytes(text.encode())
    return formatted(path).decode()


def meaning(text, suffix=".trig"):
    """The quads of a text, with the blank node labels of RDFC-1.0."""
    dataset = Dataset(parse(text.encode(), format=RDF_FORMATS[suffix]))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return set(dataset)


MESSY = """\
PREFIX ex: <http://example.org/>   # ours
# The header
@prefix b: <http://b.example/>.
@prefix a: <http://a.example/> . # theirs
GRAPH  ex:g{ ex:s   a ex:Thing;ex:p ex:o ,"two"@en,'3'^^ex:d;;ex:q -1.5,true . # after
   # before the end
}


# Lists
ex:s ex:list ( ex:a [ ex:b ex:c ; ex:d ex:e.f ] () [] ) ; # why
   ex:t \"\"\"long # no comment
  text\"\"\" .
{ _:x a:b b:c }
"""
NEAT = """\
@prefix ex: <http://example.org/> . # ours

# The header
@prefix a: <http://a.example/> . # theirs
@prefix b: <http://b.example/> .

GRAPH ex:g {
    ex:s a ex:Thing ;
        ex:p ex:o, "two"@en, '3'^^ex:d ;
        ex:q -1.5, true . # after
    # before the end
}


# Lists
ex:s ex:list ( ex:a [ ex:b ex:c ; ex:d ex:e.f ] () [] ) ; # why
    ex:t \"\"\"long # no comment
  text\"\"\" .
{
    _:x a:b b:c .
}
"""


def test_the_layout(tmp_path):
    assert format_text(tmp_path, MESSY) == NEAT
    assert format_text(tmp_path, NEAT) == NEAT


def test_what_is_too_long_for_a_line_is_broken(tmp_path):
    names = [f"ex:a-name-of-some-length-{number}" for number in range(9)]
    text = format_text(tmp_path, f"{HEAD}ex:s ex:p {','.join(names)}; ex:q ({' '.join(names)}) , [ex:r ex:o] .")
    assert max(map(len, text.splitlines())) <= 120
    objects = "".join(f"\n        {name}," for name in names).removesuffix(",")
    assert f"ex:s ex:p{objects} ;\n    ex:q (\n        {names[0]} {names[1]} " in text
    assert text.endswith("\n    ), [ ex:r ex:o ] .\n")
    assert format_text(tmp_path, text) == text


def test_what_the_author_broke_stays_broken(tmp_path):
    text = f"{HEAD}\nex:s\n    ex:p\n        ex:a,\n        ex:b ;\n    ex:q [\n        ex:r ex:o\n    ] .\n"
    assert format_text(tmp_path, text) == text


@pytest.mark.parametrize(
    "statement",
    [
        "ex:s # why\n ex:p ex:o .",
        "ex:s ex:p # why\n ex:o .",
        "ex:s ex:p ex:o # why\n .",
        "ex:s ex:p ex:o ; # why\n .",
        "ex:s ex:p ex:o , # why\n ex:o2 .",
        "ex:s ex:p [ # why\n ex:q ex:o # and why\n ; # and more\n ] .",
        "ex:s ex:p ( ex:a # why\n ex:b # and why\n ) .",
        "GRAPH ex:g { # why\n ex:s ex:p ex:o # and why\n } # and more",
        "ex:s ex:p ex:o . # why\n# and why",
        "# why\n\n\n\n\n# and why",
    ],
)
def test_comments_are_kept_wherever_they_stand(tmp_path, statement):
    result = format_text(tmp_path, HEAD + statement)
    assert re.findall("# .*", result) == re.findall("# .*", statement)
    assert meaning(result) == meaning(HEAD + statement)
    assert format_text(tmp_path, result) == result


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("@prefix ex: # why\n <http://example.org/> .", "1:13"),
        (f'{HEAD}ex:s ex:p "1"^^ # why\n ex:d .', "2:17"),
        (f'{HEAD}ex:s ex:p "1" # why\n ^^ex:d .', "2:15"),
        (f'{HEAD}ex:s ex:p "1" # why\n @en .', "2:15"),
        (f"{HEAD}GRAPH # why\n ex:g {{}}", "2:7"),
    ],
)
def test_a_comment_that_would_lose_its_place_is_refused(tmp_path, text, place):
    with pytest.raises(InputError, match=f"file[.]trig:{place}: kg format cannot keep a comment within"):
        format_text(tmp_path, text)


@pytest.mark.parametrize("text", ["ex:s ex:p <<( ex:a ex:b ex:c )>> .", "ex:s ex:p ex:o {| ex:q ex:r |} ."])
def test_triple_terms_are_refused(tmp_path, text):
    with pytest.raises(InputError, match=r"file[.]ttl:2:.*does not support the syntax"):
        format_text(tmp_path, HEAD + text, ".ttl")


def test_prefixes_are_sorted_where_that_changes_nothing(tmp_path):
    text = "@prefix b: <http://3/> .\n@prefix a: <http://2/> .\n@prefix b: <http://1/> .\n@base <http://4/> .\n"
    result = format_text(tmp_path, text + "@prefix a: <5/> .\nb:s b:p a:o .")
    assert re.findall("http://.|<5/>", result) == ["http://2", "http://3", "http://1", "http://4", "<5/>"]
    assert meaning(result) == {Quad(*map(NamedNode, ("http://1/s", "http://1/p", "http://4/5/o")))}


def test_line_ends_of_windows(tmp_path):
    result = format_text(tmp_path, f'{HEAD}# why\r\nex:s ex:p """a\r\nb""" ;\r\n  ex:q ex:o .\r\n')
    assert result == f'{HEAD}\n# why\nex:s ex:p """a\r\nb""" ;\n    ex:q ex:o .\n'


# Random graphs, written by pyoxigraph, and scattered over lines with comments between the tokens.

nodes = st.sampled_from(
    [NamedNode(f"http://example.org/{name}") for name in ("a", "é", "e\u0301", "😀", "b.c", "x,y", "")]
)
blank_nodes = st.sampled_from([BlankNode(name) for name in "abc"])
literals = st.one_of(
    st.builds(Literal, st.text(st.characters(exclude_categories=["Cs"]), max_size=8)),
    st.builds(
        Literal, st.sampled_from(["# no comment", "[ ; ]", '"""', "'"]), language=st.sampled_from(["en", "zh-Hans"])
    ),
    st.integers().map(Literal),
    st.floats(allow_nan=False, allow_infinity=False).map(Literal),
    st.booleans().map(Literal),
    st.builds(Literal, st.just("1"), datatype=nodes),
)
quads = st.lists(
    st.builds(Quad, nodes | blank_nodes, nodes, nodes | blank_nodes | literals, nodes | st.just(DefaultGraph())),
    max_size=12,
)
PREFIX_NAMES = {"ex": "http://example.org/", "xsd": "http://www.w3.org/2001/XMLSchema#"}


@given(quads)
def test_formatting_changes_no_graph_and_twice_is_once(tmp_path_factory, found):
    text = serialize(found, format=RdfFormat.TRIG, prefixes=PREFIX_NAMES).decode()
    folder = tmp_path_factory.mktemp("random")
    result = format_text(folder, text)
    assert meaning(result) == meaning(text)
    assert format_text(folder, result) == result


terms = st.sampled_from(
    ["ex:a", "ex:b.c", "<http://example.org/é>", "1.5", '"x # y"@en', "'''a\nb'''", "_:n", "ex:\\,\\;"]
)
trees = st.recursive(
    terms,
    lambda inner: st.one_of(
        st.lists(inner, max_size=9).map(lambda items: f"( {' '.join(items)} )"),
        st.lists(inner, max_size=4).map(lambda items: f"[ {' ; '.join('ex:p ' + item for item in items)} ]"),
        st.lists(inner, min_size=1, max_size=4).map(lambda items: f"[ a {' , '.join(items)} ; ]"),
    ),
    max_leaves=30,
)
statements = st.lists(trees, min_size=1, max_size=4).map(
    lambda items: f"ex:s {' ; '.join('ex:p ' + i for i in items)} ."
)
gaps = st.lists(st.sampled_from([" ", " ", " ", "\n", "\n\n\n", " # c\n", "\n# c\n# d\n"]), min_size=1)


@given(st.lists(statements, max_size=4), gaps)
def test_any_layout_with_comments_keeps_them_and_its_meaning(tmp_path_factory, found, between):
    # Each blank between two tokens becomes one of the gaps in turn; blanks within literals are no such.
    tokens = " ".join(found).replace("x # y", "x_#_y").split(" ")
    text = HEAD + "".join(token + between[number % len(between)] for number, token in enumerate(tokens))
    folder = tmp_path_factory.mktemp("random")
    result = format_text(folder, text)
    assert meaning(result) == meaning(text)
    assert re.findall("# [cd]$", result, re.MULTILINE) == re.findall("# [cd]$", text, re.MULTILINE)
    assert format_text(folder, result) == result


# The command


@pytest.fixture
def project(tmp_path):
    return write_small_project(tmp_path / "project")


def test_check_names_the_files_that_would_change_and_writes_none(project):
    facts, before = project / "data" / "facts.trig", (project / "data" / "facts.trig").read_bytes()
    done = run_kg(project, "format", "--check")
    assert done.returncode == 1
    assert str(facts) in done.stdout.splitlines()
    assert facts.read_bytes() == before


def test_format_rewrites_the_project_once(project):
    exported = run_kg(project, "export", "-f", "nquads").stdout
    assert run_kg(project, "format").returncode == 0
    assert run_kg(project, "format", "--check").returncode == 0
    done = run_kg(project, "format")
    assert (done.stdout, done.stderr) == ("", "0 of 3 files changed.\n")
    assert run_kg(project, "export", "-f", "nquads").stdout == exported


def test_files_and_folders_can_be_named(project):
    facts = project / "data" / "facts.trig"
    assert run_kg(project, "format", str(facts)).stdout == f"{facts}\n"
    assert (
        run_kg(project, "format", "--check", str(project / "data")).stdout == f"{project / 'data' / 'sources.trig'}\n"
    )


@pytest.mark.parametrize(("name", "status"), [("nothing.ttl", 2), ("note.txt", 2), ("broken.ttl", 3)])
def test_what_cannot_be_formatted(project, name, status):
    (project / "broken.ttl").write_text(PREFIXES + "id:lund a", encoding="utf-8")
    done = run_kg(project, "format", str(project / "data"), str(project / name))
    assert done.returncode == status
    assert name in done.stderr
    assert run_kg(project, "format", "--check", str(project / "data")).returncode == 1, "nothing was written"


def test_brackets_without_end_are_refused_with_their_place(tmp_path):
    """Each pair is a call of a function that calls itself."""
    with pytest.raises(InputError, match=r"3:711: more than 100 nested brackets"):
        format_text(tmp_path, f"{HEAD}\nex:s ex:p {'[ ex:p ' * 150}ex:o {']' * 150} .", ".ttl")


def test_the_files_of_this_graph_are_formatted():
    root = Path(__file__).parent.parent
    done = run_kg(root, "format", "--check")
    assert (done.returncode, done.stdout) == (0, "")
