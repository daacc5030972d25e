"""SPARQL servers on loopback: a real one, and one that misbehaves as it is told."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs

import httpx
from virtuoso import free_port, virtuoso

WIKIDATA = "https://query.wikidata.org/sparql"
EXTRACT = Path(__file__).parent / "wikidata_extract.ttl"
JSON = "application/sparql-results+json"
_CLIENT = httpx.Client()


@contextmanager
def oxigraph_serve(data: str = "", *options: str) -> Iterator[str]:
    """Run `oxigraph serve` with some Turtle in memory; yields its base address."""
    process, base = start_oxigraph(free_port(), *options)
    try:
        put(base, data)
        yield base
    finally:
        process.terminate()
        process.wait()


ENGINES = {"oxigraph": oxigraph_serve, "virtuoso": virtuoso}


def start_oxigraph(port: int, *options: str) -> tuple[subprocess.Popen[bytes], str]:
    """Start `oxigraph serve`; return its process and its base address when it answers."""
    program = shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or shutil.which("oxigraph")
    assert program, "the tests need a SPARQL server: python -m pip install '.[test]'"
    base = f"http://127.0.0.1:{port}"
    command = [program, "serve", "--bind", base.removeprefix("http://"), *options]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    for _ in range(400):
        try:
            _CLIENT.get(base)
            return process, base
        except httpx.ConnectError:
            assert process.poll() is None, "oxigraph serve ended"
            time.sleep(0.05)
    raise AssertionError("oxigraph serve did not start within 20 seconds")


def put(base: str, data: str) -> None:
    """Replace the default graph of a server by some Turtle."""
    content = {"Content-Type": "text/turtle"}
    _CLIENT.put(f"{base}/store?default", content=data.encode(), headers=content).raise_for_status()


@contextmanager
def wikidata() -> Iterator[str]:
    """Serve the extract in the shape of Wikidata; yields the value of --allow-service for it."""
    with oxigraph_serve(EXTRACT.read_text(encoding="utf-8")) as base:
        yield f"{WIKIDATA}={base}/query"


@dataclass
class Request:
    """What a fake server was sent."""

    path: str
    headers: dict[str, str]
    fields: dict[str, str]
    time: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Reply:
    """What a fake server sends back; `length` is what it says of its body's length, `pause` the seconds before it."""

    body: str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": JSON})
    length: int | None = None
    pause: float = 0


@dataclass
class FakeServer:
    """A server on loopback: its address, and what it was sent."""

    url: str
    requests: list[Request]


@contextmanager
def fake_server(answer: Callable[[Request], Reply]) -> Iterator[FakeServer]:
    """Serve what a function replies to each request."""
    requests: list[Request] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            fields = {name: values[0] for name, values in parse_qs(body).items()}
            requests.append(Request(self.path, dict(self.headers), fields))
            reply = answer(requests[-1])
            time.sleep(reply.pause)
            data = reply.body.encode()
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data) if reply.length is None else reply.length))
            self.end_headers()
            self.wfile.write(data)
            self.close_connection = reply.length is not None

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # a client that hangs up is what the tests are about
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield FakeServer(f"http://127.0.0.1:{server.server_address[1]}/sparql", requests)
    finally:
        server.shutdown()
        server.server_close()
