"""What may befall kg: files with faults of every kind. The tests draw from it, and benchmarks/robustness.py."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from forked import KG
from link_fixtures import add_register, record
from small_project import PREFIXES, write_small_project

SECONDS = 60  # after which a run counts as one that hangs: the slowest takes a few on a busy machine
EXPECTED = range(5)  # exit statuses; 5 would be a fault of ours
DEEP = 20_000

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix ex: <https://e.example/shapes#> .

ex:Organization a sh:NodeShape ;
    sh:targetClass aigov:Organization ;
    sh:property [ sh:path rdfs:label ; sh:minCount 1 ; sh:uniqueLang true ; sh:message "Name it."@en ] ;
    sh:property [ sh:path aigov:members ; sh:datatype xsd:integer ; sh:minInclusive 0 ; sh:maxCount 1 ] ;
    sh:property [ sh:path ( aigov:seatedIn [ sh:zeroOrMorePath aigov:locatedIn ] ) ; sh:nodeKind sh:IRI ] ;
    sh:or ( [ sh:property [ sh:path skos:altLabel ; sh:pattern "^[A-Z]" ; sh:flags "i" ] ] [ sh:in ( ex:a 1 ) ] ) ;
    sh:sparql [ sh:message "No place." ; sh:select "SELECT $this { FILTER NOT EXISTS { $this ?p ?o } }" ] .
"""
QUERY = """\
#+ summary: What lies in a place?
#+ description: >
#+   Directly, or by way of another place.
#+ tags: [places, "seats"]
#+ params:
#+   - name: place
#+     type: entity
#+     description: the place
#+     default: id:lund
#+   - {name: most, type: integer, description: at most so many, default: 100}
PREFIX aigov: <https://w3id.org/aigov-kg/ontology#>
PREFIX id: <https://w3id.org/aigov-kg/id/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?thing (COUNT(?other) AS ?n) {
  ?thing aigov:locatedIn* $place ; rdfs:label ?name . # a comment
  OPTIONAL { ?thing ?property ?other FILTER(STRLEN(?name) < $most && LANG(?name) = "en") }
} GROUP BY ?thing HAVING(COUNT(?other) > 0) ORDER BY DESC(?n) LIMIT 10
"""
CHECK = """\
#+ summary: Is a place within itself?
#+ severity: warning
#+ message: By {path} it leads back to {value}.
PREFIX aigov: <https://w3id.org/aigov-kg/ontology#>
SELECT ?focus ?path (?focus AS ?value) { VALUES ?path { aigov:locatedIn } ?focus ?path ?focus }
"""
SETTINGS = """\
title = "Rivers and lakes"
description = "A small graph"
allow-service = ["https://query.example/sparql"]
publication = "urn:example:rivers"

[server]
engine = "oxigraph"
query = "https://data.example/query"
"""
FRAME = """\
{"@context": {"id": "https://w3id.org/aigov-kg/id/", "seat": {"@id": "https://w3id.org/aigov-kg/ontology#seatedIn"}},
 "@type": "https://w3id.org/aigov-kg/ontology#Organization", "seat": {"@embed": "@always", "@default": null},
 "@explicit": false, "@requireAll": true}
"""
BODIES_CSV = 'id,name,country,year,size,site\n1,"River Council",SE,1998-05-01,12,https://river.example/\n2,Lake,SE,,,\n'
BODIES_JSONL = "".join(
    json.dumps({"id": number, "name": name, "place": {"country": "SE"}, "year": "1998"}, ensure_ascii=False) + "\n"
    for number, name in enumerate(("River Council", "河流理事会", "Lake Council"))
)
BODIES_TTL = """\
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix b: <https://bodies.example/> .
b:1 a skos:Concept ; skos:prefLabel "River Council"@en, "Flussrat"@de ; skos:broader b:2 ; skos:notation "1"^^b:code .
b:2 skos:prefLabel "Council"@en ; skos:altLabel "Board" ; skos:note [ skos:definition '''A "body"''' ] .
"""
BODIES_XML = """\
<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE rdf:RDF [<!ENTITY b "https://bodies.example/">]>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:skos="http://www.w3.org/2004/02/skos/core#">
  <skos:Concept rdf:about="&b;1"><skos:prefLabel xml:lang="en">River Council</skos:prefLabel></skos:Concept>
</rdf:RDF>
"""
RETIRED_TSV = (
    "id\tstatus\tsuccessors\nhttps://gazetteer.example/lund\twithdrawn\thttps://gazetteer.example/l|https://x/\n"
)
RETIRED_JSON = json.dumps(
    {
        "_meta": {"generated": "2026-01-01T00:00"},
        "warnings": [{"qid": "Q1", "category": "deleted", "msg": "Q1 was deleted"}],
    },
    indent=1,
)
NQUADS = """\
<https://w3id.org/aigov-kg/id/pond> <http://www.w3.org/2000/01/rdf-schema#label> "Pond"@en <https://w3id.org/aigov-kg/source/note#p1s1> .
<https://w3id.org/aigov-kg/id/pond> <https://w3id.org/aigov-kg/ontology#members> "7"^^<http://www.w3.org/2001/XMLSchema#integer> <https://w3id.org/aigov-kg/source/note#p1s1> .
"""


