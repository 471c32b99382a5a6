"""Commands that stay until they are told to end: `cloud` and `up`."""

import json
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx

from dev.azurite import ROOT, Azurite
from tests.dev.sample import eventually
from tests.dev.survivors import marked


@contextmanager
def staying(*words: str) -> Iterator["subprocess.Popen[str]"]:
    """`python -m dev …`, told to end at the end, which it does well and with all that it started."""
    mark = f"command {uuid4().hex}"
    process = subprocess.Popen(
        [sys.executable, "-m", "dev", *words],
        cwd=ROOT,
        env={**os.environ, "A_COMMAND_OF_THE_TESTS": mark},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
        process.terminate()
        assert process.wait(timeout=20) == 0
        eventually(lambda: not marked(mark))
    finally:
        process.kill()
        process.communicate()
        for one in marked(mark):
            one.kill()


def line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def test_cloud_says_the_settings_with_which_an_app_reaches_it():
    with staying("cloud", "--tenants", "2", "--users", "3") as process:
        settings = dict(line(process).split("=", 1) for _ in range(10))
        tls = ssl.create_default_context(cafile=settings["SSL_CERT_FILE"])
        stats = settings["SSPR_AUTHORITY"] + "/_sim/stats"

        assert httpx.get(stats, verify=tls).json() == {"by_kind": {}, "by_tenant": {}}
        assert settings["SSPR_GRAPH_URL"].startswith("https://localhost:")


def test_up_runs_the_app_with_the_settings_of_a_file(tmp_path: Path, azurite: Azurite):
    given = tmp_path / "settings.json"
    values = {"SSPR_STORAGE": azurite.connection, "AzureWebJobsStorage": azurite.connection, "SSPR_DISCOVER_GDAP": "no"}
    given.write_text(json.dumps({"Values": values}))

    with staying("up", "--settings", str(given), "--port", "0") as process:
        url = line(process).removesuffix("/api/v1/docs")

        assert httpx.get(f"{url}/healthz").json() == {"status": "misconfigured"}
