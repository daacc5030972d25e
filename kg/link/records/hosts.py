"""Host names of web addresses."""

from __future__ import annotations

from urllib.parse import urlsplit

# Country codes under which everybody registers names, whatever their country.
_GENERIC = frozenset("ac ag ai am cc cd co eu fm gg gl im io la ly me mu nu sh st tk to tv vc ws".split())  # noqa: SIM905


def host_of(url: str) -> str:
    """Return the host name of a web address in lower case and without `www.`; empty where there is none."""
    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:  # such as a bracket that is not closed
        return ""
    return host.removeprefix("www.")


def country_of(host: str) -> str | None:
    """Return the ISO 3166-1 code of the country whose top-level domain a host name is in, or None."""
    top = host.rsplit(".", 1)[-1]
    if len(top) != 2 or not top.isalpha() or top in _GENERIC:
        return None
    return "GB" if top == "uk" else top.upper()


def is_within(host: str, other: str) -> bool:
    """Return whether a host name equals another one or is below it: `uk.example.com` in `example.com`."""
    return host == other or host.endswith(f".{other}")
