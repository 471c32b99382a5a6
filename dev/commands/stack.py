"""The parts of the local stack: Azurite, the simulated cloud, the Functions host."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dev.azurite import ROOT, Azurite, on_free_ports
from dev.commands.parts import LOCAL, Parts, StackError

type Json = dict[str, Any]


def azurite(parts: Parts, folder: Path | None) -> Azurite:
    """Starts Azurite on free ports and waits until it answers. Raises StackError."""
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    emulator = on_free_ports(folder)
    part = parts.start("azurite", [sys.executable, "-m", "dev.commands.guard", "--", *emulator.command])
    until = time.monotonic() + 120
    while not emulator.answers():
        if part.process.poll() is not None or time.monotonic() > until:
            raise part.error("did not start")
        time.sleep(0.05)
    return emulator


def cloud(parts: Parts, arguments: Sequence[str]) -> Json:
    """Starts the simulated Microsoft cloud; returns its description."""
    command = [sys.executable, "-m", "dev.cloud", "--state-dir", str(LOCAL / "cloud"), *arguments]
    return parts.start("cloud", command).ready_line()


def host(parts: Parts, arguments: Sequence[str], environment: dict[str, str]) -> Json:
    """Starts the local Functions host with the app; returns its description."""
    command = [sys.executable, "-m", "dev.host", "--app", str(ROOT), *arguments]
    return parts.start("host", command, environment).ready_line()


def app_settings(described: Json, storage: str) -> dict[str, str]:
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
        "SSPR_MAIL_CONNECTION_STRING": described["mail_connection_string"],
        "SSPR_MAIL_SENDER": described["mail_sender"],
        "SSL_CERT_FILE": described["ca_file"],
        "REQUESTS_CA_BUNDLE": described["ca_file"],
    }


__all__ = ["LOCAL", "Parts", "StackError", "app_settings", "azurite", "cloud", "host"]
