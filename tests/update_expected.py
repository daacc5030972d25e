"""The full answers of the canned queries on the shipped graph, kept as text under tests/expected/.

When data, ontology or queries change, write them anew, and read the difference before it is committed:

    python tests/update_expected.py
    git diff tests/expected
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

from servers import wikidata

import kg
from kg.rdf.terms import display

ROOT = Path(__file__).resolve().parent.parent
EXPECTED = ROOT / "tests" / "expected"


class Case(NamedTuple):
    """A canned query with values for its parameters."""

    query: str
    arguments: dict[str, str]

    @property
    def name(self) -> str:
        """The name of the case, and of its file: query+parameter=value."""
        return "+".join([self.query, *(f"{name}={value}" for name, value in self.arguments.items())])

    @property
    def path(self) -> Path:
        """The file that holds the expected answer."""
        return EXPECTED / f"{self.name}.tsv"


CASES = (
    Case("declarations", {}),
    Case("events", {}),
    Case("inferred", {}),
    Case("initiatives", {}),
    Case("initiators", {}),
    Case("instruments", {}),
    Case("located-in", {}),
    Case("located-in", {"place": "china"}),
    Case("mentions", {"word": "privacy"}),
    Case("mentions", {"word": "talent"}),
    Case("ontology-terms", {}),
    Case("opinions", {}),
    Case("organizations", {}),
    Case("people", {}),
    Case("positions", {}),
    Case("positions", {"agent": "china"}),
    Case("positions", {"agent": "international-community"}),
    Case("practices", {}),
    Case("principles", {}),
    Case("principles", {"instrument": "global-ai-governance-initiative"}),
    Case("problems-and-goals", {}),
    Case("rankings", {}),
    Case("recommendations", {}),
    Case("recommendations", {"issuer": "china"}),
    Case("records-to-link", {}),
    Case("related", {"a": "china", "b": "global-ai-governance-initiative"}),
    Case("related", {"a": "tencent", "b": "china"}),
    Case("sectors", {}),
    Case("sources-of", {"entity": "china"}),
    Case("sources-of", {"entity": "bletchley-declaration"}),
    Case("statements-by", {}),
    Case("statements-by", {"speaker": "china"}),
    Case("statements-by", {"speaker": "cyberspace-administration-of-china"}),
    Case("statistics", {}),
    Case("timeline", {}),
    Case("timeline", {"from": "2023-10-18", "to": "2023-11-01"}),
    Case("unlinked", {}),
    Case("wikidata-details", {}),
    Case("wikidata-names", {}),
)


def answer(graph: kg.KnowledgeGraph, case: Case) -> str:
    """Return the answer of a case as text: a line of column names, then a line for each row, tabs between cells."""
    rows = graph.query(case.query, **case.arguments)
    lines = [rows.variables, *(tuple(display(term, graph.prefixes) for term in row) for row in rows.terms)]
    return "".join("\t".join(cells) + "\n" for cells in lines)


def main() -> None:
    """Write the answers of all cases, and remove those of cases that are no more."""
    EXPECTED.mkdir(exist_ok=True)
    for path in EXPECTED.glob("*.tsv"):
        path.unlink()
    # What Wikidata is asked is answered by a server on loopback that holds a small extract.
    with tempfile.TemporaryDirectory() as folder, wikidata() as named:
        graph = kg.open(ROOT, store=folder, allow_service=[named])
        for case in CASES:
            case.path.write_text(answer(graph, case), encoding="utf-8")


if __name__ == "__main__":
    main()
