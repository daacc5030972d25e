"""`kg new`: a small project on which every command works, and which grows fact by fact."""

import json
import re
from hashlib import sha256

import pytest
import yaml
from small_project import run_kg

from kg.formats import EXPORTS


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A new project, for tests that change nothing in it."""
    folder = tmp_path_factory.mktemp("new") / "town"
    assert run_kg(folder.parent.parent, "new", str(folder)).returncode == 0
    return folder


@pytest.fixture
def own(tmp_path):
    """A new project, to be changed."""
    assert run_kg(tmp_path, "new", str(tmp_path / "own")).returncode == 0
    return tmp_path / "own"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("build", ""),
        ("validate --fail-on info", "0 violations, 0 warnings"),
        ("validate --mutate", "(mutants) caught"),  # exits 1 where the shapes let a fault pass without a reason
        ("validate --engine pyshacl --fail-on info", "0 violations, 0 warnings"),
        ("query list", "within"),
        ("query show within", "$place"),
        ("query run museums", "Tidal Museum"),
        ("query run within -p place=Millhaven --cite -f markdown", "paragraph 1, sentence 2"),
        ("query run within --explain", "prp-trp"),
        ("query text SELECT(COUNT(*)AS?n){?s?p?o}", "?n"),
        ("describe Millhaven", "Old Harbour  [2]"),
        ("search harbor", "Old Harbour"),
        ("explain id:tidal-museum within Millhaven", "prp-trp: transitive property"),
        *((f"export -f {name}", "museum") for one in EXPORTS if (name := one.name) != "context"),
        ("export -f context", "@context"),
        ("sources list", "A walk through Millhaven"),
        ("sources coverage", "Millhaven; Old Harbour"),
        ("stats", "inferred"),
        ("prefixes", "https://example.org/town/ontology#"),
        ("doctor", "1 shapes, 2 data"),
        ("format --check", ""),
        ("sources cite", "@misc{walk"),
        ("tour", "What is within a place, directly or by way of another?"),
    ],
)
def test_every_command_works_on_it(town, arguments, expected):
    run_kg(town, "build")
    done = run_kg(town, *arguments.split(" "))
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout


def test_a_release_a_comparison_and_a_page_of_it(town, tmp_path):
    run_kg(town, "build")
    assert run_kg(town, "export", "--release", str(tmp_path / "release")).returncode == 0
    assert (tmp_path / "release" / "SHA256SUMS").exists()
    assert run_kg(town, "diff", str(town), str(town)).stdout.endswith("no difference\n")
    assert run_kg(town, "docs", str(tmp_path / "site")).returncode == 0
    assert "museum" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


def test_the_passages_are_those_of_its_text(town):
    done = run_kg(town, "sources", "verify", "--text", str(town / "text.txt"))
    assert done.returncode == 0
    assert "2 of 2 passages" in done.stdout
    assert run_kg(town, "validate", "--fail-on", "info", "--text", str(town / "text.txt")).returncode == 0


def test_what_it_says_to_type_next_works(tmp_path):
    done = run_kg(tmp_path, "new", str(tmp_path / "my town"))
    listed = done.stdout.splitlines()
    assert {str(path) for path in (tmp_path / "my town").rglob("*") if path.is_file()} == set(listed)
    assert f"cd '{tmp_path / 'my town'}'" in done.stderr
    for command in re.findall("kg (.*)", done.stderr):
        assert (
            run_kg(tmp_path / "my town", *command.replace("'Tidal Museum'", "id:tidal-museum").split()).returncode == 0
        )


def test_the_commands_of_its_check_and_its_readme_are_commands(town):
    workflow = yaml.safe_load((town / ".github" / "workflows" / "check.yml").read_text(encoding="utf-8"))
    steps = [step["run"] for step in workflow["jobs"]["check"]["steps"] if step.get("run", "").startswith("kg ")]
    assert [step.split()[1] for step in steps] == ["format", "validate", "build"]
    for step in steps:
        assert run_kg(town, *step.split()[1:]).returncode == 0
    named = set(re.findall("kg ([a-z]+)", (town / "README.md").read_text(encoding="utf-8")))
    for command in named:
        assert run_kg(town, command, "--help").returncode == 0, command


def test_what_is_there_is_never_overwritten(own):
    facts = own / "data" / "facts.trig"
    facts.write_text("mine", encoding="utf-8")
    for target in (own, facts):
        done = run_kg(own, "new", str(target))
        assert done.returncode == 2
        assert "exists and is not an empty folder" in done.stderr
    assert facts.read_text(encoding="utf-8") == "mine"


def test_an_empty_folder_will_do_and_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "empty").mkdir()
    assert run_kg(tmp_path, "new", str(tmp_path / "empty")).returncode == 0
    (tmp_path / "file").touch()
    done = run_kg(tmp_path, "new", str(tmp_path / "file" / "below"))
    assert done.returncode == 4
    assert "cannot write" in done.stderr


def test_a_fact_that_is_not_as_the_shapes_ask_is_found(own):
    facts = own / "data" / "facts.trig"
    text = facts.read_text(encoding="utf-8")
    facts.write_text(
        text.replace("        town:standsIn id:old-harbour .", '        rdfs:label "Museum"@de .'), encoding="utf-8"
    )
    done = run_kg(own, "validate")
    assert done.returncode == 1
    assert "Say in which one place the museum stands" in done.stdout


def test_the_namespace_can_be_replaced_in_all_files(own):
    """As its README says; also within patterns of the shapes."""
    for path in (path for path in own.rglob("*") if path.is_file()):
        path.write_text(
            path.read_text(encoding="utf-8").replace("https://example.org/town/", "https://graph.example/mine/"),
            encoding="utf-8",
        )
    done = run_kg(own, "validate", "--fail-on", "info")
    assert (done.returncode, done.stdout) == (0, "0 violations, 0 warnings\n"), done.stdout


def test_a_circle_is_found(own):
    with (own / "data" / "facts.trig").open("a", encoding="utf-8") as file:
        file.write("GRAPH walk:p1s1 { id:millhaven town:within id:old-harbour }\n")
    done = run_kg(own, "validate")
    assert done.returncode == 1
    assert "break the circle" in done.stdout


def test_from_a_new_project_to_an_explained_and_cited_answer_of_ones_own(own):
    """A sentence is added to the text, described as a passage, and read; what follows from it is explained."""
    text, sentence = own / "text.txt", "The Lamp Gallery stands in the Old Harbour, too."
    with text.open("a", encoding="utf-8", newline="") as file:
        file.write(sentence + "\n")
    assert "not read" in run_kg(own, "sources", "verify", "--text", str(text)).stdout

    place = run_kg(own, "sources", "locate", "--text", str(text), "The Lamp ... too.").stdout
    paragraph, start, end, digest = re.findall(r'(?:paragraph|start|end|sha256) "?(\w+)', place)
    assert digest == sha256(sentence.encode()).hexdigest()
    sources, facts = own / "data" / "sources.trig", own / "data" / "facts.trig"
    described = sources.read_text(encoding="utf-8")
    described = re.sub('textSha256 ".*"', f'textSha256 "{sha256(text.read_bytes()).hexdigest()}"', described)
    sources.write_text(
        f"""{described}
        GRAPH <https://example.org/town/graph/sources> {{
            walk:p2s1 a aigov:Passage ; aigov:inSource src:walk ; aigov:status aigov:authorsOpinion ;
                aigov:paragraph {paragraph} ; aigov:sentence 1 ; aigov:sha256 "{digest}" ;
                oa:hasSelector walk:p2s1-position .
            walk:p2s1-position a oa:TextPositionSelector ; oa:start {start} ; oa:end {end} .
        }}
        """,
        encoding="utf-8",
    )
    with facts.open("a", encoding="utf-8") as file:
        file.write(
            """GRAPH walk:p2s1 {
                id:lamp-gallery a town:Museum ; rdfs:label "Lamp Gallery"@en ; town:standsIn id:old-harbour }"""
        )

    assert run_kg(own, "format").returncode == 0
    assert run_kg(own, "validate", "--fail-on", "warning", "--text", str(text)).returncode == 0
    assert run_kg(own, "build").returncode == 0
    answer = json.loads(run_kg(own, "query", "run", "within", "--cite", "-f", "json").stdout)
    evidence = {row["label"]["value"]: row["evidence"]["value"] for row in answer["results"]["bindings"]}
    assert re.findall("#p.s.", evidence["Lamp Gallery"]) == ["#p1s2", "#p2s1"]
    proof = " ".join(run_kg(own, "explain", "Lamp Gallery", "within", "Millhaven").stdout.split())
    assert "Lamp Gallery · stands in · Old Harbour [2]" in proof
    assert "[2] author's opinion: A walk through Millhaven, paragraph 2, sentence 1 (walk:p2s1)" in proof
