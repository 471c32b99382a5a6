"""Connections over aiohttp, one pool per service, and how long an answer asks to wait."""

import re
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from aiohttp import ClientSession, DummyCookieJar, TCPConnector

from sspr_core.model.clock import utc_now

_LONGEST_WAIT = timedelta(days=1)  # a longer one is a service's mistake


def open_session(url: str, tls: ssl.SSLContext | None = None) -> ClientSession:
    """A pool of connections for the service at this address; it keeps no cookies and does not decompress bodies.

    Call it on the event loop that uses it; the caller closes it.
    """
    return ClientSession(
        connector=TCPConnector(ssl=tls or True),
        proxy=proxy_of(url),
        cookie_jar=DummyCookieJar(),
        auto_decompress=False,
    )


def proxy_of(url: str) -> str | None:
    """The environment's proxy for the address (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY), or none.

    Read once: aiohttp's own `trust_env` reads it at every request, in a thread, and looks for a .netrc as well.
    """
    parts = urlsplit(url)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(parts.hostname or ""):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Seconds or an HTTP date (RFC 9110, 10.2.3); None when absent or unreadable.

    A date is compared with the answer's own Date header, so that a difference between the two clocks does not matter.
    """
    found = {name.lower(): str(value) for name, value in headers.items()}
    text = found.get("retry-after", "")
    if seconds := re.match(r"\s*(-?\d+(?:\.\d+)?)\s*(?:,|$)", text):  # a proxy may have joined two headers
        return timedelta(seconds=max(0.0, min(float(seconds[1]), _LONGEST_WAIT.total_seconds())))
    if (until := _http_date(text)) is None:
        return None
    return max(min(until - (_http_date(found.get("date", "")) or utc_now()), _LONGEST_WAIT), timedelta(0))


def _http_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found.replace(tzinfo=found.tzinfo or UTC)
