"""Incremental builds: after any edit, the store and the findings are those of a build from nothing."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import CanonicalizationAlgorithm, Dataset, RdfFormat, Store, parse
from search import examples
from small_project import AIGOV, ID, PREFIXES, write_small_project

import kg.build.pipeline
from kg.build.pipeline import BuildOptions, BuildReport, build
from kg.files.project import Project
from kg.findings import Finding
from kg.validation.shacl.dependencies import Dependencies, UnfollowedError
from kg.validation.shacl.shapes_graph import ShapesGraph

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .

<https://e.example/shapes> sh:declare
    [ sh:prefix "aigov" ; sh:namespace "https://w3id.org/aigov-kg/ontology#"^^xsd:anyURI ] .

[] a sh:NodeShape ; sh:targetClass aigov:Place ; sh:severity sh:Warning ;
    sh:closed true ; sh:ignoredProperties ( rdf:type rdfs:label aigov:locatedIn ) ;
    sh:property [ sh:path aigov:locatedIn ; sh:class aigov:Place ; sh:maxCount 1 ; sh:severity sh:Warning ] ,
        [ sh:path ( aigov:locatedIn aigov:locatedIn ) ; sh:maxCount 1 ; sh:severity sh:Warning ] ,
        [ sh:path ( rdfs:label [ sh:inversePath rdfs:label ] ) ; sh:maxCount 1 ; sh:severity sh:Warning ] ,
        [ sh:path [ sh:inversePath aigov:seatedIn ] ; sh:maxCount 1 ; sh:severity sh:Warning ] .

[] a sh:NodeShape ; sh:targetSubjectsOf aigov:seatedIn ; sh:severity sh:Warning ;
    sh:property [ sh:path aigov:seatedIn ; sh:severity sh:Warning ;
        sh:node [ sh:property [ sh:path aigov:locatedIn ; sh:class aigov:Country ; sh:minCount 1 ] ] ] ;
    sh:or ( [ sh:class aigov:Organization ] [ sh:not [ sh:path aigov:praises ; sh:minCount 1 ] ] ) .

[] a sh:NodeShape ; sh:targetObjectsOf rdf:type ; sh:nodeKind sh:IRI ; sh:severity sh:Warning ;
    sh:property [ sh:path rdfs:label ; sh:minCount 1 ; sh:severity sh:Warning ] .

[] a sh:NodeShape ; sh:targetClass aigov:Organization ; sh:severity sh:Warning ;
    sh:sparql [ sh:prefixes <https://e.example/shapes> ; sh:select \"\"\"
        SELECT $this ?value WHERE {
            $this aigov:members ?members ; aigov:seatedIn ?value FILTER(?members > 1)
        }\"\"\" ] .
"""
WHOLE_GRAPH_SHAPE = """
[] a <http://www.w3.org/ns/shacl#NodeShape> ; <http://www.w3.org/ns/shacl#targetClass> aigov:Place ;
    <http://www.w3.org/ns/shacl#severity> <http://www.w3.org/ns/shacl#Warning> ;
    <http://www.w3.org/ns/shacl#sparql> [ <http://www.w3.org/ns/shacl#select> \"\"\"
        SELECT $this WHERE { ?someone <https://w3id.org/aigov-kg/ontology#praises> ?something }\"\"\" ] .
"""
# The values of one property are held against the shape of the values of another one.
DISJOINT_SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
[] a sh:NodeShape ; sh:targetClass aigov:Organization ;
    sh:property [ sh:path aigov:seatedIn ; sh:severity sh:Warning ; sh:qualifiedValueShapesDisjoint true ;
        sh:qualifiedMinCount 1 ; sh:qualifiedValueShape [ sh:class aigov:Place ] ] ;
    sh:property [ sh:path aigov:praises ; sh:severity sh:Warning ; sh:qualifiedValueShapesDisjoint true ;
        sh:qualifiedMaxCount 9 ; sh:qualifiedValueShape [ sh:property [ sh:path aigov:praises ; sh:minCount 1 ] ] ] .
