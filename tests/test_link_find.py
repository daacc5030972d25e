"""Candidates: each with its evidence in words, nothing proposed where there is no telling, decisions remembered."""

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from link_fixtures import BODY, add_register, record, write_table
from servers import Reply, fake_server
from small_project import ID, run_kg, write_small_project
from test_sssom import sssom_validate

from kg.files.sssom import Decision, read_links
from kg.link.index.name_index import NameIndex, write_index
from kg.link.index.similarity import weigh_words
from kg.link.matching.assignment import one_to_one, weigh_hierarchies
from kg.link.matching.matcher import Matcher, chosen, why_not
from kg.link.records.names import normalise
from kg.link.records.record import Record

RIVER = record(1, "River Council", labels=[["河流理事会", "zh"]], city="Lund", types=["government"])
LAKE = record(2, "Lake Council", aliases=["Council of Lakes"], country="NO")
OTHER_LAKE = record(3, "Lake Council", country="DK")
ACRONYM = record(4, "Recycling Company", acronyms=["RC"])


@pytest.fixture
def project(tmp_path):
    return write_small_project(tmp_path / "p")


def find(folder, *arguments):
    done = run_kg(folder, "link", "find", "--target", "register", "-f", "json", *arguments)
    return {entry["entity"].rsplit("/", 1)[-1]: entry for entry in json.loads(done.stdout)}


def matcher(tmp_path, *records):
    write_index(tmp_path / "index", records)
    return Matcher(NameIndex(tmp_path / "index"))


def test_a_candidate_says_why_and_is_exact_with_evidence_beyond_the_name(project):
    add_register(project, RIVER)
    river = find(project)["river-council"]
    assert river["proposed"] == "http://www.w3.org/2004/02/skos/core#exactMatch"
    (candidate,) = river["candidates"]
    assert candidate["iri"] == f"{BODY}1"
    words = {piece["kind"]: piece["words"] for piece in candidate["evidence"]}
    assert words["name"] == 'label "river council" equal'
    assert words["country"] == "country SE agrees"
    assert words["script"] == "names equal in Cjk and Latin script"
    assert words["type"] == "type organization agrees"


def test_a_name_alone_is_a_close_match(project):
    add_register(project, record(1, "River Council", country=None, types=[]))
    assert find(project)["river-council"]["proposed"] == "http://www.w3.org/2004/02/skos/core#closeMatch"


def test_what_disagrees_lowers_the_confidence_and_is_said(project):
    add_register(project, LAKE)
    lake = find(project, "--min-confidence", "0")["lake-council"]
    assert lake["proposed"] is None
    assert "our country is SE, theirs is NO" in {piece["words"] for piece in lake["candidates"][0]["evidence"]}


def test_ties_are_abstained_from(project):
    add_register(project, record(2, "Lake Council"), record(3, "Lake Council"))
    done = run_kg(project, "link", "find", "--target", "register")
    assert done.returncode == 0
    assert f"nothing proposed: tied with Lake Council ({BODY}3)" in done.stdout
    assert "→" not in done.stdout
    assert "1 other record has a name as close" in done.stdout


def test_a_short_acronym_never_passes_alone(project):
    add_register(project, record(4, "Recycling Company", acronyms=["RC"], country=None, types=[]))
    river = find(project, "--min-confidence", "0")["river-council"]
    assert river["proposed"] is None
    assert river["obstacle"] == "only a short acronym matches"


@pytest.mark.parametrize("more", [{"label": "RCA"}, {"label": "RCA (Sweden)"}, {"label": "River", "aliases": ("RCA",)}])
def test_a_short_acronym_among_the_other_names_never_passes_alone(tmp_path, more):
    search = matcher(tmp_path, Record("https://x.example/1", country="SE", **more))
    ours = {"label": "RCA", "types": ("organization",)}
    assert why_not(search.candidates(Record("https://y.example/1", **ours))) == "only a short acronym matches"
    assert why_not(search.candidates(Record("https://y.example/1", country="SE", **ours))) is None


@pytest.mark.parametrize("name", ["Rca", "河流"])
def test_a_short_name_is_no_acronym(tmp_path, name):
    search = matcher(tmp_path, Record("https://x.example/1", name))
    assert why_not(search.candidates(Record("https://y.example/1", name))) is None


