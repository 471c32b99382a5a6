"""Parts of the local stack as child processes of a test: started, called, killed, and never left behind."""

import json
import os
import signal
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dev.azurite import ROOT


class Child:
    """A process that prints one line of JSON with its address."""

    def __init__(self, module: str, arguments: Sequence[str], log: Path, environment: dict[str, str]) -> None:
        self.log = log
        with log.open("a") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, f"{module} did not start:\n{log.read_text()[-3000:]}"
        self.says: dict[str, Any] = json.loads(line)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ends it in order, as Ctrl+C does."""
        return self._end(signal.SIGINT)

    def drain(self) -> int:
        """Ends it as the platform ends an instance (`dev.host`)."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        try:
            return self.process.wait(timeout=60)
        finally:
            self.process.kill()


@contextmanager
def child(
    module: str, arguments: Sequence[str], log: Path, environment: dict[str, str] | None = None
) -> Iterator[Child]:
    one = Child(module, arguments, log, environment or {})
    try:
        yield one
    finally:
        one.stop()


@dataclass(frozen=True)
class SimulatedCloud:
    """The simulated Microsoft cloud, controlled through its `/_sim` addresses."""

    says: dict[str, Any]
    tls: ssl.SSLContext = field(repr=False)

    @property
    def tenant_ids(self) -> list[str]:
        return [one["tenant_id"] for one in self.says["tenants"]]

    def special(self, word: str) -> str:
        """The tenant with that failure."""
        return str(next(one["tenant_id"] for one in self.says["tenants"] if one["special"] == word))

    def ask(self, method: str, path: str, content: object = None) -> Any:
        body = None if content is None else json.dumps(content).encode()
        request = urllib.request.Request(f"{self.says['url']}/_sim/{path}", body, method=method)
        with urllib.request.urlopen(request, context=self.tls, timeout=30) as answer:
            return json.load(answer)

    def change(self, tenant: str, users: int) -> list[str]:
        changed: list[str] = self.ask("POST", "change", {"tenant": tenant, "users": users})["changed"]
        return changed

    def settings(self, storage: str) -> dict[str, str]:
        """The app's settings for this cloud."""
        from dev.commands.stack import app_settings

        return app_settings(self.says, storage)


@contextmanager
def simulated_cloud(folder: Path, *arguments: str) -> Iterator[SimulatedCloud]:
    with child("dev.cloud", ["--state-dir", str(folder), *arguments], folder / "cloud.log") as process:
        yield SimulatedCloud(process.says, ssl.create_default_context(cafile=process.says["ca_file"]))


def ask(url: str, path: str, *, method: str = "GET", role: str | None = "reader", content: object = None) -> Any:
    """The app's answer to a user with this role."""
    request = urllib.request.Request(url + path, method=method)
    if role:
        request.add_header("authorization", f"Bearer local-{role}")
    if content is not None:
        request.data = json.dumps(content).encode()
        request.add_header("content-type", "application/json")
    with urllib.request.urlopen(request, timeout=60) as answer:
        text = answer.read()
        return json.loads(text) if text else None
