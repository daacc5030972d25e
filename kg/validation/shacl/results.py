"""Results as findings, said alike whichever engine found them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from kg.findings import SEVERITIES, Finding
from kg.rdf.terms import SH
from kg.validation.shacl.components import COMPONENTS

_FAULTS = {component.iri: f"{component.fault} (sh:{component.name})." for component in COMPONENTS}


def ill_typed_finding(triple: Triple) -> Finding:
    """Return the finding for a literal that is no value of its datatype."""
    message = "This is not a valid value of its datatype: correct the value, or the datatype."
    return Finding("violation", _plain(triple.subject), message, triple.predicate.value, str(triple.object))


def severity_of(iri: str) -> str:
    """Return the severity of a finding, by the IRI of that of a result: violation, warning, info, or the IRI itself."""
    name = iri.removeprefix(SH).lower()
    return name if name in SEVERITIES else iri


class Messages:
    """The messages of the shapes; engines word missing ones differently, so ours are used."""

    def __init__(self, shapes: Iterable[Triple]) -> None:
        messages = (triple.object for triple in shapes if triple.predicate.value == SH + "message")
        texts = {message.value for message in messages if isinstance(message, Literal)}
        # The message of a SPARQL constraint may have variables in it (SHACL, section 5.2.1).
        self._patterns = [
            re.compile(".*".join(map(re.escape, re.split(r"{[?$]\w+}", text))), re.DOTALL) for text in texts
        ]

    def of(self, messages: Iterable[str], component: str) -> str:
        """Return those of an engine's messages that come from the shapes."""
        own = {text for text in messages if any(pattern.fullmatch(text) for pattern in self._patterns)}
        return " ".join(sorted(own)) or _FAULTS.get(component, f"This does not satisfy the constraint <{component}>.")


def _plain(node: NamedNode | BlankNode | Triple) -> str:
    return node.value if isinstance(node, NamedNode | BlankNode) else str(node)
