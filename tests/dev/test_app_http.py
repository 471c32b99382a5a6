"""A Functions app in the local host: HTTP."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from dev.azurite import ROOT
from tests.dev.sample import Sample, eventually
from tests.local_stack import Child, child

_APP = "import azure.functions as func\napp = func.FunctionApp()\n"
_BAD_SCHEDULE = f"{_APP}@app.timer_trigger(arg_name='t', schedule='soon')\ndef a(t: func.TimerRequest) -> None: ...\n"


@pytest.fixture
def site(running: tuple[Sample, Child]) -> httpx.Client:
    return httpx.Client(base_url=running[1].says["url"], timeout=60)


def test_the_host_says_its_functions_in_the_order_of_their_names(running):
    functions = running[1].says["functions"]

    assert [one["name"] for one in functions] == sorted(one["name"] for one in functions)
    assert {"name": "work", "type": "queue", "queueName": "%WORK%"} in functions
    assert {"name": "tick", "type": "timer", "schedule": "0 0 0 1 1 *"} in functions


def test_a_function_hears_values_query_headers_cookies_and_bytes(site):
    answer = site.post(
        "/x/echo/ana/-7?a=1&a=2&b=", content=b"\x00\xff", headers={"x-said": "words", "cookie": "c=1; d=2"}
    )

    assert answer.json() == {
        "method": "POST",
        "url": str(answer.request.url),
        "route": {"name": "ana", "number": "-7"},
        "query": {"a": "1,2", "b": ""},
        "header": "words",
        "cookie": "c=1; d=2",
        "body": "00ff",
    }


def test_a_caller_hears_status_headers_and_every_cookie(site):
    answer = site.get("/x/echo/ana/1")

    assert (answer.status_code, answer.headers["x-answer"]) == (201, "yes")
    cookies = [set(one.split("; ")) for one in answer.headers.get_list("set-cookie")]
    assert [{"one=1", "Path=/", "HttpOnly"}, {"two=2", "Max-Age=60"}] == cookies


def test_the_app_sees_the_clock_that_the_host_was_given(site):
    ahead = datetime.fromisoformat(site.get("/x/clock").text) - datetime.now(UTC)

    assert timedelta(days=29) < ahead <= timedelta(days=30)


def test_bytes_come_as_they_were_sent(site):
    assert site.get("/x/raw").content == bytes(range(256))


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/x/echo/ana/seven"), ("PUT", "/x/echo/ana/1"), ("GET", "/echo/ana/1"), ("GET", "/")],
)
def test_what_no_route_fits_is_404(site, method, path):
    assert site.request(method, path).status_code == 404


def test_a_function_that_raises_is_an_empty_500_and_the_reason_is_in_the_log(running, site):
    answer = site.get("/x/broken")

    assert (answer.status_code, answer.content) == (500, b"")
    assert "not for the caller's eyes" in running[0].log.read_text()


def test_a_function_with_a_key_opens_with_the_key_that_the_host_said(running, site):
    assert site.get("/x/locked").status_code == 401
    assert site.get("/x/locked", headers={"x-functions-key": running[1].says["key"]}).text == "open"


def test_what_functions_print_neither_blocks_the_host_nor_hides_where_it_listens(running, site):
    assert [site.get("/x/talkative").text for _ in range(2)] == ["still here"] * 2
    assert "a line that is not the host's" in running[0].log.read_text()


def test_a_timer_is_fired_by_hand(running, site):
    before = len(running[0].notes("tick"))

    assert site.post("/admin/functions/tick", json={}).status_code == 202

    assert eventually(lambda: running[0].notes("tick")[before:]) == [["tick", False]]


def test_status_counts_runs_and_failures(site):
    def counts() -> dict[str, int]:
        return site.get("/admin/host/status").json()["functions"]["broken"]

    before = counts()
    site.get("/x/broken")

    after = counts()
    assert (after["runs"], after["failures"], after["running"]) == (before["runs"] + 1, before["failures"] + 1, 0)


def test_status_has_the_longest_call_of_each_function(site):
    for path in ("/x/slow", "/x/broken"):
        site.get(path)

    functions = site.get("/admin/host/status").json()["functions"]
    slow, broken = functions["slow"]["longest"], functions["broken"]["longest"]

    assert slow > 0.99  # uvloop's clock ticks in milliseconds
    assert 0 < broken != slow


@pytest.mark.parametrize(
    ("app", "reason"),
    [
        (_APP, "has no functions"),
        ("raise RuntimeError('on import')\n", "on import"),
        (_BAD_SCHEDULE, "'soon' is no NCRONTAB schedule"),
    ],
)
def test_an_app_that_azure_would_not_load_does_not_start_and_the_log_says_why(tmp_path, app, reason):
    (tmp_path / "function_app.py").write_text(app)
    (tmp_path / "host.json").write_text("{}")

    done = _start(tmp_path)

    assert done.returncode == 1
    assert reason in done.stderr
    assert done.stdout == ""


_WITH_BLOBS = f"""{_APP}
@app.blob_trigger(arg_name='blob', path='inbox/{{name}}', connection='STORAGE')
def filed(blob: func.InputStream) -> None: ...


@app.route(route='rows', auth_level='anonymous')
@app.table_output(arg_name='row', table_name='Rows', connection='STORAGE')
def rows(req: func.HttpRequest, row: func.Out[str]) -> str:
    return 'stored'
"""


def test_functions_with_bindings_that_the_host_does_not_support_are_told_of_and_never_called(tmp_path):
    (tmp_path / "function_app.py").write_text(_WITH_BLOBS)
    (tmp_path / "host.json").write_text("{}")

    place = ["--app", str(tmp_path), "--port", "0", "--no-settings", "--state-dir", str(tmp_path / "state")]
    with (
        child("dev.host", place, tmp_path / "log") as host,
        httpx.Client(base_url=host.says["url"], timeout=60) as site,
    ):
        status = site.get("/admin/host/status").json()
        fired, called = site.post("/admin/functions/filed"), site.get("/api/rows")

    assert status["state"] == "Error"
    assert [one.split(",")[0] for one in status["errors"]] == [
        "filed does not run in this local host", "rows does not run in this local host",
    ]  # fmt: skip
    assert (fired.status_code, "blobTrigger (in)" in fired.text) == (400, True)
    assert (called.status_code, "table (out)" in called.text) == (501, True)


def _start(folder: Path) -> "subprocess.CompletedProcess[str]":
    words = ["--app", str(folder), "--port", "0", "--state-dir", str(folder / "state")]
    return subprocess.run(
        [sys.executable, "-m", "dev.host", *words],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