@dataclass(frozen=True)
class Kind:
    """A kind of file: where one of it is in the project, and the commands that read it ({} is its path)."""

    file: str
    commands: tuple[str, ...]
    text: str | None = None  # None: it is a file of the small project


_ROWS = "--iri https://b.example/{{id}} --column label=name"
KINDS = (
    Kind("ontology/small.ttl", ("build", "validate", "format --check", "diff {} {}", "query text ASK{{}}")),
    Kind(
        "ontology/shapes.ttl", ("validate", "validate --engine pyshacl", "build", "format --check"), PREFIXES + SHAPES
    ),
    Kind(
        "data/facts.trig",
        (
            "build",
            "validate",
            "export -f trig",
            "export -f json-ld",
            "format",
            "describe id:lund",
            "build --reasoner owlrl",
            "validate --engine pyshacl",
            "query run places --cite -f jsonl",
            "validate -f junit",
            "stats",
        ),
    ),
    Kind(
        "data/sources.trig",
        ("build", "validate", "export -f csv", "format --check", "sources coverage", "sources verify --text note.txt"),
    ),
    Kind("data/pond.nq", ("build", "diff {} data/facts.trig", "search pond", "docs site"), NQUADS),
    Kind("data/links/places.sssom.tsv", ("build", "link check", "link apply -o links.trig", "validate")),
    Kind(
        "queries/places.rq", ("query list", "query run places", "query run places --cite", "query show places"), QUERY
    ),
    Kind("queries/checks/circles.rq", ("validate", "build"), CHECK),
    Kind(
        "query.rq",
        ("query text query.rq", "query text query.rq -f xml", "query text query.rq --explain"),
        QUERY.replace("$", "?"),
    ),
    Kind("kg.toml", ("query list", "stats", "prefixes", "doctor", "validate"), SETTINGS),
    Kind("frame.json", ("export -f json-ld --frame {}",), FRAME),
    Kind("note.txt", ("sources verify --text {}", "sources locate --text {} Malmö")),
    Kind("bodies.csv", (f"link targets add t --file {{}} {_ROWS} --column year=year --column size=size",), BODIES_CSV),
    Kind("bodies.tsv", (f"link targets add t --file {{}} {_ROWS}",), BODIES_CSV.replace(",", "\t")),
    Kind("bodies.jsonl", (f"link targets add t --file {{}} {_ROWS} --column country=place.country",), BODIES_JSONL),
    Kind("register.jsonl", ("link targets add r --file {} --kind ror", "link find", "link eval {}"), None),
    Kind("bodies.ttl", ("link targets add t --file {}",), BODIES_TTL),
    Kind("bodies.rdf", ("link targets add t --file {}", "diff {} {}"), BODIES_XML),
    Kind("retired.tsv", ("link check --retired {}",), RETIRED_TSV),
    Kind("retired.json", ("link check --retired {}",), RETIRED_JSON),
)

