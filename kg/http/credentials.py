"""Who we are to a server: a name and password or a token, from the environment or a netrc file, never from options.

What is on a command line can be read by every process of the machine, and stays in the shell's history.
"""

from __future__ import annotations

import netrc
import os
from collections.abc import Generator
from pathlib import Path

import httpx

from kg.errors import InputError

Origin = tuple[str, str, int | None]


class Credentials(httpx.Auth):
    """Answers the challenge of one server (RFC 9110, section 11.6.1), and of no other.

    A token is sent at once, as there is no challenge to it. A password waits until the server says how it wants it:
    as a digest where it takes one, which does not give the password away, else as it is (Basic).
    """

    def __init__(self, origin: Origin, *, name: str = "", password: str = "", token: str = "") -> None:
        self._origin = origin
        self._name, self._password, self._token = name, password, token
        self._scheme: httpx.DigestAuth | httpx.BasicAuth | None = None

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Add to a request what its server asks for; see httpx.Auth."""
        if _origin_of(request.url) != self._origin:
            yield request
        elif self._token:
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request
        elif self._scheme is not None:
            yield from self._scheme.auth_flow(request)
        else:
            response = yield request
            challenges = response.headers.get("WWW-Authenticate", "").lower()
            if response.status_code != 401 or not ("digest" in challenges or "basic" in challenges):
                return
            if "digest" in challenges:
                self._scheme = httpx.DigestAuth(self._name, self._password)
                flow = self._scheme.auth_flow(request)
                next(flow)
                yield flow.send(response)
            else:
                self._scheme = httpx.BasicAuth(self._name, self._password)
                yield from self._scheme.auth_flow(request)


def credentials_for(url: str, *, named: bool) -> Credentials | None:
    """Return what to show a server: KG_TOKEN, or KG_USER and KG_PASSWORD, or the entry of its host in a netrc file.

    Args:
        url: the address of the server.
        named: whether the user has named it, on the command line or in the environment. What stands in the environment
            says of no host that it is meant for it, so that a server which a project's file names does not get it.

    Returns:
        None where there is nothing. The file is that of NETRC, or ~/.netrc, as with curl.

    Raises:
        InputError: the netrc file cannot be read.
    """
    if named and (token := os.environ.get("KG_TOKEN")):
        return Credentials(origin(url), token=token)
    if named and (name := os.environ.get("KG_USER")):
        return Credentials(origin(url), name=name, password=os.environ.get("KG_PASSWORD", ""))
    path = Path(os.environ.get("NETRC") or Path.home() / ".netrc")
    try:
        found = netrc.netrc(path).authenticators(httpx.URL(url).host)
    except FileNotFoundError:
        return None
    except netrc.NetrcParseError as error:
        raise InputError(
            error.msg, "write lines such as: machine HOST login NAME password PASSWORD", path=path
        ) from None
    except OSError as error:
        raise InputError(error.strerror or str(error), path=path) from error
    return Credentials(origin(url), name=found[0], password=found[2]) if found else None


def origin(url: str) -> Origin:
    """Return the scheme, the host and the port of an address."""
    return _origin_of(httpx.URL(url))


def _origin_of(url: httpx.URL) -> Origin:
    return url.scheme, url.host, url.port
