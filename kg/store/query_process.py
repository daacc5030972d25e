"""A query in a process of its own, which can be killed when its time is over, as Oxigraph cannot be interrupted.

The process runs this very file, alone: neither the current folder nor that of the project is where it looks for
modules (`-P`), so that a file which is called like a module is never executed. It lives no longer than its parent.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import (
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    parse,
    parse_query_results,
)

if TYPE_CHECKING:
    from kg.sparql.results import Answer

_SYNTAX_STATUS = 65  # of a process whose query has a fault (EX_DATAERR of sysexits.h)
_EVALUATION_STATUS = 69  # of one that cannot be evaluated (EX_UNAVAILABLE)


def query_in_process(store: Path, text: str, timeout: float) -> Answer:
    """Ask a store on disk.

    Args:
        store: its folder.
        text: the query.
        timeout: seconds after which the process is killed.

    Raises:
        SyntaxError: the query has an error.
        RuntimeError: it cannot be evaluated.
        OutsideError: the time is over, or the process has died.
    """
    import subprocess

    from kg.errors import OutsideError
    from kg.sparql.results import read

    command = [sys.executable, "-P", str(Path(__file__).absolute()), str(store)]
    query = text.encode()
    answer: list[bytes] = []
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            reader = threading.Thread(target=lambda out: answer.append(out.read()), args=(process.stdout,), daemon=True)
            reader.start()
            try:
                # Left open, as it is by its end that the process learns of ours.
                process.stdin.write(b"%d\n%s" % (len(query), query))
                process.stdin.flush()
            except BrokenPipeError:
                pass  # its status tells
            reader.join(timeout)
            if reader.is_alive():
                raise OutsideError(f"no answer within {timeout:g} seconds", "use a longer --timeout, or request less")
            status = process.wait()
        finally:
            process.kill()
    if status == _SYNTAX_STATUS:
        raise SyntaxError(text)
    if status == _EVALUATION_STATUS:
        raise RuntimeError(answer[0].decode())
    if status:
        raise OutsideError(f"the query was killed (status {status})", "perhaps memory ran out: request less")
    kind, _, body = answer[0].partition(b"\n")
    if kind == b"triples":
        return [quad.triple for quad in parse(body, format=RdfFormat.N_TRIPLES)]
    return read(parse_query_results(body, format=QueryResultsFormat.JSON))


def _serialized(store: str, text: str) -> bytes:
    """Answer a query as bytes: a line that says of what kind they are, and the answer itself."""
    answer = Store.read_only(store).query(text)
    if isinstance(answer, QueryTriples):
        return b"triples\n" + b"".join(f"{triple} .\n".encode() for triple in sorted(set(answer), key=str))
    serialized = answer.serialize(format=QueryResultsFormat.JSON)
    return (b"rows\n" if isinstance(answer, QuerySolutions) else b"boolean\n") + (serialized or b"")


def _end_with_parent() -> None:
    """End this process when its parent has closed its end of the pipe, or has died however suddenly."""
    while os.read(0, 1):  # not sys.stdin, whose lock would be in the way of the interpreter's end
        pass
    os._exit(1)


if __name__ == "__main__":
    query = sys.stdin.buffer.read(int(sys.stdin.buffer.readline())).decode()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        sys.stdout.buffer.write(_serialized(sys.argv[1], query))
    except SyntaxError:
        sys.exit(_SYNTAX_STATUS)
    except RuntimeError as error:
        sys.stdout.buffer.write(str(error).encode())
        sys.stdout.buffer.flush()
        sys.exit(_EVALUATION_STATUS)
