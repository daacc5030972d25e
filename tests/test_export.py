"""The graph as files: what is written and read back is the same graph, and the same graph is the same bytes."""

import csv
import io
import json
import os
import subprocess
import sys
from ast import literal_eval

import networkx
import pytest
import rdflib
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
)
from rdflib.compare import isomorphic, to_isomorphic
from small_project import AIGOV, ID, NOTE, run_kg, write_small_project

import kg
from kg.errors import UsageError
from kg.export.rdf import Selection, write
from kg.files.reading import read_project
from kg.formats import EXPORTS
from kg.rdf.serialize import DATASET_FORMATS, GRAPH_FORMATS
from kg.rdf.terms import XSD, Prefixes

# rdflib warns of its own ConjunctiveGraph, and of literals that are not of their datatype, which are meant here.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")

# The names by which rdflib knows the formats.
RDFLIB = {
    "turtle": "turtle",
    "ntriples": "nt",
    "rdfxml": "xml",
    "json-ld": "json-ld",
    "trig": "trig",
    "nquads": "nquads",
}
FORMATS = tuple(one.name for one in EXPORTS)
MERGED = (*GRAPH_FORMATS, "json-ld")
PREFIXES = Prefixes({"ex": "http://example.org/", "aigov": AIGOV, "id": ID})


def merged(quads):
    """The graph that rdflib sees in some quads, whichever graph they are in."""
    return rdflib.Graph().parse(data="".join(f"{quad.triple} .\n" for quad in quads), format="nt")


def canonical(quads):
    """Quads with the blank node labels of RDFC-1.0: equal sets are isomorphic datasets."""
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return set(dataset)


def read_dataset(data, format_name):
    """The quads that rdflib reads."""
    found = rdflib.Dataset()
    found.parse(data=data, format=RDFLIB[format_name])
    return canonical(parse(found.serialize(format="nquads"), format=RdfFormat.N_QUADS))


def as_nquads(quads):
    """Quads as text that no serializer of ours has touched."""
    return "".join(f"{quad} .\n" for quad in quads)


# Random graphs: few nodes, so that they connect, and literals of all sorts.

iris = st.sampled_from(
    [
        NamedNode(name)
        for name in ("http://example.org/a", "http://example.org/é", ID + "lund", "urn:x:y", "tag:a,b:c%20d")
    ]
)
predicates = st.sampled_from(
    [
        NamedNode(name)
        for name in ("http://example.org/p", AIGOV + "members", "http://www.w3.org/2000/01/rdf-schema#label")
    ]
)
blank_nodes = st.sampled_from([BlankNode(name) for name in "abc"])
# rdflib reads N-Triples, N-Quads and RDF/XML line by line in a way that takes U+0085 and the like for line ends.
characters = st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\r\t\"\\<>&'{}")
texts = st.text(characters, max_size=8)
literals = st.one_of(
    texts.map(Literal),
    st.builds(lambda text, tag: Literal(text, language=tag), texts, st.sampled_from(["en", "zh", "de-at"])),
    st.builds(
        lambda text, name: Literal(text, datatype=NamedNode(XSD + name)),
        st.sampled_from(["1", "01", "1.10", "true", "-0", "2023-10-18", "--10", "x"]),
        st.sampled_from(["integer", "decimal", "boolean", "date", "gMonth", "int", "double"]),
    ),
)
quads = st.builds(
    Quad,
    iris | blank_nodes,
    predicates,
    iris | blank_nodes | literals,
    st.sampled_from([DefaultGraph(), NamedNode("http://example.org/g"), NamedNode(NOTE + "p1s1")]),
)
graphs = st.lists(quads, max_size=12)


@pytest.mark.parametrize("format_name", MERGED)
@given(quads=graphs)
def test_a_graph_comes_back_as_it_was(format_name, quads):
    data = write(quads, format_name, PREFIXES)
    assert isomorphic(rdflib.Graph().parse(data=data, format=RDFLIB[format_name]), merged(quads))


@pytest.mark.parametrize("format_name", DATASET_FORMATS)
@given(quads=graphs)
def test_a_dataset_comes_back_as_it_was(format_name, quads):
    assert read_dataset(write(quads, format_name, PREFIXES), format_name) == read_dataset(as_nquads(quads), "nquads")


