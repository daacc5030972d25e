"""A bound on the time that a whole command takes, whatever it waits for or computes.

Neither Oxigraph, nor a regular expression, nor a server that sends a byte now and then can be asked to stop; a process
can be killed. So the work is done in a copy of this process, which is given up when the time is over. What a killed
command has written half is found and removed by the next one, as after any kill.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import suppress

import click

from kg.errors import OutsideError

_PAUSE = 0.01  # seconds between two looks at the copy
_GRACE = 1.0  # seconds that it has to end by itself when the user interrupts


def limit_time(context: click.Context, option: click.Parameter, seconds: float | None) -> float | None:
    """Go on in a copy of this process, and wait here until it ends; the callback of the options called --timeout.

    Returns:
        the seconds where they must be kept in another way: on a system whose processes cannot be copied.

    Raises:
        OutsideError: the time is over, or the copy was killed by something else.
    """
    if seconds is None or context.resilient_parsing or not hasattr(os, "fork"):
        return seconds
    import signal

    sys.stdout.flush()
    sys.stderr.flush()
    copy = os.fork()
    if not copy:
        _end_with_parent()
        return None
    # Who ends this process means the command.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, lambda number, _: _end(copy, number))
    try:
        status = _wait(copy, seconds)
    except KeyboardInterrupt:
        with suppress(ProcessLookupError):
            os.kill(copy, signal.SIGINT)  # a terminal has sent it to both, others to this one alone
        status = _wait(copy, _GRACE)
        if status is None:
            os.kill(copy, signal.SIGKILL)
            os.waitpid(copy, 0)
            raise
    if status is None:
        os.kill(copy, signal.SIGKILL)
        os.waitpid(copy, 0)
        raise OutsideError(f"no answer within {seconds:g} seconds", "use a longer --timeout, or request less")
    if status < 0:
        raise OutsideError(
            f"the command was killed ({signal.Signals(-status).name})", "perhaps memory ran out: request less"
        )
    context.exit(status)


def _wait(process: int, seconds: float) -> int | None:
    """Return the exit status of a process, negative for the signal that killed it; None if it runs on."""
    end = time.monotonic() + seconds
    while True:
        found, status = os.waitpid(process, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() >= end:
            return None
        time.sleep(min(_PAUSE, max(end - time.monotonic(), 0)))


def _end(process: int, number: int) -> None:
    import signal

    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _end_with_parent() -> None:
    """Let the kernel end this process when its parent dies (Linux; elsewhere only signals that can be handled do)."""
    if sys.platform == "linux":
        import ctypes
        import signal

        set_death_signal = 1  # PR_SET_PDEATHSIG of <sys/prctl.h>
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)


timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    callback=limit_time,
    help="Stop the whole command after this many seconds.",
)
