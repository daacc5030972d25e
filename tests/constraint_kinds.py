"""A graph that breaks constraints of all kinds, and the shapes that say so."""

# ruff: noqa: E501  # a shape is best read in one line

PREFIXES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix ex: <https://e.example/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""

DATA = (
    PREFIXES
    + """
ex:Big rdfs:subClassOf ex:Thing . ex:Huge rdfs:subClassOf ex:Big .
ex:a a ex:Thing ; ex:n 1, 5, 12 ; ex:text "abc", "Hello"@en, "hello"@en, "你好世界"@zh, "" ; ex:link ex:b, "no link" ;
    ex:from "2023-01-05"^^xsd:date ; ex:to "2023-01-01"^^xsd:date ; ex:flag true ; ex:next ex:b ; ex:size 2.5 .
ex:b a ex:Big ; ex:n 7 ; ex:text "你好"@en ; ex:link ex:c, ex:a ; ex:next ex:c ; ex:flag "yes" ;
    ex:from "2023-01-05"^^xsd:date ; ex:to "2023-01-05"^^xsd:date ; ex:size 3 .
ex:c a ex:Huge ; ex:n "7" ; ex:link ex:a ; ex:alias "c" ; ex:text "c" ; ex:from 3 ; ex:to "2023-01-05"^^xsd:date .
ex:d a ex:Other ; ex:link ex:nobody ; ex:text "x", "xyz" ; ex:next [ ex:text "inner" ] .
ex:bad ex:n "2023-02-30"^^xsd:date ; ex:text "a", "b"@de, "c"@fr . ex:bad a ex:Thing .
"""
)