@pytest.mark.parametrize("format_name", [*GRAPH_FORMATS, *DATASET_FORMATS])
@given(quads=graphs)
def test_literals_keep_their_lexical_form(format_name, quads):
    """What rdflib cannot tell: it reads `01` and `1` as the same integer."""
    format_ = (GRAPH_FORMATS | DATASET_FORMATS)[format_name]
    expected = quads if format_name in DATASET_FORMATS else [Quad(*quad.triple) for quad in quads]
    assert canonical(parse(write(quads, format_name, PREFIXES), format=format_)) == canonical(expected)


@pytest.mark.parametrize("format_name", FORMATS)
@given(quads=graphs, seed=st.randoms(use_true_random=False))
def test_the_same_graph_gives_the_same_bytes(format_name, quads, seed):
    """Neither the order of the quads nor the labels of blank nodes leave a trace."""
    other_label = {BlankNode(name): BlankNode(f"other{name}") for name in "abc"}
    shuffled = [
        Quad(other_label.get(q.subject, q.subject), q.predicate, other_label.get(q.object, q.object), q.graph_name)
        for q in quads
    ]
    seed.shuffle(shuffled)
    assert write(quads, format_name, PREFIXES, quads) == write(shuffled, format_name, PREFIXES, shuffled)


@given(text=st.text(max_size=5))
def test_xml_holds_any_text_or_says_that_it_cannot(text):
    """XML 1.0 has no way to write most control characters, escaped or not."""
    label = Quad(
        NamedNode(ID + "a"), NamedNode("http://www.w3.org/2000/01/rdf-schema#label"), Literal(text, language="en")
    )
    for format_name in ("rdfxml", "graphml"):
        try:
            data = write([label], format_name, PREFIXES, [label])
        except UsageError:
            continue
        if format_name == "rdfxml":
            assert rdflib.Graph().parse(data=data, format="xml").value(rdflib.URIRef(ID + "a")) is None
            assert [str(o) for o in rdflib.Graph().parse(data=data, format="xml").objects()] == [text]
        else:
            assert list(networkx.read_graphml(io.BytesIO(data))) == ["id:a"]


# A project


@pytest.mark.parametrize("format_name", MERGED)
def test_every_format_holds_the_whole_project(graph, format_name):
    files = read_project(graph.project)
    back = rdflib.Graph().parse(data=graph.export(format_name), format=RDFLIB[format_name])
    assert to_isomorphic(back) == to_isomorphic(merged(files.quads))


@pytest.mark.parametrize("format_name", DATASET_FORMATS)
def test_datasets_keep_the_named_graphs(graph, format_name):
    files = read_project(graph.project)
    assert read_dataset(graph.export(format_name), format_name) == read_dataset(as_nquads(files.quads), "nquads")


def test_scopes(graph):
    asserted, inferred, everything = (
        set(graph.export("ntriples", Selection(scope)).decode().splitlines())
        for scope in ("asserted", "inferred", "all")
    )
    located = f"<{ID}river-council> <{AIGOV}locatedIn> <{ID}sweden> ."
    seated = f"<{ID}river-council> <{AIGOV}seatedIn> <{ID}lund> ."
    assert located in inferred
    assert seated in asserted
    assert not asserted & inferred
    assert everything == asserted | inferred


def test_what_was_inferred_is_not_exported_unless_asked(folder):
    assert "locationOf> <" not in run_kg(folder, "export", "-f", "ntriples", "--entity", "Sweden").stdout


def test_one_passage(graph):
    exported = graph.export("nquads", Selection(graph=NamedNode(NOTE + "p2s2"))).decode().splitlines()
    assert len(exported) == 6
    assert all(line.endswith(f" <{NOTE}p2s2> .") for line in exported)


def test_one_entity(graph):
    found = merged(parse(graph.export("turtle", Selection(entity=NamedNode(ID + "sweden"))), format=RdfFormat.TURTLE))
    sweden = rdflib.URIRef(ID + "sweden")
    assert len(found) == 3
    assert all(sweden in (s, o) for s, _, o in found)


