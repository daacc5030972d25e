"""How good `kg link` finds things in real open data, and how fast, beside two simple ways; print tables, write JSON.

Run it from the checkout, in an environment with the package and the extra `bench`:

    python benchmarks/linking.py [--shared ../shared] [--tasks names,labels,...] [--json linking.json]

Each task is split in two by the SHA-256 of its queries' ids. Thresholds are chosen on the development half alone, and
used on the test half. The simple ways run on the same queries and records in the same run: equal normalised names, and
TF-IDF over letter trigrams with the cosine as confidence (scikit-learn). Where a gold standard is partial (ROR names
the Wikidata id of a part of its records), an answer that it knows nothing of counts neither way.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import json
import os
import platform
import re
import resource
import sys
import tarfile
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the checkout itself, installed or not

from kg.link.index.name_index import NameIndex, write_index  # noqa: E402
from kg.link.matching.assignment import one_to_one, weigh_hierarchies  # noqa: E402
from kg.link.matching.bulk import CHUNK, candidates_of_all  # noqa: E402
from kg.link.matching.evaluation import Answer, best_threshold, score  # noqa: E402
from kg.link.matching.evidence import NameMatch  # noqa: E402
from kg.link.matching.matcher import Candidate, chosen  # noqa: E402
from kg.link.records.names import normalise  # noqa: E402
from kg.link.records.record import NameKind, Record  # noqa: E402
from kg.link.targets.readers import ColumnMapping, read_records  # noqa: E402

PRECISE = 0.98  # what the cautious setting is chosen for: above the 0.97 that it should reach on the other half
TWO = 2  # candidates that are needed to see a tie
WIKIDATA = "http://www.wikidata.org/entity/"


@dataclass(frozen=True)
class Task:
    """What is looked for where, and what is right; `judged` are the records that the gold standard knows about."""

    name: str
    queries: list[Record]
    records: list[Record]
    expected: dict[str, frozenset[str]]
    judged: frozenset[str] | None = None
    pairs: bool = False  # each record belongs to one query


def records(path: Path, kind: str, mapping: ColumnMapping | None = None) -> list[Record]:
    return [record for _, record in read_records(path, kind, mapping) if record is not None]


def labels_of_items(shared: Path, **columns: str) -> list[Record]:
    mapping = ColumnMapping(WIKIDATA + "{qid}", {"label": "label_en"} | columns)
    return records(shared / "opendata/wikidata_nsi_labels.tsv.gz", "table", mapping)


def labels(shared: Path, *, with_website: bool) -> Task:
    """All Wikidata labels of the name suggestion index; ROR says of a part of its records what Wikidata calls them."""
    queries = labels_of_items(shared, **({"website": "website"} if with_website else {}))
    ror = records(shared / "opendata/ror_subset.jsonl.gz", "ror")
    expected = defaultdict(set)
    for record in ror:
        for same in record.same_as:
            expected[same].add(record.iri)
    return Task(
        "labels and websites to ROR" if with_website else "labels to ROR",
        queries,
        ror,
        {query.iri: frozenset(expected.get(query.iri, ())) for query in queries},
        frozenset(record.iri for record in ror if record.same_as),
    )


def titles(shared: Path) -> Task:
    """Titles of Wikipedia pages, which ROR gives for a part of its records."""
    path = shared / "opendata/ror_subset.jsonl.gz"
    expected = defaultdict(set)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for value in map(json.loads, file):
            if value["wikipedia"] and value["status"] == "active":
                expected[value["wikipedia"].rsplit("/", 1)[-1]].add(value["id"])
    queries = [Record(title, unquote(title).replace("_", " ")) for title in expected]
    return Task("titles to ROR", queries, records(path, "ror"), {title: frozenset(v) for title, v in expected.items()})


def cities(shared: Path) -> Task:
    """Cities of ROR with their country; ROR gives the GeoNames id, which is not always among the places at hand."""
    places = records(shared / "opendata/geonames_cities5000.tsv.gz", "geonames")
    known = {place.iri for place in places}
    expected = defaultdict(set)
    with gzip.open(shared / "opendata/ror_subset.jsonl.gz", "rt", encoding="utf-8") as file:
        for value in map(json.loads, file):
            if value["city"] and value["geonames"]:
                expected[value["city"], value["country"]].add(f"https://sws.geonames.org/{value['geonames']}/")
    queries = [Record(f"{city}, {country}", city, country=country) for city, country in expected]
    answers = {f"{city}, {country}": frozenset(v & known) for (city, country), v in expected.items()}
    return Task("cities to GeoNames", queries, places, answers)


def dblp_acm(folder: Path) -> Task:
    """Publications of DBLP and of the ACM."""

    def mapping(name: str) -> ColumnMapping:
        columns = {"label": "title", "people": "authors", "year": "year"}
        return ColumnMapping(f"{name}:{{id}}", columns, separator=",", delimiter="%")

    queries = records(folder / "er/D4_dblp.csv", "table", mapping("dblp"))
    theirs = records(folder / "er/D4_acm.csv", "table", mapping("acm"))
    expected = defaultdict(set)
    with (folder / "er/D4_gt.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="%"):
            expected[f"dblp:{row['D1']}"].add(f"acm:{row['D2']}")
    answers = {query.iri: frozenset(expected.get(query.iri, ())) for query in queries}
    return Task("DBLP to ACM", queries, theirs, answers, pairs=True)


def anatomy(folder: Path) -> Task:
    """The adult mouse anatomy and the part of the NCI thesaurus about human anatomy (OAEI)."""
    sides = []
    for side in ("source", "target"):
        path = folder / f"oaei/mouse-human_{side}.owl"
        (folder / f"oaei/mouse-human_{side}.xml").rename(path)
        sides.append(records(path, "rdf"))
    text = (folder / "oaei/mouse-human_reference.xml").read_text(encoding="utf-8")
    expected = defaultdict(set)
    for one, other in re.findall(r'entity1 rdf:resource="([^"]+)"/>\s*<entity2 rdf:resource="([^"]+)"', text):
        expected[one].add(other)
    answers = {query.iri: frozenset(expected.get(query.iri, ())) for query in sides[0]}
    return Task("OAEI anatomy", *sides, answers, pairs=True)


def is_test(iri: str) -> bool:
    return hashlib.sha256(iri.encode()).digest()[-1] % 2 == 1


def with_kg(task: Task, folder: Path, processes: int) -> tuple[dict[str, Candidate], dict[str, float]]:
    start = time.perf_counter()
    write_index(folder, task.records)
    written = time.perf_counter()
    answers, speed = rate(folder, task.queries, processes, 5 if task.pairs else TWO)
    found = {query.iri: candidates for query, candidates in zip(task.queries, answers, strict=True)}
    figures = {"index s": written - start, "queries/s": speed}
    if task.pairs:
        weighed = weigh_hierarchies(found, task.queries, task.records)
        return one_to_one(weighed), figures
    best = {iri: chosen(candidates) for iri, candidates in found.items()}
    return {iri: candidate for iri, candidate in best.items() if candidate}, figures


def with_equal_names(task: Task) -> dict[str, Candidate]:
    """Answer where one record has an equal normalised name, and no other has."""
    by_name: dict[str, set[int]] = defaultdict(set)
    for place, record in enumerate(task.records):
        for text in (record.label, *record.aliases):
            by_name[normalise(text)].add(place)
    found = {}
    for query in task.queries:
        places = [p for p in by_name.get(normalise(query.label), ()) if _same_country(query, task.records[p])]
        if len(places) == 1:
            found[query.iri] = _candidate(task.records[places[0]], 1.0)
    return found


def with_tf_idf(task: Task) -> dict[str, Candidate]:
    """Answer with the record whose name has the highest cosine over weighted letter trigrams."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    names = [(normalise(t), place) for place, r in enumerate(task.records) for t in (r.label, *r.aliases)]
    names = [(name, place) for name, place in dict.fromkeys(names) if name]
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3))
    matrix = vectorizer.fit_transform([name for name, _ in names]).T.tocsr()
    found = {}
    for start in range(0, len(task.queries), 200):
        some = task.queries[start : start + 200]
        product = (vectorizer.transform([normalise(query.label) for query in some]) @ matrix).tocsr()
        for row, query in enumerate(some):
            part = slice(product.indptr[row], product.indptr[row + 1])
            cosines, places = product.data[part], product.indices[part]
            for place in np.argsort(-cosines)[:200]:
                record = task.records[names[places[place]][1]]
                if _same_country(query, record):
                    found[query.iri] = _candidate(record, float(cosines[place]))
                    break
    return found


