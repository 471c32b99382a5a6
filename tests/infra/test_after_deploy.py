"""After a deployment: the app answers, and Azure knows its functions; otherwise a sync is requested."""

import ast
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.infra.signed_in import ROOT, Desk
from tests.project.azd import hook_line
from tests.project.test_triggers import FUNCTIONS

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the stand-in is a shell script")

SITE = "/subscriptions/s/func-x"
SYNCS = [f"{SITE}/host/default/sync", f"{SITE}/syncfunctiontriggers"]


class Starting(BaseHTTPRequestHandler):
    """An app that answers the third request."""

    asked = 0
    always: tuple[int, str] | None = None  # or one fixed answer, with its redirect

    def do_GET(self) -> None:
        type(self).asked += 1
        status, there = self.always or (200 if self.asked > 2 else 503, "")
        self.send_response(status)
        if there:
            self.send_header("location", there)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Logs nothing."""


@pytest.fixture
def app() -> Iterator[str]:
    Starting.asked, Starting.always = 0, None
    with ThreadingHTTPServer(("127.0.0.1", 0), Starting) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def deployed(desk: Desk, app: str, **state: Any) -> dict[str, str]:
    """azd's settings for the app, and Azure's state."""
    azd = {"SSPR_APP_HOST": app, "AZURE_RESOURCE_GROUP": "rg", "SSPR_APP_NAME": "func-x", "AZURE_SUBSCRIPTION_ID": "s"}
    desk.change(desk.state | {"functions": list(FUNCTIONS), "azd": azd} | state)
    return azd


def test_it_runs_on_python_3_9() -> None:
    ast.parse((ROOT / "infra" / "scripts" / "after_deploy.py").read_text(), feature_version=(3, 9))


def test_the_hook_waits_for_the_app_and_counts_its_functions(desk: Desk, app: str) -> None:
    azd = deployed(desk, app)

    done = desk.shell(hook_line("postdeploy"), **azd)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"{app}/healthz: 503 (1 of 12)",
        f"{app}/healthz: 503 (2 of 12)",
        f"{app} answers.",
        f"Azure knows all {len(FUNCTIONS)} functions.",
    ]


def test_by_hand_it_takes_from_azd_which_app_it_is(desk: Desk, app: str) -> None:
    deployed(desk, app)

    code, said = desk.run(script="after_deploy.py")

    assert (code, said.splitlines()[-1]) == (0, f"Azure knows all {len(FUNCTIONS)} functions.")


@pytest.mark.parametrize("refused", [{}, {"sync": "busy"}, {"syncfunctiontriggers": "busy"}], ids=["", "one", "other"])
def test_azure_is_asked_to_look_again_where_it_knows_only_its_own_function(
    desk: Desk, app: str, refused: dict[str, str]
) -> None:
    deployed(desk, app, functions=["WarmUp"], after_sync=[*FUNCTIONS, "WarmUp"], refuse_sync=refused)

    code, said = desk.run(script="after_deploy.py")

    assert (code, desk.state["asked"]) == (0, SYNCS)
    assert f"does not know {len(FUNCTIONS)} of {len(FUNCTIONS)} functions yet (3 of 12)" in said
    assert ("and refused: az rest failed" in said) is bool(refused)


def test_functions_that_stay_unknown_are_named_after_a_bounded_time(desk: Desk, app: str) -> None:
    deployed(desk, app, functions=sorted({*FUNCTIONS} - {"send_email", "healthz"}))

    code, said = desk.run(script="after_deploy.py")

    assert (code, desk.state["asked"]) == (1, SYNCS * 4)
    assert said.splitlines()[-1].startswith("Azure does not know: healthz, send_email. docs/deploy.md")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((401, ""), "Sign-in stands in front of /healthz"),
        ((302, "https://login.microsoftonline.com/x"), "Sign-in stands in front of /healthz"),
        ((302, "https://elsewhere.example/"), "The app does not answer."),
        ((503, ""), "The app does not answer."),
    ],
)
def test_a_refusal_of_the_sign_in_is_told_from_an_app_that_does_not_answer(
    desk: Desk, app: str, answer: tuple[int, str], said: str
) -> None:
    deployed(desk, app)
    Starting.always = answer

    code, lines = desk.run(script="after_deploy.py")

    assert (code, Starting.asked) == (1, 12)
    assert lines.splitlines()[-1].startswith(said)


def test_where_the_app_is_unknown_nothing_is_asked(desk: Desk) -> None:
    code, said = desk.run(script="after_deploy.py")

    assert code == 2
    assert "no SSPR_APP_HOST and no AZURE_RESOURCE_GROUP and no SSPR_APP_NAME" in said


def test_without_az_a_sentence_says_so_where_azd_shows_it(desk: Desk, app: str) -> None:
    azd = deployed(desk, app)

    code, said = desk.run(script="after_deploy.py", path="/nowhere", **azd)

    assert (code, "Traceback" in said) == (1, False)
    assert "az was not found" in said
