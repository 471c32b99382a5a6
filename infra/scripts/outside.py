"""What anybody on the internet can see of the app."""

from __future__ import annotations

import base64
import json
from typing import Iterator

from doors import OPEN, Door
from findings import Finding
from web import Answer, Site

HEADERS = ("content-security-policy", "x-content-type-options", "strict-transport-security", "referrer-policy")


def transport(site: Site, *, local: bool) -> Iterator[Finding]:
    """The certificate is looked at by every request: one that is wrong gets no answer."""
    if local:
        yield Finding("TLS", True, "not looked at, on this machine")
        return
    secure = site.url.startswith("https://")
    yield Finding("TLS", secure, "the address is https" if secure else f"{site.url} is not https")
    plain = site.ask("/healthz", url=f"http://{site.url.split('://')[-1]}")
    moved = plain.status in (301, 302, 307, 308) and plain.header("location").startswith("https://")
    yield Finding("plain HTTP leads to https", moved or plain.status in (0, 403), plain.told())


def health(site: Site) -> Iterator[Finding]:
    answer = site.ask("/healthz")
    status = _field(answer, "status")
    advice = "; the app's log names each setting that is wrong" if status == "misconfigured" else ""
    yield Finding("the app is well", answer.status == 200 and status == "ok", f"{answer.told()} {status}{advice}")
    missing = [name for name in HEADERS if not answer.header(name)]
    yield Finding("protecting headers", not missing, f"{', '.join(missing)} missing" if missing else "all there")


def forged(site: Site, tenant: str) -> Iterator[Finding]:
    """A caller who says of themselves, as the platform would, that they are an administrator."""
    claims = [{"typ": "tid", "val": tenant or "0" * 8}, {"typ": "roles", "val": "Admin"}, {"typ": "oid", "val": "x"}]
    told = base64.b64encode(json.dumps({"auth_typ": "aad", "claims": claims}).encode()).decode()
    headers = {"X-MS-CLIENT-PRINCIPAL": told, "X-MS-CLIENT-PRINCIPAL-ID": "x", "X-MS-CLIENT-PRINCIPAL-IDP": "aad"}
    for path in ("/api/v1/overview", "/p/"):
        answer = site.ask(path, headers=headers)
        what = f"{answer.told()}, WITH DATA OF CUSTOMERS" if answer.status == 200 else answer.told()
        yield Finding(f"forged sign-in is refused at {path}", answer.is_refusal, what)


def closed(site: Site, doors: list[Door]) -> Iterator[Finding]:
    """Every function asks who is calling."""
    for door in doors:
        if door.route is None or door.name in OPEN:
            continue
        for method in door.methods or ("GET",):
            answer = site.ask(door.path, method=method)
            yield Finding(f"{door.name} asks who is calling ({method} {door.path})", answer.is_refusal, answer.told())


def _field(answer: Answer, name: str) -> str:
    try:
        return str(json.loads(answer.body)[name])
    except (ValueError, KeyError, TypeError):
        return f"(not what healthz answers: {answer.body[:60]!r})"