def _same_country(query: Record, record: Record) -> bool:
    return not query.country or query.country == record.country


def _candidate(record: Record, confidence: float) -> Candidate:
    return Candidate(record, NameMatch(confidence, NameKind.LABEL, 0, record.label, 0.0), (), confidence)


def measure(task: Task, found: dict[str, Candidate]) -> Iterator[dict[str, object]]:
    """Choose thresholds on the development half; yield what they give on both halves."""
    halves: dict[bool, list[Answer]] = {False: [], True: []}
    for query in task.queries:
        halves[is_test(query.iri)].append(Answer(query, found.get(query.iri), task.expected[query.iri]))
    for setting, precision in (("best F1", None), (f"precision {PRECISE}", PRECISE)):
        threshold = best_threshold(halves[False], task.judged, precision)
        for half, answers in (("dev", halves[False]), ("test", halves[True])):
            reached = score(answers, threshold, task.judged)
            yield {
                "setting": setting,
                "half": half,
                "threshold": round(threshold, 4),
                "precision": round(reached.precision, 4),
                "recall": round(reached.recall, 4),
                "f1": round(reached.f1, 4),
                **asdict(reached),
            }


def names_at_scale(shared: Path, folder: Path, processes: int) -> dict[str, float]:
    """Load the names of all data sets at hand into one index; ask for labels of which most are not there."""
    queries = labels_of_items(shared)
    count = 0

    def everything() -> Iterator[Record]:
        nonlocal count
        for name, kind in (
            ("geonames_cities5000.tsv", "geonames"),
            ("ror_subset.jsonl", "ror"),
            ("unesco_thesaurus.ttl", "rdf"),
            ("stw_9.04.ttl", "rdf"),
        ):
            for _, record in read_records(shared / f"opendata/{name}.gz", kind):
                if record is not None:
                    count += len(record.names())
                    yield record

    start = time.perf_counter()
    write_index(folder, everything())
    written = time.perf_counter()
    NameIndex(folder)
    opened = time.perf_counter()
    return {
        "names": count,
        "index s": written - start,
        "open ms": 1000 * (opened - written),
        "queries/s": rate(folder, queries, processes)[1],
        "peak MB of indexing": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "peak MB of a worker": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    }