def test_find_can_be_narrowed_to_a_class_and_to_an_entity(project):
    add_register(project, RIVER, record(5, "Lund", types=[]))
    assert set(find(project)) == {"river-council", "lund"}
    assert set(find(project, "--type", "Organization")) == {"river-council"}
    assert set(find(project, "--entity", "Lund")) == {"lund"}
    done = run_kg(project, "link", "find", "--target", "register", "--type", "Organisation")
    assert (done.returncode, "did you mean organization?" in done.stderr) == (2, True)


def test_nothing_found_is_an_exit_status_and_a_wrong_target_an_error(project):
    add_register(project, record(9, "Quite Another Thing"))
    done = run_kg(project, "link", "find", "--target", "register")
    assert (done.returncode, done.stdout) == (1, "")
    done = run_kg(project, "link", "find", "--target", "registr")
    assert (done.returncode, "did you mean register?" in done.stderr) == (2, True)


def test_a_batch_is_accepted_with_the_evidence_that_is_required(project):
    add_register(project, RIVER, record(6, "Lake Council", country=None))
    table = project / "data" / "links" / "register.sssom.tsv"
    arguments = ("link", "accept", "--target", "register", "--min-confidence", "0.6", "--require", "country")
    dry = run_kg(project, *arguments, "--dry-run")
    assert (dry.returncode, table.exists()) == (0, False)
    done = run_kg(project, *arguments)
    assert done.stdout == dry.stdout
    assert "1 links accepted in data/links/register.sssom.tsv." in done.stderr
    (link,) = read_links(table).links
    assert (link.subject.value, link.object.value) == (f"{ID}river-council", f"{BODY}1")
    assert (link.decision, link.row.mapping_tool) == (Decision.ACCEPTED, "kg")
    assert link.row.comment.startswith('label "river council" equal')
    assert sssom_validate(table).exit_code == 0
    assert run_kg(project, *arguments).returncode == 1  # it is decided, and does not come back
    assert "river-council" not in find(project)
    assert run_kg(project, "build").returncode == 0
    asked = run_kg(project, "query", "text", f"ASK {{ <{ID}river-council> skos:exactMatch <{BODY}1> }}", "-f", "csv")
    assert "true" in asked.stdout
    wrong = run_kg(project, *arguments[:-1], "contry")
    assert (wrong.returncode, "did you mean country?" in wrong.stderr) == (2, True)


def test_without_a_target_all_are_looked_into(project, tmp_path):
    done = run_kg(project, "link", "accept", "--min-confidence", "0.6")
    assert (done.returncode, "kg link targets add" in done.stderr) == (2, True)
    add_register(project, RIVER)
    table = tmp_path / "t.csv"
    table.write_text("id,name,country\n1,Lake Council,SE\n")
    columns = ("--iri", "https://t.example/{id}", "--column", "label=name", "--column", "country=country")
    assert run_kg(project, "link", "targets", "add", "t", "--file", str(table), *columns).returncode == 0
    found = json.loads(run_kg(project, "link", "find", "-f", "json").stdout)
    assert [(entry["target"], entry["label"]) for entry in found] == [
        ("register", "River Council"),
        ("t", "Lake Council"),
    ]
    rows = run_kg(project, "link", "find", "-f", "tsv").stdout.splitlines()
    assert [row.split("\t")[0] for row in rows] == ["target", "register", "t"]
    done = run_kg(project, "link", "review", "--reviewer", "Ada", stdin="y\ny\n")
    assert "2 decided" in done.stderr
    assert sorted(path.name for path in (project / "data" / "links").iterdir()) == [
        "places.sssom.tsv",
        "register.sssom.tsv",
        "t.sssom.tsv",
    ]
    done = run_kg(project, "link", "eval", str(project / "data" / "links" / "t.sssom.tsv"))
    assert (done.returncode, "--target register or t" in done.stderr) == (2, True)


def review(folder, keys, *arguments):
    command = ("link", "review", "--target", "register", "--reviewer", "Ada", "--min-confidence", "0.01", *arguments)
    return run_kg(folder, *command, stdin="\n".join(keys) + "\n")


