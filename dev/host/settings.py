"""host.json and local.settings.json."""

import json
import os
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSettings:
    """The content of host.json, with the platform's defaults."""

    route_prefix: str = "api"
    function_timeout: timedelta = timedelta(minutes=30)
    batch_size: int = 16
    new_batch_threshold: int = 8
    visibility_timeout: timedelta = timedelta(0)
    max_dequeue_count: int = 5
    max_polling_interval: timedelta = timedelta(minutes=1)
    base64: bool = True


def host_settings(folder: Path) -> HostSettings:
    """Reads host.json. Raises ValueError with the error in it."""
    content = json.loads((folder / "host.json").read_text(encoding="utf-8-sig"))
    extensions = content.get("extensions", {})
    queues: dict[str, Any] = extensions.get("queues", {})
    batch = int(queues.get("batchSize", 16))
    if not 1 <= batch <= 32:
        raise ValueError("host.json: extensions.queues.batchSize must be 1 to 32")
    encoding = str(queues.get("messageEncoding", "base64")).lower()
    if encoding not in ("base64", "none"):
        raise ValueError("host.json: extensions.queues.messageEncoding must be base64 or none")
    return HostSettings(
        route_prefix=extensions.get("http", {}).get("routePrefix", "api"),
        function_timeout=timespan(content.get("functionTimeout", "00:30:00")),
        batch_size=batch,
        new_batch_threshold=int(queues.get("newBatchThreshold", batch // 2)),
        visibility_timeout=timespan(queues.get("visibilityTimeout", "00:00:00")),
        max_dequeue_count=int(queues.get("maxDequeueCount", 5)),
        max_polling_interval=timespan(queues.get("maxPollingInterval", "00:01:00")),
        base64=encoding == "base64",
    )


def timespan(text: str) -> timedelta:
    """.NET's `[d.]hh:mm:ss`."""
    match = re.fullmatch(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)", text)
    if not match:
        raise ValueError(f"not a time span like 00:05:00: {text!r}")
    days, hours, minutes, seconds = match.groups()
    return timedelta(days=int(days or 0), hours=int(hours), minutes=int(minutes), seconds=float(seconds))


def file_values(file: Path) -> dict[str, str]:
    """The non-empty Values of a local.settings.json; none without the file. Raises ValueError."""
    if not file.is_file():
        return {}
    try:
        values = json.loads(file.read_text(encoding="utf-8-sig")).get("Values", {}).items()
    except (ValueError, AttributeError) as error:
        raise ValueError(f"{file} is not JSON like local.settings.sample.json: {error}") from error
    return {name: str(value) for name, value in values if value != ""}


def load_environment(file: Path | None, given: list[str]) -> None:
    """Puts the file's Values and the given NAME=VALUE pairs into the environment. Variables that are already set win
    over the file.
    """
    for name, value in file_values(file).items() if file else ():
        os.environ.setdefault(name, value)
    for one in given:
        name, _, value = one.partition("=")
        os.environ[name] = value


def expanded(text: str) -> str:
    """Replaces `%NAME%` in a binding by that setting. Raises ValueError when it is missing, as Azure does."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            raise ValueError(f"a binding needs the setting {match[1]}, which is missing")
        return os.environ[match[1]]

    return re.sub(r"%([^%]+)%", value, text)