def test_nothing_to_export_is_said(graph):
    with pytest.raises(UsageError, match="no inferred facts about"):
        graph.export("turtle", Selection("inferred", entity=NamedNode(ID + "lake-council-of-nowhere")))


def test_numbers_are_written_as_they_are_in_the_files(tmp_path):
    """The store keeps numbers by their value; the files are the truth."""
    project = write_small_project(tmp_path)
    facts = project / "data" / "facts.trig"
    facts.write_text(facts.read_text(encoding="utf-8").replace("members 12 .", "members 12.50 ."), encoding="utf-8")
    assert f'"12.50"^^<{XSD}decimal>' in kg.open(project).export("ntriples").decode()


def test_turtle_is_for_people(graph):
    assert (
        graph.export("turtle", Selection(graph=NamedNode(NOTE + "p2s2"))).decode()
        == """\
@prefix aigov: <https://w3id.org/aigov-kg/ontology#> .
@prefix id: <https://w3id.org/aigov-kg/id/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

id:author a aigov:Person ;
	rdfs:label "author of the note"@en ;
	aigov:praises id:lund .

id:lund aigov:locatedIn id:sweden .

id:sweden a aigov:Country ;
	rdfs:label "Sweden"@en .
"""
    )


def test_trig_is_for_people(graph):
    assert (
        graph.export("trig", Selection(graph=NamedNode(NOTE + "p2s2"))).decode()
        == """\
@prefix aigov: <https://w3id.org/aigov-kg/ontology#> .
@prefix id: <https://w3id.org/aigov-kg/id/> .
@prefix note: <https://w3id.org/aigov-kg/source/note#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .

note:p2s2 {
	id:author a aigov:Person ;
		rdfs:label "author of the note"@en ;
		aigov:praises id:lund .
	id:lund aigov:locatedIn id:sweden .
	id:sweden a aigov:Country ;
		rdfs:label "Sweden"@en .
}
"""
    )


def test_the_order_of_hashes_leaves_no_trace(folder):
    code = (
        "import sys; import kg; graph = kg.open(sys.argv[1]); "
        "print({name: graph.export(name) for name in sys.argv[2:]})"
    )
    command = [sys.executable, "-c", code, str(folder), *FORMATS]
    found = [
        subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True).stdout
        for seed in "12"
    ]
    one, other = map(literal_eval, map(bytes.decode, found))
    assert [name for name in FORMATS if one[name] != other[name]] == []
    assert all(one.values())


# JSON-LD


def test_json_ld_has_readable_keys(graph):
    document = json.loads(graph.export("json-ld", Selection(graph=NamedNode(NOTE + "p1s1"))))
    council = next(node for node in document["@graph"] if node["@id"] == "id:river-council")
    assert council == {
        "@id": "id:river-council",
        "type": "Organization",
        "label": {"en": "River Council", "zh": "河流理事会"},
        "altLabel": {"en": ["RC", "the Council"]},
        "description": {"en": "Looks after | the rivers."},
        "members": "12",
        "seatedIn": "id:lund",
    }


def test_the_context_is_the_one_that_documents_carry(graph):
    context = json.loads(graph.export("context"))
    assert context["@context"] == json.loads(graph.export("json-ld"))["@context"]
    assert context["@context"]["seatedIn"] == {"@id": AIGOV + "seatedIn", "@type": "@id"}
    assert context["@context"]["members"] == {"@id": AIGOV + "members", "@type": XSD + "integer"}
    assert context["@context"]["Organization"] == AIGOV + "Organization"
    assert context["@context"]["label"]["@container"] == "@language"


def test_a_frame_gives_the_document_a_shape(folder, tmp_path):
    frame = tmp_path / "frame.json"
    frame.write_text(json.dumps({"@id": "id:river-council", "seatedIn": {"locatedIn": {}}}))
    done = run_kg(folder, "export", "-f", "json-ld", "--frame", str(frame))
    document = json.loads(done.stdout)
    assert document["seatedIn"]["locatedIn"]["label"] == {"en": "Sweden"}