def test_review_accepts_rejects_undoes_quits_and_goes_on(project):
    add_register(project, RIVER, record(2, "Lake Council"), record(5, "Lund", types=[]))
    table = project / "data" / "links" / "register.sssom.tsv"

    # The entities come in the order of their IRIs: the Lake Council, Lund, the River Council.
    done = review(project, ["x", "z", "b", "q"])
    assert done.returncode == 0, done.stderr
    assert "ours (1 of 3)" in done.stdout
    assert "Undone: Lake Council" in done.stdout
    (link,) = read_links(table).links
    assert (link.row.predicate_id, link.decision, link.row.reviewer_label) == (
        "skos:broadMatch",
        Decision.ACCEPTED,
        ["Ada"],
    )

    done = review(project, ["u", "x"])
    assert "ours (1 of 2)" in done.stdout
    decisions = {link.row.subject_id: link.decision for link in read_links(table).links}
    assert decisions == {
        "id:lake-council": Decision.ACCEPTED,
        "id:lund": Decision.UNSURE,
        "id:river-council": Decision.REJECTED,
    }
    assert "There is nothing to review." in review(project, ["q"]).stderr
    assert sssom_validate(table).exit_code == 0


@pytest.mark.parametrize("table", ["register", "other"])
def test_beside_an_accepted_exact_match_nothing_is_proposed_there(project, table):
    """A second one would be a violation of kg link check."""
    write_table(project, table, "river-council exactMatch register:7", "lake-council closeMatch register:7")
    add_register(project, RIVER, record(2, "Lake Council", country="SE"))
    found = find(project)
    assert found["river-council"]["proposed"] is None
    obstacle = found["river-council"]["obstacle"]
    assert obstacle.startswith(f"it already has an exact match there, register:7 (data/links/{table}.sssom.tsv:")
    assert [candidate["iri"] for candidate in found["river-council"]["candidates"]] == [f"{BODY}1"]
    assert found["lake-council"]["proposed"] is not None  # a close match leaves room for the exact one
    run_kg(project, "link", "accept", "--target", "register", "--min-confidence", "0.1")
    assert "River Council" not in review(project, ["q"]).stdout
    assert run_kg(project, "link", "check", "--fail-on", "violation").returncode == 0


@pytest.mark.parametrize("row", ["river-council exactMatch wikidata:Q7", "lund exactMatch register:7"])
def test_an_exact_match_in_another_data_set_or_of_another_entity_is_no_obstacle(project, row):
    write_table(project, "register", row)
    add_register(project, RIVER)
    assert find(project)["river-council"]["proposed"].endswith("exactMatch")


def test_undoing_everything_leaves_no_table(project):
    add_register(project, RIVER)
    done = review(project, ["y", "q"])
    assert "1 decided" in done.stderr
    table = project / "data" / "links" / "register.sssom.tsv"
    table.unlink()
    review(project, ["s", "q"])
    assert not table.exists()
    done = review(project, ["?", "z", "q"])
    assert "nothing to undo" in done.stdout


def test_each_candidate_is_proposed_by_its_own_evidence(project):
    add_register(project, RIVER, record(9, "River Council", country=None, types=[]))
    done = review(project, ["s", "y"])
    assert done.stdout.count("proposed: skos:exactMatch") == 1
    assert done.stdout.count("proposed: skos:closeMatch") == 1
    (link,) = read_links(project / "data" / "links" / "register.sssom.tsv").links
    assert (link.object.value, link.row.predicate_id) == (f"{BODY}9", "skos:closeMatch")


def test_a_decision_leaves_all_rows_about_other_pairs(project):
    table = write_table(project, "register", "lund broadMatch register:8", "lund relatedMatch register:8")
    add_register(project, RIVER, record(2, "Lake Council"))
    review(project, ["y", "q"])
    rows = [(link.row.subject_id, link.row.predicate_id) for link in read_links(table).links]
    assert rows == [
        ("id:lake-council", "skos:exactMatch"),
        ("id:lund", "skos:broadMatch"),
        ("id:lund", "skos:relatedMatch"),
    ]


