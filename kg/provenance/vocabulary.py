"""The terms by which evidence is described: the only module of kg that names them.

A piece of evidence is a passage of a text or a record of a data set; it is the name of the graph that holds what was
read from it. All that kg does with evidence it does by these terms, and only in projects that use them.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyoxigraph import NamedNode

from kg.rdf.terms import DCTERMS

NAMESPACE = "https://w3id.org/aigov-kg/ontology#"
PREFIX = "aigov"
OA = "http://www.w3.org/ns/oa#"


def _term(name: str) -> NamedNode:
    return NamedNode(NAMESPACE + name)


# Classes.
PASSAGE = _term("Passage")
RECORD = _term("Record")
DATASET = _term("Dataset")

# Of a piece of evidence: its source, what kind of statement it is, who is quoted, what it says in our words.
IN_SOURCE = _term("inSource")
STATUS = _term("status")
SPEAKER = _term("speaker")
DESCRIPTION = NamedNode(DCTERMS + "description")
NO_FACTS_BECAUSE = _term("noFactsBecause")

# The place of a passage in its text (Web Annotation Vocabulary, section 3.3), and the digest of its words.
PARAGRAPH = _term("paragraph")
SENTENCE = _term("sentence")
CLAUSE = _term("clause")
SHA256 = _term("sha256")
HAS_SELECTOR = NamedNode(OA + "hasSelector")
START = NamedNode(OA + "start")
END = NamedNode(OA + "end")

# Of a source.
TEXT_SHA256 = _term("textSha256")
URL = _term("url")
AUTHOR = _term("author")
PUBLISHER = _term("publisher")
RETRIEVED_ON = _term("retrievedOn")
VERSION = _term("version")

# Statuses: that of what another data set says, and those of which a page sets the facts apart as opinion.
REPORTED_FACT = _term("reportedFact")
OPINIONS = frozenset({_term("authorsOpinion")})

# Kinds of sources as the Citation Style Language (1.0.2, appendix III) calls them.
CSL_TYPES: Mapping[str, str] = {
    _term("OpinionArticle").value: "article-newspaper",
    _term("WebPage").value: "webpage",
    DATASET.value: "dataset",
}


def curie(term: NamedNode) -> str:
    """Write one of these terms as files of a project do."""
    for prefix, namespace in ((PREFIX, NAMESPACE), ("oa", OA)):
        if term.value.startswith(namespace):
            return f"{prefix}:{term.value.removeprefix(namespace)}"
    return str(term)
