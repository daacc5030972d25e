"""Answers of servers by HTTP, read as they come: whole, in time and within a limit, or an error."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kg.errors import OutsideError

if TYPE_CHECKING:
    import httpx


class Response:
    """An answer whose body is read as it comes, by `read` as from a file."""

    def __init__(self, response: httpx.Response, url: str, seconds: float, max_bytes: int) -> None:
        self.url = url
        self.headers: Mapping[str, str] = response.headers
        self._chunks = response.iter_bytes()
        self._buffer = b""
        self._read = 0
        self._max_bytes = max_bytes
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds

    @property
    def media_type(self) -> str:
        """The media type of the body in lower case, without parameters; empty where the server does not say."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes of the body, at most `size` of them; all that is left where `size` is negative.

        Raises OutsideError for a body that ends before its end, comes too slowly, or is larger than the limit.
        """
        if size < 0:
            return self._buffer + b"".join(iter(self._next_chunk, b""))
        self._buffer = self._buffer or self._next_chunk()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def _next_chunk(self) -> bytes:
        import httpx

        try:
            chunk = next(self._chunks, b"")
        except httpx.TimeoutException as error:
            raise late(self.url, self._seconds) from error
        except httpx.HTTPError as error:
            raise cut_off(self.url, str(error)) from error
        # A server that sends a byte now and then would keep each single wait short.
        if time.monotonic() > self._deadline:
            raise late(self.url, self._seconds)
        self._read += len(chunk)
        if self._read > self._max_bytes:
            raise OutsideError(
                f"the answer of {self.url} is larger than {self._max_bytes:,} bytes", "request less data at once"
            )
        return chunk


def cut_off(url: str, how: str) -> OutsideError:
    """Return the error of an incomplete answer."""
    return OutsideError(
        f"the answer of {url} is corrupt or incomplete: {how}", "try again, or request less data at once"
    )


def wrong_media_type(response: Response, expected: str) -> OutsideError:
    """Return the error of an answer of another kind than the one asked for."""
    kind = "an HTML page" if "html" in response.media_type else response.media_type or "something without a media type"
    return OutsideError(
        f"{response.url} answers with {kind} instead of {expected}", "check that this is the right address"
    )


def late(url: str, seconds: float) -> OutsideError:
    """Return the error of an answer that did not come in time."""
    return OutsideError(
        f"no answer from {url} within {seconds:g} seconds", "try again later, or request less data at once"
    )