def test_what_was_decided_in_an_earlier_target_can_be_undone(project, tmp_path):
    add_register(project, RIVER)
    table = tmp_path / "t.csv"
    table.write_text("id,name,country\n1,Lake Council,SE\n")
    columns = ("--iri", "https://t.example/{id}", "--column", "label=name", "--column", "country=country")
    assert run_kg(project, "link", "targets", "add", "t", "--file", str(table), *columns).returncode == 0
    done = run_kg(project, "link", "review", "--reviewer", "Ada", stdin="x\nz\ny\n")
    assert "Undone: River Council, River Council of register; it will be shown again." in done.stdout
    assert "1 decided" in done.stderr
    assert sorted(path.name for path in (project / "data" / "links").iterdir()) == ["places.sssom.tsv", "t.sssom.tsv"]
    assert "ours (1 of 1)" in run_kg(project, "link", "review", "--reviewer", "Ada", stdin="q\n").stdout


def test_a_review_that_ends_in_the_middle_keeps_what_was_decided(project):
    add_register(project, RIVER, record(2, "Lake Council"))
    done = review(project, ["y"])
    assert done.returncode == 130
    assert "Traceback" not in done.stderr
    assert len(read_links(project / "data" / "links" / "register.sssom.tsv").links) == 1


def test_a_reviewer_has_a_name(project, tmp_path):
    add_register(project, RIVER)
    done = run_kg(project, "link", "review", "--target", "register", HOME=str(tmp_path), GIT_CONFIG_GLOBAL="/dev/null")
    assert (done.returncode, "no reviewer named" in done.stderr) == (2, True)


MANIFEST = json.dumps(
    {"versions": ["0.2"], "name": "register", "identifierSpace": BODY, "schemaSpace": "https://s.example/"}
)


def reconciliation(answer):
    """A service that answers each query of a batch with what a function says."""

    def reply(request):
        if "queries" not in request.fields:
            return Reply(MANIFEST, headers={"Content-Type": "application/json"})
        queries = json.loads(request.fields["queries"])
        body = json.dumps({key: {"result": answer(query)} for key, query in queries.items()})
        return Reply(body, headers={"Content-Type": "application/json"})

    return fake_server(reply)


def test_a_reconciliation_service_is_asked_in_batches(project):
    def answer(query):
        match = query["query"] == "River Council"
        return [{"id": "1", "name": "River Council", "score": 97.5, "match": match, "type": []}] if match else []

    with reconciliation(answer) as server:
        done = run_kg(project, "link", "targets", "add", "register", "--reconcile", server.url)
        assert done.returncode == 0, done.stderr
        river = find(project)["river-council"]
        batches = [json.loads(one.fields["queries"]) for one in server.requests if "queries" in one.fields]
    assert {query["query"] for batch in batches for query in batch.values()} >= {"River Council", "Lund"}
    assert len(batches) == 1
    (candidate,) = river["candidates"]
    assert candidate["iri"] == f"{BODY}1"
    assert "score of the service 97.5" in {piece["words"] for piece in candidate["evidence"]}


@pytest.mark.parametrize(
    "body",
    [
        "<html>busy</html>",
        "{",
        "{}",
        '{"q0": {"result": []}}',
        '{"q0": {}, "q1": {}}',
        '[{"result": []}]',
    ],
)
def test_a_service_that_answers_only_in_part_is_an_error(project, body):
    def reply(request):
        text = body if "queries" in request.fields else MANIFEST
        return Reply(text, headers={"Content-Type": "application/json"})

    with fake_server(reply) as server:
        assert run_kg(project, "link", "targets", "add", "register", "--reconcile", server.url).returncode == 0
        done = run_kg(project, "link", "find", "--target", "register")
    assert done.returncode == 4, done.stderr
    assert server.url.removesuffix("/sparql") in done.stderr


def test_what_is_no_reconciliation_service_is_no_target(project):
    with fake_server(lambda _: Reply('{"name": "x"}', headers={"Content-Type": "application/json"})) as server:
        done = run_kg(project, "link", "targets", "add", "register", "--reconcile", server.url)
    assert (done.returncode, "identifierSpace" in done.stderr) == (4, True)


