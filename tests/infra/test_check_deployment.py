"""Checks a deployment from outside: a correct one passes, an open one does not."""

import ast
import json
import os
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from dev.azurite import Azurite
from tests.graph_rows import guid
from tests.infra.signed_in import ROOT, Desk
from tests.local_stack import child
from tests.project.test_triggers import FUNCTIONS, ROUTES

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-in is a shell script")

HOST = "func-x.azurewebsites.net"
SITE = f"https://{HOST}"
SCRIPTS = ("check_deployment.py", "findings.py", "web.py", "doors.py", "outside.py", "behind.py", "directory.py")


def check(desk: Desk, *words: str) -> tuple[int, list[str]]:
    code, said = desk.run(*words, script="check_deployment.py")
    return code, said.splitlines()


def failures(lines: list[str]) -> list[str]:
    return [line.removeprefix("FAIL  ") for line in lines if line.startswith("FAIL")]


@pytest.fixture(scope="module")
def deployed(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app in the local host, with sign-in as on the platform."""
    folder = tmp_path_factory.mktemp("deployed")
    settings = {
        "AzureWebJobsStorage": azurite.connection,
        "SSPR_STORAGE": azurite.connection,
        "SSPR_PARTNER_TENANT_ID": guid("partner"),
        "SSPR_CLIENT_ID": guid("client"),
        "SSPR_CLIENT_SECRET": "x",
        "SSPR_MAIL_CONNECTION_STRING": "",
    }
    words = ["--app", str(ROOT), "--port", "0", "--settings", "none.json", "--state-dir", str(folder), "--no-timers"]
    with child("dev.host", words, folder / "host.log", settings) as host:
        yield str(host.says["url"])


class TrustsAnybody(BaseHTTPRequestHandler):
    """An app without sign-in before it, which trusts any header."""

    def answer(self) -> None:
        body = json.dumps({"status": "ok", "claims": self.headers.get("x-ms-client-principal")}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Logs nothing."""


@pytest.fixture
def open_to_all() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), TrustsAnybody) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("name", SCRIPTS)
def test_it_runs_on_python_3_9(name: str) -> None:
    ast.parse((ROOT / "infra" / "scripts" / name).read_text(), feature_version=(3, 9))


def test_an_app_behind_sign_in_passes_every_check(desk: Desk, deployed: str) -> None:
    code, lines = check(desk, deployed, "--local", "--tenant", guid("partner"))

    assert (code, failures(lines)) == (0, [])
    assert lines[-1] == "All is as it should be."
    assert len([line for line in lines if "forged sign-in is refused" in line]) == 2


def test_every_http_function_but_the_open_ones_is_tried_without_sign_in(desk: Desk, deployed: str) -> None:
    _, lines = check(desk, deployed, "--local")

    asked = {line.split()[1] for line in lines if "asks who is calling" in line}
    assert asked == set(ROUTES) - {"healthz", "static_files"}


def test_with_a_token_every_function_that_can_be_read_answers(desk: Desk, deployed: str) -> None:
    code, lines = check(desk, deployed, "--local", "--token", "local-admin")

    answering = {line.split()[1] for line in lines if line.startswith("ok") and line.split()[2] == "answers:"}
    assert (code, failures(lines)) == (0, [])
    assert answering == {name for name in ROUTES if "GET" in [str(one) for one in FUNCTIONS[name]["methods"]]}


def test_a_token_that_lets_nobody_in_is_told(desk: Desk, deployed: str) -> None:
    code, lines = check(desk, deployed, "--local", "--token", "nobody")

    assert code == 1
    assert "overview answers: 401" in failures(lines)


def test_an_app_that_believes_forged_headers_fails_loudly(desk: Desk, open_to_all: str) -> None:
    code, lines = check(desk, open_to_all, "--local")

    assert code == 1
    assert "forged sign-in is refused at /api/v1/overview: 200, WITH DATA OF CUSTOMERS" in failures(lines)
    assert [line for line in failures(lines) if line.startswith("overview asks who is calling")]
    assert [line for line in failures(lines) if "strict-transport-security" in line]


