"""SSSOM tables: what is read is what is written, nothing is dropped in silence, and the community's tool accepts it."""

from warnings import catch_warnings

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from small_project import LINKS, run_kg, write_small_project
from sssom_pydantic.models import Record as Row
from update_expected import ROOT

from kg.errors import InputError
from kg.files.sssom import Decision, read_links, write_links

METADATA = {
    "mapping_set_id": "https://example.org/links",
    "license": "https://w3id.org/sssom/license/unspecified",
    "sssom_version": "1.1",
    "curie_map": {
        "ex": "https://example.org/",
        "semapv": "https://w3id.org/semapv/vocab/",
        "skos": "http://www.w3.org/2004/02/skos/core#",
    },
}


def row(subject="ex:a", target="ex:b", **more):
    return Row(
        subject_id=subject,
        predicate_id="skos:exactMatch",
        object_id=target,
        mapping_justification="semapv:ManualMappingCuration",
        **more,
    )


def sssom_validate(path):
    """Run the SSSOM community's own validator; return what says how it ended."""
    from sssom.cli import main  # it takes two seconds

    with catch_warnings(action="ignore"):
        return CliRunner().invoke(main, ["validate", str(path)])


def test_decisions_are_told_from_the_standard_slots(tmp_path):
    path = tmp_path / "x.sssom.tsv"
    reviewed = {"reviewer_label": ["Ada"]}
    write_links(
        path,
        METADATA,
        [
            row("ex:a"),
            row("ex:b", predicate_modifier="Not"),
            row("ex:c", reviewer_agreement=0.0, **reviewed),
            row("ex:d", reviewer_agreement=-1.0, **reviewed),
            row("ex:e", reviewer_agreement=1.0, **reviewed),
        ],
    )
    table = read_links(path)
    assert [link.decision for link in table.links] == [
        Decision.ACCEPTED,
        Decision.REJECTED,
        Decision.UNSURE,
        Decision.UNSURE,
        Decision.ACCEPTED,
    ]
    assert {quad.subject.value[-1] for quad in table.quads()} == {"a", "e"}
    assert {quad.graph_name.value for quad in table.quads()} == {"https://example.org/links"}
    assert sssom_validate(path).exit_code == 0


text = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1)
rows = st.lists(
    st.builds(
        lambda a, b, label, comment, confidence, date: row(
            f"ex:{a}", f"ex:{b}", subject_label=label, comment=comment, confidence=confidence, mapping_date=date
        ),
        st.integers(0, 20),
        st.integers(0, 20),
        text,
        text | st.none(),
        st.floats(0, 1).map(lambda number: round(number, 3)) | st.none(),
        st.dates() | st.none(),
    ),
    min_size=1,
    unique_by=lambda link: (link.subject_id, link.object_id),
)


@given(rows)
def test_what_is_written_is_read_again_and_the_order_does_not_matter(tmp_path_factory, links):
    folder = tmp_path_factory.mktemp("table")
    write_links(folder / "a", METADATA, links)
    write_links(folder / "b", METADATA, reversed(links))
    assert (folder / "a").read_bytes() == (folder / "b").read_bytes()
    found = [link.row for link in read_links(folder / "a").links]
    assert {one.model_dump_json() for one in found} == {one.model_dump_json() for one in links}