def test_names_are_compared_without_accents_case_and_legal_forms(tmp_path):
    index = matcher(tmp_path, Record("e:1", "Électricité de France (France)"), Record("e:2", "Acme GmbH"))
    assert index.candidates(Record("q", "electricite  DE france"))[0].record.iri == "e:1"
    assert "equal except for" in index.candidates(Record("q", "ACME"))[0].why


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("United States Forest Service", "US Forest Service"),
        ("U.S. Forest Service", "United States Forest Service"),
        ("U.S.A. Forest Service", "USA Forest Service"),
        ("UK AI Safety Institute", "United Kingdom AI Safety Institute"),
        ("European Union AI Office", "EU AI Office"),
    ],
)
def test_abbreviated_countries_in_names_are_spelt_out(tmp_path, ours, theirs):
    index = matcher(tmp_path, Record("e:1", theirs), Record("e:2", "Us"), Record("e:3", "Forest Service"))
    found = chosen(index.candidates(Record("q", ours)))
    assert (found.record.iri, found.match.similarity) == ("e:1", 1.0)
    # A name that is nothing else stays as it is: `Us` is a town in France, too.
    assert "e:2" not in {candidate.record.iri for candidate in index.candidates(Record("q", "United States"))}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            "Organization for Economic Cooperation and Development",
            "Organisation for Economic Co-operation and Development",
        ),
        ("Agro ParisTech", "AgroParisTech"),
        ("Albayan University", "Al-Bayan University"),
        ("Opthalmic Society", "Ophthalmic Society"),
        ("Théâtre des Arts", "Theater des Arts"),
        ("京部大学経済研究所", "京都大学経済研究所"),
    ],
)
def test_names_are_found_in_another_spelling_among_many(tmp_path, ours, theirs):
    others = [
        "Economic Development {}",
        "Cooperation for {}",
        "Agro {}",
        "University {}",
        "{} Society",
        "Theatre {}",
        "{}大学",
    ]
    many = [
        Record(f"e:{n}", others[n % len(others)].format(f"{n:o}".translate(str.maketrans("01234567", "aeioulst"))))
        for n in range(700)
    ]
    index = matcher(tmp_path, Record("e:x", theirs), *many)
    assert index.candidates(Record("q", ours))[0].record.iri == "e:x"


def test_numbers_tell_names_apart(tmp_path):
    index = matcher(tmp_path, Record("e:1", "Cortical layer 5"), Record("e:2", "Cortical layer 6"))
    found = index.candidates(Record("q", "cortical layer 7"))
    assert all(candidate.match.similarity < 0.95 for candidate in found)


def test_the_country_in_a_name_decides_between_namesakes(tmp_path):
    index = matcher(
        tmp_path,
        Record("e:1", "Ministry of Health", country="KE"),
        Record("e:2", "Ministry of Health", country="PE"),
    )
    found = chosen(index.candidates(Record("q", "Ministry of Health (Peru)")))
    assert found.record.iri == "e:2"
    assert "our name mentions its country PE" in found.why
    assert why_not(index.candidates(Record("q", "Ministry of Health"))).startswith("tied with")


def test_web_domains_years_and_people_are_evidence(tmp_path):
    theirs = Record("e:1", "Northern Light", domains=("light.example",), year=1998, people=("A. Smith", "B. Jones"))
    index = matcher(tmp_path, theirs)
    ours = Record("q", "Northern Light", domains=("www2.light.example",), year=1998, people=("Bob Jones", "Ann Smith"))
    words = index.candidates(ours)[0].why
    assert "web domain www2.light.example is related to light.example" in words
    assert "year 1998 agrees" in words
    assert "2 people agree" in words
    against = index.candidates(Record("q", "Northern Light", year=1950, people=("C. Other",)))[0]
    assert "our year is 1950, theirs is 1998" in against.why
    assert "the people differ" in against.why


words = st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8), min_size=1, max_size=4)
names = st.lists(words.map(" ".join), min_size=1, max_size=12)


def near(index, key, limit):
    return index.words.near([weigh_words(key, index.words.rarity)], 0.5, limit)[0]


