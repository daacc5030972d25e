"""A release: the graph in all formats, described as VoID and DCAT, with its queries, a citation and checksums.

Nothing in it depends on the time or the machine: the same project gives the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Triple, serialize

from kg.export.rdf import Selection, select_quads, write
from kg.files.linksets import dataset_of, linksets
from kg.formats import CSV, GRAPHML, GRAPHS
from kg.query.catalog import CannedQuery, all_queries
from kg.query.header import PREFIX
from kg.rdf.serialize import canonical_quads, write_rdf
from kg.rdf.terms import DCTERMS, OWL, RDF, RDFS, SH, VOID, XSD, Prefixes
from kg.sparql.results import Row
from kg.sparql.syntax import form
from kg.store import Store, select

if TYPE_CHECKING:
    from kg.files.project import Project
    from kg.files.reading import Files

_DCAT = "http://www.w3.org/ns/dcat#"
_SCHEMA = "https://schema.org/"
_SPDX = "http://spdx.org/rdf/terms#"
_PREFIXES = {"dcat": _DCAT, "dcterms": DCTERMS, "schema": _SCHEMA, "sh": SH, "spdx": _SPDX, "void": VOID}

# The files with the graph.
_FILES = {f"graph{one.extensions[0]}": one for one in (*GRAPHS, GRAPHML)} | {"entities.csv": CSV}
_COUNTS = {
    "triples": "SELECT (COUNT(*) AS ?count) { ?s ?p ?o }",
    "distinctSubjects": "SELECT (COUNT(DISTINCT ?s) AS ?count) { ?s ?p ?o }",
    "distinctObjects": "SELECT (COUNT(DISTINCT ?o) AS ?count) { ?s ?p ?o }",
    "properties": "SELECT (COUNT(DISTINCT ?p) AS ?count) { ?s ?p ?o }",
    "classes": "SELECT (COUNT(DISTINCT ?c) AS ?count) { ?s a ?c }",
}
_ABOUT = f"""
SELECT ?ontology (SAMPLE(?licences) AS ?licence) (SAMPLE(?versions) AS ?version) {{
  ?ontology a <{OWL}Ontology> .
  OPTIONAL {{ ?ontology <{DCTERMS}license> ?licences }}
  OPTIONAL {{ ?ontology <{OWL}versionInfo> ?versions }}
}} GROUP BY ?ontology ORDER BY STRLEN(STR(?ontology)) LIMIT 1"""


def release(project: Project, files: Files, store: Store, prefixes: Prefixes) -> dict[str, bytes]:
    """Make the files of a release.

    Args:
        project: whose queries go into it.
        files: what the project's files assert; this is what is released.
        store: the store that was built from them.
        prefixes: for the text formats.

    Returns:
        the content of each file by its name.
    """
    quads = select_quads(files.quads, store, Selection())
    found = {name: write(quads, one.name, prefixes, files.quads) for name, one in _FILES.items()}
    found["context.jsonld"] = write(quads, "context", prefixes, files.quads)
    found["queries.ttl"] = _turtle(_executables(all_queries(project.query_files), prefixes), prefixes)
    about = next(iter(select(store, _ABOUT)), None)
    canonical = hashlib.sha256(serialize(canonical_quads(quads), format=RdfFormat.N_QUADS) or b"").hexdigest()
    dataset = dataset_of(files.ontology)
    described = [
        *_description(dataset, project.title, canonical, found),
        *_counts(dataset, store.asserted()),
        *(quad.triple for quad in linksets(files.tables, dataset)),
    ]
    if project.description:
        described.append(Triple(dataset, NamedNode(DCTERMS + "description"), Literal(project.description)))
    if about and (licence := about.term("licence")):
        described.append(Triple(dataset, NamedNode(DCTERMS + "license"), _term(licence)))
    found["dataset.ttl"] = _turtle(described, prefixes)
    found["CITATION.cff"] = _citation(project.title, about, dataset, canonical)
    sums = (f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(found.items()))
    return found | {"SHA256SUMS": "".join(sums).encode()}


def _description(dataset: NamedNode, title: str, canonical: str, found: dict[str, bytes]) -> Iterator[Triple]:
    """Describe the dataset and its files (DCAT 3, sections 6.6 and 6.8)."""
    for class_ in (_DCAT + "Dataset", VOID + "Dataset"):
        yield Triple(dataset, NamedNode(RDF + "type"), NamedNode(class_))
    yield Triple(dataset, NamedNode(DCTERMS + "title"), Literal(title))
    # The digest of the canonical N-Quads (RDFC-1.0): the same for every order and every name of a blank node.
    yield Triple(dataset, NamedNode(DCTERMS + "identifier"), Literal(f"sha256:{canonical}"))
    for name, one in _FILES.items():
        node, checksum = BlankNode(f"file-{name}".replace(".", "-")), BlankNode(f"sum-{name}".replace(".", "-"))
        yield Triple(dataset, NamedNode(_DCAT + "distribution"), node)
        yield Triple(node, NamedNode(RDF + "type"), NamedNode(_DCAT + "Distribution"))
        yield Triple(node, NamedNode(DCTERMS + "title"), Literal(name))
        media = NamedNode(f"https://www.iana.org/assignments/media-types/{one.media_type}")
        yield Triple(node, NamedNode(_DCAT + "mediaType"), media)
        size = Literal(str(len(found[name])), datatype=NamedNode(XSD + "nonNegativeInteger"))
        yield Triple(node, NamedNode(_DCAT + "byteSize"), size)
        yield Triple(node, NamedNode(_SPDX + "checksum"), checksum)
        yield Triple(checksum, NamedNode(RDF + "type"), NamedNode(_SPDX + "Checksum"))
        yield Triple(checksum, NamedNode(_SPDX + "algorithm"), NamedNode(_SPDX + "checksumAlgorithm_sha256"))
        digest = Literal(hashlib.sha256(found[name]).hexdigest(), datatype=NamedNode(XSD + "hexBinary"))
        yield Triple(checksum, NamedNode(_SPDX + "checksumValue"), digest)


def _counts(dataset: NamedNode, asserted: Store) -> Iterator[Triple]:
    """Count what is asserted (VoID, section 4.6)."""
    for name, query in _COUNTS.items():
        (row,) = select(asserted, query).terms
        yield Triple(dataset, NamedNode(VOID + name), _term(row[0]))


def _executables(queries: Iterable[CannedQuery], prefixes: Prefixes) -> Iterator[Triple]:
    """Write canned queries as SHACL SPARQL executables, as the SIB's collection of examples has them."""
    declarations = NamedNode("urn:kg:query-prefixes")
    for number, (name, namespace) in enumerate(sorted(prefixes.namespaces.items())):
        node = BlankNode(f"prefix{number}")
        yield Triple(declarations, NamedNode(SH + "declare"), node)
        yield Triple(node, NamedNode(SH + "prefix"), Literal(name))
        yield Triple(node, NamedNode(SH + "namespace"), Literal(namespace, datatype=NamedNode(XSD + "anyURI")))
    for query in queries:
        executable = NamedNode(f"urn:kg:query:{query.name}")
        kind = form(query.text)
        for class_ in ("SPARQLExecutable", f"SPARQL{kind.capitalize()}Executable"):
            yield Triple(executable, NamedNode(RDF + "type"), NamedNode(SH + class_))
        yield Triple(executable, NamedNode(RDFS + "label"), Literal(query.name))
        comment = " ".join([query.summary, *(f"${p.name}: {p.description}." for p in query.parameters)])
        yield Triple(executable, NamedNode(RDFS + "comment"), Literal(comment, language="en"))
        yield Triple(executable, NamedNode(SH + "prefixes"), declarations)
        text = "\n".join(line for line in query.text.splitlines() if not line.startswith(PREFIX)).strip()
        yield Triple(executable, NamedNode(SH + kind.lower()), Literal(text))
        for tag in query.tags:
            yield Triple(executable, NamedNode(_SCHEMA + "keywords"), Literal(tag))


def _citation(title: str, about: Row | None, dataset: NamedNode, canonical: str) -> bytes:
    """Write a Citation File Format record (CFF 1.2.0), with version and licence of the ontology."""
    import yaml

    record: dict[str, object] = {
        "cff-version": "1.2.0",
        "message": "Please cite this graph, and the sources of the facts that you use (kg sources cite).",
        "type": "dataset",
        "title": title,
        "authors": [{"name": f"The contributors of {title}"}],
        "identifiers": [
            {"type": "url", "value": dataset.value},
            {"type": "other", "value": f"sha256:{canonical}", "description": "digest of the canonical graph"},
        ],
    }
    if about:
        facts = {"version": about.version, "license-url": about.licence}
        record |= {name: value for name, value in facts.items() if value}
    return yaml.safe_dump(record, allow_unicode=True, sort_keys=False).encode()


def _turtle(triples: Iterable[Triple], prefixes: Prefixes) -> bytes:
    return write_rdf((Quad(*triple) for triple in triples), "turtle", Prefixes({**prefixes.namespaces, **_PREFIXES}))


def _term(term: object) -> NamedNode | Literal:
    assert isinstance(term, NamedNode | Literal)
    return term