def rate(folder: Path, queries: list[Record], processes: int, limit: int = TWO) -> tuple[list[list[Candidate]], float]:
    """Return the candidates, and how many queries a second were answered once the processes had started.

    The clock starts with the first answers, when each process has worked on its first chunk.
    """
    answers = candidates_of_all(folder, queries, limit=limit, processes=processes)
    found = [next(answers)]
    start, done = time.perf_counter(), CHUNK * processes if processes > 1 else 1
    found.extend(answers)
    return found, max(len(queries) - done, 1) / (time.perf_counter() - start)


def run(task: Task, processes: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        ours, figures = with_kg(task, Path(folder), processes)
    ways: dict[str, Callable[[], dict[str, Candidate]]] = {
        "kg": lambda: ours,
        "equal names": lambda: with_equal_names(task),
        "TF-IDF trigrams": lambda: with_tf_idf(task),
    }
    answerable = sum(bool(expected) for expected in task.expected.values())
    print(f"\n{task.name}: {len(task.queries):,} queries, {answerable:,} with an answer; {len(task.records):,} records")
    print(f"  index {figures['index s']:.1f} s, {figures['queries/s']:,.0f} queries/s with {processes} processes")
    print(f"  {'':18}{'setting':16}{'half':6}{'thr.':>7}{'precision':>11}{'recall':>8}{'F1':>7}")
    result: dict[str, object] = {"queries": len(task.queries), "answerable": answerable, **figures}
    for name, way in ways.items():
        rows = list(measure(task, way()))
        result[name] = rows
        for row in rows:
            if name == "kg" or (row["setting"] == "best F1" and row["half"] == "test"):
                print(
                    f"  {name:18}{row['setting']:16}{row['half']:6}{row['threshold']:7.3f}"
                    f"{row['precision']:11.3f}{row['recall']:8.3f}{row['f1']:7.3f}"
                )
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--tasks", default="names,labels,websites,titles,cities,dblp-acm,anatomy")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    shared = arguments.shared
    with tempfile.TemporaryDirectory() as folder:
        for name in ("er_benchmarks_pyjedai", "oaei_anatomy_conference_ref"):
            with tarfile.open(shared / f"opendata/{name}.tar.xz") as archive:
                archive.extractall(folder, filter="data")
        tasks: dict[str, Callable[[], Task]] = {
            "labels": lambda: labels(shared, with_website=False),
            "websites": lambda: labels(shared, with_website=True),
            "titles": lambda: titles(shared),
            "cities": lambda: cities(shared),
            "dblp-acm": lambda: dblp_acm(Path(folder)),
            "anatomy": lambda: anatomy(Path(folder)),
        }
        results: dict[str, object] = {}
        for name in arguments.tasks.split(","):
            if name == "names":
                with tempfile.TemporaryDirectory() as index:
                    figures = names_at_scale(shared, Path(index), arguments.processes)
                print("\nnames of all: " + ", ".join(f"{key} {value:,.0f}" for key, value in figures.items()))
                results[name] = figures
            else:
                results[name] = run(tasks[name](), arguments.processes)
    if arguments.json:
        machine = {"machine": platform.platform(), "python": platform.python_version(), "cores": os.cpu_count()}
        arguments.json.write_text(json.dumps(machine | {"results": results}, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
