"""The suites are fetched by digest: from an archive on a server of this machine, and never taken where they differ."""

import http.server
import tarfile
import threading
import zipfile

import fetch_suites
import pytest

FILES = {"manifest.ttl": "<> a <urn:m> .\n", "a b/1.ttl": "<urn:s> <urn:p> 1 .\n", "template.haml": "%p\n"}
# sha256sum prints these lines: the files by path, without what is left out.
DIGEST = "cb750cffa5335f6755d740fa4be4c16733e11a1e29b6f9ca92677bf88733c145"


@pytest.fixture
def manifest(tmp_path):
    path = tmp_path / "suites.toml"
    path.write_text(
        f'[small]\nfolder = "w3c/small"\npath = "suite/tests"\nleave-out = ["*.haml"]\nfiles = 2\nsha256 = "{DIGEST}"\n'
    )
    return path


@pytest.fixture
def served(tmp_path):
    """Archives by address: the suite within a larger repository, as GitHub packs it."""
    folder = tmp_path / "served"
    tests = folder / "repository-abc" / "suite" / "tests"
    for name, text in FILES.items():
        (tests / name).parent.mkdir(parents=True, exist_ok=True)
        (tests / name).write_text(text)
    (folder / "repository-abc" / "README").write_text("else\n")
    with tarfile.open(folder / "right.tar.gz", "w:gz") as archive:
        archive.add(folder / "repository-abc", "repository-abc")
    with zipfile.ZipFile(folder / "right.zip", "w") as archive:
        for name, text in FILES.items():
            archive.writestr(f"suite/tests/{name}", text)
    (tests / "manifest.ttl").write_text("changed\n")
    with tarfile.open(folder / "changed.tar.gz", "w:gz") as archive:
        archive.add(folder / "repository-abc", "repository-abc")
    (folder / "broken.tar.gz").write_bytes((folder / "right.tar.gz").read_bytes()[:100])

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments):
            super().__init__(*arguments, directory=folder)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("archive", ["right.tar.gz", "right.zip"])
def test_a_suite_is_fetched_once_and_verified(archive, served, manifest, tmp_path, capsys):
    source = f"small={served}/{archive}"
    into = tmp_path / "shared"
    assert fetch_suites.main(["--into", str(into), "--from", source], manifest) == 0
    place = into / "w3c" / "small"
    found = {path.relative_to(place).as_posix(): path.read_text() for path in place.rglob("*") if path.is_file()}
    assert found == {name: text for name, text in FILES.items() if name != "template.haml"}
    assert [path.name for path in place.parent.iterdir()] == ["small"]
    assert "2 files in" in capsys.readouterr().out

    assert fetch_suites.main(["--into", str(into)], manifest) == 0
    assert "already" in capsys.readouterr().out
    assert fetch_suites.main(["--check", str(into)], manifest) == 0

    (place / "more.ttl").write_text("")
    assert fetch_suites.main(["--check", str(into)], manifest) == 1
    assert "has 3 files of digest" in capsys.readouterr().err
    assert fetch_suites.main(["--into", str(into)], manifest) == 1
    assert "remove the folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("archive", "told"),
    [
        ("changed.tar.gz", "2 files of digest"),
        ("broken.tar.gz", "cannot unpack"),
        ("missing.tar.gz", "cannot fetch"),
        ("", "no public archive is known"),
    ],
)
def test_nothing_is_written_where_an_archive_is_not_the_suite(archive, told, served, manifest, tmp_path, capsys):
    into = tmp_path / "shared"
    source = ["--from", f"small={served}/{archive}"] if archive else []
    assert fetch_suites.main(["--into", str(into), *source], manifest) == 1
    assert told in capsys.readouterr().err
    assert [path for path in into.rglob("*") if path.is_file()] == []


def test_every_suite_has_a_digest_and_those_of_a_repository_a_fixed_commit():
    found = fetch_suites.suites()
    assert found.keys() == {"shacl", "sparql11", "owl2rl"}
    assert all(len(suite.sha256) == 64 for suite in found.values())
    assert all(
        len(suite.archive.rpartition("/")[2]) == 40 + len(".tar.gz") for suite in found.values() if suite.archive
    )


@pytest.mark.conformance
def test_the_suites_at_hand_are_those_of_the_manifest(shared):
    assert fetch_suites.main(["--check", str(shared)]) == 0
