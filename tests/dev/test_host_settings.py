"""host.json and the app's settings, as the platform reads them."""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dev.host.settings import HostSettings, expanded, host_settings, load_environment, timespan


def a_host_json(folder: Path, **content: Any) -> Path:
    (folder / "host.json").write_text(json.dumps({"version": "2.0", **content}))
    return folder


def with_queues(folder: Path, **queues: Any) -> HostSettings:
    return host_settings(a_host_json(folder, extensions={"queues": queues}))


def test_a_bare_host_json_means_the_platforms_defaults(tmp_path):
    assert host_settings(a_host_json(tmp_path)) == HostSettings()


def test_what_host_json_says_is_what_the_host_does(tmp_path):
    queues = {"batchSize": 4, "newBatchThreshold": 1, "visibilityTimeout": "00:01:00", "maxDequeueCount": 3}
    a_host_json(
        tmp_path,
        functionTimeout="01:00:00",
        extensions={"http": {"routePrefix": ""}, "queues": queues | {"maxPollingInterval": "00:00:05"}},
    )

    settings = host_settings(tmp_path)

    assert settings == HostSettings(
        route_prefix="",
        function_timeout=timedelta(hours=1),
        batch_size=4,
        new_batch_threshold=1,
        visibility_timeout=timedelta(minutes=1),
        max_dequeue_count=3,
        max_polling_interval=timedelta(seconds=5),
    )


def test_the_threshold_for_the_next_batch_is_half_a_batch_unless_said(tmp_path):
    assert with_queues(tmp_path, batchSize=10).new_batch_threshold == 5


@pytest.mark.parametrize("size", [0, 33, -1])
def test_a_batch_that_storage_would_refuse_is_refused_at_the_start(tmp_path, size):
    with pytest.raises(ValueError, match=r"batchSize must be 1 to 32"):
        with_queues(tmp_path, batchSize=size)


@pytest.mark.parametrize(("encoding", "base64"), [("base64", True), ("Base64", True), ("none", False)])
def test_messages_are_base64_or_plain_as_host_json_says(tmp_path, encoding, base64):
    assert with_queues(tmp_path, messageEncoding=encoding).base64 is base64


def test_a_misspelled_message_encoding_is_refused_rather_than_taken_for_plain_text(tmp_path):
    with pytest.raises(ValueError, match="messageEncoding"):
        with_queues(tmp_path, messageEncoding="base46")


def test_a_host_json_that_is_no_json_is_refused(tmp_path):
    (tmp_path / "host.json").write_text("{")

    with pytest.raises(ValueError, match="Expecting"):
        host_settings(tmp_path)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("00:00:05", timedelta(seconds=5)),
        ("00:00:00.25", timedelta(milliseconds=250)),
        ("1.02:03:04", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("1:00:00", timedelta(hours=1)),
    ],
)
def test_a_time_span_is_days_hours_minutes_seconds(text, meant):
    assert timespan(text) == meant


@pytest.mark.parametrize("text", ["5", "00:05", "5 minutes", "", "00:00:05s", "-00:00:05"])
def test_anything_else_is_no_time_span(text):
    with pytest.raises(ValueError, match="not a time span"):
        timespan(text)


def test_a_name_between_percent_signs_stands_for_that_setting(monkeypatch):
    monkeypatch.setenv("WORK_QUEUE", "jobs")

    assert expanded("%WORK_QUEUE%-poison") == "jobs-poison"
    assert expanded("jobs") == "jobs"


def test_a_binding_whose_setting_is_missing_stops_the_start_and_names_it(monkeypatch):
    monkeypatch.delenv("WORK_QUEUE", raising=False)

    with pytest.raises(ValueError, match="WORK_QUEUE"):
        expanded("%WORK_QUEUE%")


def test_given_settings_win_over_the_environment_and_that_over_the_file(tmp_path, monkeypatch):
    file = tmp_path / "local.settings.json"
    file.write_text(json.dumps({"Values": {"ONE": "file", "TWO": "file", "THREE": "file", "EMPTY": "", "NUMBER": 7}}))
    for name in ("ONE", "EMPTY", "NUMBER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TWO", "environment")
    monkeypatch.setenv("THREE", "environment")

    load_environment(file, ["THREE=given=with equals signs"])

    assert [os.environ[name] for name in ("ONE", "TWO", "THREE", "NUMBER")] == [
        "file", "environment", "given=with equals signs", "7",
    ]  # fmt: skip
    assert "EMPTY" not in os.environ
    for name in ("ONE", "NUMBER"):
        monkeypatch.delenv(name)


def test_a_missing_settings_file_is_no_trouble(tmp_path):
    load_environment(tmp_path / "nowhere.json", [])
