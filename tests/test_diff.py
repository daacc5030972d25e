"""Differences: none under renaming and reordering, applied to the one they give the other, and told by entity."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, parse
from small_project import AIGOV, ID, NOTE, run_kg, write_small_project
from test_export import as_nquads, canonical, graphs

from kg.diff.compare import compare
from kg.diff.snapshots import Snapshot
from kg.files.project import find_project
from kg.files.reading import read_project
from kg.files.template import new_project
from kg.rdf.canonical import with_stable_names
from kg.render.diff import as_json

ROOT = Path(__file__).parent.parent
PREDICATE = NamedNode("http://example.org/new")


def snapshot(quads, shapes=None):
    return Snapshot("graph", tuple(quads), shapes, frozenset(), {})


def delta(before, after):
    found = compare(snapshot(before), snapshot(after)).graph
    return found.removed, found.added


def relabelled(quads, prefix="other"):
    """The same quads with other names of blank nodes."""

    def renamed(term):
        return BlankNode(prefix + term.value) if isinstance(term, BlankNode) else term

    return [Quad(renamed(q.subject), q.predicate, renamed(q.object), q.graph_name) for q in quads]


def applied(lines, quads):
    """Apply the `quads` part of a difference in JSON, as its description says."""
    removed, added = (
        set(parse("\n".join(lines[key]), format=RdfFormat.N_QUADS, rename_blank_nodes=False))
        for key in ("removed", "added")
    )
    named = with_stable_names(quads)
    assert removed <= named
    assert added.isdisjoint(named)
    return (named - removed) | added


@given(graphs, st.randoms(use_true_random=False))
def test_a_graph_does_not_differ_from_itself_with_other_names_and_another_order(quads, chance):
    other = relabelled(quads)
    chance.shuffle(other)
    difference = compare(snapshot(quads), snapshot(other))
    assert not difference
    assert not any(difference.sections.values())


@given(graphs, graphs)
def test_a_difference_applied_to_the_one_gives_the_other(before, after):
    difference = compare(snapshot(before), snapshot(after))
    document = json.loads(as_json(difference))
    assert canonical(applied(document["quads"]["graph"], before)) == canonical(after)
    assert bool(difference) == document["different"] == (canonical(before) != canonical(after))


@given(graphs)
def test_every_changed_fact_of_a_named_node_is_told_once(quads):
    difference = compare(snapshot(quads), snapshot([]))
    told = [
        Quad(entity.node, fact.predicate, fact.value, fact.graph)
        for name in ("data", "evidence")
        for entity in difference.sections[name]
        for fact in entity.facts
    ]
    named = {quad for quad in difference.graph.removed if not isinstance(quad.subject, BlankNode)}
    assert len(told) == len(set(told))
    assert named <= set(told) <= difference.graph.removed


@given(graphs)
def test_a_new_blank_node_leaves_the_others_alone(quads):
    removed, added = delta(quads, [*quads, Quad(BlankNode("new"), PREDICATE, Literal("new"))])
    assert not removed
    assert [(quad.predicate, quad.object) for quad in added] == [(PREDICATE, Literal("new"))]


def test_a_second_copy_of_a_blank_node_is_a_change():
    one = [Quad(NamedNode(ID + "a"), PREDICATE, BlankNode("x")), Quad(BlankNode("x"), PREDICATE, Literal("1"))]
    assert delta(one, relabelled(one)) == (frozenset(), frozenset())
    removed, added = delta(one, one + relabelled(one))
    assert (len(removed), len(added)) == (0, 2)


def test_a_circle_of_blank_nodes_is_told():
    circle = [Quad(BlankNode(a), PREDICATE, BlankNode(b)) for a, b in ("ab", "bc", "ca")]
    (entity,) = compare(snapshot([]), snapshot(circle)).sections["data"]
    assert entity.change == "added"
    assert "[…]" in json.loads(as_json(compare(snapshot([]), snapshot(circle))))["data"][0]["label"]


# A project with a history


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8", newline="")


def git(folder, *arguments):
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def commit(folder, message):
    git(folder, "add", ".")
    git(folder, "commit", "-qm", message)


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """The small project in a folder of a repository; two commits, in the second of which everything changes a bit."""
    repository = tmp_path_factory.mktemp("repository")
    folder = write_small_project(repository / "small")
    shape = (
        "@prefix sh: <http://www.w3.org/ns/shacl#> .\n<urn:shape> a sh:NodeShape ; sh:property [ sh:path <urn:{}> ] ."
    )
    (folder / "ontology" / "shapes.ttl").write_text(shape.format("one"), encoding="utf-8")
    git(repository, "init", "-q")
    commit(repository, "first")
    facts, ontology = folder / "data" / "facts.trig", folder / "ontology" / "small.ttl"
    edit(facts, "aigov:members 12", "aigov:members 14")
    edit(facts, 'id:sweden a aigov:Country ; rdfs:label "Sweden"@en .', "")
    edit(facts, "id:lund aigov:locatedIn id:sweden .", "id:pond a aigov:Place ; rdfs:label 'Pond'@en .")
    # Read in one more sentence, so that it holds before and after.
    edit(
        facts,
        'skos:altLabel "LC"@en',
        'skos:altLabel "LC"@en .\n    id:river-council aigov:seatedIn id:lund .\n'
        '    id:lake-council skos:altLabel "Lakes"@en',
    )
    edit(folder / "data" / "sources.trig", "aigov:authorsOpinion ; aigov:speaker id:author", "aigov:officialStatement")
    edit(ontology, "( aigov:Organization aigov:Person aigov:Place )", "( aigov:Organization aigov:Person )")
    (folder / "ontology" / "shapes.ttl").write_text(shape.format("two"), encoding="utf-8")
    commit(repository, "second")
    return folder


def entries(text, title):
    """The entries below a title of the text, each with its lines."""
    section = next(part for part in text.split("\n\n") if part.startswith(title))
    found = {}
    for line in section.splitlines()[1:]:
        if line.startswith("      "):
            found[list(found)[-1]].append(line.strip())
        else:
            found[line.strip()] = []
    return found


def test_changes_are_told_by_entity_and_kind(history):
    done = run_kg(history, "diff", "HEAD~1", "HEAD")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("HEAD~1 → HEAD\n")
    assert entries(done.stdout, "Statuses") == {
        "~ note:p2s2: author's opinion → aigov:officialStatement  [5 facts]": []
    }
    assert entries(done.stdout, "Entities") == {
        "~ Lake Council  id:lake-council": ['+ skos:altLabel: "Lakes"@en  [lc:p1s1]'],
        "~ Lund  id:lund": ["- located in: Sweden  [note:p2s2]"],
        "+ Pond  id:pond": ["+ is a: place  [note:p2s2]", '+ rdfs:label: "Pond"@en  [note:p2s2]'],
        "~ River Council  id:river-council": [
            "- members: 12  [note:p1s1]",
            "+ members: 14  [note:p1s1]",
            "+ seated in: Lund  [lc:p1s1; held before]",
        ],
        "- Sweden  id:sweden": ["- is a: country  [note:p2s2]", '- rdfs:label: "Sweden"@en  [note:p2s2]'],
    }
    assert entries(done.stdout, "Passages and sources") == {
        "~ note:p2s2": [
            "- aigov:speaker: author of the note",
            "- status: author's opinion",
            "+ status: aigov:officialStatement",
        ]
    }
    assert entries(done.stdout, "Ontology") == {
        "- []": ["- is a: owl:AllDisjointClasses", "- owl:members: (organization, person, place)"],
        "+ []": ["+ is a: owl:AllDisjointClasses", "+ owl:members: (organization, person)"],
    }
    assert entries(done.stdout, "Shapes") == {
        "~ <urn:shape>": ["- sh:property: [sh:path: <urn:one>]", "+ sh:property: [sh:path: <urn:two>]"]
    }


def test_what_follows_begins_and_ceases_to_hold(history):
    done = run_kg(history, "diff", "HEAD", "HEAD~1")
    assert entries(done.stdout, "Inferred") == {
        "~ River Council  id:river-council": ["+ located in: Sweden"],
        "+ Sweden  id:sweden": ["+ is a: place", "+ location of: Lund", "+ location of: River Council"],
    }


def test_without_a_second_name_the_project_as_it_is_now_is_compared(history, tmp_path):
    folder = tmp_path / "small"
    shutil.copytree(history.parent / ".git", tmp_path / ".git")
    shutil.copytree(history, folder)
    assert run_kg(folder, "diff", "HEAD").returncode == 0
    assert run_kg(folder, "diff", "HEAD", str(folder)).stdout == f"HEAD → {folder}\nno difference\n"
    edit(folder / "data" / "facts.trig", "Pond", "Pool")
    done = run_kg(folder, "diff", "HEAD")
    assert done.returncode == 1
    assert entries(done.stdout, "Entities") == {
        "~ Pool  id:pond": ['- rdfs:label: "Pond"@en  [note:p2s2]', '+ rdfs:label: "Pool"@en  [note:p2s2]']
    }


def test_json_of_two_folders_can_be_applied(history, tmp_path):
    before = write_small_project(tmp_path / "before")
    path = tmp_path / "change.json"
    assert run_kg(before, "diff", str(before), str(history), "-o", str(path)).returncode == 1
    document = json.loads(path.read_text(encoding="utf-8"))
    old, new = (read_project(find_project(folder)).quads for folder in (before, history))
    assert canonical(applied(document["quads"]["graph"], old)) == canonical(new)
    assert document["quads"]["shapes"]["removed"] == []
    assert len(document["quads"]["shapes"]["added"]) == 3
    assert document["statuses"] == [
        {
            "evidence": NOTE + "p2s2",
            "before": [AIGOV + "authorsOpinion"],
            "after": [AIGOV + "officialStatement"],
            "facts": 5,
        }
    ]
    (pond,) = [entity for entity in document["data"] if entity["change"] == "added"]
    assert pond["node"] == {"type": "uri", "value": ID + "pond"}
    assert {"property": AIGOV + "locatedIn", "change": "removed"}.items() <= document["inferred"][0]["facts"][0].items()


def test_markdown_for_a_pull_request(history, tmp_path):
    path = tmp_path / "change.md"
    run_kg(history, "diff", "HEAD~1", "HEAD", "-o", str(path))
    blocks = path.read_text(encoding="utf-8").split("\n\n")
    assert blocks[0] == "### `HEAD~1` → `HEAD`"
    assert "- note:p2s2: author's opinion → aigov:officialStatement \\[5 facts\\]" in blocks
    shapes = blocks.index("#### Shapes: 1 changed, +1 fact, -1 fact")
    assert blocks[shapes + 1].splitlines() == [
        "```diff",
        "@@ ~ <urn:shape> @@",
        "- sh:property: [sh:path: <urn:one>]",
        "+ sh:property: [sh:path: <urn:two>]",
        "```",
    ]
    assert "<details><summary>Inferred: -4 facts</summary>" in blocks
    assert run_kg(history, "diff", "HEAD", "HEAD", "-f", "markdown").stdout.splitlines()[-1] == "No difference."


def test_files_are_compared_by_what_they_say(tmp_path, folder):
    quads = read_project(find_project(folder)).quads
    before, after = tmp_path / "before.nq", tmp_path / "after.nq"
    before.write_text(as_nquads(quads), encoding="utf-8")
    after.write_text(as_nquads(reversed(relabelled(quads))), encoding="utf-8")
    assert run_kg(folder, "diff", str(before), str(after)).returncode == 0
    assert run_kg(folder, "diff", str(before)).returncode == 0
    after.write_text(as_nquads(quads[1:]), encoding="utf-8")
    assert run_kg(folder, "diff", str(before), str(after)).returncode == 1


def test_the_graph_of_an_ontology_is_known_in_a_single_file(tmp_path):
    before, after = tmp_path / "before.ttl", tmp_path / "after.ttl"
    before.write_text("<urn:o> a <http://www.w3.org/2002/07/owl#Ontology> .", encoding="utf-8")
    after.write_text("<urn:o> a <http://www.w3.org/2002/07/owl#Ontology> . <urn:a> <urn:p> 1.0 .", encoding="utf-8")
    done = run_kg(ROOT, "diff", str(before), str(after))
    assert entries(done.stdout, "Ontology") == {"+ <urn:a>": ['+ <urn:p>: "1.0"^^xsd:decimal']}


def test_two_things_of_one_label_are_told_apart(tmp_path):
    before, after = tmp_path / "before.trig", tmp_path / "after.trig"
    lakes = '@prefix : <urn:x:> . :a <http://www.w3.org/2000/01/rdf-schema#label> "Lake" .'
    lakes += ' :b <http://www.w3.org/2000/01/rdf-schema#label> "Lake" . :c :near :{} .'
    before.write_text(lakes.replace("{}", "a"), encoding="utf-8")
    after.write_text(lakes.replace("{}", "b"), encoding="utf-8")
    done = run_kg(ROOT, "diff", str(before), str(after))
    assert entries(done.stdout, "Entities") == {"~ :c": ["- :near: Lake (:a)", "+ :near: Lake (:b)"]}


# What cannot be compared


def test_an_unknown_revision(history, folder):
    done = run_kg(history, "diff", "mian")
    assert done.returncode == 2
    assert "hint: did you mean main?" in done.stderr
    done = run_kg(history, "diff", "HEAD~7")
    assert done.returncode == 2
    assert "git log --oneline" in done.stderr
    done = run_kg(folder, "diff", "HEAD")
    assert done.returncode == 2
    assert "not a git repository" in done.stderr


def test_a_revision_without_the_project(tmp_path):
    folder = write_small_project(tmp_path / "small")
    git(tmp_path, "init", "-q")
    (tmp_path / "note.txt").write_text("first", encoding="utf-8")
    git(tmp_path, "add", "note.txt")
    git(tmp_path, "commit", "-qm", "first")
    done = run_kg(folder, "diff", "HEAD")
    assert done.returncode == 2
    assert "the revision HEAD has no project" in done.stderr


def test_without_git(history, tmp_path):
    done = run_kg(history, "diff", "HEAD", PATH=str(tmp_path))
    assert done.returncode == 4
    assert "install git" in done.stderr


def test_a_syntax_error_is_told_with_its_place(tmp_path):
    folder = write_small_project(tmp_path)
    (folder / "data" / "facts.trig").write_text("<urn:a> <urn:b> .\n", encoding="utf-8")
    git(folder, "init", "-q")
    commit(folder, "first")
    done = run_kg(folder, "diff", "HEAD")
    assert done.returncode == 3
    assert done.stderr.startswith("error: HEAD:data/facts.trig:1:")
    done = run_kg(folder, "diff", str(folder / "data" / "facts.trig"))
    assert done.returncode == 3
    assert f"{folder}/data/facts.trig:1:" in done.stderr


def test_the_readme_shows_what_the_command_prints(tmp_path):
    new_project(tmp_path / "town")
    folder = tmp_path / "town"
    git(folder, "init", "-q")
    commit(folder, "first")
    quay = 'id:new-quay .\n\n    id:new-quay a town:District ;\n        rdfs:label "New Quay"@en .'
    edit(folder / "data" / "facts.trig", "town:standsIn id:old-harbour .", f"town:standsIn {quay}")
    sources = folder / "data" / "sources.trig"
    head, passage, tail = sources.read_text(encoding="utf-8").rpartition("aigov:reportedFact")
    sources.write_text(f"{head}{passage.replace('reportedFact', 'authorsOpinion')}{tail}", encoding="utf-8")
    commit(folder, "second")
    done = run_kg(folder, "diff", "HEAD~1", "HEAD")
    assert f"$ kg diff HEAD~1 HEAD\n{done.stdout}```\n" in (ROOT / "README.md").read_text(encoding="utf-8")
