"""The local Functions host with the app, and the peak memory of its process."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.peak import Peak
from dev.azurite import ROOT
from dev.commands.parts import Parts


@dataclass(frozen=True, slots=True)
class Host:
    peak: Peak
    url: str

    def fire(self, timer: str) -> None:
        """Timers fire only by hand; a run in progress is left alone, as in Azure."""
        status = httpx.get(f"{self.url}/admin/host/status").raise_for_status().json()
        if not status["functions"][timer]["running"]:
            httpx.post(f"{self.url}/admin/functions/{timer}", json={}).raise_for_status()


@contextmanager
def host(settings: dict[str, str]) -> Iterator[Host]:
    """Runs without the rate limiter for Graph's limit."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "host.json", folder)
        shutil.copy(ROOT / "bench" / "no_brake.py", Path(folder) / "function_app.py")
        where = ["--app", folder, "--state-dir", f"{folder}/state", "--port", "0"]
        command = [sys.executable, "-m", "dev.host", *where, "--no-settings", "--no-sign-in", "--no-timers"]
        with Parts() as parts:
            part = parts.start("host", command, settings)
            url = part.ready_line()["url"]
            yield Host(Peak(part.process.pid), url)