def test_an_address_without_tls_fails(desk: Desk, deployed: str) -> None:
    code, lines = check(desk, deployed)

    assert code == 1
    assert f"TLS: {deployed} is not https" in failures(lines)


def test_where_nobody_answers_every_check_says_so(desk: Desk) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and no server listens
        code, lines = check(desk, f"http://127.0.0.1:{taken.getsockname()[1]}", "--local")

    assert code == 1
    assert [line for line in failures(lines) if line.startswith("the app is well: no answer (")]
    assert "Traceback" not in "\n".join(lines)


def in_azure(**changed: Any) -> dict[str, Any]:
    """az's answers about an app as infra/ makes it."""
    said = {
        "functions": list(FUNCTIONS),
        "settings": [],
        "required": True,
        "issuer": f"https://login.microsoftonline.com/{guid('partner')}/v2.0",
        "allowed": [guid("sign-in"), guid("portal")],
        "partner": guid("partner"),
        "public": "",
        **changed,
    }
    settings = dict.fromkeys(said["settings"], "") | {
        "SSPR_CLIENT_ID": guid("client"),
        "SSPR_PARTNER_TENANT_ID": said["partner"],
        "SSPR_PUBLIC_URL": said["public"],
    }
    entra = {
        "registration": {"openIdIssuer": said["issuer"], "clientId": guid("sign-in")},
        "validation": {"defaultAuthorizationPolicy": {"allowedApplications": said["allowed"]}},
    }
    return {
        "function list": [{"name": f"func-x/{name}"} for name in said["functions"]],
        "appsettings list": [{"name": name, "value": value} for name, value in settings.items()],
        "functionapp show": {"id": "/subscriptions/s/func-x", "properties": {"defaultHostName": HOST}},
        "management.azure.com/subscriptions/s/func-x/config/authsettingsV2": {
            "properties": {
                "platform": {"enabled": True},
                "globalValidation": {"requireAuthentication": said["required"]},
                "identityProviders": {"azureActiveDirectory": entra},
            }
        },
    }


def in_entra(*, without: str = "") -> dict[str, Any]:
    """Both registrations as the script makes them, and a program with a role."""
    back = {guid("client"): f"{SITE}/static/consented.html", guid("sign-in"): f"{SITE}/.auth/login/aad/callback"}
    apps = [
        {"id": one, "appId": one, "web": {"redirectUris": [SITE, *([] if one == without else [address])]}}
        for one, address in back.items()
    ]
    reader = {"resourceId": "sign-in", "appRoleId": "reader"}
    return {
        "applications": apps,
        "servicePrincipals": [
            {"id": "sign-in", "appId": guid("sign-in")},
            {"id": "portal", "appId": guid("portal"), "displayName": "our portal"},
        ],
        "servicePrincipals/portal/appRoleAssignments": [reader],
        "users/ana-id/appRoleAssignments": [reader],
    }


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.change(desk.state | in_entra())
    return desk


def test_what_azure_has_is_held_against_what_the_project_has(desk: Desk, deployed: str) -> None:
    desk.change(desk.state | {"answers": in_azure()})

    code, lines = check(desk, deployed, "--local", "--az", "rg", "func-x")

    assert (code, failures(lines)) == (0, [])
    assert f"ok    functions: all {len(FUNCTIONS)} are there" in lines
    assert f"ok    consent leads back: {SITE}/static/consented.html" in lines
    assert "ok    programs with a role get in: 1 of 1" in lines
    assert desk.writes() == []


