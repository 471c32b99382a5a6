"""Microsoft's clouds: where a cloud's users sign in, and where its tenants are administered."""

from urllib.parse import urlsplit

_SIGN_IN = "https://login.microsoftonline.com"
_ENTRA = {
    "login.microsoftonline.us": "https://entra.microsoft.us",
    "login.partner.microsoftonline.cn": "https://entra.microsoftonline.cn",
}


def entra(authority: str) -> str:
    """The Entra admin centre of the authority's cloud; for one not listed, as the local stack's, the public cloud's."""
    return _ENTRA.get(urlsplit(authority).hostname or "", "https://entra.microsoft.com")


def sign_in(authority: str) -> str:
    """Where a person signs in: the authority itself in a national cloud, else the public cloud's."""
    host = urlsplit(authority).hostname or ""
    return f"https://{host}" if host in _ENTRA else _SIGN_IN
