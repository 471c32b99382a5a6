"""A stand-in for Azure Monitor's ingestion endpoint, for the real exporters.

`python -m dev.ingestion` serves until stopped; prints in one line of JSON the connection string for it.
"""

import gzip
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "00000000-0000-0000-0000-000000000001"


class Ingestion(ThreadingHTTPServer):
    """Keeps the items it receives; `status` other than 200: refuses everything; `slow`: delay in seconds."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.told: list[dict[str, Any]] = []
        self.status, self.slow = 200, 0.0

    @property
    def connection(self) -> str:
        return f"InstrumentationKey={KEY};IngestionEndpoint=http://127.0.0.1:{self.server_port}/"

    def of(self, kind: str) -> list[dict[str, Any]]:
        """All items of that Azure Monitor type."""
        return [one for one in self.told if one["data"]["baseType"] == kind]

    def spans(self) -> dict[str, dict[str, Any]]:
        """The last span of each name, whole."""
        return {one["data"]["baseData"]["name"]: one for one in self.of("RemoteDependencyData")}

    def metrics(self) -> dict[str, float]:
        """The last value of each metric."""
        points = [one["data"]["baseData"]["metrics"][0] for one in self.of("MetricData")]
        return {point["name"]: point["value"] for point in points}


class _Taking(BaseHTTPRequestHandler):
    server: Ingestion
    protocol_version = "HTTP/1.1"  # keeps connections open, as the service does
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        told = json.loads(body)
        time.sleep(self.server.slow)
        accepted = told if self.server.status == 200 else []
        self.server.told += accepted
        answer = json.dumps({"itemsReceived": len(told), "itemsAccepted": len(accepted), "errors": []}).encode()
        self.send_response(self.server.status)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: Any) -> None:
        """Logs nothing."""


@contextmanager
def an_ingestion() -> Iterator[Ingestion]:
    with Ingestion() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield server
        server.shutdown()


if __name__ == "__main__":
    from dev.processes import exit_with_parent

    exit_with_parent()
    with Ingestion() as server:
        print(json.dumps({"connection": server.connection}), flush=True)
        with suppress(KeyboardInterrupt):
            server.serve_forever()
