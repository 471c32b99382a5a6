"""Where a browser says that a request comes from."""

from collections.abc import Mapping
from urllib.parse import urlsplit

_SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")

type Site = tuple[str, str]  # scheme, and host with port


def is_foreign(method: str, headers: Mapping[str, str], *, scheme: str, public_url: str) -> bool:
    """Whether a request that changes something comes from another site's page; programs send neither header.

    Ours is the public address, and whatever host was asked: by its own scheme, or by https where TLS ends before us.
    """
    if method in _SAFE:
        return False
    if headers.get("sec-fetch-site") == "cross-site":
        return True
    origin = headers.get("origin")
    if origin is None:
        return False
    host = headers.get("host", "")
    ours = {_site(public_url), _site(f"{scheme}://{host}"), _site(f"https://{host}")} - {None}
    return _site(origin) not in ours


def _site(url: str) -> Site | None:
    """None for what is no address: `null`, empty, or a bracket that urlsplit raises on."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return (parts.scheme, parts.netloc.lower()) if parts.scheme and parts.netloc else None