@pytest.mark.parametrize(
    ("frame", "status", "message"),
    [
        ('{"@context": "https://example.org/context.jsonld"}', 4, "https://example.org/context.jsonld"),
        ("{", 3, "frame.json:1:2"),
        ("[]", 3, "JSON object"),
        ('{"@context": 1}', 3, "@context must be an object"),
    ],
)
def test_a_frame_that_cannot_be_used(folder, tmp_path, frame, status, message):
    (tmp_path / "frame.json").write_text(frame)
    done = run_kg(folder, "export", "-f", "json-ld", "--frame", str(tmp_path / "frame.json"))
    assert (done.returncode, done.stdout) == (status, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_frame_is_for_json_ld_only(folder, tmp_path):
    (tmp_path / "frame.json").write_text("{}")
    done = run_kg(folder, "export", "--frame", str(tmp_path / "frame.json"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "-f json-ld" in done.stderr


# Formats that are no RDF


def test_csv_has_a_row_for_each_entity(graph):
    rows = list(csv.DictReader(io.StringIO(graph.export("csv").decode())))
    council = next(row for row in rows if row["curie"] == "id:river-council")
    assert council == {
        "iri": ID + "river-council",
        "curie": "id:river-council",
        "class": "organization",
        "label_en": "River Council",
        "label_zh": "河流理事会",
        "aliases": "RC | the Council",
        "description": "Looks after | the rivers.",
    }
    assert [row["label_en"] for row in rows if row["iri"].startswith(ID)] == [
        "author of the note",
        "Lake Council",
        "Lund",
        "River Council",
        "Sweden",
    ]


def test_csv_of_a_selection_keeps_the_names(graph):
    """Another passage gives the name of Lund; this one says only where it lies."""
    text = graph.export("csv", Selection(graph=NamedNode(NOTE + "p2s2"))).decode()
    assert [row["label_en"] for row in csv.DictReader(io.StringIO(text))] == ["author of the note", "Lund", "Sweden"]


def test_graphml_is_a_network(graph):
    network = networkx.read_graphml(io.BytesIO(graph.export("graphml")))
    assert network.nodes["id:lund"] == {"label": "Lund", "class": "city", "iri": ID + "lund"}
    edges = {(a, b, data["property"], data["status"]) for a, b, data in network.edges(data=True) if "status" in data}
    assert edges == {
        ("id:river-council", "id:lund", "seated in", "reported fact"),
        ("id:lund", "id:sweden", "located in", "author's opinion"),
        ("id:author", "id:lund", "praises", "author's opinion"),
    }


def test_graphml_keeps_what_was_inferred_beside_what_was_asserted(graph):
    network = networkx.read_graphml(io.BytesIO(graph.export("graphml", Selection("all"))))
    between = network.get_edge_data("id:river-council", "id:lund").values()
    assert {(data["property"], data["evidence"]) for data in between} == {
        ("seated in", "note:p1s1"),
        ("located in", "inferred"),
    }


def test_graphml_of_what_was_inferred(graph):
    network = networkx.read_graphml(io.BytesIO(graph.export("graphml", Selection("inferred"))))
    edges = {(a, b, data["property"], data["evidence"]) for a, b, data in network.edges(data=True)}
    assert ("id:river-council", "id:sweden", "located in", "inferred") in edges


def test_graphml_of_one_entity_has_its_neighbours(graph):
    network = networkx.read_graphml(io.BytesIO(graph.export("graphml", Selection(entity=NamedNode(ID + "lund")))))
    assert {network.nodes[node]["label"] for node in network} == {
        "Lund",
        "Sweden",
        "River Council",
        "author of the note",
    }


# The command line


@pytest.mark.parametrize(
    ("extension", "beginning"),
    [
        ("ttl", "@prefix aigov:"),
        ("trig", "@prefix aigov:"),
        ("nt", "<http"),
        ("nq", "<http"),
        ("rdf", "<?xml"),
        ("jsonld", "{"),
        ("csv", "iri,curie,class"),
        ("graphml", "<?xml"),
    ],
)
def test_the_extension_tells_the_format(folder, tmp_path, extension, beginning):
    target = tmp_path / f"graph.{extension}"
    done = run_kg(folder, "export", "-o", str(target))
    assert (done.returncode, done.stdout) == (0, "")
    assert target.read_text(encoding="utf-8").startswith(beginning)


def test_an_unknown_passage(folder):
    done = run_kg(folder, "export", "--graph", "note:p9s9")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no asserted facts about" in done.stderr
