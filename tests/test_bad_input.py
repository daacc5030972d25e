"""Bad input: a clear error with its remedy, the promised exit status, nothing changed, no traceback."""

import pytest
from small_project import LINKS, run_kg, write_small_project

GOOD_QUERY = """\
#+ summary: Where is everything seated?
#+ params:
#+   - name: place
#+     type: entity
#+     description: a place
PREFIX aigov: <https://w3id.org/aigov-kg/ontology#>
SELECT ?thing { ?thing aigov:seatedIn $place } ORDER BY ?thing
"""


@pytest.fixture
def project(tmp_path):
    folder = write_small_project(tmp_path / "project")
    (folder / "queries").mkdir()
    (folder / "queries" / "seats.rq").write_text(GOOD_QUERY, encoding="utf-8")
    return folder


def refused(done, status, *words):
    """Check the exit status, that every word is said on stderr, and that nobody sees a traceback."""
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr
    return done


def test_a_turtle_file_with_a_syntax_error_is_told_with_file_line_and_column(project):
    assert run_kg(project, "build").returncode == 0
    before = run_kg(project, "query", "run", "seats").stdout
    facts = project / "data" / "facts.trig"
    lines = facts.read_text(encoding="utf-8").splitlines()
    number = next(n for n, line in enumerate(lines) if "aigov:members 12" in line)
    lines[number] = "        aigov:members !12 ."
    facts.write_text("\n".join(lines), encoding="utf-8")
    for command in ("build", "validate"):
        refused(run_kg(project, command), 3, f"data/facts.trig:{number + 1}:23:")
    assert run_kg(project, "query", "run", "seats").stdout == before  # the last good store answers on


def test_a_file_that_is_no_utf8(project):
    (project / "data" / "facts.trig").write_bytes(b'<a:b> <a:b> "\xff" .')
    refused(run_kg(project, "build"), 3, "data/facts.trig")


@pytest.mark.parametrize("folder", ["nowhere", "empty"])
def test_a_folder_that_is_missing_or_no_project(tmp_path, folder):
    (tmp_path / "empty").mkdir()
    refused(run_kg(tmp_path / folder, "build"), 2, folder, "ontology/")


def test_a_file_that_has_gone_stops_a_build_and_no_answer(project):
    assert run_kg(project, "build").returncode == 0
    (project / "data" / "more.ttl").symlink_to("nowhere.ttl")
    refused(run_kg(project, "build"), 3, "data/more.ttl")
    done = run_kg(project, "query", "run", "seats")
    assert done.returncode == 0
    assert "older than the files (data/more.ttl)" in done.stderr


def test_a_blank_node_in_the_data(project):
    (project / "data" / "more.ttl").write_text("<https://e.example/a> <https://e.example/p> [] .")
    refused(run_kg(project, "build"), 3, "data/more.ttl", "blank node", "IRI")


@pytest.mark.parametrize(
    ("header", "line", "words"),
    [
        ("#+ summary: x\n#+ sumary: y", 2, ["unknown key 'sumary'", "did you mean summary?"]),
        ("#+ summary: 'x", 1, ["not valid YAML"]),
        ("#+ summary: x\n#+ summary: y", 2, ["twice"]),
        ("#+ summary: 3", 1, ["wrong type"]),
        ("#+ tags: [x]", 1, ["no summary"]),
        ("# no header", 1, ["no header"]),
        ("#+ summary: x\n#+ params:\n#+   - name: place\n#+     type: entiti\n#+     description: d", 3,
         ["unknown type 'entiti'", "did you mean entity?"]),
        ("#+ summary: x\n#+ params:\n#+   - name: place\n#+     type: entity", 3, ["lacks its description"]),
        ("#+ summary: x", 4, ["$place is not declared"]),
        ("#+ summary: x\n#+ view: timelin", 2, ["unknown view 'timelin'", "did you mean timeline?"]),
        ("#+ summary: x\n#+ page: owl:Thing", 2, ["needs a parameter for the entity", "parameter of type entity"]),
        ("#+ summary: x\n#+ page: gone:Thing\n#+ params:\n#+   - name: place\n#+     type: entity\n"
         "#+     description: d", 2, ["unknown prefix 'gone'", "whose prefix the query declares"]),
    ],
)  # fmt: skip
def test_a_malformed_header_is_told_with_file_and_line(project, header, line, words):
    body = "\n".join(GOOD_QUERY.splitlines()[5:])
    text = f"{header}\n{body}\n" if "not declared" not in words[0] else f"{header}\n\n{body}\n"
    (project / "queries" / "seats.rq").write_text(text, encoding="utf-8")
    for command in (("query", "list"), ("query", "run", "seats"), ("validate",)):
        refused(run_kg(project, *command), 3, f"queries/seats.rq:{line}:", *words)


