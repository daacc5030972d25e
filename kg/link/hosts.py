"""Host names of web addresses."""

from __future__ import annotations

from urllib.parse import urlsplit


def host_of(url: str) -> str:
    """Return the host name of a web address in lower case and without `www.`; empty where there is none."""
    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:  # such as a bracket that is not closed
        return ""
    return host.removeprefix("www.")
