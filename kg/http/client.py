"""HTTP requests: the only module that opens sockets.

A request names its sender, never waits forever, is retried where that can help, reads no more than a limit, and
goes to no other host than the one that was named. Failures are OutsideErrors that give the address, what happened,
and what to do.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kg.__version__ import __version__
from kg.errors import OutsideError, UsageError
from kg.formats import JSON
from kg.http.response import Response, cut_off, late, wrong_media_type

if TYPE_CHECKING:
    import httpx
    from tenacity import RetryCallState

    from kg.http.credentials import Credentials

HOME_PAGE = "https://w3id.org/aigov-kg/"
_EXCERPT = 200  # characters of what a server says that go into a message
_REDIRECTS = 5
_RESENT = (301, 302, 307, 308)  # 303 leads to another thing than the answer to a query (RFC 9110, section 15.4.4)


@dataclass(frozen=True)
class Client:
    """How requests are made; connections are kept open between those of one client.

    `timeout` is in seconds, for each wait and for the whole answer; `backoff` is the pause before the second attempt,
    doubled for each further one. A server that asks for a pause above `longest_pause` seconds is not asked again.
    `credentials` are shown to the server that they are for, and to no other.
    """

    offline: bool = False
    timeout: float = 60
    attempts: int = 4
    backoff: float = 0.5
    longest_pause: float = 60
    max_bytes: int = 256 * 2**20
    credentials: Credentials | None = None

    def get(self, url: str, accept: str, *, timeout: float | None = None) -> AbstractContextManager[Response]:
        """Send a GET request; all else is as with `post_form`."""
        return self._request("GET", url, _Body(), accept, timeout)

    def post_form(
        self, url: str, fields: Mapping[str, str], accept: str, *, timeout: float | None = None
    ) -> AbstractContextManager[Response]:
        """Send a form by POST, for a request that may be sent again: done twice, it changes no more than done once.

        Args:
            url: an http or https address.
            fields: the fields of the form.
            accept: the media types to ask for, as in the header Accept.
            timeout: seconds, where less than the client's own.

        Returns:
            a context manager for the answer, whose status is 2xx, and whose body is read as it comes.

        Raises:
            UsageError: the address is not an http or https address.
            OutsideError: offline, no connection, no answer in time, an error status, or a redirect to another host.
        """
        return self._request("POST", url, _Body(fields=fields), accept, timeout)

    def post(
        self, url: str, content: bytes, media_type: str, *, timeout: float | None = None
    ) -> AbstractContextManager[Response]:
        """Send some bytes by POST; all else is as with `post_form`."""
        return self._request("POST", url, _Body(content, media_type), "*/*", timeout)

    def server(self, url: str) -> str:
        """Return how the server at an address names itself (the header Server), or nothing.

        Raises as `post_form` does, save that any status will do.
        """
        _require_allowed(url, self.offline)
        response = self._open("GET", url, url, _Body(), self._headers("*/*"), self.timeout)
        response.close()
        return str(response.headers.get("Server", ""))

    @contextmanager
    def _request(self, method: str, url: str, body: _Body, accept: str, timeout: float | None) -> Iterator[Response]:
        _require_allowed(url, self.offline)
        from tenacity import Retrying, retry_if_exception, stop_after_attempt

        seconds = self.timeout if timeout is None else min(timeout, self.timeout)
        headers = self._headers(accept, body.media_type)
        retrying = Retrying(
            stop=stop_after_attempt(self.attempts),
            wait=self._pause,
            retry=retry_if_exception(
                lambda error: isinstance(error, _TransientError) and (error.pause or 0) <= self.longest_pause
            ),
            reraise=True,
        )
        found = retrying(self._send, method, url, body, headers, seconds)
        try:
            yield Response(found, url, seconds, self.max_bytes)
        finally:
            found.close()

    def _headers(self, accept: str, media_type: str = "") -> dict[str, str]:
        import httpx

        return {
            "Accept": accept,
            # https://foundation.wikimedia.org/wiki/Policy:User-Agent_policy: the tool, a contact, the library.
            "User-Agent": f"aigov-kg/{__version__} ({HOME_PAGE}) python-httpx/{httpx.__version__}",
            **({"Content-Type": media_type} if media_type else {}),
        }

    def _send(self, method: str, url: str, body: _Body, headers: Mapping[str, str], seconds: float) -> httpx.Response:
        """Send a request, follow redirects on the same host, and return an answer of success with its body unread."""
        target = url
        for _ in range(_REDIRECTS):
            response = self._open(method, url, target, body, headers, seconds)
            if response.is_success:
                return response
            try:
                if not response.has_redirect_location:
                    raise _failure(url, response)
                target = _redirected(response.url, response)
            finally:
                response.close()
        raise OutsideError(f"{url} redirects more than {_REDIRECTS} times", "use the address to which it redirects")

    def _open(
        self, method: str, url: str, target: str, body: _Body, headers: Mapping[str, str], seconds: float
    ) -> httpx.Response:
        """Send a request to `target`, where `url` led to, and return the answer, whatever its status."""
        import httpx

        try:
            request = self._session.build_request(
                method, target, data=body.fields, content=body.content, headers=headers, timeout=seconds
            )
            return self._session.send(request, stream=True, auth=self.credentials)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.NetworkError, httpx.RemoteProtocolError) as error:
            raise _TransientError(f"cannot reach {url}: {error}", "check the address and the network") from error
        except httpx.TimeoutException as error:
            # Not tried again: a query that took too long would do so once more, and burden the server.
            raise late(url, seconds) from error
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise OutsideError(f"cannot reach {url}: {error}", "check the address") from error

    @cached_property
    def _session(self) -> httpx.Client:
        import httpx

        return httpx.Client()

    def _pause(self, state: RetryCallState) -> float:
        """Return the seconds before the next attempt: what the server asks for, else twice the pause before."""
        error = state.outcome.exception() if state.outcome else None
        asked = error.pause if isinstance(error, _TransientError) else None
        return self.backoff * float(2 ** (state.attempt_number - 1)) if asked is None else asked


@dataclass(frozen=True)
class _Body:
    """What a request carries: nothing, bytes of a media type, or the fields of a form."""

    content: bytes | None = None
    media_type: str = ""
    fields: Mapping[str, str] | None = None


def require_no_credentials(url: str) -> None:
    """Raise UsageError for an address with a name or password in it, without repeating what stands there."""
    import re

    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*@", url):
        raise UsageError(
            "the address contains a name or password, which everyone on this machine can read",
            "leave it out, and set KG_USER and KG_PASSWORD, or KG_TOKEN, or use ~/.netrc",
        )


def _require_allowed(url: str, offline: bool) -> None:
    require_no_credentials(url)
    if not url.lower().startswith(("http://", "https://")):
        raise UsageError(f"not an http or https address: {url!r}", "write an address that begins with https://")
    if offline:
        raise OutsideError(f"cannot reach {url}: offline", "leave out --offline, and unset KG_OFFLINE")


def get_json(url: str, client: Client) -> Any:
    """Return the JSON document at an address.

    Raises OutsideError as `Client.post_form` does, and for an answer that is not JSON.
    """
    with client.get(url, JSON.media_type) as response:
        return _json(response)


def post_form_for_json(url: str, fields: Mapping[str, str], client: Client) -> Any:
    """Send a form by POST and return the JSON document that comes back; raises OutsideError as `get_json` does."""
    with client.post_form(url, fields, JSON.media_type) as response:
        return _json(response)


class _TransientError(OutsideError):
    """A failure that may be over soon; `pause` is how many seconds the server asks to wait, if it says so."""

    def __init__(self, message: str, hint: str, pause: float | None = None) -> None:
        super().__init__(message, hint)
        self.pause = pause


def _json(response: Response) -> Any:
    if "html" in response.media_type:
        raise wrong_media_type(response, "JSON")
    try:
        return json.loads(response.read())
    except ValueError as error:
        raise cut_off(response.url, f"not JSON ({error})") from error


def _redirected(url: httpx.URL, response: httpx.Response) -> str:
    """Return where a redirect leads; raises OutsideError for another host or a weaker protocol."""
    target = url.join(response.headers["Location"])
    schemes = {"http": ("http", "https"), "https": ("https",)}[url.scheme]
    # A port of its own is a server of its own, but that https has another one than http is no surprise.
    same_port = target.port == url.port
    if target.scheme not in schemes or target.host != url.host or not same_port or response.status_code not in _RESENT:
        raise OutsideError(
            f"{url} redirects to {target} ({response.status_code}), which was not followed",
            "use that address if you trust it",
        )
    return str(target)


def _failure(url: str, response: httpx.Response) -> OutsideError:
    """Return the error of a status that is not success, with the beginning of what the server says."""
    says = _excerpt(response)
    message = f"{url} answers {response.status_code} {response.reason_phrase}" + (f": {says}" if says else "")
    if response.status_code == 429 or response.status_code >= 500:
        pause = _retry_after(response.headers.get("Retry-After", "").strip())
        asked = f", in {pause:.0f} seconds as it requests" if pause else ""
        return _TransientError(message, f"the server is overloaded: try again later{asked}", pause)
    if response.status_code in (401, 403):
        return OutsideError(message, "set KG_USER and KG_PASSWORD, or KG_TOKEN, or use ~/.netrc")
    return OutsideError(message, "check the address and the query")


def _excerpt(response: httpx.Response) -> str:
    import re

    import httpx

    try:
        head = next(response.iter_bytes(16 * 1024), b"").decode("utf-8", "replace")
    except httpx.HTTPError:
        return ""
    words = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", head, flags=re.DOTALL | re.IGNORECASE).split()
    text = " ".join(words)
    return text if len(text) <= _EXCERPT else text[:_EXCERPT] + " ..."


def _retry_after(value: str) -> float | None:
    """Read the header Retry-After, seconds or a date (RFC 9110, section 10.2.3); None where it says neither."""
    if value.isdecimal():
        return float(value)
    from datetime import UTC, datetime
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
