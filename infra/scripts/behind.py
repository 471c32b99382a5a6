"""What only those see who may sign in, or may look into the subscription."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Iterator

from az import run
from doors import Door
from findings import Finding
from web import Answer, Site

_ANSWERS = (200, 302, 307, 400, 404, 405, 422)  # of a function that is there
_KEYS = ("AzureWebJobsStorage", "DEPLOYMENT_STORAGE_CONNECTION_STRING")  # some deployment tools put them back
_API = "api-version=2024-04-01"


@dataclass(frozen=True)
class AzureApp:
    """The app as Azure has it: `sign_in` holds the properties of authsettingsV2."""

    resource_id: str
    host: str
    functions: set[str]
    settings: dict[str, str]
    sign_in: dict[str, Any]

    @property
    def registration(self) -> dict[str, Any]:
        return dict(self.sign_in["identityProviders"]["azureActiveDirectory"]["registration"])


def answering(site: Site, doors: list[Door], token: str) -> Iterator[Finding]:
    """With a token the platform lets requests pass, so a function that is missing shows: its 404 is the platform's."""
    for door in doors:
        if door.route is None or "GET" not in door.methods:
            continue
        answer = site.ask(door.path, headers={"Authorization": f"Bearer {token}"})
        from_app = bool(answer.header("content-security-policy"))
        yield Finding(f"{door.name} answers", from_app and answer.status in _ANSWERS, _seen(answer, from_app=from_app))


def _seen(answer: Answer, *, from_app: bool) -> str:
    if answer.status == 403 and not from_app:
        return (
            "403 of the platform, before the app: the client id of the token's program is not in allowedApplications "
            "(register_apps.py assign, then azd provision)"
        )
    return answer.told()


def look_up(group: str, name: str, *, subscription: str = "") -> AzureApp:
    """Asks Azure. Raises AzError."""
    named = ["--resource-group", group, "--name", name, "--output", "json", "--only-show-errors"]
    named += ["--subscription", subscription] if subscription else []
    site = json.loads(run("az", "functionapp", "show", *named))
    listed = json.loads(run("az", "functionapp", "config", "appsettings", "list", *named))
    where = f"https://management.azure.com{site['id']}/config/authsettingsV2?{_API}"
    return AzureApp(
        resource_id=site["id"],
        host=site.get("defaultHostName") or site.get("properties", {}).get("defaultHostName") or "",
        functions=function_names(group, name, subscription=subscription),
        settings={one["name"]: one.get("value") or "" for one in listed},
        sign_in=json.loads(run("az", "rest", "--method", "get", "--url", where, "--only-show-errors"))["properties"],
    )


def function_names(group: str, name: str, *, subscription: str = "") -> set[str]:
    """The functions that Azure knows of the app. Raises AzError."""
    named = ["--resource-group", group, "--name", name, "--output", "json", "--only-show-errors"]
    named += ["--subscription", subscription] if subscription else []
    found = json.loads(run("az", "functionapp", "function", "list", *named) or "[]")
    return {one["name"].rpartition("/")[2] for one in found}


def as_azure_has_it(app: AzureApp, doors: list[Door]) -> Iterator[Finding]:
    """The functions that Azure found in the package, the settings, and the sign-in before them."""
    wanted = {door.name for door in doors}
    missing = ", ".join(sorted(wanted - app.functions))
    seen = f"missing: {missing} (run after_deploy.py)" if missing else f"all {len(wanted)} are there"
    yield Finding("functions", not missing, seen)
    keys = [name for name in _KEYS if name in app.settings]
    wrong = f"delete {' and '.join(keys)}: even empty it stands before the identity"
    yield Finding("storage without a key", not keys, wrong if keys else "by the app's identity")
    before = list(_sign_in(app))
    yield from before
    yield _set_by(set(app.settings), kept_out=all(one.good for one in before))


def _set_by(settings: set[str], *, kept_out: bool) -> Finding:
    """What says to the app that sign-in is on, so that it believes the headers: a setting made by hand may be wrong."""
    if "WEBSITE_AUTH_ENABLED" not in settings:
        return Finding("WEBSITE_AUTH_ENABLED", True, "left to the platform")
    seen = "set by hand: right only while sign-in stays as it is" if kept_out else "set by hand, and anybody gets in"
    return Finding("WEBSITE_AUTH_ENABLED", kept_out, seen)


def _sign_in(app: AzureApp) -> Iterator[Finding]:
    on = app.sign_in["platform"].get("enabled") is True
    yield Finding("App Service Authentication", on, "on" if on else "off")
    required = app.sign_in["globalValidation"].get("requireAuthentication") is True
    yield Finding("sign-in is required", required, "yes" if required else "no: only the app itself refuses")
    issuer = app.registration.get("openIdIssuer", "")
    many = any(word in issuer for word in ("/common", "/organizations"))
    yield Finding("one tenant signs in", bool(issuer) and not many, issuer or "no issuer")
