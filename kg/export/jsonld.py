"""JSON-LD with readable keys: the context is made from the ontology, and nothing is ever fetched."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad

from kg.errors import InputError, OutsideError
from kg.rdf.terms import AIGOV, OWL, RDF, RDFS, SKOS, XSD, Prefixes

Json = dict[str, Any]

# Keys for the terms of other vocabularies that our data uses.
_COMMON: Json = {
    "label": {"@id": RDFS + "label", "@container": "@language"},
    "altLabel": {"@id": SKOS + "altLabel", "@container": ["@language", "@set"]},
    "definition": {"@id": SKOS + "definition", "@container": "@language"},
    "example": {"@id": SKOS + "example", "@container": "@language"},
    "description": {"@id": "http://purl.org/dc/terms/description", "@container": "@language"},
    **{
        name: {"@id": SKOS + name, "@type": "@id"}
        for name in ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch", "inScheme")
    },
}
_OBJECT_PROPERTY = OWL + "ObjectProperty"


def context(project: Iterable[Quad], prefixes: Prefixes) -> Json:
    """Make a JSON-LD context: a key for each class and property of the ontology, by its local name.

    Args:
        project: all that a project asserts; a property whose values all have one datatype gets it as its type.
        prefixes: become prefixes of the context.
    """
    types: dict[str, set[str]] = defaultdict(set)
    datatypes: dict[str, set[str]] = defaultdict(set)
    for quad in project:
        if isinstance(quad.object, Literal):
            datatypes[quad.predicate.value].add("@language" if quad.object.language else quad.object.datatype.value)
        elif isinstance(quad.object, NamedNode) and quad.predicate.value == RDF + "type":
            types[getattr(quad.subject, "value", "")].add(quad.object.value)
    terms: Json = {}
    for term, kinds in types.items():
        if not term.startswith(AIGOV):
            continue
        name = term.removeprefix(AIGOV)
        if _OBJECT_PROPERTY in kinds:
            terms[name] = {"@id": term, "@type": "@id"}
        elif len(datatypes[term]) == 1:
            (datatype,) = datatypes[term]
            if datatype == "@language":
                terms[name] = {"@id": term, "@container": "@language"}
            elif datatype == XSD + "string":
                terms[name] = term
            else:
                terms[name] = {"@id": term, "@type": datatype}
        else:
            terms[name] = term
    keywords = {"@version": 1.1, "type": "@type"}
    # A prefix gives way to a term of the same name.
    short = {name: namespace for name, namespace in prefixes.namespaces.items() if name not in terms}
    return {"@context": {**keywords, **dict(sorted(short.items())), **dict(sorted({**_COMMON, **terms}.items()))}}


def document(quads: Iterable[Quad], context: Json, frame: Json | None = None) -> bytes:
    """Write the merged graph of some quads as JSON-LD, compacted with a context, or framed.

    Raises:
        InputError: the frame is no JSON-LD frame.
        OutsideError: the frame names a context on the web: none is fetched.
    """
    from pyld import jsonld

    text = "".join(f"{triple} .\n" for triple in sorted({quad.triple for quad in quads}, key=str))
    options = {"documentLoader": _refuse, "ordered": True}
    expanded = jsonld.from_rdf(text, {"format": "application/n-quads", "ordered": True})
    try:
        if frame is not None:
            result = jsonld.frame(expanded, {**context, **frame}, options)
        else:
            result = jsonld.compact(expanded, context, {**options, "graph": True})
    except jsonld.JsonLdError as error:
        # pyld wraps what happened in general words; the first cause is the telling one.
        cause: BaseException = error
        while cause.__cause__:
            cause = cause.__cause__
        if isinstance(cause, OutsideError):
            raise cause from error
        raise InputError(f"the frame cannot be used: {cause.args[0]}") from error
    return as_json(result)


def as_json(value: Json) -> bytes:
    """Write JSON for people: indented, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"


def _refuse(url: str, options: object) -> Json:
    raise OutsideError(f"the context {url} would have to be fetched", "write the context into the frame")
