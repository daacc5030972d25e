"""The public suites that the conformance tests run: fetched from their archives, and verified by digest.

    python tests/fetch_suites.py [SUITE...] [--into DIR] [--from SUITE=ADDRESS]
    python tests/fetch_suites.py --check DIR

Which suites there are, from which commit, and what their files must be, stands in suites.toml. An archive is not
trusted: whatever address it came from, its files are those of suites.toml or nothing is written.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import tarfile
import tempfile
import tomllib
import urllib.request
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
MANIFEST = Path(__file__).parent / "suites.toml"
MOST_BYTES = 300_000_000  # of an archive
TIMEOUT = 60  # seconds without a byte


class SuiteError(Exception):
    """A suite that cannot be had, or whose files are not the expected ones."""


@dataclass(frozen=True)
class Suite:
    """A suite as suites.toml has it.

    `folder` is its place below the shared folder, `path` its place within an archive, `leave_out` are patterns of files
    in the archive that are not part of it. `archive` is empty where no public address is known.
    """

    name: str
    folder: str
    path: str
    files: int
    sha256: str
    archive: str = ""
    leave_out: tuple[str, ...] = ()


def suites(manifest: Path = MANIFEST) -> dict[str, Suite]:
    """Return the suites of a manifest by name."""
    tables = tomllib.loads(manifest.read_text(encoding="utf-8"))
    return {name: _suite(name, table) for name, table in tables.items()}


def _suite(name: str, table: dict) -> Suite:
    archive = f"{table['repository']}/archive/{table['commit']}.tar.gz" if "repository" in table else ""
    leave_out = tuple(table.get("leave-out", ()))
    return Suite(name, table["folder"], table["path"], table["files"], table["sha256"], archive, leave_out)


def files_of(suite: Suite, folder: Path) -> list[Path]:
    """Return the files of a suite in a folder, in the order of their paths."""
    found = (path for path in folder.rglob("*") if path.is_file() and not any(map(path.match, suite.leave_out)))
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix().encode())


def digest_of(files: Iterable[Path], folder: Path) -> str:
    """Return the SHA-256 of the lines that `sha256sum` prints for files, named by their paths in a folder."""
    whole = hashlib.sha256()
    for path in files:
        one = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{one}  {path.relative_to(folder).as_posix()}\n".encode())
    return whole.hexdigest()


def fault_of(suite: Suite, folder: Path) -> str | None:
    """Say how a folder differs from a suite; None where it does not."""
    files = files_of(suite, folder)
    if not files:
        return f"{suite.name}: no files in {folder}"
    digest = digest_of(files, folder)
    if digest == suite.sha256:
        return None
    return f"{suite.name}: {folder} has {len(files)} files of digest {digest}, not {suite.files} of {suite.sha256}"


def fetch(suite: Suite, into: Path, address: str = "") -> str:
    """Bring a suite to its place below a folder, unless it is there; return what was done.

    `address` is where to get it instead of its public archive: a .tar.gz or .zip archive, by http, https or file.
    """
    place = into / suite.folder
    if place.exists():
        if fault := fault_of(suite, place):
            raise SuiteError(f"{fault}; remove the folder to fetch it anew")
        return f"{suite.name}: was in {place} already"
    address = address or suite.archive
    if not address:
        raise SuiteError(f"{suite.name}: no public archive is known; name one with --from {suite.name}=ADDRESS")
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent, prefix=".fetch-") as work:
        unpacked = Path(work) / "unpacked"
        _unpack(_download(address, Path(work) / "archive"), unpacked)
        found = [folder for folder in sorted(unpacked.glob(f"**/{suite.path}")) if folder.is_dir()]
        faults = [fault_of(suite, folder) for folder in found]
        if None not in faults:
            raise SuiteError("\n".join(map(str, faults)) or f"{suite.name}: no folder {suite.path} in {address}")
        source, kept = found[faults.index(None)], Path(work) / "kept"
        for path in files_of(suite, source):
            target = kept / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        kept.rename(place)
    return f"{suite.name}: {suite.files} files in {place}"


def _download(address: str, path: Path) -> Path:
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT) as answer, path.open("wb") as file:
            while part := answer.read(1 << 16):
                file.write(part)
                if file.tell() > MOST_BYTES:
                    raise SuiteError(f"{address} is larger than {MOST_BYTES:,} bytes")
    except (OSError, ValueError) as error:
        raise SuiteError(f"cannot fetch {address}: {error}") from error
    return path


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack an archive; both libraries refuse or mend names that lead out of the folder."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as opened:
                opened.extractall(folder)
        else:
            with tarfile.open(archive) as opened:
                opened.extractall(folder, filter="data")
    except (tarfile.TarError, zipfile.BadZipFile, OSError, EOFError) as error:
        raise SuiteError(f"cannot unpack the archive: {error}") from error


def main(arguments: list[str] | None = None, manifest: Path = MANIFEST) -> int:
    """Fetch or check suites; return the exit status: 0, or 1 where one is missing or not the right one."""
    known = suites(manifest)
    parser = argparse.ArgumentParser(description="Fetch the public suites of the conformance tests, by digest.")
    parser.add_argument("suites", nargs="*", metavar="SUITE", help=f"of {', '.join(known)}; all without it")
    parser.add_argument("--into", type=Path, metavar="DIR", default=ROOT.parent / "shared", help="default: ../shared")
    parser.add_argument("--from", dest="sources", action="append", default=[], metavar="SUITE=ADDRESS")
    parser.add_argument("--check", type=Path, metavar="DIR", help="verify what is in DIR; nothing is fetched")
    options = parser.parse_args(arguments)
    sources = dict(source.partition("=")[::2] for source in options.sources)
    if unknown := {*options.suites, *sources} - known.keys():
        parser.error(f"unknown suite {', '.join(sorted(unknown))}; known are {', '.join(known)}")
    status = 0
    for suite in [known[name] for name in options.suites or known]:
        try:
            if options.check is None:
                print(fetch(suite, options.into.resolve(), sources.get(suite.name, "")))
            elif fault := fault_of(suite, options.check / suite.folder):
                raise SuiteError(fault)
            else:
                print(f"{suite.name}: {suite.files} files, as they should be")
        except SuiteError as error:
            print(error, file=sys.stderr)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
