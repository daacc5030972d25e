"""Shapes that no engine can check alike are refused before any engine runs, by name, with file, line and column."""

import pytest
from constraint_kinds import PREFIXES
from pyoxigraph import RdfFormat, parse
from small_project import run_kg, write_small_project
from sparql_stores import in_memory

from kg.errors import InputError
from kg.findings import report
from kg.validation.engines import check_shapes
from kg.validation.shacl.shapes_graph import read_shape_file
from kg.validation.shacl.to_sparql import check_on_store

PREFIXES += "@prefix owl: <http://www.w3.org/2002/07/owl#> .\n"
DATA = (
    PREFIXES
    + """
ex:a a ex:C ; ex:p ex:b ; ex:q 1 ; ex:text "Abc" .
ex:b a ex:D ; ex:p ex:c, "lit" ; ex:q 2 .
ex:D rdfs:subClassOf ex:C .
"""
)
ENGINES = ("shacl", "pyshacl", "auto", "store")


def triples(text):
    return {quad.triple for quad in parse(text, format=RdfFormat.TURTLE)}


def found_by(engine, shapes, path, **options):
    path.write_text(f"{PREFIXES}{shapes}\n", encoding="utf-8")
    if engine == "store":
        return report(check_on_store(read_shape_file(path), in_memory(triples(DATA)))).findings
    return report(check_shapes(triples(DATA), [path], engine, **options)).findings


# Each shape, where (which text of it) it is refused, and what is said.
REFUSED = [
    # Misspelt terms.
    ("ex:s sh:targetClass ex:C ; sh:property [ sh:path ex:p ; sh:minCout 1 ] .", "1 ]", "sh:minCout is not a term"),
    ("ex:s sh:tragetClass ex:C ; sh:nodeKind sh:IRI .", "ex:C", "sh:tragetClass is not a term of SHACL"),
    ("ex:s a sh:NodeShap ; sh:targetClass ex:C .", "sh:NodeShap", "sh:NodeShap is not a term of SHACL"),
    # Terms of other specifications.
    ("ex:s sh:target ex:t ; sh:nodeKind sh:IRI .", "ex:t", "sh:target (SHACL Advanced Features)"),
    ("ex:s sh:targetNode ex:a ; sh:expression [ ] .", "[ ]", "sh:expression (SHACL Advanced Features)"),
    ("ex:s sh:targetNode ex:a ; sh:rule ex:r .", "ex:r", "sh:rule (SHACL Advanced Features)"),
    ("ex:s sh:targetNode ex:a ; sh:js ex:j .", "ex:j", "sh:js (SHACL-JS)"),
    ("ex:s sh:targetWhere [ sh:class ex:C ] .", "[ sh:class", "sh:targetWhere (SHACL 1.2)"),
    ("ex:s sh:targetNode ex:a ; sh:memberShape [ ] .", "[ ]", "sh:memberShape (SHACL 1.2)"),
    ("ex:s sh:targetNode ex:a ; sh:someValue [ ] .", "[ ]", "sh:someValue (SHACL 1.2)"),
    ("ex:s sh:targetNode ex:a ; sh:closed sh:ByTypes .", "sh:ByTypes", "sh:ByTypes (SHACL 1.2)"),
    ("ex:o sh:entailment <http://www.w3.org/ns/entailment/RDFS> .", "<http", "sh:entailment (SHACL, section 1.5)"),
    # What is malformed.
    ("ex:s sh:targetNode ex:a ; sh:property [ sh:minCount 1 ] .", "[ sh:minCount", "not a valid property shape"),
    ("ex:s a sh:PropertyShape ; sh:targetNode ex:a .", "sh:PropertyShape", "this property shape has no sh:path"),
    ("ex:s sh:targetNode ex:a ; sh:property ex:lost .", "ex:lost", "no shape describes"),
    ("ex:s sh:targetNode ex:a ; sh:or ( [ sh:class ex:C ] ex:lost ) .", "( [", "no shape describes"),
    ('ex:s sh:property [ sh:path ex:p ; sh:minCount "two" ] .', '"two"', "sh:minCount has a wrong value"),
    ("ex:s sh:property [ sh:path ex:p ; sh:minCount 1, 2 ] .", "2 ]", "sh:minCount is given 2 times"),
    ("ex:s sh:targetNode ex:a ; sh:minCount 1 .", "1 .", "sh:minCount needs a path"),
    ("ex:s sh:nodeKind sh:Something .", "sh:Something", "sh:nodeKind has a wrong value"),
    ('ex:s sh:closed "true" .', '"true"', "sh:closed has a wrong value"),
    ("ex:s sh:property [ sh:path [ ] ] .", "[ ]", "a blank node is not a valid property path"),
    ("ex:s sh:property [ sh:path ( ex:p ) ] .", "( ex:p", "a sequence path needs at least two members"),
    ('ex:s sh:pattern "(a" .', '"(a"', "not a valid regular expression"),
    ('ex:s sh:pattern "a" ; sh:flags "z" .', '"z"', "sh:flags has a wrong value"),
    ("ex:s sh:in _:l . _:l rdf:first 1 ; rdf:rest _:l .", "_:l . ", "sh:in: not a valid list"),
    ("ex:s sh:or ex:a .", "ex:a", "sh:or: not a valid list"),
    ("ex:s sh:property [ sh:path ex:p ; sh:qualifiedMinCount 1 ] .", "1 ]", "without sh:qualifiedValueShape"),
    ("ex:s sh:sparql [ sh:ask 'ASK {}' ] .", "[ sh:ask", "it has no sh:select"),
    ("ex:s sh:sparql [ sh:select 'SELECT ?x { $this ?x ?y }' ] .", "[ sh:select", "does not select $this"),
    ("ex:s sh:sparql [ sh:select 'SELECT $this { $this ' ] .", "'SELECT", "the query ends too early"),
    ("ex:s sh:sparql [ sh:select 'SELECT $this { ?x foaf:p ?y }' ] .", "'SELECT", "the prefix foaf: is not declared"),
    ("ex:s sh:sparql [ sh:select 'SELECT $this { $this $PATH 1 }' ] .", "[ sh:select", "uses $PATH"),
    ("ex:s sh:sparql [ sh:select 'SELECT $this { $this ex:p 1 MINUS {} }' ] .", "'SELECT", "MINUS"),
]