def test_any_file_may_begin_with_a_byte_order_mark(project):
    """Some editors write one."""
    (project / "queries" / "seats.rq").write_text(GOOD_QUERY, encoding="utf-8-sig")
    (project / "kg.toml").write_text('title = "Marked"\n', encoding="utf-8-sig")
    for path in (*(project / "ontology").glob("*.ttl"), *(project / "data").rglob("*.trig")):
        path.write_text(path.read_text(encoding="utf-8"), encoding="utf-8-sig")
    assert run_kg(project, "query", "run", "seats").returncode == 0
    assert run_kg(project, "format", str(project / "data")).returncode == 0


@pytest.mark.parametrize("name", ["kg.toml", "queries/seats.rq", "data/links/wikidata.sssom.tsv"])
def test_what_is_not_utf8_is_told_with_its_place(project, name):
    (project / name).parent.mkdir(exist_ok=True)
    (project / name).write_bytes("# Liège\n# Li".encode() + "ège".encode("latin-1"))
    refused(run_kg(project, "validate"), 3, f"{name}:2:5:", "not valid UTF-8")


def test_a_parameter_that_is_declared_and_not_used(project):
    text = GOOD_QUERY.replace("$place }", "?place }")
    (project / "queries" / "seats.rq").write_text(text, encoding="utf-8")
    refused(run_kg(project, "query", "list"), 3, "queries/seats.rq:3:", "declared but not used")


def test_two_queries_of_one_name(project):
    (project / "queries" / "more").mkdir()
    (project / "queries" / "more" / "seats.rq").write_text(GOOD_QUERY, encoding="utf-8")
    refused(run_kg(project, "query", "list"), 3, "same query name")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["frobnicate"], ["no such command: frobnicate"]),
        (["biuld"], ["did you mean build?"]),
        (["query", "run", "saets"], ["no query named 'saets'", "did you mean seats?"]),
        (["query", "run", "seats", "-p", "plaec=Lund"], ["no parameter 'plaec'", "did you mean place?"]),
        (["query", "run", "seats", "-p", "place"], ["NAME=VALUE"]),
        (["query", "run", "seats", "-p", "place=Lund", "-p", "place=Lund"], ["two values"]),
        (["query", "run", "seats", "-p", "place=Lnud"], ["parameter place (entity)", "did you mean Lund?"]),
        (["query", "run", "seats", "-p", "place=https://e.example/x"], ["the graph has no facts about"]),
        (["query", "run", "seats", "-f", "turtle"], ["rows cannot be written as turtle", "csv"]),
        (["query", "run", "seats", "--limit", "-1"], ["--limit"]),
        (["describe", "River Cuoncil"], ["did you mean River Council or"]),
        (["describe", " "], ["the name is empty", "kg search"]),
        (["describe", "the Council"], ["2 things", "id:lake-council", "id:river-council"]),
        (["describe", "id:lnud"], ["the graph has no facts about id:lnud", "did you mean id:lund?"]),
        (["export", "-f", "turtel"], ["turtel"]),
        (["query", "text", "SELECT {"], ["the query has an error"]),
        (
            ["query", "text", "--timeout", "9", "SELECT {"],
            ["line 1, column 8", "'{' is not expected here", "a variable"],
        ),
        (["query", "text", "who?"], ["not a SPARQL query"]),
        (["query", "text", "INSERT DATA { <a:a> <a:a> <a:a> }"], ["SPARQL updates are not allowed"]),
        (["query", "text", "DROP ALL"], ["SPARQL updates are not allowed"]),
        (["query", "text", f"SELECT * {{{'{' * 3_500}{'}' * 3_500}}}"], ["line 1, column 141", "too deep here"]),
        (
            ["query", "text", "SELECT * { ?s ?p ?n FILTER(?n<$x&&?n>1) }"],
            ["column 30", "<$x&&?n> is read as an IRI here"],
        ),
        (["query", "text", "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"], ["SERVICE", "--allow-service"]),
    ],
)
def test_wrong_usage_is_told_with_the_nearest_good_one(shared_project, arguments, words):
    refused(run_kg(shared_project, *arguments), 2, *words)


