"""JSON-LD with readable keys: the context is made from the ontology, and nothing is ever fetched."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad

from kg.errors import InputError, OutsideError
from kg.query.labels import labels_in, local_name
from kg.rdf.terms import OWL, RDF, RDFS, SKOS, XSD, Prefixes

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
_CLASSES = {OWL + "Class", RDFS + "Class"}
_PROPERTIES = {RDF + "Property", OWL + "ObjectProperty", OWL + "DatatypeProperty"}
_OPAQUE = re.compile(r"[A-Z]*[_-]?\d+")


def context(project: Iterable[Quad], prefixes: Prefixes) -> Json:
    """Make a JSON-LD context: a key for each class and property that the project describes.

    The key is the term's local name, or its label where the local name is a number. What would be the key of two terms
    is that of neither.

    Args:
        project: all that a project asserts; a property whose values all have one datatype gets it as its type.
        prefixes: become prefixes of the context.
    """
    project = list(project)
    kinds: dict[NamedNode, set[str]] = defaultdict(set)
    datatypes: dict[str, set[str]] = defaultdict(set)
    for quad in project:
        if isinstance(quad.object, Literal):
            datatypes[quad.predicate.value].add("@language" if quad.object.language else quad.object.datatype.value)
        elif quad.predicate.value == RDF + "type" and isinstance(quad.subject, NamedNode):
            kinds[quad.subject].add(getattr(quad.object, "value", ""))
    terms: Json = {}
    described = (term for term, of in kinds.items() if of & (_CLASSES | _PROPERTIES))
    for key, term in _keys(described, labels_in(project)).items():
        terms[key] = term.value
        if OWL + "ObjectProperty" in kinds[term]:
            terms[key] = {"@id": term.value, "@type": "@id"}
        elif len(datatypes[term.value]) == 1:
            (datatype,) = datatypes[term.value]
            if datatype == "@language":
                terms[key] = {"@id": term.value, "@container": "@language"}
            elif datatype != XSD + "string":
                terms[key] = {"@id": term.value, "@type": datatype}
    keywords = {"@version": 1.1, "type": "@type"}
    # A prefix gives way to a term of the same name.
    short = {name: namespace for name, namespace in prefixes.namespaces.items() if name not in terms}
    return {"@context": {**keywords, **dict(sorted(short.items())), **dict(sorted({**_COMMON, **terms}.items()))}}


def _keys(terms: Iterable[NamedNode], labels: Mapping[NamedNode, str]) -> Mapping[str, NamedNode]:
    named = [(key, term) for term in terms if (key := _key(term, labels.get(term, "")))]
    often = Counter(key for key, _ in named)
    return {key: term for key, term in named if often[key] == 1 and key != "type"}


def _key(term: NamedNode, label: str) -> str:
    """Return a name that can be a key; BFO_0000023 is called by its label."""
    name = local_name(term)
    if _OPAQUE.fullmatch(name) and label:
        first, *words = re.findall(r"\w+", label) or [""]
        name = "".join((first, *(word[:1].upper() + word[1:] for word in words)))
    return name if re.fullmatch(r"\w[\w.-]*", name) else ""


def document(quads: Iterable[Quad], context: Json, frame: Json | None = None) -> bytes:
    """Write the merged graph of some quads as JSON-LD, compacted with a context, or framed.

    Raises:
        InputError: the frame is not a valid JSON-LD frame.
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
        # pyld wraps what happened in general words; the first cause is the informative one.
        cause: BaseException = error
        while cause.__cause__:
            cause = cause.__cause__
        if isinstance(cause, OutsideError):
            raise cause from error
        raise InputError(f"not a valid JSON-LD frame: {cause.args[0]}") from error
    except RecursionError as error:
        raise InputError("not a valid JSON-LD frame: it is nested too deeply") from error
    return as_json(result)


def as_json(value: Json) -> bytes:
    """Write JSON for people: indented, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, indent=2).encode() + b"\n"


def _refuse(url: str, options: object) -> Json:
    raise OutsideError(f"kg does not fetch contexts from the web: {url}", "copy the context into the frame")
