"""Runs `kg` in processes of their own that need no imports.

The suite runs the command line more than a thousand times, and half of what a run takes are its imports. So one process
imports all that any command may need, and forks for each run. What a run is then given is what a process is given
that starts from nothing: arguments, an environment, a folder, files as its three streams; and it ends as one does. What
start-up itself does (imports, the seed of hashes, `-I`) is shown by tests that start Python.
"""

from __future__ import annotations

import ast
import gc
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock

ROOT = Path(__file__).parent.parent
_STREAMS = {"stdin": os.O_RDONLY, "stdout": os.O_WRONLY, "stderr": os.O_WRONLY}


class Forker:
    """The process that has imported everything: it starts at the first run, and ends with its parent, or when told."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[str] | None = None

    def run(
        self,
        arguments: list[str],
        environment: dict[str, str],
        folder: Path | None = None,
        stdin: str | None = None,
        faults: Mapping[str, float] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run `kg` with some arguments in an environment that is nothing but the one given.

        `faults` are what befalls the process: `seconds` after which it is killed, `change` the number of the change of
        a file or folder at which it is killed, `size` the bytes from which on a file cannot grow, `closed` that nobody
        reads its output, `full` that there is no room for it.
        """
        with TemporaryDirectory(prefix="kg-run-") as name:
            streams = Path(name)
            for stream, text in (("stdin", stdin or ""), ("stdout", ""), ("stderr", "")):
                (streams / stream).write_text(text, encoding="utf-8", newline="")
            status = self._ask([arguments, environment, str(folder or Path.cwd()), name, dict(faults or {})])
            stdout, stderr = ((streams / stream).read_text(encoding="utf-8") for stream in ("stdout", "stderr"))
        return subprocess.CompletedProcess(["kg", *arguments], status, stdout, stderr)

    def end(self) -> None:
        """End the process, if it was started."""
        if self._process is not None:
            self._process.communicate()
            self._process = None

    def _ask(self, request: list[object]) -> int:
        with self._lock:
            if self._process is None:
                self._process = subprocess.Popen(
                    [sys.executable, __file__],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"},
                )
            assert self._process.stdin
            assert self._process.stdout
            print(json.dumps(request), file=self._process.stdin, flush=True)
            answer = self._process.stdout.readline()
        assert answer, "the process that forks has ended"
        return int(answer)


def _serve() -> None:
    _import_everything()
    for line in sys.stdin:
        arguments, environment, folder, streams, faults = json.loads(line)
        child = os.fork()
        if not child:
            break
        print(_wait(child, faults.get("seconds")), flush=True)
    else:
        return
    for number, (name, mode) in enumerate(_STREAMS.items()):
        file = os.open(Path(streams, name), mode)
        os.dup2(file, number)
        os.close(file)
        setattr(sys, name, open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))  # noqa: SIM115
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["kg", *arguments]
    _befall(faults)
    from kg.cli import main

    status = 1
    try:
        main()
    except SystemExit as done:
        status = done.code if isinstance(done.code, int) else 1
    except BaseException:
        traceback.print_exc()
    # To take down the interpreter, with all that was imported, would take longer than most runs.
    for stream in (sys.stdout, sys.stderr):
        if not stream.closed:
            stream.flush()
    os._exit(status)


def _wait(child: int, seconds: float | None) -> int:
    """Return the exit status of a child, killed after some seconds."""
    if seconds is not None:
        end = time.monotonic() + seconds
        while not os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            if time.monotonic() >= end:
                os.kill(child, signal.SIGKILL)
                break
            time.sleep(0.001)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _befall(faults: Mapping[str, float]) -> None:
    """Let this process have a full disk, no reader, or be killed when it is about to change a file or a folder."""
    if "closed" in faults:
        reading, writing = os.pipe()
        os.close(reading)
        os.dup2(writing, 1)
    if "full" in faults:
        os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
    if "size" in faults:
        import resource

        sys.dont_write_bytecode = True  # half of it would be taken for the whole
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # so that the system says EFBIG
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(faults["size"]),) * 2)
    if "change" in faults:
        left = int(faults["change"])

        def look(event: str, details: tuple[object, ...]) -> None:
            nonlocal left
            if event in _CHANGES or (event == "open" and isinstance(details[2], int) and details[2] & _WRITING):
                left -= 1
                if left < 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(look)


_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod"}


def _import_everything() -> None:
    """Import every module of kg, and what those import at their top or inside their functions."""
    names = set()
    for path in (ROOT / "kg").rglob("*.py"):
        if path.name != "__main__.py":
            names.add(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                names.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                names.add(node.module)
    for name in sorted(names):
        with suppress(ImportError):  # a module that is there for type checkers, or on another system
            import_module(name)
    gc.collect()
    gc.freeze()  # else the collections of a child would touch, and so copy, all of it


KG = Forker()

if __name__ == "__main__":
    _serve()