@pytest.mark.parametrize(
    ("query", "place", "words"),
    [
        (
            "SELECT * { ?s rdfs:label ?o ",
            (1, 28),
            ["ends too early", "close what is open: {"],
        ),
        ("SELECT *\n{ ?s rdfs:label ?o FILTR(?o) }", (2, 20), ["'FILTR' is not expected here", "did you mean FILTER"]),
        ("SELECT * { ?s foo:x ?o }", (1, 15), ["the prefix foo: is not declared", "kg prefixes"]),
        ('SELECT * { ?s rdfs:label "a }', (1, 26), ["not closed", "quotes"]),
        ("SELECT * { ?s <http://x.example/ ?o }", (1, 15), ["the IRI that begins here is not closed"]),
        ("SELECT * { ?s <x> ?o }", (1, 15), ["<x> is not an absolute IRI"]),
        ("SELECT * { <x> ?p ?o }", (1, 12), ["<x> is not an absolute IRI"]),
        ("SELECT (foo:bar(1) AS ?x) {}", (1, 9), ["the prefix foo: is not declared", "kg prefixes"]),
        ("SELECT (nosuch(1) AS ?x) {}", (1, 9), ["SPARQL has no function nosuch", "as an IRI"]),
        ("SELECT (stringlen('a') AS ?x) {}", (1, 9), ["SPARQL has no function stringlen", "did you mean STRLEN"]),
        ("SELECT (<urn:twice>(1) AS ?x) {}", (1, 9), ["unknown function <urn:twice>", "functions of SPARQL"]),
        (
            "PREFIX fn: <http://www.w3.org/2005/xpath-functions#>\nASK { FILTER(fn:contains('a', 'b')) }",
            (2, 14),
            ["unknown function <http://www.w3.org/2005/xpath-functions#contains>", "did you mean CONTAINS"],
        ),
        (
            "SELECT (xsd:int('1') AS ?x) {}",
            (1, 9),
            ["unknown function <http://www.w3.org/2001/XMLSchema#int>", "did you mean xsd:integer"],
        ),
        ("SELECT ?s { ?s rdfs:label ?o } GROUP BY ?o", (1, 43), ["neither grouped nor in an aggregate", "GROUP BY"]),
        ("SELECT * { ?s rdfs:label ?o } }", (1, 31), ["'}' has no opening bracket"]),
        (
            "SELECT ?s, ?o { ?s rdfs:label ?o }",
            (1, 10),
            ["',' is not expected here", "separate the variables of SELECT by spaces"],
        ),
        ("SELECT * {\n ?s rdfs:label '北京' label }", (2, 21), ["'label' is not expected here", "begins with ?"]),
        ("SELECT * { ?s ?p ?o FILTER(?o = 1 OR ?o = 2) }", (1, 35), ["write || for OR"]),
        ("SELECT * { ?s ?p ?o FILTER(?o == 2) }", (1, 32), ["a single ="]),
        ("SELECT * { BIND(1 AS ?x) BIND(2 AS ?x) }", (1, 40), ["?x already has a value before this place"]),
    ],
)
def test_a_fault_in_a_query_is_told_with_its_place_and_a_remedy(shared_project, query, place, words):
    result = run_kg(shared_project, "query", "text", query)
    refused(result, 2, f"line {place[0]}, column {place[1]}", *words)
    told = result.stderr.splitlines()
    caret = next(number for number, line in enumerate(told) if line.strip() == "^")
    assert told[caret - 1] == "  " + query.split("\n")[place[0] - 1]
    assert len(result.stderr) < 500
    if query.isascii():
        assert told[caret].index("^") == place[1] + 1


def test_an_unknown_function_is_told_by_the_process_with_a_timeout_too(shared_project):
    done = run_kg(shared_project, "query", "text", "SELECT (<urn:f:abs>(-1) AS ?x) {}", "--timeout", "30")
    refused(done, 2, "line 1, column 9: unknown function <urn:f:abs>", "did you mean ABS")


