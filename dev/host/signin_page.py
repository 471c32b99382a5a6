"""The page on which the user picks an identity. It replaces Entra's page and obeys our content security policy."""

from functools import cache
from html import escape
from pathlib import Path

from dev.host.signin import back_to

FILES = {
    "/.auth/login/local.css": ("signin.css", "text/css; charset=utf-8"),
    "/.auth/login/local.svg": ("signin.svg", "image/svg+xml"),
}
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PAGE_HEADERS = [
    ("content-type", "text/html; charset=utf-8"),
    ("content-security-policy", _POLICY),
    ("cache-control", "no-store"),
]

_MAY = {
    "Reader": "Sees everything, changes nothing.",
    "Operator": "Looks after tenants, and writes to their users.",
    "Admin": "May do everything.",
}


def page(query: str) -> str:
    """The page with the choice of identities."""
    buttons = "".join(
        f'<button name="role" value="{role}"><strong>Sign in as {role}</strong><span>{may}</span></button>'
        for role, may in _MAY.items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<title>Sign in · sspr-manager</title><link rel="icon" href="/.auth/login/local.svg">'
        '<link rel="stylesheet" href="/.auth/login/local.css"></head>'
        '<body><main><p class="product">sspr-manager</p><h1>Sign in</h1>'
        "<p>On this machine you choose who to be; in Azure, Microsoft Entra ID asks.</p>"
        '<form action="/.auth/login/local" method="get">'
        f'<input type="hidden" name="post_login_redirect_uri" value="{escape(back_to(query))}">'
        f"{buttons}</form></main></body></html>"
    )


@cache
def file(path: str) -> tuple[bytes, list[tuple[str, str]]]:
    """One of the page's own files, and its headers."""
    name, kind = FILES[path]
    return (Path(__file__).parent / name).read_bytes(), [("content-type", kind), ("x-content-type-options", "nosniff")]