def test_an_app_told_by_hand_that_sign_in_is_on_is_told_the_truth_as_long_as_it_is(desk: Desk, deployed: str) -> None:
    desk.change(desk.state | {"answers": in_azure(settings=["WEBSITE_AUTH_ENABLED"])})

    code, lines = check(desk, deployed, "--local", "--az", "rg", "func-x")

    assert code == 0
    assert "ok    WEBSITE_AUTH_ENABLED: set by hand: right only while sign-in stays as it is" in lines


@pytest.mark.parametrize(
    ("changed", "failure"),
    [
        ({"functions": sorted(set(FUNCTIONS) - {"send_email"})}, "functions: missing: send_email"),
        ({"settings": ["WEBSITE_AUTH_ENABLED"], "required": False}, "WEBSITE_AUTH_ENABLED: set by hand, and anybody"),
        ({"required": False}, "sign-in is required: no"),
        ({"issuer": "https://login.microsoftonline.com/common/v2.0"}, "one tenant signs in: https://login"),
        ({"settings": ["AzureWebJobsStorage"]}, "storage without a key: delete AzureWebJobsStorage:"),
        (
            {"settings": ["AzureWebJobsStorage", "DEPLOYMENT_STORAGE_CONNECTION_STRING"]},
            "storage without a key: delete AzureWebJobsStorage and DEPLOYMENT_STORAGE_CONNECTION_STRING:",
        ),
        (
            {"allowed": [guid("sign-in")]},
            f"programs with a role get in: not in allowedApplications: our portal ({guid('portal')})",
        ),
        ({"allowed": None}, "programs with a role get in: not in allowedApplications: our portal"),
        (
            {"public": "https://sspr.partner.example/"},
            "consent leads back: https://sspr.partner.example/static/consented.html is not registered: register_apps",
        ),
    ],
)
def test_what_is_wrong_in_azure_is_named(desk: Desk, open_to_all: str, changed: dict[str, Any], failure: str) -> None:
    desk.change(desk.state | {"answers": in_azure(**changed)})

    _, lines = check(desk, open_to_all, "--local", "--az", "rg", "func-x")

    assert [line for line in failures(lines) if line.startswith(failure)]


@pytest.mark.parametrize(
    ("without", "failure"),
    [
        (guid("client"), f"consent leads back: {SITE}/static/consented.html is not registered"),
        (guid("sign-in"), f"sign-in leads back: {SITE}/.auth/login/aad/callback is not registered"),
    ],
    ids=["consent", "sign-in"],
)
def test_an_address_that_a_registration_does_not_know_is_named(
    desk: Desk, open_to_all: str, without: str, failure: str
) -> None:
    desk.change(desk.state | in_entra(without=without) | {"answers": in_azure()})

    _, lines = check(desk, open_to_all, "--local", "--az", "rg", "func-x")

    named = [line for line in failures(lines) if "leads back" in line]
    assert named == [f"{failure}: register_apps.py trust --host {HOST}"]


def test_registrations_of_another_tenant_are_said_to_be_out_of_reach(desk: Desk, open_to_all: str) -> None:
    desk.change(desk.state | {"answers": in_azure(partner=guid("company"))})

    _, lines = check(desk, open_to_all, "--local", "--az", "rg", "func-x")

    assert "ok    registrations: not looked at: az is signed in to another tenant than theirs" in lines
    assert not [line for line in lines if "leads back" in line]


class RefusesEverybody(BaseHTTPRequestHandler):
    """App Service Authentication that rejects the program: a bare 403, without the app's headers."""

    def do_GET(self) -> None:
        self.send_response(403)
        self.send_header("content-length", "0")
        self.end_headers()

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Logs nothing."""


def test_a_program_that_the_platform_refuses_is_told_from_one_without_a_role(desk: Desk) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), RefusesEverybody) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        _, lines = check(desk, f"http://127.0.0.1:{server.server_port}", "--local", "--token", "x")
        server.shutdown()

    refused = [line for line in failures(lines) if line.startswith("overview answers")]
    assert "403 of the platform, before the app" in refused[0]
    assert "allowedApplications" in refused[0]