@pytest.mark.parametrize(("shape", "place", "told"), REFUSED)
def test_what_is_refused(shape, place, told, tmp_path):
    path = tmp_path / "shapes.ttl"
    text = f"# A comment.\n{shape}"
    for engine in ENGINES:
        with pytest.raises(InputError) as caught:
            found_by(engine, text, path)
        assert told in caught.value.message
        assert caught.value.hint
        if engine != "store":
            line = PREFIXES.count("\n") + 2
            assert caught.value.message.startswith(f"{path}:{line}:{shape.index(place) + 1}: ")


def test_what_was_meant(tmp_path):
    with pytest.raises(InputError) as caught:
        found_by("auto", "ex:s sh:targetClass ex:C ; sh:not [ sh:minLenght 3 ] .", tmp_path / "shapes.ttl")
    assert caught.value.hint.startswith("did you mean sh:minLength")


ALIKE = {
    "a closed property shape": (
        "ex:s sh:targetNode ex:a ; sh:property [ sh:path ex:p ; sh:closed true ; sh:message 'Closed.' ; "
        "sh:property [ sh:path ex:q ] ; sh:ignoredProperties ( rdf:type ) ] .",
        [("a", "Closed."), ("a", "Closed.")],
    ),
    "a closed property shape below sh:not": (
        "ex:s sh:targetNode ex:a ; sh:not [ sh:path ex:p ; sh:closed true ; "
        "sh:ignoredProperties ( ex:p ex:q rdf:type ) ] .",
        [("a", "A value conforms to a shape that it must not conform to (sh:not).")],
    ),
    "a shape that is an owl:Class": (
        "ex:C a owl:Class, sh:NodeShape ; sh:property [ sh:path ex:text ; sh:minCount 1 ] .",
        [("b", "There are too few values (sh:minCount).")],
    ),
    "a class that is a shape by what it has": (
        "ex:C a rdfs:Class ; sh:property [ sh:path ex:text ; sh:minCount 1 ] .",
        [("b", "There are too few values (sh:minCount).")],
    ),
    "notes for people, severities and constraint components of one's own": (
        "ex:s sh:targetNode ex:a ; sh:name 'S' ; sh:severity ex:Grave ; sh:property [ sh:path ex:q ; sh:order 1 ; "
        "sh:group ex:g ; sh:defaultValue 3 ; sh:maxCount 0 ] . ex:g a sh:PropertyGroup .",
        [("a", "There are too many values (sh:maxCount).")],
    ),
}


