"""Every format that kg reads or writes, once: its name, its media type, the extensions of its files, what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from kg.errors import InputError, UsageError, did_you_mean


class Format(NamedTuple):
    """A format.

    Attributes:
        name: what -f and the Python API call it; in lower case.
        media_type: its media type.
        extensions: what the names of its files end in, in lower case, the usual one first.
        kind: what it holds: rows, one graph, a dataset (which keeps named graphs apart), or a document of another kind.
    """

    name: str
    media_type: str
    extensions: tuple[str, ...]
    kind: Literal["rows", "graph", "dataset", "document"]


TABLE = Format("table", "text/plain", (".txt",), "rows")
CSV = Format("csv", "text/csv", (".csv",), "rows")
EXCEL_CSV = Format("excel-csv", "text/csv", (), "rows")
TSV = Format("tsv", "text/tab-separated-values", (".tsv", ".tab"), "rows")
RESULTS_JSON = Format("json", "application/sparql-results+json", (".json", ".srj"), "rows")
JSONL = Format("jsonl", "application/x-ndjson", (".jsonl", ".ndjson"), "rows")
RESULTS_XML = Format("xml", "application/sparql-results+xml", (".xml", ".srx"), "rows")
MARKDOWN = Format("markdown", "text/markdown", (".md", ".markdown"), "rows")

TURTLE = Format("turtle", "text/turtle", (".ttl",), "graph")
TRIG = Format("trig", "application/trig", (".trig",), "dataset")
NTRIPLES = Format("ntriples", "application/n-triples", (".nt",), "graph")
NQUADS = Format("nquads", "application/n-quads", (".nq",), "dataset")
# OWL 2 Conformance, section 2.1: every tool takes RDF/XML, and its documents end in .owl.
RDFXML = Format("rdfxml", "application/rdf+xml", (".rdf", ".owl"), "graph")
JSON_LD = Format("json-ld", "application/ld+json", (".jsonld",), "graph")
N3 = Format("n3", "text/n3", (".n3",), "graph")
GRAPHML = Format("graphml", "application/graphml+xml", (".graphml",), "graph")
CONTEXT = Format("context", "application/ld+json", (), "document")

TEXT = Format("text", "text/plain", (".txt",), "document")
TREE = Format("tree", "text/plain", (".txt",), "document")
JSON = Format("json", "application/json", (".json",), "document")
SARIF = Format("sarif", "application/sarif+json", (".sarif", ".sarif.json"), "document")
JUNIT = Format("junit", "application/xml", (".xml",), "document")
BIBTEX = Format("bibtex", "application/x-bibtex", (".bib",), "document")
CSL_JSON = Format("csl-json", "application/vnd.citationstyles.csl+json", (".json",), "document")
SPARQL = Format("sparql", "application/sparql-query", (".rq", ".sparql"), "document")

# What the library writes: the rows of an answer, its triples, a graph.
ROWS = (TABLE, CSV, EXCEL_CSV, TSV, RESULTS_JSON, JSONL, RESULTS_XML, MARKDOWN)
GRAPHS = (TURTLE, TRIG, NTRIPLES, NQUADS, RDFXML, JSON_LD)
DATASETS = tuple(known for known in GRAPHS if known.kind == "dataset")
EXPORTS = (*GRAPHS, CONTEXT, CSV, GRAPHML)

# What is read. Where a file is known to hold RDF, two extensions say enough that elsewhere would not.
_RDF = {extension: known for known in (*GRAPHS, N3) for extension in known.extensions}
RDF_EXTENSIONS = _RDF | {".xml": RDFXML, ".json": JSON_LD}


def of_file(path: Path, known: Iterable[Format]) -> Format | None:
    """Return which of the known formats a file has by its extension, whatever its case; None where it has none."""
    name = path.name.lower()
    fitting = {end: one for one in known for end in one.extensions if name.endswith(end)}
    return fitting[max(fitting, key=len)] if fitting else None


def rdf_format(path: Path) -> Format | None:
    """Return the RDF syntax of a file by its extension, whatever its case; None for another extension."""
    return RDF_EXTENSIONS.get(path.suffix.lower())


def required_rdf_format(path: Path, unpacked: Path | None = None) -> Format:
    """Return the RDF syntax of a file; `unpacked` is its name without that of its compression.

    Raises InputError where the extension is not that of a syntax.
    """
    found = rdf_format(unpacked or path)
    if found is None:
        raise InputError(
            f"{(unpacked or path).suffix or 'a name without an extension'} does not say which RDF syntax this is",
            f"the extensions of RDF files are {', '.join(RDF_EXTENSIONS)}",
            path=path,
        )
    return found


def named(name: str, known: Sequence[Format], what: str = "this") -> Format:
    """Return the format of a name, whatever its case.

    Args:
        name: as -f and the Python API have it.
        known: the formats in which it can be written.
        what: is to be written, for the message.

    Raises UsageError for an unknown name.
    """
    found = next((one for one in known if one.name == name.lower()), None)
    if found is None:
        raise _refusal(f"{what} cannot be written as {name}", name, known)
    return found


def chosen(
    name: str | None, output: Path | None, known: Sequence[Format], default: Format, what: str = "this"
) -> Format:
    """Choose the format to write: the one of a name, else that of an output's extension, else the default.

    Args:
        name: what -f says.
        output: the file to write; a name without an extension, and `-`, leave it to the default.
        known: the formats in which it can be written.
        default: one of them.
        what: is to be written, for the message.

    Raises UsageError for a name or an extension that is not of a known format.
    """
    if name is not None:
        return named(name, known, what)
    if output is None or not output.suffix:
        return default
    if found := of_file(output, known):
        return found
    message = f"{what} cannot be written to {output}: none of its formats has the extension {output.suffix}"
    raise _refusal(message, output.suffix, known)


def _refusal(message: str, word: str, known: Sequence[Format]) -> UsageError:
    """Return an error that lists the formats, after the one that was meant where a word is near to it."""
    bare = word.lower().lstrip(".")
    meant = of_file(Path(f"x.{bare}"), known)
    near = f"did you mean {meant.name}?" if meant else did_you_mean(bare, [one.name for one in known])
    listed = ", ".join(f"{one.name} ({' '.join(one.extensions)})" if one.extensions else one.name for one in known)
    return UsageError(message, " ".join(filter(None, (near, f"the formats are {listed}"))))