@pytest.mark.parametrize("options", [(), ("--timeout", "30"), ("-p", "place=Lund"), ("-p", "place=Lund", "--asserted")])
def test_a_fault_in_a_query_file_is_told_with_its_place_there(project, options):
    """Also behind a parameter, whose value is longer than its name."""
    text = GOOD_QUERY.replace("$place }", "$place FILTR(?x) }")
    (project / "queries" / "seats.rq").write_text(text, encoding="utf-8")
    done = run_kg(project, "query", "run", "seats", *options)
    refused(done, 3, "queries/seats.rq:7:46: 'FILTR' is not expected here", "$place FILTR(?x)", "did you mean FILTER")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("$place }", "$place FILTER(?thing<$place&&?thing>1) }", ["7:59: <$place&&?thing> is read as an IRI here"]),
        ("$place }", f"$place FILTER({'!' * 14_000}$place) }}", ["7:", "too deep here"]),
        ("$place }", "$place BIND(1 AS ?place) }", ["7:56: $place cannot be a parameter"]),
    ],
)
def test_what_only_the_tree_sees_in_a_query_file_is_told_with_its_place_there(project, old, new, words):
    (project / "queries" / "seats.rq").write_text(GOOD_QUERY.replace(old, new), encoding="utf-8")
    for arguments in (("query", "list"), ("query", "run", "seats", "-p", "place=Lund")):
        refused(run_kg(project, *arguments), 3, "queries/seats.rq:", *words)


def test_a_fault_in_a_check_query_is_told_with_its_place(project):
    (project / "queries" / "checks").mkdir()
    header = "#+ summary: x\n#+ severity: warning\n#+ message: y\n"
    (project / "queries" / "checks" / "odd.rq").write_text(header + "SELECT ?focus { ?focus a }\n", encoding="utf-8")
    refused(
        run_kg(project, "validate"), 3, "queries/checks/odd.rq:4:26: '}' is not expected here", "expected a variable"
    )


@pytest.fixture(scope="module")
def shared_project(tmp_path_factory):
    folder = write_small_project(tmp_path_factory.mktemp("project"))
    (folder / "queries").mkdir()
    (folder / "queries" / "seats.rq").write_text(GOOD_QUERY, encoding="utf-8")
    assert run_kg(folder, "build").returncode == 0
    return folder


@pytest.mark.parametrize(
    "value",
    [
        'Lund" } #',
        "Lund\n} DELETE WHERE { ?s ?p ?o }",
        "\\u0022",
        "}",
        "#",
        "https://e.example/> } #",
        "<https://e.example/> ?p ?o } #",
        "id:lund ; ?p ?o",
    ],
)
def test_a_value_that_would_change_the_query_names_nothing(shared_project, value):
    refused(run_kg(shared_project, "query", "run", "seats", "-p", f"place={value}"), 2, "hint")


def test_a_query_file_that_is_not_there(shared_project):
    refused(run_kg(shared_project, "query", "text", "nowhere.rq"), 3, "nowhere.rq")


def test_a_query_that_takes_too_long_is_stopped(shared_project):
    cross_join = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    refused(run_kg(shared_project, "query", "text", cross_join, "--timeout", "0.5"), 4, "no answer within 0.5 seconds")


def test_an_output_that_cannot_be_written_is_not_left_half_written(shared_project, tmp_path):
    target = tmp_path / "missing" / "answer.csv"
    refused(run_kg(shared_project, "query", "run", "seats", "-o", str(target)), 4, "cannot write")
    folder = tmp_path / "folder.csv"
    folder.mkdir()
    refused(run_kg(shared_project, "query", "run", "seats", "-o", str(folder)), 4, "cannot write")
    assert list(tmp_path.iterdir()) == [folder]


def test_a_store_that_cannot_be_written(project, tmp_path):
    file = tmp_path / "file"
    file.write_text("in the way")
    done = run_kg(project, "--store", str(file / "store"), "query", "run", "seats")
    refused(done, 4, "cannot write to", "--store or KG_STORE")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("id:lund\tskos", "lund\tskos", ["unknown prefix"]),
        ("gazetteer:lund", "gazeteer:lund", ["unknown prefix 'gazeteer'", "curie_map"]),
        ("\tsemapv:Man", "\tmore\tsemapv:Man", ["does not have as many cells"]),
        ("object_id\t", "object\t", ["missing column: object_id"]),
        ("#curie_map:", "#curie map", ["YAML"]),
        ("#mapping_set_id: https://w3id.org/aigov-kg/graph/links/places\n", "", ["no mapping_set_id"]),
    ],
)
def test_a_malformed_table_of_links_is_told_with_file_and_line(project, old, new, words):
    assert old in LINKS
    (project / "data" / "links" / "places.sssom.tsv").write_text(LINKS.replace(old, new), encoding="utf-8")
    refused(run_kg(project, "build"), 3, "places.sssom.tsv", *words)


def test_a_project_whose_settings_have_a_fault(project):
    (project / "kg.toml").write_text('stor = "x"')
    refused(run_kg(project, "stats"), 3, "kg.toml", "'stor'")
    (project / "kg.toml").write_text("store = ")
    refused(run_kg(project, "stats"), 3, "kg.toml", "TOML")
