"""A command's child processes: a log for each, ended together; an early end of one is reported."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, NoReturn, Self

from dev.azurite import ROOT
from dev.surroundings import CALLED_FROM, STARTED_BY

LOCAL = ROOT / ".local"
_KEPT = 20  # number of runs whose logs are kept


class StackError(Exception):
    """A part did not start or has ended; the message names it and quotes the end of its log."""


@cache
def run_folder() -> Path:
    """This run's folder, for logs and cached results; deletes the folders of old runs."""
    runs = LOCAL / "runs"
    folder = runs / f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}"
    folder.mkdir(parents=True)
    for old in sorted(runs.iterdir())[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return folder


@dataclass(frozen=True, slots=True)
class Part:
    """A child process and its error log."""

    name: str
    process: "subprocess.Popen[str]"
    log: Path

    def ready_line(self) -> dict[str, Any]:
        """The line of JSON with its address. Raises StackError with the end of its log."""
        line = self.process.stdout.readline() if self.process.stdout else ""
        try:
            content: dict[str, Any] = json.loads(line)
        except json.JSONDecodeError:
            if not line:  # it is ending and still writes its last lines
                with suppress(subprocess.TimeoutExpired):
                    self.process.wait(timeout=10)
            raise self.error("did not start") from None
        return content

    def error(self, what: str) -> StackError:
        tail = "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-12:])
        return StackError(f"{self.name} {what}; the end of {self.log}:\n{tail}")

    def end(self) -> None:
        """Ends it as Ctrl+C does; kills it after 8 seconds. SIGTERM would drain the host (`dev.host`)."""
        self.process.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
        try:
            self.process.wait(timeout=8)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Parts:
    """The parts started in this context; on exit all are ended, the last one first."""

    def __init__(self, logs: Path | None = None) -> None:
        self.logs = logs or run_folder()
        self._running: list[Part] = []
        self._ends = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._running.clear()
        self._ends.close()

    def start(self, name: str, command: Sequence[str], environment: dict[str, str] | None = None) -> Part:
        of_us = {STARTED_BY: str(os.getpid()), CALLED_FROM: os.environ.get(CALLED_FROM) or str(Path.cwd())}
        log = self.logs / f"{name}.log"
        with log.open("a") as errors:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **(environment or {}), **of_us},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        part = Part(name, process, log)
        self._ends.callback(part.end)
        self._running.append(part)
        return part

    def check(self) -> None:
        """Raises StackError when a part has ended."""
        for part in self._running:
            if part.process.poll() is not None:
                raise part.error(f"has ended (exit code {part.process.returncode})")

    def stay(self) -> NoReturn:
        """Waits until a part ends, which raises StackError."""
        while True:
            self.check()
            time.sleep(0.5)
