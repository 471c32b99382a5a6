"""Connections over aiohttp, shared by everything that talks to one service."""

import ssl
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from aiohttp import ClientSession, DummyCookieJar, TCPConnector


def open_session(url: str, tls: ssl.SSLContext | None = None) -> ClientSession:
    """A pool of connections for the service at this address, which keeps no cookies and leaves bodies packed.

    Must be called on the event loop that uses it; whoever opens it closes it.
    """
    return ClientSession(
        connector=TCPConnector(ssl=tls or True),
        proxy=proxy_of(url),
        cookie_jar=DummyCookieJar(),
        auto_decompress=False,
    )


def proxy_of(url: str) -> str | None:
    """The environment's proxy for the address (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY), or none.

    Asked once: aiohttp's own `trust_env` asks at every request, in a thread, and looks for a .netrc as well.
    """
    parts = urlsplit(url)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(parts.hostname or ""):
        return None
    return proxy if "://" in proxy else f"http://{proxy}"
