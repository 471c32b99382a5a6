"""What only those see who may sign in, or may look into the subscription."""

from __future__ import annotations

import json
from typing import Any, Iterator

from az import run
from doors import Door
from findings import Finding
from web import Site

_ANSWERS = (200, 302, 307, 400, 404, 405, 422)  # of a function that is there


def answering(site: Site, doors: list[Door], token: str) -> Iterator[Finding]:
    """With a token the platform lets requests pass, so a function that is missing shows: its 404 is not ours."""
    for door in doors:
        if door.route is None or "GET" not in door.methods:
            continue
        answer = site.ask(door.path, headers={"Authorization": f"Bearer {token}"})
        ours = bool(answer.header("content-security-policy"))
        yield Finding(f"{door.name} answers", ours and answer.status in _ANSWERS, answer.told())


def as_azure_has_it(group: str, name: str, doors: list[Door]) -> Iterator[Finding]:
    """The functions that Azure found in the package, and the sign-in before them."""
    named = ["--resource-group", group, "--name", name, "--output", "json", "--only-show-errors"]
    listed = {
        one["name"].rpartition("/")[2] for one in json.loads(run("az", "functionapp", "function", "list", *named))
    }
    wanted = {door.name for door in doors}
    missing = ", ".join(sorted(wanted - listed))
    yield Finding("functions", listed >= wanted, f"missing: {missing}" if missing else f"all {len(wanted)} are there")
    settings = {one["name"] for one in json.loads(run("az", "functionapp", "config", "appsettings", "list", *named))}
    site = json.loads(run("az", "functionapp", "show", *named))
    where = f"https://management.azure.com{site['id']}/config/authsettingsV2?api-version=2024-04-01"
    before = list(_sign_in(json.loads(run("az", "rest", "--method", "get", "--url", where, "--only-show-errors"))))
    yield from before
    yield _told_by(settings, kept_out=all(one.good for one in before))


def _told_by(settings: set[str], *, kept_out: bool) -> Finding:
    """By whom the app is told that sign-in is on, and so believes the headers: who is not the platform may err."""
    if "WEBSITE_AUTH_ENABLED" not in settings:
        return Finding("WEBSITE_AUTH_ENABLED", True, "left to the platform")
    seen = "set by hand: right only while sign-in stays as it is" if kept_out else "set by hand, and anybody gets in"
    return Finding("WEBSITE_AUTH_ENABLED", kept_out, seen)


def _sign_in(found: dict[str, Any]) -> Iterator[Finding]:
    properties = found["properties"]
    on = properties["platform"].get("enabled") is True
    yield Finding("App Service Authentication", on, "on" if on else "off")
    required = properties["globalValidation"].get("requireAuthentication") is True
    yield Finding("sign-in is required", required, "yes" if required else "no: only the app itself refuses")
    issuer = properties["identityProviders"]["azureActiveDirectory"]["registration"].get("openIdIssuer", "")
    many = any(word in issuer for word in ("/common", "/organizations"))
    yield Finding("one tenant signs in", bool(issuer) and not many, issuer or "no issuer")
