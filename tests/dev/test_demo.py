"""The demo as a new user starts it: run to the end, and killed in the middle."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from dev.azurite import ROOT, on_free_ports
from tests.conftest import start_azurite
from tests.dev.sample import eventually
from tests.dev.survivors import marked


class Demo:
    """`python -m dev demo …`, and every process that it started."""

    def __init__(self, *words: str, root: Path = ROOT, **environment: str) -> None:
        self.mark = f"demo {uuid4().hex}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dev", "demo", "--tenants", "6", "--users", "40", "--seed", "7", *words],
            cwd=root,
            env={**os.environ, "A_DEMO_OF_THE_TESTS": self.mark, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def left(self) -> list[Any]:
        return marked(self.mark)

    def leaves_nobody(self) -> None:
        try:
            eventually(lambda: not self.left(), within=60)
        finally:
            for one in self.left():
                one.kill()


@pytest.fixture
def killed_in_the_end() -> Iterator[list[Demo]]:
    demos: list[Demo] = []
    yield demos
    for demo in demos:
        demo.process.kill()
        demo.process.communicate()
        demo.leaves_nobody()


def test_once_takes_every_snapshot_shows_them_writes_them_and_leaves_no_process(tmp_path: Path, killed_in_the_end):
    answer, record = tmp_path / "overview.json", tmp_path / "exchanges.jsonl"
    record.write_text("of another time\n")
    demo = Demo("--once", "--json", str(answer), "--record", str(record))
    killed_in_the_end.append(demo)

    shown, errors = demo.process.communicate(timeout=240)

    assert (demo.process.returncode, errors) == (0, "")
    assert demo.left() == []
    overview = json.loads(answer.read_text())
    failed = overview["completeness"]["failed"]
    by_lifecycle = {word: count for word, count in overview["tenants_by_lifecycle"].items() if count}
    assert by_lifecycle == {"active": 4, "ineligible": 1, "in_process": 1}
    assert (overview["totals"]["tenant_count"], overview["completeness"]["fresh"], len(failed)) == (4, 4, 1)
    assert "All tenants" in shown
    assert all(one["remedy"] in " ".join(shown.split()) for one in failed)
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    assert {"method", "url", "status", "request_body", "response_body"} == set().union(*lines)
    assert sum("/userRegistrationDetails" in line["url"] and line["status"] == 200 for line in lines) >= 4
    assert "simulated-7-secret" not in record.read_text()


@pytest.fixture
def settled(tmp_path: Path) -> Path:
    """A checkout with settings for real tenants."""
    for name in ("dev", "sspr_core"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("function_app.py", "host.json"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    values = {"SSPR_CLIENT_CERTIFICATE": "mine", "SSPR_FRESH_WITHIN": "2h"}
    (tmp_path / "local.settings.json").write_text(json.dumps({"Values": values}))
    return tmp_path


def test_neither_settings_for_real_tenants_nor_a_proxy_are_in_its_way(settled: Path, killed_in_the_end):
    nobody = f"http://127.0.0.1:{on_free_ports().blob}"
    of_the_shell = {"SSPR_DISCOVER_GDAP": "no", "SSPR_STORAGE__tableServiceUri": "https://mine.example"}
    proxy = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), nobody)
    demo = Demo("--once", "--tenants", "2", root=settled, no_proxy="", NO_PROXY="", **of_the_shell, **proxy)
    killed_in_the_end.append(demo)

    shown, errors = demo.process.communicate(timeout=240)

    assert (demo.process.returncode, errors) == (0, ""), shown
    assert "2 of 2 tenants fresh" in shown


def test_interrupted_before_all_came_in_it_is_no_success(killed_in_the_end):
    demo = Demo("--once")
    killed_in_the_end.append(demo)
    eventually(lambda: len(demo.left()) >= 2, within=90)

    demo.process.send_signal(signal.SIGINT)

    assert demo.process.wait(timeout=60) == 130
    demo.leaves_nobody()


@pytest.mark.parametrize("processes", [2, 5])
def test_killed_while_it_starts_or_works_it_leaves_no_process(processes, killed_in_the_end):
    demo = Demo("--once")
    killed_in_the_end.append(demo)
    # Besides the demo itself: the guard, Azurite, cloud, host.
    eventually(lambda: len(demo.left()) >= processes, within=90)

    demo.process.send_signal(signal.SIGKILL)

    demo.leaves_nobody()


def test_it_stays_until_it_is_told_to_end_and_then_ends_all_but_the_storage_it_was_given(killed_in_the_end):
    emulator = on_free_ports()
    azurite = start_azurite(emulator)
    demo = Demo("--storage", emulator.connection)
    killed_in_the_end.append(demo)
    assert demo.process.stdout
    pages = ""
    for line in demo.process.stdout:
        if line.startswith("Pages"):
            pages = line.split()[1]
        if line.startswith("Ctrl+C ends everything"):
            break
    assert demo.process.poll() is None
    assert "/.auth/login" in httpx.get(pages, timeout=60).headers["location"]

    demo.process.send_signal(signal.SIGTERM)

    assert demo.process.wait(timeout=60) == 0
    demo.leaves_nobody()
    assert emulator.answers()
    azurite.terminate()
    azurite.wait()
