"""A Virtuoso server on loopback, in a folder of its own, for tests; its configuration is written here."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import pytest

_PROGRAMS = ("virtuoso-t",)
USER = PASSWORD = "dba"  # those of a fresh database; the server listens on loopback alone
_CONFIGURATION = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa

[TempDatabase]
DatabaseFile = {folder}/virtuoso-temp.db
TransactionFile = {folder}/virtuoso-temp.trx

[Parameters]
ServerPort = 127.0.0.1:{sql_port}
DirsAllowed = {folder}
NumberOfBuffers = 20000
MaxSortedTopRows = 1000000

[HTTPServer]
ServerPort = 127.0.0.1:{http_port}
ServerRoot = {folder}

[SPARQL]
ResultSetMaxRows = {rows}
MaxQueryCostEstimationTime = 0
MaxQueryExecutionTime = 60
"""


@contextmanager
def virtuoso(rows: int = 10_000_000) -> Iterator[str]:
    """Run Virtuoso on an empty database; yields its base address, below which are /sparql and the others.

    It gives at most so many rows in an answer. Where it is not installed the test is skipped.
    """
    missing = [program for program in _PROGRAMS if shutil.which(program) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not found: apt-get install virtuoso-opensource-7")
    with TemporaryDirectory(prefix="virtuoso-") as folder:
        sql_port, http_port = free_port(), free_port()
        configuration = Path(folder, "virtuoso.ini")
        settings = {"folder": folder, "sql_port": sql_port, "http_port": http_port, "rows": rows}
        configuration.write_text(_CONFIGURATION.format(**settings), encoding="utf-8")
        command = ["virtuoso-t", "+configfile", str(configuration), "+foreground"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
        try:
            _wait(process, f"http://127.0.0.1:{http_port}", Path(folder, "virtuoso.log"))
            yield f"http://127.0.0.1:{http_port}"
        finally:
            # It ignores a request to end while a connection is open; all its files are thrown away in any case.
            process.kill()
            process.wait()


def load(base: str, graph: str, data: str) -> None:
    """Put some Turtle into a named graph of Virtuoso, in place of what is there."""
    response = httpx.put(
        f"{base}/sparql-graph-crud-auth",
        params={"graph-uri": graph},
        content=data.encode(),
        headers={"Content-Type": "text/turtle"},
        auth=httpx.DigestAuth(USER, PASSWORD),
        timeout=60,
    )
    response.raise_for_status()


def free_port() -> int:
    """Return a port of loopback on which nothing listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[bytes], base: str, log: Path) -> None:
    for _ in range(300):
        try:
            httpx.get(f"{base}/sparql", params={"query": "ASK {}"}, timeout=5).raise_for_status()
            return
        except (httpx.TransportError, httpx.HTTPStatusError):
            assert process.poll() is None, f"virtuoso-t ended:\n{log.read_text(encoding='utf-8')[-2000:]}"
            time.sleep(0.1)
    raise AssertionError("virtuoso-t did not start within 30 seconds")
