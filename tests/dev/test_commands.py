"""The command line: firing, starting, and what it says when a part does not start."""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from dev.__main__ import main
from dev.azurite import ROOT, on_free_ports
from dev.commands import demo, stack
from tests.dev.apps import an_app, url_of


@pytest.fixture
def app() -> Iterator[Any]:
    with an_app() as server:
        yield server


def test_fire_runs_a_function(app):
    assert main(["fire", "schedule_snapshots", "--url", url_of(app)]) == 0
    assert app.fired == ["schedule_snapshots"]


def test_fire_says_so_when_there_is_no_such_function(app, capsys):
    assert main(["fire", "schedule_snapshot", "--url", url_of(app)]) == 1
    assert "schedule_snapshot: the host answered 404" in capsys.readouterr().err


def test_fire_says_so_when_no_host_answers(capsys):
    nobody = f"http://127.0.0.1:{on_free_ports().blob}"

    assert main(["fire", "schedule_snapshots", "--url", nobody]) == 1
    assert f"No host answers at {nobody}" in capsys.readouterr().err


def test_up_without_settings_says_which_file_to_make_and_from_what(tmp_path, capsys):
    assert main(["up", "--settings", str(tmp_path / "nowhere.json")]) == 2
    assert "copy local.settings.sample.json" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("words", [[], ["dance"], ["demo", "--tenants", "many"], ["fire", "x", "--loud"]])
def test_words_that_mean_nothing_are_refused(words):
    with pytest.raises(SystemExit) as refused:
        main(words)

    assert refused.value.code == 2


def test_every_command_explains_itself():
    for command in ("demo", "up", "cloud", "fire"):
        done = subprocess.run([sys.executable, "-m", "dev", command, "-h"], cwd=ROOT, capture_output=True, check=True)
        assert b"usage: python -m dev" in done.stdout


def test_a_part_that_does_not_start_shows_the_end_of_its_log(tmp_path, monkeypatch):
    monkeypatch.setattr(stack, "LOCAL", tmp_path)
    code = "import sys; [print('line', n, file=sys.stderr) for n in range(30)]; sys.exit('it broke')"

    with stack.child("part", [sys.executable, "-c", code]) as process, pytest.raises(stack.StackError) as error:
        stack.ready_line("part", process)

    lines = str(error.value).splitlines()
    assert lines[0] == f"part did not start; the end of {tmp_path / 'logs' / 'part.log'}:"
    assert lines[1:] == [*(f"line {n}" for n in range(19, 30)), "it broke"]


def test_a_part_that_says_something_else_is_no_reason_to_hang(tmp_path, monkeypatch):
    monkeypatch.setattr(stack, "LOCAL", tmp_path)
    code = "import time; print('hello', flush=True); time.sleep(60)"

    with stack.child("part", [sys.executable, "-c", code]) as process, pytest.raises(stack.StackError):
        stack.ready_line("part", process)

    assert process.returncode is not None


def test_the_apps_settings_for_the_simulated_cloud_are_addresses_a_ca_and_credentials():
    described = dict.fromkeys(("partner_tenant_id", "client_id", "client_secret", "authority", "graph_url"), "x")

    settings = stack.app_settings({**described, "ca_file": "ca"}, "storage")

    sample = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
    assert {name for name in settings if name.startswith("SSPR_")} <= set(sample)
    assert (settings["SSPR_STORAGE"], settings["SSL_CERT_FILE"]) == ("storage", "ca")


def test_the_demo_ends_with_one_when_a_part_does_not_start(monkeypatch, capsys):
    def broken(*_: Any) -> Any:
        raise stack.StackError("Azurite did not start")

    monkeypatch.setattr(demo, "whole", broken)

    assert demo.run(argparse.Namespace(tenants=1, users=1, seed=1, record=None, once=True, port=0, storage=None,
                                       picture=None)) == 1  # fmt: skip
    assert "Azurite did not start" in capsys.readouterr().out
