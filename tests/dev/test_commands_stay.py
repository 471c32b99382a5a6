"""Commands that run until they are stopped: `cloud` and `up`."""

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
import pytest

from dev.azurite import ROOT, Azurite
from tests.dev.sample import eventually
from tests.dev.survivors import descendants, marked

# Keeps its storage in the folder given first, not in the developer's own.
DEV = (
    "import runpy, sys; from pathlib import Path; from dev.commands import kept; "
    "kept.LOCAL = Path(sys.argv.pop(1)); runpy.run_module('dev', run_name='__main__')"
)


def dev(folder: Path, *words: str) -> list[str]:
    """`python -m dev …`, with a folder of its own."""
    return [sys.executable, "-c", DEV, str(folder), *words]


@contextmanager
def staying(folder: Path, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """`python -m dev …`, stopped at the end; it must end with success, together with all its processes."""
    mark = f"command {uuid4().hex}"
    process = subprocess.Popen(
        dev(folder, *words),
        cwd=ROOT,
        env={**os.environ, "A_COMMAND_OF_THE_TESTS": mark},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
        process.terminate()
        assert process.wait(timeout=60) == 0
        eventually(lambda: not marked(mark))
    finally:
        process.kill()
        process.communicate()
        for one in marked(mark):
            one.kill()


def line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def test_cloud_says_the_settings_with_which_an_app_reaches_it(tmp_path: Path):
    with staying(tmp_path, "cloud", "--tenants", "2", "--users", "3") as process:
        settings = dict(line(process).split("=", 1) for _ in range(12))
        tls = ssl.create_default_context(cafile=settings["SSL_CERT_FILE"])
        stats = settings["SSPR_AUTHORITY"] + "/_sim/stats"

        assert httpx.get(stats, verify=tls, timeout=60).json() == {"by_kind": {}, "by_tenant": {}}
        assert settings["SSPR_GRAPH_URL"].startswith("https://localhost:")
        assert settings["SSPR_MAIL_CONNECTION_STRING"].startswith(f"endpoint={settings['SSPR_AUTHORITY']}/;accesskey=")
        assert "@" in settings["SSPR_MAIL_SENDER"]


def test_up_runs_the_app_with_the_settings_of_a_file(tmp_path: Path, azurite: Azurite):
    given = tmp_path / "settings.json"
    values = {"SSPR_STORAGE": azurite.connection, "AzureWebJobsStorage": azurite.connection, "SSPR_DISCOVER_GDAP": "no"}
    given.write_text(json.dumps({"Values": values}))

    with staying(tmp_path, "up", "--settings", str(given), "--port", "0") as process:
        url = line(process).removesuffix("/api/v1/docs")

        assert httpx.get(f"{url}/healthz", timeout=60).json() == {"status": "misconfigured"}


def test_up_ends_with_the_reason_when_a_part_ends(tmp_path: Path, azurite: Azurite):
    given = tmp_path / "settings.json"
    given.write_text(json.dumps({"Values": {"SSPR_STORAGE": azurite.connection}}))
    mark = {**os.environ, "A_COMMAND_OF_THE_TESTS": f"command {uuid4().hex}"}
    words = dev(tmp_path, "up", "--settings", str(given), "--port", "0")
    with subprocess.Popen(words, cwd=ROOT, env=mark, stdout=subprocess.PIPE, text=True) as process:
        line(process)
        (host,) = descendants(process.pid)
        host.kill()

        said, _ = process.communicate(timeout=60)

    assert (process.returncode, "host has ended (exit code -9)" in said) == (1, True)


@pytest.mark.parametrize("words", [["cloud"], ["bench"], ["demo"], ["up"]])
def test_a_command_whose_make_is_killed_leaves_no_process(words: list[str], tmp_path: Path):
    """Started as `make` does: by a process that only waits."""
    settings = tmp_path / "settings.json"
    settings.write_text("{}")
    words = [*words, "--settings", str(settings), "--port", "0"] if words == ["up"] else words
    bench = [sys.executable, "-m", "bench", "--only", "overview"]
    command = bench if words == ["bench"] else dev(tmp_path, *words)
    mark = f"command {uuid4().hex}"
    said = tmp_path / "said"
    with said.open("w") as out:
        make = subprocess.Popen(
            [sys.executable, "-c", f"import subprocess; subprocess.run({command!r})"],
            cwd=ROOT,
            env={**os.environ, "A_COMMAND_OF_THE_TESTS": mark},
            stdout=out,
        )
    try:
        eventually(lambda: len(marked(mark)) >= 4 - (words == ["cloud"]) or make.poll() is not None, within=90)
        assert make.poll() is None, said.read_text()

        make.kill()

        eventually(lambda: not marked(mark))
    finally:
        make.kill()
        make.wait()
        for one in marked(mark):
            one.kill()