@pytest.mark.parametrize("name", ALIKE)
def test_what_all_engines_find(name, tmp_path):
    shape, expected = ALIKE[name]
    for engine in ENGINES:
        findings = found_by(engine, shape, tmp_path / "shapes.ttl")
        assert sorted((found.focus_node[-1], found.message) for found in findings) == expected
        assert report(findings).at_least("violation") == findings


def test_a_pattern_that_only_one_engine_knows(tmp_path):
    shape = 'ex:s sh:targetNode ex:a ; sh:property [ sh:path ex:text ; sh:pattern "^(?!Abc)" ] .'
    first, note = found_by("auto", shape, tmp_path / "shapes.ttl")
    assert first.kind == "PatternConstraintComponent"
    assert (note.severity, note.check) == ("info", "engine")
    assert "shacl does not support the pattern" in note.message
    with pytest.raises(InputError, match="the engine shacl cannot use the shapes"):
        found_by("shacl", shape, tmp_path / "shapes.ttl")


UNSUPPORTED = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix ex: <https://e.example/> .
@prefix aigov: <https://w3id.org/aigov-kg/ontology#> .
ex:Good a sh:NodeShape ; sh:targetClass aigov:City ; sh:property [ sh:path ex:zip ; sh:minCount 1 ] .
ex:Other a sh:NodeShape ; sh:targetClass aigov:City ; sh:or ( [ sh:class aigov:City ] ex:Part ) .
ex:Part sh:expression [ ] .
ex:names sh:entailment ex:Some ; sh:declare [ sh:prefix "a" ; sh:namespace "https://w3id.org/aigov-kg/ontology#" ] .
ex:Good sh:sparql [ sh:prefixes ex:names ; sh:select "SELECT $this { $this a a:City }" ; sh:message "A city." ] .
"""


def test_the_command_goes_on_without_them(tmp_path):
    folder = write_small_project(tmp_path / "project")
    (folder / "ontology" / "shapes-more.ttl").write_text(UNSUPPORTED)
    refused = run_kg(folder, "validate")
    assert refused.returncode == 3
    assert "shapes-more.ttl:7:23: sh:expression (SHACL Advanced Features) is not supported" in refused.stderr
    done = run_kg(folder, "validate", "--skip-unsupported")
    assert done.returncode == 1
    assert "There are too few values (sh:minCount)." in done.stdout
    assert "A city." in done.stdout
    assert "not checked was https://e.example/Other, https://e.example/Part." in done.stdout
    assert "at ontology/shapes-more.ttl:7:23" in done.stdout


def test_a_severity_of_ones_own_counts_as_a_violation(tmp_path):
    folder = write_small_project(tmp_path / "project")
    shape = (
        PREFIXES
        + "@prefix aigov: <https://w3id.org/aigov-kg/ontology#> .\n"
        + ("ex:S sh:targetClass aigov:City ; sh:property [ sh:path ex:zip ; sh:severity ex:Grave ; sh:minCount 1 ] .")
    )
    (folder / "ontology" / "shapes-more.ttl").write_text(shape)
    done = run_kg(folder, "validate")
    assert done.returncode == 1
    assert done.stdout.startswith("<https://e.example/Grave>: id:")
    assert "<https://e.example/Grave>" in run_kg(folder, "validate", "-f", "turtle").stdout
    assert '"level": "error"' in run_kg(folder, "validate", "-f", "sarif").stdout