# What is hostile somewhere: to a lexer, a parser that calls itself, a decoder, a terminal, a calendar, an integer.
_SNIPPETS = (
    b"\x00", b"\xef\xbb\xbf", b"\xff", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x1b[31m", b"\xe2\x80\xa8", b"\xc2\x85",
    b"\r", b"\t", b"\n\n", b" ", b"\\", b"\\u0000", b"\\uD800", b"\\U00110000", b"\\x", b'"', b"'", b'"""', b"'''", b"`",
    b"#", b"#+ ", b"---", b"&a [*a]", b"*a", b"!!python/name:os.system", b"{{", b"}}", b"<<", b">>", b"<", b">", b"%00",
    b"^^", b"@", b"@en-", b"$", b"?", b"|", b"_:", b"_:b", b"<>", b"<a b>", b"()", b"[]", b"{}", b"~", b"=1+1", b";", b".",
    b"9" * 5_000, b"-1", b"0", b"1e999999999", b"-1e-999999999", b"NaN", b"0x10", b"null", b"true", b"1.5",
    b"99999-99-99", b"-0001-01-01", b"2026-02-30T25:61:61Z", b"../../../etc/passwd", b"file:///etc/passwd", b"x" * 200_000,
    b"[" * DEEP, b"(" * DEEP, b"{" * DEEP, b"<<( " * DEEP, b"[" * DEEP + b"]" * DEEP, b'{"a":' * DEEP, b"- " * DEEP,
    b"a.b." * DEEP, b"!" * DEEP, b"1 || " * DEEP, b"^" * DEEP, b"/" * DEEP, b"&b;" * 100,
    b"$this", b"sh:in ( 1 ) ;", b"sh:node ex:Organization ;", b"sh:pattern '(' ;", b"owl:sameAs", b"rdf:type", b"a", b"SERVICE",
    b"UNION", b"GRAPH", b"OPTIONAL {", b"FILTER", b"LIMIT 99999999999999999999", b"BASE <x>", b"@base <::> .", b"@prefix : <> .",
    b"PREFIX", b"@version '1.2' .", b"rdf:first", b"owl:AllDifferent", b"owl:hasKey", b"owl:propertyChainAxiom", b"sh:path",
)  # fmt: skip
_VALUES = (
    b"9" * 5_000, b"-7", b"0", b"1e400", b"-1e400", b"0.5", b"NaN", b"1" + b"0" * 30, b"true", b"null", b'"x"', b"<x:y>",
    *(b'"%s"^^<http://www.w3.org/2001/XMLSchema#%s>' % (value, datatype)
      for value in (b"x", b"9" * 5_000, b"", b"-1", b"2026-02-31", b"1e400")
      for datatype in (b"integer", b"decimal", b"double", b"date", b"gYear", b"dateTime", b"boolean", b"duration")),
)  # fmt: skip
_LITERAL = re.compile(rb'(?<![\w:.#/"-])\d+(?![\w:.-])|"[^"\n]*"(?:@[a-z]+)?')
_TOKEN = re.compile(rb"[\w:.-]+|\S")


def mutate(random: Random, data: bytes) -> bytes:
    """Return a file's content with one to three faults."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        data = random.choice(_MUTATIONS)(random, data)
    return data


def _span(random: Random, data: bytes) -> tuple[int, int]:
    start = random.randrange(len(data) + 1)
    return start, min(len(data), start + int(random.expovariate(1 / 30)) + 1)


def _flip(random: Random, data: bytes) -> bytes:
    if not data:
        return data
    place = random.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << random.randrange(8)]) + data[place + 1 :]


def _delete(random: Random, data: bytes) -> bytes:
    start, end = _span(random, data)
    return data[:start] + data[end:]


def _duplicate(random: Random, data: bytes) -> bytes:
    start, end = _span(random, data)
    return data[:end] + data[start:end] * random.choice((1, 1, 2, 500)) + data[end:]


def _insert(random: Random, data: bytes) -> bytes:
    place = random.randrange(len(data) + 1)
    return data[:place] + random.choice(_SNIPPETS) + data[place:]


def _replace(random: Random, data: bytes) -> bytes:
    """Replace a word by another one of the file, or by something hostile."""
    tokens = [match.span() for match in _TOKEN.finditer(data)]
    if not tokens:
        return data
    (start, end), (first, last) = random.choice(tokens), random.choice(tokens)
    new = data[first:last] if random.random() < 0.6 else random.choice(_SNIPPETS)
    return data[:start] + new + data[end:]


def _value(random: Random, data: bytes) -> bytes:
    """Replace a number or a quoted text by a value that does not belong there, or is larger than any machine's."""
    found = [match.span() for match in _LITERAL.finditer(data)]
    if not found:
        return data
    start, end = random.choice(found)
    return data[:start] + random.choice(_VALUES) + data[end:]


def _lines(random: Random, data: bytes) -> bytes:
    """Swap, repeat or drop lines."""
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    match random.randrange(3):
        case 0:
            lines[one], lines[other] = lines[other], lines[one]
        case 1:
            lines.insert(other, lines[one])
        case _:
            del lines[one]
    return b"".join(lines)


def _recode(random: Random, data: bytes) -> bytes:
    text = data.decode(errors="replace")
    match random.randrange(7):
        case 0:
            return text.encode("latin-1", "replace")
        case 1:
            return text.encode("utf-16")
        case 2:
            return text.encode("utf-32-be")
        case 3:
            return gzip.compress(data, mtime=0)
        case 4:
            return b"\xef\xbb\xbf" + data
        case 5:
            return data.replace(b"\n", random.choice((b"\r\n", b"\r", b"")))
        case _:
            return random.choice((b"", b"\n", b" ", b"\x00" * 100, b"null", b"[]", b"{}", b"0"))


def _truncate(random: Random, data: bytes) -> bytes:
    return data[: random.randrange(len(data) + 1)]


_MUTATIONS = (
    _flip,
    _flip,
    _delete,
    _duplicate,
    _insert,
    _insert,
    _replace,
    _replace,
    _replace,
    _lines,
    _recode,
    _truncate,
)


@dataclass(frozen=True)
class Attack:
    """A run on a mutated file: what it was, and how it ended."""

    seed: int
    kind: Kind
    command: str
    content: bytes
    done: subprocess.CompletedProcess[str]

    @property
    def fault(self) -> str:
        """What is wrong with how it ended; empty where nothing is."""
        status, said = self.done.returncode, self.done.stderr
        if status == -9:
            return "hang"
        if "Traceback" in said:
            return "traceback"
        if status not in EXPECTED:
            return f"exit status {status}"
        if status == 3 and not re.search(r"^error: (\S+: |the files have errors)", said, re.M):
            return "no file is named"
        return "a control character on stderr" if "\x1b" in said else ""

    def __str__(self) -> str:
        return f"seed {self.seed}, {self.kind.file}, kg {self.command}: {self.fault}\n{self.done.stderr[-600:]}"


def write_project(folder: Path) -> Path:
    """Write a project that has a file of every kind."""
    write_small_project(folder)
    add_register(folder, record(1, "The River Council"), record(2, "Lake Council"))
    for kind in KINDS:
        if kind.text is not None:
            (folder / kind.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / kind.file).write_text(kind.text, encoding="utf-8")
    return folder


def attacks(project: Path, place: Path, kind: Kind, seeds: Iterable[int]) -> Iterator[Attack]:
    """Run a command on a mutated file of a kind for each seed, in a copy of a project (write_project) at another place."""
    shutil.copytree(project, place)
    path = place / kind.file
    before = path.read_bytes()
    for seed in seeds:
        random = Random(f"{kind.file} {seed}")
        content = mutate(random, before)
        path.write_bytes(content)
        command = random.choice(kind.commands).format(*[kind.file] * 2)
        done = KG.run(command.split(" "), {"COLUMNS": "80", "HOME": "/nonexistent"}, place, faults={"seconds": SECONDS})
        yield Attack(seed, kind, command, content, done)
