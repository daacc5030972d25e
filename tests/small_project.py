"""A project of a few facts, for tests of the machinery: two organizations, two places, two texts, one opinion."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from forked import KG, ROOT

ID = "https://w3id.org/aigov-kg/id/"
NOTE = "https://w3id.org/aigov-kg/source/note#"
AIGOV = "https://w3id.org/aigov-kg/ontology#"

# The texts that the passages were read from. The umlaut and the Chinese character are one character each, and not
# one byte.
NOTE_TEXT = "The River Council (河) has its seat in Lund.\nMalmö is rainy. Lund is the finest city of Sweden.\n"
LAKE_TEXT = "The Lake Council watches the lakes.\n"

PREFIXES = """\
@prefix aigov: <https://w3id.org/aigov-kg/ontology#> .
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix id: <https://w3id.org/aigov-kg/id/> .
@prefix lc: <https://w3id.org/aigov-kg/source/lake-letter#> .
@prefix note: <https://w3id.org/aigov-kg/source/note#> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix src: <https://w3id.org/aigov-kg/source/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""

ONTOLOGY = """
<https://w3id.org/aigov-kg/ontology> a owl:Ontology .

aigov:Organization a owl:Class ; rdfs:label "organization"@en .
aigov:Person a owl:Class ; rdfs:label "person"@en .
aigov:Place a owl:Class ; rdfs:label "place"@en .
aigov:City a owl:Class ; rdfs:label "city"@en ; rdfs:subClassOf aigov:Place .
aigov:Country a owl:Class ; rdfs:label "country"@en ; rdfs:subClassOf aigov:Place .
aigov:Passage a owl:Class ; rdfs:label "passage"@en .
aigov:Source a owl:Class ; rdfs:label "source"@en .

aigov:locatedIn a owl:ObjectProperty, owl:TransitiveProperty ; rdfs:label "located in"@en ;
    owl:inverseOf aigov:locationOf .
aigov:locationOf a owl:ObjectProperty ; rdfs:label "location of"@en .
aigov:seatedIn a owl:ObjectProperty ; rdfs:label "seated in"@en ; rdfs:subPropertyOf aigov:locatedIn .
aigov:praises a owl:ObjectProperty ; rdfs:label "praises"@en ; owl:inverseOf aigov:praisedBy .
aigov:praisedBy a owl:ObjectProperty ; rdfs:label "praised by"@en .
aigov:members a owl:DatatypeProperty ; rdfs:label "members"@en .
aigov:status a owl:ObjectProperty ; rdfs:label "status"@en .

aigov:reportedFact a skos:Concept ; rdfs:label "reported fact"@en .
aigov:authorsOpinion a skos:Concept ; rdfs:label "author's opinion"@en .

[] a owl:AllDisjointClasses ; owl:members ( aigov:Organization aigov:Person aigov:Place ) .
"""

FACTS = """
GRAPH note:p1s1 {
    id:river-council a aigov:Organization ;
        rdfs:label "River Council"@en, "河流理事会"@zh ;
        skos:altLabel "RC"@en, "the Council"@en ;
        dcterms:description "Looks after | the rivers."@en ;
        aigov:seatedIn id:lund ;
        aigov:members 12 .
    id:lund a aigov:City ; rdfs:label "Lund"@en .
}

GRAPH note:p2s2 {
    id:author a aigov:Person ; rdfs:label "author of the note"@en ; aigov:praises id:lund .
    id:sweden a aigov:Country ; rdfs:label "Sweden"@en .
    id:lund aigov:locatedIn id:sweden .
}

GRAPH lc:p1s1 {
    id:lake-council a aigov:Organization ;
        rdfs:label "Lake Council"@en ;
        skos:altLabel "LC"@en, "the Council"@en .
    id:lund a aigov:City .
}
"""

LINKS = """\
#mapping_set_id: https://w3id.org/aigov-kg/graph/links/places
#curie_map:
#  id: https://w3id.org/aigov-kg/id/
#  gazetteer: https://gazetteer.example/
#  skos: http://www.w3.org/2004/02/skos/core#
#  semapv: https://w3id.org/semapv/vocab/
subject_id\tpredicate_id\tobject_id\tmapping_justification
id:lund\tskos:exactMatch\tgazetteer:lund\tsemapv:ManualMappingCuration
"""


def write_small_project(folder: Path) -> Path:
    """Write the files of the project to a folder, and the two texts beside them; return the folder."""
    for name, text in {
        "ontology/small.ttl": PREFIXES + ONTOLOGY,
        "data/facts.trig": PREFIXES + FACTS,
        "data/sources.trig": PREFIXES + _sources(),
        "data/links/places.sssom.tsv": LINKS,
        "note.txt": NOTE_TEXT,
        "lake.txt": LAKE_TEXT,
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return folder


def run_kg(
    folder: Path, *arguments: str, stdin: str | None = None, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `kg` on a project in a process of its own, whose streams are no terminal.

    With a variable that Python itself reads when it starts, such as PYTHONHASHSEED, Python starts anew.
    """
    command, environment = ["--project", str(folder), *arguments], {"COLUMNS": "80", **environment}
    if not any(name.startswith("PYTHON") for name in environment):
        return KG.run(command, environment, cwd, stdin)
    return subprocess.run(
        [sys.executable, "-m", "kg", *command],
        input=stdin,
        cwd=cwd,
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
        env={"PYTHONPATH": str(ROOT), **environment},
    )


def _sources() -> str:
    fact, opinion = "aigov:reportedFact", "aigov:authorsOpinion ; aigov:speaker id:author"
    nothing = f'{fact} ; aigov:noFactsBecause "The weather is no fact about an organization."@en'
    river, malmo, lund = "The River Council (河) has its seat in Lund.", "Malmö is rainy.", "Lund is the finest city of"
    return f"""
GRAPH <https://w3id.org/aigov-kg/graph/sources> {{
    src:note a aigov:Source ; rdfs:label "A note on rivers"@en ; aigov:textSha256 "{_digest(NOTE_TEXT)}" .
    src:lake-letter a aigov:Source ; rdfs:label "A letter on lakes"@en ; aigov:textSha256 "{_digest(LAKE_TEXT)}" ;
        aigov:url <https://lakes.example/letter> .
    {_passage("note:p1s1", "src:note", NOTE_TEXT, river, fact)}
    {_passage("note:p2s1", "src:note", NOTE_TEXT, malmo, nothing)}
    {_passage("note:p2s2", "src:note", NOTE_TEXT, lund + " Sweden.", opinion)}
    {_passage("lc:p1s1", "src:lake-letter", LAKE_TEXT, LAKE_TEXT.strip(), fact)}
}}
"""


def _passage(name: str, source: str, text: str, exact: str, status: str) -> str:
    start = text.index(exact)
    paragraph, sentence = name[-3], name[-1]
    return f"""
    {name} a aigov:Passage ; aigov:inSource {source} ; aigov:paragraph {paragraph} ; aigov:sentence {sentence} ;
        aigov:status {status} ; aigov:sha256 "{_digest(exact)}" ; oa:hasSelector {name}-position ;
        dcterms:description "What sentence {sentence} says."@en .
    {name}-position a oa:TextPositionSelector ; oa:start {start} ; oa:end {start + len(exact)} .
"""


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()
