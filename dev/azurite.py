"""Azurite, Microsoft's storage emulator, as a child process."""

import socket
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import SystemRandom

ROOT = Path(__file__).resolve().parent.parent
_ACCOUNT = "devstoreaccount1"
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="  # everyone's
# Ports in steps of three. When a program asks the system for a free port, it gets one from 32768 on (Linux) or from
# 49152 on (macOS, Windows). These ports lie below, so none is taken while the emulator starts, or between a stop and a
# restart on the same ports.
_FIRST_PORTS = range(11_000, 32_000, 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Azurite:
    """Its ports. `folder` None: in memory, nothing is kept."""

    blob: int
    queue: int
    table: int
    folder: Path | None = None

    @property
    def command(self) -> list[str]:
        """Node's command line. Skips the API version check, since the SDKs are newer than the emulator; telemetry is
        off.
        """
        kept = ["--location", str(self.folder)] if self.folder else ["--inMemoryPersistence"]
        ports = ["--blobPort", str(self.blob), "--queuePort", str(self.queue), "--tablePort", str(self.table)]
        # Node closes idle connections after five seconds, which breaks a process that is busy for longer; Azure's stay
        # open for minutes.
        ports += ["--queueKeepAliveTimeout", "120", "--tableKeepAliveTimeout", "120"]
        script = ROOT / "node_modules" / "azurite" / "dist" / "src" / "azurite.js"
        return ["node", str(script), "--silent", "--skipApiVersionCheck", "--disableTelemetry", *kept, *ports]

    @property
    def connection(self) -> str:
        """The connection string of all three services."""
        at = "http://127.0.0.1"
        return (
            f"DefaultEndpointsProtocol=http;AccountName={_ACCOUNT};AccountKey={_KEY};"
            f"BlobEndpoint={at}:{self.blob}/{_ACCOUNT};QueueEndpoint={at}:{self.queue}/{_ACCOUNT};"
            f"TableEndpoint={at}:{self.table}/{_ACCOUNT};"
        )

    def answers(self) -> bool:
        """Whether all three services accept connections."""
        for port in (self.blob, self.queue, self.table):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
            except OSError:
                return False
        return True


def on_free_ports(folder: Path | None = None) -> Azurite:
    """Ports that were free a moment ago and that the system never assigns by itself."""
    while True:
        first = SystemRandom().choice(_FIRST_PORTS)
        if _are_free(first, first + 1, first + 2):
            return Azurite(blob=first, queue=first + 1, table=first + 2, folder=folder)


def _are_free(*ports: int) -> bool:
    with ExitStack() as opened:
        for port in ports:
            try:
                opened.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                return False
    return True
