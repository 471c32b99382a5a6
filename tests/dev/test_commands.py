"""The command line: running functions, starting parts, and the message when a part does not start."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dev.__main__ import main
from dev.azurite import ROOT, on_free_ports
from dev.commands import parts, stack
from dev.commands.kept import kept
from dev.commands.others import has_own_storage, storage_settings
from dev.commands.parts import Parts, StackError
from dev.surroundings import CALLED_FROM, here, reach_this_machine
from tests.dev.apps import an_app, url_of

DESCRIBED = dict.fromkeys(  # the cloud's description of itself, without its tenants
    (
        *("partner_tenant_id", "client_id", "client_secret", "authority", "graph_url", "ca_file"),
        *("mail_connection_string", "mail_sender"),
    ),
    "x",
)


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


def test_a_part_that_does_not_start_shows_the_end_of_its_log(tmp_path):
    code = "import sys; [print('line', n, file=sys.stderr) for n in range(30)]; sys.exit('it broke')"

    with Parts(tmp_path) as parts, pytest.raises(StackError) as error:
        parts.start("part", [sys.executable, "-c", code]).ready_line()

    lines = str(error.value).splitlines()
    assert lines[0] == f"part did not start; the end of {tmp_path / 'part.log'}:"
    assert lines[1:] == [*(f"line {n}" for n in range(19, 30)), "it broke"]


def test_a_part_that_says_something_else_is_no_reason_to_hang(tmp_path):
    code = "import time; print('hello', flush=True); time.sleep(60)"

    with Parts(tmp_path) as parts, pytest.raises(StackError):
        (part := parts.start("part", [sys.executable, "-c", code])).ready_line()

    assert part.process.returncode is not None


def test_staying_ends_when_a_part_ends_and_shows_which_and_the_end_of_its_log(tmp_path):
    with Parts(tmp_path) as parts:
        parts.start("sound", [sys.executable, "-c", "import time; time.sleep(60)"])
        parts.start("part", [sys.executable, "-c", "import sys; sys.exit('no storage')"])

        with pytest.raises(StackError, match=r"part has ended \(exit code 1\)[^$]*no storage"):
            parts.stay()


def test_only_one_command_at_a_time_has_the_folder_that_keeps_its_storage(tmp_path, monkeypatch):
    monkeypatch.setattr("dev.commands.kept.LOCAL", tmp_path)

    with kept("demo-1-40-300") as first, kept("demo-1-40-300") as second, kept("demo-2-40-300") as other:
        assert (first, second, other) == (tmp_path / "demo-1-40-300", None, tmp_path / "demo-2-40-300")
    with kept("demo-1-40-300") as again:
        assert again == first


BY_ADDRESS = {"SSPR_STORAGE__tableServiceUri": "https://a.table.example"}


@pytest.mark.parametrize(
    ("given", "own"),
    [
        ({}, False),
        ({"SSPR_STORAGE": ""}, False),
        ({"SSPR_STORAGE": "UseDevelopmentStorage=true"}, False),
        ({"SSPR_STORAGE": "AccountName=a;AccountKey=b"}, True),
        (BY_ADDRESS, True),
        (BY_ADDRESS | {"SSPR_STORAGE": "UseDevelopmentStorage=true"}, True),
    ],
)
def test_azurite_stands_in_only_where_the_settings_name_no_storage(given, own):
    assert has_own_storage(given) is own


@pytest.mark.parametrize(
    ("given", "storage", "changed"),
    [
        (BY_ADDRESS, None, {}),
        (BY_ADDRESS | {"SSPR_STORAGE": "UseDevelopmentStorage=true"}, None, {"SSPR_STORAGE": ""}),
        (BY_ADDRESS, "x", {"SSPR_STORAGE": "x", "AzureWebJobsStorage": "x", "SSPR_STORAGE__tableServiceUri": "",
                           "SSPR_STORAGE__queueServiceUri": ""}),
    ],
)  # fmt: skip
def test_the_app_is_told_of_one_storage(given, storage, changed):
    assert storage_settings(given, storage) == changed


@pytest.mark.parametrize("text", ["{", "[]", '{"Values": 7}'])
def test_up_says_in_a_sentence_that_a_settings_file_is_no_json(tmp_path, capsys, text):
    file = tmp_path / "settings.json"
    file.write_text(text)

    assert main(["up", "--settings", str(file)]) == 2
    assert f"{file} is not JSON like local.settings.sample.json" in capsys.readouterr().out


def test_the_apps_settings_for_the_simulated_cloud_are_addresses_a_ca_and_credentials():
    settings = stack.app_settings({**DESCRIBED, "ca_file": "ca"}, "storage")

    sample = json.loads((ROOT / "local.settings.sample.json").read_text())["Values"]
    assert {name for name in settings if name.startswith("SSPR_")} <= set(sample)
    assert (settings["SSPR_STORAGE"], settings["SSL_CERT_FILE"]) == ("storage", "ca")


def test_the_demo_ends_with_one_when_a_part_does_not_start(monkeypatch, capsys):
    def broken(*_: Any) -> Any:
        raise StackError("Azurite did not start")

    monkeypatch.setattr(stack, "azurite", broken)

    assert main(["demo", "--once"]) == 1
    assert "Azurite did not start" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("become", "patience", "code", "says"),
    [
        (["active"], "60", 0, ""),
        (["in_process", "app_credential"], "60", 1, "Not read, though nothing is wrong with them"),
        (["ineligible"], "60", 1, "Not read, though nothing is wrong with them"),
        (["in_process"], "2", 1, "Not all 5 tenants came in"),
    ],
)
def test_once_is_a_success_only_when_every_tenant_was_read_that_could_be(
    monkeypatch, capsys, app, become, patience, code, says
):
    app.become = become
    tenants = [{"tenant_id": str(n), "display_name": f"T{n}", "special": None} for n in range(5)]
    monkeypatch.setattr(stack, "cloud", lambda *_: {**DESCRIBED, "tenants": tenants})
    monkeypatch.setattr(stack, "host", lambda *_: {"url": url_of(app)})

    assert main(["demo", "--once", "--storage", "none", "--tenants", "5", "--patience", patience]) == code
    assert says in " ".join(capsys.readouterr().out.split())


def test_every_run_has_a_folder_of_its_own_and_old_ones_go(monkeypatch, tmp_path):
    monkeypatch.setattr(parts, "LOCAL", tmp_path)
    for number in range(30):
        (tmp_path / "runs" / f"20200101-0000{number:02d}-1").mkdir(parents=True)

    folder = parts.run_folder.__wrapped__()

    left = sorted((tmp_path / "runs").iterdir())
    assert (len(left), left[-1], left[0].name) == (20, folder, "20200101-000011-1")


@pytest.mark.parametrize("said", [{}, {"no_proxy": "a.example"}, {"NO_PROXY": "a.example, localhost"}])
def test_what_is_on_this_machine_is_reached_without_the_proxy_and_what_was_excepted_stays_so(monkeypatch, said):
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in said.items():
        monkeypatch.setenv(name, value)

    reach_this_machine()

    for name in ("no_proxy", "NO_PROXY"):
        assert {"localhost", "127.0.0.1", *(["a.example"] if said else [])} == set(os.environ[name].split(","))


def test_files_are_where_the_user_typed_the_command(monkeypatch, tmp_path):
    monkeypatch.setenv(CALLED_FROM, str(tmp_path))

    assert here("out.json") == tmp_path / "out.json"
    assert here("/elsewhere/out.json") == Path("/elsewhere/out.json")