"""
CHECK = """\
#+ summary: Where is something praised?
#+ severity: warning
#+ message: It is praised.
PREFIX aigov: <https://w3id.org/aigov-kg/ontology#>
SELECT DISTINCT ?focus { ?focus aigov:praisedBy ?someone ; aigov:locatedIn ?place }
"""
FILES = ("data/one.trig", "data/two.trig", "data/three.nq")
NODES = [f"<{ID}{name}>" for name in ("lund", "sweden", "river-council", "malta")]
RELATIONS = [f"<{AIGOV}{name}>" for name in ("locatedIn", "seatedIn", "praises", "members")]
CLASSES = [f"<{AIGOV}{name}>" for name in ("City", "Country", "Organization", "Fair")]
LABELS = ['"Lund"@en', '"a name"@en', '"12"', "<https://e.example/other>"]
GRAPHS = [f"<https://w3id.org/aigov-kg/source/note#{name}>" for name in ("p1s1", "p2s2")]
RDF_TYPE, RDFS_LABEL = (
    "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>",
    "<http://www.w3.org/2000/01/rdf-schema#label>",
)

facts = st.tuples(
    st.sampled_from(NODES),
    st.one_of(
        st.tuples(st.sampled_from(RELATIONS), st.sampled_from(NODES)),
        st.tuples(st.just(RDF_TYPE), st.sampled_from(CLASSES)),
        st.tuples(st.just(RDFS_LABEL), st.sampled_from(LABELS)),
        st.tuples(st.just(RELATIONS[3]), st.sampled_from(["2", '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'])),
    ),
    st.sampled_from(GRAPHS),
)
# A file is a set of facts; None for one that is not there.
contents = st.fixed_dictionaries({name: st.none() | st.frozensets(facts, max_size=8) for name in FILES})
AXIOMS = ("", "aigov:Fair rdfs:subClassOf aigov:Place .", "aigov:praises a owl:TransitiveProperty .")
histories = st.lists(st.tuples(contents, st.sampled_from(AXIOMS), st.booleans()), min_size=2, max_size=4)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    folder = write_small_project(tmp_path_factory.mktemp("small") / "project")
    ontology = folder / "ontology" / "small.ttl"
    # Without this axiom, few edits are contradictions, which are not published.
    text = ontology.read_text(encoding="utf-8").rpartition("[] a owl:AllDisjointClasses")[0]
    ontology.write_text(text, encoding="utf-8")
    (folder / "ontology" / "shapes.ttl").write_text(PREFIXES + SHAPES, encoding="utf-8")
    (folder / "queries" / "checks").mkdir(parents=True)
    (folder / "queries" / "checks" / "praised.rq").write_text(CHECK)
    return folder


def write(folder: Path, files, axiom: str, with_links: bool, links: str) -> None:
    for name, found in files.items():
        path = folder / name
        path.unlink(missing_ok=True)
        if found is not None and path.suffix == ".nq":
            path.write_text("".join(f"{s} {p} {_long(o)} {g} .\n" for s, (p, o), g in sorted(found)))
        elif found is not None:
            path.write_text("".join(f"GRAPH {g} {{ {s} {p} {o} }}\n" for s, (p, o), g in sorted(found)))
    (folder / "ontology" / "more.ttl").write_text(PREFIXES + axiom)
    table = folder / "data" / "links" / "places.sssom.tsv"
    table.write_text(links if with_links else links.rpartition("id:lund")[0], encoding="utf-8")


def _long(value: str) -> str:
    return '"2"^^<http://www.w3.org/2001/XMLSchema#integer>' if value == "2" else value


def stored(project: Project) -> set[str]:
    """Return what a store holds, its blank nodes renamed in one way, and the graphs that it names."""
    store = Store.read_only(str(project.store_path / "builds" / (project.store_path / "current").read_text() / "store"))
    dataset = Dataset(store)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset} | {f"GRAPH {graph}" for graph in store.named_graphs()}


def findings(report: BuildReport) -> set[Finding]:
    """Return the findings; a blank node has another name each time."""
    return {
        replace(found, message=re.sub(r"\b[0-9a-f]{30,32}\b", "_", found.message))
        for found in report.validation.findings
    }


def check_history(small: Path, history, **options) -> None:
    links = (small / "data" / "links" / "places.sssom.tsv").read_text(encoding="utf-8")
    with TemporaryDirectory() as folder:
        root = shutil.copytree(small, Path(folder) / "project")
        for number, (files, axiom, with_links) in enumerate(history):
            write(root, files, axiom, with_links, links)
            amended, anew = Project(root, root / ".kg"), Project(root, root / f".anew-{number}")
            reports = [build(project, BuildOptions(**options)) for project in (amended, anew)]
            if reports[0].fresh:  # else nothing had changed
                assert findings(reports[0]) == findings(reports[1])
            assert (reports[0].published is None) == (reports[1].published is None)
            if reports[0].published and reports[1].published:
                assert stored(amended) == stored(anew)
                ours, theirs = reports[0].published.manifest, reports[1].published.manifest
                assert (ours.asserted, ours.prefixes) == (theirs.asserted, theirs.prefixes)
                assert ours.inferred == theirs.inferred


@examples(6)
@given(histories)
def test_after_any_edits_the_store_is_that_of_a_build_from_nothing(small, history):
    usual, kg.build.pipeline._AMENDED = kg.build.pipeline._AMENDED, 10.0  # never from nothing, however much has changed
    try:
        check_history(small, history)
    finally:
        kg.build.pipeline._AMENDED = usual


FACT = (NODES[0], (RELATIONS[0], NODES[1]), GRAPHS[0])
PRAISE = (NODES[2], (RELATIONS[2], NODES[3]), GRAPHS[0])
LUND_PRAISES = (NODES[0], (RELATIONS[2], NODES[3]), GRAPHS[0])


def edits(*of_first_file):
    """Return a history in which one file changes."""
    return [({"data/one.trig": frozenset(found)}, "", True) for found in of_first_file]


def add_a_fact(root: Path) -> None:
    (root / "data" / "more.nq").write_text(f"{FACT[0]} {FACT[1][0]} {FACT[1][1]} {FACT[2]} .\n")


def test_all_files_may_change_at_once(small, tmp_path):
    root = shutil.copytree(small, tmp_path / "project")
    build(Project(root, tmp_path / "store"))
    for path in (*root.rglob("*.ttl"), *root.rglob("*.trig")):
        path.write_text(path.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    facts = root / "data" / "facts.trig"
    facts.write_text(facts.read_text(encoding="utf-8").replace("members 12", "members 13"), encoding="utf-8")
    projects = [Project(root, tmp_path / "store"), Project(root, tmp_path / "anew")]
    assert all(build(project).fresh for project in projects)
    amended, anew = map(stored, projects)
    assert amended == anew


@pytest.mark.parametrize("shapes", [WHOLE_GRAPH_SHAPE, DISJOINT_SHAPES])
def test_shapes_that_depend_on_more_than_paths_see_all_of_it(small, shapes):
    with TemporaryDirectory() as folder:
        other = shutil.copytree(small, Path(folder) / "other")
        (other / "ontology" / "shapes.ttl").write_text(PREFIXES + shapes, encoding="utf-8")
        check_history(other, edits([FACT], [FACT, PRAISE], [PRAISE], [LUND_PRAISES], []))


@pytest.mark.parametrize(
    "options", [{"same_as": True}, {"reasoner": "none"}, {"reasoner": "owlrl"}, {"engine": "pyshacl"}]
)
def test_options_hold_from_one_build_to_the_next(small, options):
    check_history(small, edits([FACT], [FACT, PRAISE], []), **options)


def test_other_options_make_another_store(small, tmp_path):
    project = Project(small, tmp_path / "store")
    build(project, BuildOptions(reasoner="none"))
    asserted = stored(project)
    build(project)
    assert stored(project) > asserted
    build(project, BuildOptions(reasoner="none"))
    assert stored(project) == asserted


def test_a_small_change_leaves_the_sorted_files_of_the_last_store_and_its_readers_alone(small, tmp_path):
    root = shutil.copytree(small, tmp_path / "project")
    project = Project(root, tmp_path / "store")
    before = build(project).require_published()
    reader = Store.read_only(str(before.store))
    held = len(reader)
    files = {path: (path.stat().st_ino, path.read_bytes()) for path in before.store.iterdir()}
    add_a_fact(root)
    after = build(Project(root, tmp_path / "store")).require_published()
    assert {path: (path.stat().st_ino, path.read_bytes()) for path in before.store.iterdir()} == files
    assert {number for number, _ in files.values()} & {path.stat().st_ino for path in after.store.iterdir()}
    assert len(reader) == held < len(Store.read_only(str(after.store)))


@pytest.mark.parametrize("damage", ["state.json", "terms.jsonl", "asserted"])
def test_what_a_build_left_for_the_next_one_may_be_damaged(small, tmp_path, damage):
    root = shutil.copytree(small, tmp_path / "project")
    project = Project(root, tmp_path / "store")
    state = build(project).require_published().folder / "state" / damage
    state.write_bytes(state.read_bytes()[:-3])
    add_a_fact(root)
    project = Project(root, tmp_path / "store")
    assert build(project).fresh
    amended = stored(project)
    build(project, BuildOptions(force=True))
    assert stored(project) == amended


@pytest.mark.parametrize(
    ("query", "predicates"),
    [
        (
            "SELECT $this { $this e:p ?o ; e:q\\-r ?z, 'a.b' OPTIONAL { $this a ?c } FILTER(?o > 1) }",
            {"p", "q-r", "type"},
        ),
        ("SELECT $this { { $this e:p -1.5 } UNION { $this e:z '1'^^e:t } }", {"p", "z"}),
        ("BASE <http://e/> SELECT $this { $this <p> true ; ?any ?o , 'x'@en . ?this a e:C ; . }", {"p", "type"}),
        ("SELECT $this { $this e:p/e:q ?o }", None),
        ("SELECT $this { $this ^e:q ?o }", None),
        ("SELECT $this { ?o e:p $this }", None),
        ("SELECT $this { $this e:p [ e:q 1 ] }", None),
        ("SELECT $this { $this e:p ?o FILTER NOT EXISTS { ?o e:q 1 } }", None),
        ("SELECT $this { $this e:p ?o { SELECT ?o { ?o ?p ?q } } }", None),
    ],
)
def test_what_a_sparql_constraint_depends_on(query, predicates):
    """Followed where all patterns are about the focus node; else (None) the whole graph is validated again."""
    text = f"""
        @prefix sh: <http://www.w3.org/ns/shacl#> . @prefix e: <http://e/> .
        e: sh:declare [ sh:prefix "e" ; sh:namespace "http://e/" ] .
        e:s a sh:NodeShape ; sh:targetSubjectsOf e:p ; sh:sparql [ sh:prefixes e: ; sh:select {json.dumps(query)} ] ."""
    shapes = ShapesGraph(quad.triple for quad in parse(text.encode(), format=RdfFormat.TURTLE))
    if predicates is None:
        with pytest.raises(UnfollowedError):
            Dependencies.of(shapes)
        return
    found = {step.predicate for path in Dependencies.of(shapes).paths for step in path if step.predicate}
    assert {re.split("[/#]", predicate)[-1] for predicate in found} == predicates
