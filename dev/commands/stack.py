"""The parts of the local stack as child processes: started in order, ended together."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from dev.azurite import ROOT, Azurite, on_free_ports
from dev.processes import STARTED_BY

LOCAL = ROOT / ".local"


class StackError(Exception):
    """A part did not start; the message says which and where its log is."""


@contextmanager
def child(
    name: str, command: Sequence[str], environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A child process whose errors go to a log; ended at the end, with force after 8 seconds."""
    logs = LOCAL / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / f"{name}.log").open("w") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **(environment or {}), STARTED_BY: str(os.getpid())},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(timeout=8)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def ready_line(name: str, process: subprocess.Popen[str]) -> dict[str, Any]:
    """The line of JSON in which a child says where it listens. Raises StackError with the end of its log."""
    line = process.stdout.readline() if process.stdout else ""
    try:
        content: dict[str, Any] = json.loads(line)
    except json.JSONDecodeError:
        log = LOCAL / "logs" / f"{name}.log"
        if not line:  # it is about to end, and its last words are still being written
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
        tail = "\n".join(log.read_text().splitlines()[-12:])
        raise StackError(f"{name} did not start; the end of {log}:\n{tail}") from None
    return content


@contextmanager
def azurite(folder: Path | None) -> Iterator[Azurite]:
    """Azurite on free ports, answering."""
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    emulator = on_free_ports(folder)
    command = [sys.executable, "-m", "dev.commands.guard", "--", *emulator.command]
    with child("azurite", command) as process:
        until = time.monotonic() + 30
        while not emulator.answers():
            if process.poll() is not None or time.monotonic() > until:
                raise StackError(f"Azurite did not start; see {LOCAL / 'logs' / 'azurite.log'}")
            time.sleep(0.05)
        yield emulator


@contextmanager
def cloud(arguments: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The simulated Microsoft cloud; what it says of itself."""
    command = [sys.executable, "-m", "dev.cloud", "--state-dir", str(LOCAL / "cloud"), *arguments]
    with child("cloud", command) as process:
        yield ready_line("cloud", process)


@contextmanager
def host(arguments: Sequence[str], environment: dict[str, str]) -> Iterator[dict[str, Any]]:
    """The local Functions host with the app; what it says of itself."""
    command = [sys.executable, "-m", "dev.host", "--app", str(ROOT), *arguments]
    with child("host", command, environment) as process:
        yield ready_line("host", process)


def app_settings(described: dict[str, Any], storage: str) -> dict[str, str]:
    """The app's settings for the simulated cloud: only addresses, a CA and credentials differ from the real one."""
    return {
        "AzureWebJobsStorage": storage,
        "AzureWebJobsDisableHomepage": "true",
        "SSPR_STORAGE": storage,
        "SSPR_PARTNER_TENANT_ID": described["partner_tenant_id"],
        "SSPR_CLIENT_ID": described["client_id"],
        "SSPR_CLIENT_SECRET": described["client_secret"],
        "SSPR_AUTHORITY": described["authority"],
        "SSPR_GRAPH_URL": described["graph_url"],
        "SSL_CERT_FILE": described["ca_file"],
        "REQUESTS_CA_BUNDLE": described["ca_file"],
    }


@contextmanager
def whole(
    cloud_arguments: Sequence[str], host_arguments: Sequence[str], storage: str | None, folder: Path | None
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Azurite (unless storage is given), cloud and host: what cloud and host say of themselves."""
    with ExitStack() as parts:
        connection = storage or parts.enter_context(azurite(folder)).connection
        described = parts.enter_context(cloud(cloud_arguments))
        yield described, parts.enter_context(host(host_arguments, app_settings(described, connection)))