# Each is the description of a shape of its own.
SHAPES = {
    "class": "sh:targetSubjectsOf ex:link ; sh:property [ sh:path ex:link ; sh:class ex:Thing ]",
    "datatype": "sh:targetSubjectsOf ex:n ; sh:property [ sh:path ex:n ; sh:datatype xsd:integer ]",
    "datatype boolean": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:flag ; sh:datatype xsd:boolean ]",
    "datatype langString": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:text ; sh:datatype rdf:langString ]",
    "nodeKind": "sh:targetSubjectsOf ex:next ; sh:property [ sh:path ex:next ; sh:nodeKind sh:IRI ]",
    "nodeKind of focus": "sh:targetObjectsOf ex:link ; sh:nodeKind sh:BlankNodeOrLiteral",
    "minCount 1": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:alias ; sh:minCount 1 ]",
    "minCount 2": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:n ; sh:minCount 2 ; sh:severity sh:Warning ]",
    "maxCount": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:n ; sh:maxCount 2 ; sh:message 'Too many.'@en ]",
    "maxCount 0": "sh:targetNode ex:c, ex:d ; sh:property [ sh:path ex:alias ; sh:maxCount 0 ]",
    "minInclusive": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:n ; sh:minInclusive 5 ]",
    "maxExclusive": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:n ; sh:maxExclusive 7.0 ]",
    "range of dates": 'sh:targetClass ex:Thing ; sh:property [ sh:path ex:to ; sh:minExclusive "2023-01-04"^^xsd:date ]',
    "minLength": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:text ; sh:minLength 3 ]",
    "maxLength": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:text ; sh:maxLength 4 ]",
    "pattern": 'sh:targetClass ex:Thing ; sh:property [ sh:path ex:text ; sh:pattern "^h" ; sh:flags "i" ]',
    "pattern of characters": 'sh:targetClass ex:Thing ; sh:property [ sh:path ex:text ; sh:pattern "^.{1,4}$" ]',
    "pattern beyond ASCII": 'sh:targetClass ex:Thing ; sh:property [ sh:path ex:text ; sh:pattern "[\\u4E00-\\u9FFF]" ]',
    "pattern of the rest": 'sh:targetClass ex:Thing ; sh:property [ sh:path ex:text ; sh:pattern "^[^\\u4E00-\\u9FFF]+$" ]',
    "languageIn": 'sh:targetClass ex:Thing ; sh:property [ sh:path ex:text ; sh:languageIn ( "en" "zh" ) ]',
    "uniqueLang": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:text ; sh:uniqueLang true ]",
    "equals": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:link ; sh:equals ex:next ]",
    "equals of focus": "sh:targetClass ex:Thing ; sh:equals ex:next",
    "disjoint": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:text ; sh:disjoint ex:alias ]",
    "lessThan": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:from ; sh:lessThan ex:to ]",
    "lessThanOrEquals": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:from ; sh:lessThanOrEquals ex:to ]",
    "hasValue": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:n ; sh:hasValue 7 ]",
    "hasValue text": 'sh:targetClass ex:Thing ; sh:property [ sh:path ex:text ; sh:hasValue "c" ]',
    "hasValue of focus": "sh:targetClass ex:Thing ; sh:hasValue ex:a",
    "in": 'sh:targetClass ex:Thing ; sh:property [ sh:path ex:text ; sh:in ( "abc" "c" "hello"@en ex:a 5 true ) ]',
    "in numbers": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:n ; sh:in ( 1 7 ) ]",
    "in IRIs": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:link ; sh:in ( ex:a ex:b ) ]",
    "not in IRIs": "sh:targetClass ex:Thing ; sh:not [ sh:property [ sh:path ex:link ; sh:in ( ex:a ex:b ) ] ]",
    "closed": "sh:targetClass ex:Thing ; sh:closed true ; sh:ignoredProperties ( rdf:type ex:n ex:text ) ; "
    "sh:property [ sh:path ex:link ]",
    "not": "sh:targetClass ex:Thing ; sh:not [ sh:class ex:Big ]",
    "and": "sh:targetClass ex:Thing ; sh:and ( [ sh:class ex:Big ] [ sh:property [ sh:path ex:alias ; sh:minCount 1 ] ] )",
    "or": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:text ; "
    'sh:or ( [ sh:languageIn ( "zh" ) ] [ sh:maxLength 3 ] ) ]',
    "xone": "sh:targetClass ex:Thing ; sh:xone ( [ sh:class ex:Big ] [ sh:property [ sh:path ex:size ; sh:minCount 1 ] ] "
    "[ sh:property [ sh:path ex:alias ; sh:minCount 1 ] ] )",
    "node": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:link ; "
    "sh:node [ sh:property [ sh:path ex:n ; sh:maxCount 1 ; sh:datatype xsd:integer ] ] ]",
    "not of a count": "sh:targetClass ex:Thing ; sh:not [ sh:property [ sh:path ex:link ; sh:minCount 2 ] ]",
    "property in property": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:link ; "
    "sh:property [ sh:path ex:n ; sh:minCount 1 ] ]",
    "qualifiedMinCount": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:text ; "
    'sh:qualifiedValueShape [ sh:languageIn ( "en" ) ] ; sh:qualifiedMinCount 1 ]',
    "qualifiedMaxCount": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:text ; "
    'sh:qualifiedValueShape [ sh:languageIn ( "en" ) ] ; sh:qualifiedMaxCount 1 ]',
    "qualified and disjoint": "sh:targetClass ex:Thing ; "
    "sh:property [ sh:path ex:link ; sh:qualifiedValueShape [ sh:class ex:Thing ] ; sh:qualifiedMinCount 1 ; "
    "sh:qualifiedValueShapesDisjoint true ] ; "
    "sh:property [ sh:path ex:link ; sh:qualifiedValueShape [ sh:class ex:Big ] ; sh:qualifiedMinCount 1 ; "
    "sh:qualifiedValueShapesDisjoint true ]",
    "qualified below not": "sh:targetClass ex:Thing ; sh:not [ sh:property [ sh:path ex:text ; "
    'sh:qualifiedValueShape [ sh:languageIn ( "en" ) ] ; sh:qualifiedMinCount 2 ] ]',
    "inverse path": "sh:targetClass ex:Thing ; sh:property [ sh:path [ sh:inversePath ex:link ] ; sh:maxCount 1 ]",
    "sequence path": "sh:targetClass ex:Thing ; sh:property [ sh:path ( ex:link ex:n ) ; sh:datatype xsd:integer ]",
    "alternative path": "sh:targetClass ex:Thing ; sh:property [ "
    "sh:path [ sh:alternativePath ( ex:link ex:next ) ] ; sh:maxCount 1 ]",
    "zeroOrMorePath": "sh:targetClass ex:Thing ; sh:property [ sh:path [ sh:zeroOrMorePath ex:next ] ; sh:class ex:Big ]",
    "oneOrMorePath": "sh:targetClass ex:Thing ; sh:property [ sh:path [ sh:oneOrMorePath ex:next ] ; sh:class ex:Huge ]",
    "zeroOrOnePath": "sh:targetClass ex:Thing ; sh:property [ sh:path [ sh:zeroOrOnePath ex:next ] ; sh:class ex:Huge ]",
    "target node": 'sh:targetNode ex:nowhere, "text", 5 ; sh:nodeKind sh:IRI ; sh:minLength 2',
    "targets in common": "sh:targetNode ex:a ; sh:targetClass ex:Thing, ex:Other ; sh:targetSubjectsOf ex:n, ex:link ; "
    "sh:property [ sh:path ex:alias ; sh:minCount 1 ]",
    "deactivated": "sh:targetClass ex:Thing ; sh:deactivated true ; sh:class ex:Big",
    "sparql": "sh:targetClass ex:Thing ; sh:sparql [ sh:message 'It links to {?value}.' ; sh:select "
    "'SELECT $this ?value WHERE { $this <https://e.example/link> ?value . FILTER(isIRI(?value)) "
    "FILTER NOT EXISTS { ?value <https://e.example/link> $this } }' ]",
    "sparql on a path": "sh:targetClass ex:Thing ; sh:property [ sh:path ex:link ; sh:sparql [ sh:select "
    "'SELECT $this ?value WHERE { $this $PATH ?value . FILTER(isLiteral(?value)) }' ] ]",
    "sparql union": "sh:targetClass ex:Thing ; sh:sparql [ sh:prefixes ex:names ; sh:select "
    "'SELECT $this WHERE { { $this e:alias ?x } UNION { $this a e:Big } OPTIONAL { $this e:flag ?y } "
    "FILTER(!BOUND(?y)) }' ]",
}  # fmt: skip
NAMES = "ex:names sh:declare [ sh:prefix 'e' ; sh:namespace 'https://e.example/'^^xsd:anyURI ] .\n"


def shapes(*kinds: str) -> str:
    """Return the shapes of some kinds, or all, as Turtle."""
    chosen = kinds or tuple(SHAPES)
    found = (f"ex:shape{tuple(SHAPES).index(kind)} a sh:NodeShape ; {SHAPES[kind]} .\n" for kind in chosen)
    return PREFIXES + NAMES + "".join(found)


IMPLICIT = PREFIXES + "ex:Big a rdfs:Class, sh:NodeShape ; sh:property [ sh:path ex:alias ; sh:minCount 1 ] .\n"