@given(names)
def test_every_name_is_found_by_itself(tmp_path_factory, texts):
    folder = tmp_path_factory.mktemp("index")
    records = [Record(f"e:{number}", text) for number, text in enumerate(texts)]
    assert write_index(folder, records) == len(records)
    index = NameIndex(folder)
    assert list(index) == records
    for item in records:
        assert index.by_iri(item.iri) == item
        key = normalise(item.label)
        if not key:
            continue
        number = index.exact(key)
        assert index.key(number) == key
        assert int(item.iri[2:]) in {entry.record for entry in index.entries_of(number)}
        assert number in near(index, key, len(records) * 10)


@given(names, st.integers(0, 30))
def test_a_misspelt_name_is_near_the_right_one(tmp_path_factory, texts, place):
    folder = tmp_path_factory.mktemp("index")
    long = "international bureau of weights and measures"
    write_index(folder, [Record("e:x", long), *(Record(f"e:{n}", text) for n, text in enumerate(texts))])
    index = NameIndex(folder)
    misspelt = long[: place + 1] + long[place + 2 :]
    assert index.key(near(index, normalise(misspelt), 5)[0]) == long


few = st.sampled_from(["alpha", "beta", "gamma", "betas", "gammas", "of"]) | st.just("alpha")
namesakes = st.lists(st.lists(few, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=9)
countries = st.lists(st.sampled_from(["SE", "PE", "KE", None]), min_size=9, max_size=9)


@given(namesakes, namesakes, countries, st.integers(1, 4))
def test_candidates_do_not_depend_on_how_many_are_wanted_or_asked_for(tmp_path_factory, theirs, ours, codes, limit):
    folder = tmp_path_factory.mktemp("index")
    write_index(folder, [Record(f"e:{n}", text, country=codes[n], size=n) for n, text in enumerate(theirs)])
    index = Matcher(NameIndex(folder))
    queries = [Record(f"q:{n}", text, country=codes[-n]) for n, text in enumerate(ours)]
    assert index.candidates_of_each(queries, limit) == [index.candidates(query)[:limit] for query in queries]


def test_an_index_is_the_same_whatever_the_hashes_of_python(tmp_path):
    code = (
        "import sys; from pathlib import Path; "
        "from kg.link.index.name_index import write_index; from kg.link.records.record import Record; "
        "write_index(Path(sys.argv[1]), [Record(f'e:{n}', f'body of {n} in a town') for n in range(9)])"
    )
    for seed in "12":
        subprocess.run(
            [sys.executable, "-c", code, tmp_path / seed], env=os.environ | {"PYTHONHASHSEED": seed}, check=True
        )
    files = [{f.relative_to(tmp_path / s): f.read_bytes() for f in (tmp_path / s).rglob("*.*")} for s in "12"]
    assert files[0] == files[1]
    assert files[0]


def test_each_record_goes_to_the_surest_entity_and_hierarchies_decide(tmp_path):
    theirs = [Record("t:arm", "arm"), Record("t:leg", "leg"), Record("t:1", "skin", parents=("t:arm",)),
              Record("t:2", "skin", parents=("t:leg",))]  # fmt: skip
    ours = [Record("o:arm", "arm"), Record("o:leg", "leg"), Record("o:1", "skin", parents=("o:leg",)),
            Record("o:2", "skin", parents=("o:arm",))]  # fmt: skip
    index = matcher(tmp_path, *theirs)
    found = {item.iri: index.candidates(item) for item in ours}
    assigned = one_to_one(weigh_hierarchies(found, ours, theirs))
    assert {iri: candidate.record.iri for iri, candidate in assigned.items()} == {
        "o:arm": "t:arm",
        "o:leg": "t:leg",
        "o:1": "t:2",
        "o:2": "t:1",
    }


def test_of_namesakes_the_far_larger_one_is_meant(tmp_path):
    index = matcher(
        tmp_path,
        Record("e:1", "Salem", country="SE", size=2_000),
        Record("e:2", "Salem", country="SE", size=90_000),
        Record("e:3", "Salem", country="SE", size=None),
    )
    found = index.candidates(Record("q", "Salem", country="SE"))
    assert chosen(found).record.iri == "e:2"
    assert "far larger than the others of that name" in found[0].why
    index = matcher(tmp_path / "2", Record("e:1", "Salem", size=2_000), Record("e:2", "Salem", size=3_000))
    assert chosen(index.candidates(Record("q", "Salem"))) is None
