"""A deployment looked at from outside: what is well passes, what lets anybody in does not."""

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
from tests.parts import child
from tests.project.test_doors import FUNCTIONS, ROUTES

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-in is a shell script")

SCRIPTS = ("check_deployment.py", "findings.py", "web.py", "doors.py", "outside.py", "behind.py")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def check(desk: Desk, *words: str) -> tuple[int, list[str]]:
    code, said = desk.run(*words, script="check_deployment.py")
    return code, said.splitlines()


def failures(lines: list[str]) -> list[str]:
    return [line.removeprefix("FAIL  ") for line in lines if line.startswith("FAIL")]


@pytest.fixture(scope="module")
def deployed(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app in the local host, which signs people in as the platform does."""
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
    """An app with nothing before it, which believes what it is told."""

    def answer(self) -> None:
        body = json.dumps({"status": "ok", "claims": self.headers.get("x-ms-client-principal")}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Nothing."""


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
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        code, lines = check(desk, f"http://127.0.0.1:{taken.getsockname()[1]}", "--local")

    assert code == 1
    assert [line for line in failures(lines) if line.startswith("the app is well: no answer (")]
    assert "Traceback" not in "\n".join(lines)


def in_azure(**changed: Any) -> dict[str, Any]:
    """What az says of an app as infra/ makes it."""
    said = {
        "functions": list(FUNCTIONS),
        "settings": ["SSPR_CLIENT_ID"],
        "required": True,
        "issuer": f"https://login.microsoftonline.com/{guid('partner')}/v2.0",
        **changed,
    }
    entra = {"registration": {"openIdIssuer": said["issuer"]}}
    return {
        "function list": [{"name": f"func-x/{name}"} for name in said["functions"]],
        "appsettings list": [{"name": name} for name in said["settings"]],
        "functionapp show": {"id": "/subscriptions/s/func-x"},
        "management.azure.com/subscriptions/s/func-x/config/authsettingsV2": {
            "properties": {
                "platform": {"enabled": True},
                "globalValidation": {"requireAuthentication": said["required"]},
                "identityProviders": {"azureActiveDirectory": entra},
            }
        },
    }


def test_what_azure_has_is_held_against_what_the_project_has(desk: Desk, deployed: str) -> None:
    desk.change(desk.state | {"answers": in_azure()})

    code, lines = check(desk, deployed, "--local", "--az", "rg", "func-x")

    assert (code, failures(lines)) == (0, [])
    assert f"ok    functions: all {len(FUNCTIONS)} are there" in lines


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
    ],
)
def test_what_is_wrong_in_azure_is_named(desk: Desk, deployed: str, changed: dict[str, Any], failure: str) -> None:
    desk.change(desk.state | {"answers": in_azure(**changed)})

    code, lines = check(desk, deployed, "--local", "--az", "rg", "func-x")

    assert code == 1
    assert [line for line in failures(lines) if line.startswith(failure)]