def test_one_row_a_line_sorted_and_without_carriage_returns(tmp_path):
    path = tmp_path / "x.sssom.tsv"
    write_links(path, METADATA, [row("ex:b"), row("ex:a", "ex:c"), row("ex:a", "ex:b")])
    data = path.read_bytes().decode()
    assert "\r" not in data
    body = [line.split("\t")[::2][:2] for line in data.splitlines() if line.startswith("ex:")]
    assert body == [["ex:a", "ex:b"], ["ex:a", "ex:c"], ["ex:b", "ex:b"]]


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("id:lund\tskos", "lund\tskos", 8, "unknown prefix"),
        ("gazetteer:lund", "gazeteer:lund", 8, "unknown prefix 'gazeteer'"),
        ("\tsemapv:Man", "\tmore\tsemapv:Man", 8, "does not have as many cells"),
        ("\tsemapv:ManualMappingCuration", "", 8, "does not have as many cells"),
        ("semapv:ManualMappingCuration", "", 8, "missing value of mapping_justification"),
        ("object_id\t", "objekt_id\t", 7, "missing column: object_id"),
        ("mapping_justification\n", "mapping_justification\tconfidenc\n", 7, "'confidenc' is not a column of SSSOM"),
        (
            "mapping_justification\nid:lund\tskos:exactMatch\tgazetteer:lund\tsemapv:ManualMappingCuration",
            "mapping_justification\tconfidence\nid:lund\tskos:exactMatch\tgazetteer:lund\tsemapv:Manual\t1.5",
            8,
            "confidence",
        ),
        (
            "ManualMappingCuration\n",
            "ManualMappingCuration\nid:lund\tskos:exactMatch\tgazetteer:lund\tsemapv:LexicalMatching\n",
            9,
            "the same link is on line 8",
        ),
    ],
)
def test_a_faulty_row_is_told_with_file_and_line(tmp_path, old, new, line, words):
    assert old in LINKS
    path = tmp_path / "faulty.sssom.tsv"
    path.write_text(LINKS.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_links(path)
    assert (caught.value.path, caught.value.line) == (path, line)
    assert words in str(caught.value)


def test_a_faulty_table_stops_a_build(tmp_path):
    folder = write_small_project(tmp_path / "p")
    path = folder / "data" / "links" / "places.sssom.tsv"
    path.write_bytes(b"\xff\xfe")
    done = run_kg(folder, "build")
    assert done.returncode == 3
    assert "places.sssom.tsv" in done.stderr


def test_the_shipped_tables_are_valid_and_stay_as_they_are_when_written_again(tmp_path):
    paths = sorted((ROOT / "data" / "links").glob("*.sssom.tsv"))
    assert paths
    for path in paths:
        table = read_links(path)
        copy = tmp_path / path.name
        write_links(copy, table.metadata, [link.row for link in table.links])
        assert copy.read_bytes() == path.read_bytes()
        checked = sssom_validate(path)
        assert checked.exit_code == 0, checked.output
        for link in table.links:
            assert link.row.author_label or link.row.mapping_tool, link.line
            assert link.row.confidence is not None, link.line
            assert link.row.mapping_date, link.line


def test_the_two_wikidata_ids_of_alibaba_are_kept_and_not_in_the_graph():
    table = read_links(ROOT / "data" / "links" / "identifiers.sssom.tsv")
    conflict = [
        link
        for link in table.links
        if link.row.subject_id == "id:alibaba-group" and link.row.object_id.startswith("wikidata:")
    ]
    assert [link.row.object_id for link in conflict] == ["wikidata:Q1359568", "wikidata:Q30273328"]
    assert {link.decision for link in conflict} == {Decision.UNSURE}
    assert not {link.object for link in conflict} & {quad.object for quad in table.quads()}


def test_any_text_in_a_label_stays_in_its_line(tmp_path):
    path = tmp_path / "x.sssom.tsv"
    labels = ["a\nb", "a\r\nb", "a\tb", "a\u2028b", "a\x85b", "a\x0bb", "a\x1cb", ' "a" ']
    write_links(path, METADATA, [row(f"ex:{place}", subject_label=label) for place, label in enumerate(labels)])
    data = path.read_bytes().decode()
    assert data.splitlines() == data.split("\n")[:-1]
    assert sum(line.startswith("ex:") for line in data.splitlines()) == len(labels)
    assert [link.row.subject_label for link in read_links(path).links] == ["a b"] * 7 + ['"a"']
    assert sssom_validate(path).exit_code == 0


def test_other_separators_of_lines_than_those_of_files_are_text(tmp_path):
    path = tmp_path / "x.sssom.tsv"
    path.write_text("\ufeff" + LINKS.replace("ManualMappingCuration\n", "ManualMappingCuration\r\n"), encoding="utf-8")
    (link,) = read_links(path).links
    assert link.line == 8
    heading, text = "mapping_justification\tcomment\n", "ManualMappingCuration\tone\u2028two\x85three\n"
    path.write_text(
        LINKS.replace("mapping_justification\n", heading).replace("ManualMappingCuration\n", text), encoding="utf-8"
    )
    assert read_links(path).links[0].row.comment == "one\u2028two\x85three"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("mapping_justification\n", "mapping_justification\tobject_id\n", "two columns are named 'object_id'"),
        ("#  id: ", "#  id: 5 #", "curie_map: the namespace of 'id' is 5"),
        ("#mapping_set_id: ", "#mapping_set_id: no iri ", "mapping_set_id: not an absolute IRI"),
    ],
)
def test_a_faulty_heading_or_header_is_an_error_of_the_file(tmp_path, old, new, words):
    assert old in LINKS
    path = tmp_path / "faulty.sssom.tsv"
    path.write_text(LINKS.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_links(path)
    assert caught.value.path == path
    assert words in str(caught.value)
