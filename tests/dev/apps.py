"""A small server that acts as app and host: discovery takes a moment, tenants come page by page."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

COUNTS = ("population_count", "registered_count", "to_register_count")


def a_tenant(name: str, lifecycle: str = "active", problem: str | None = None, **counts: Any) -> dict[str, Any]:
    return {
        "tenant_id": name.lower(),
        "display_name": name,
        "lifecycle": lifecycle,
        "problem": {"word": problem, "code": "AADSTS1"} if problem else None,
        "sspr_scope": None,
        "coverage": None,
        **dict.fromkeys(COUNTS),
        **counts,
    }


def an_overview(*failed: str) -> dict[str, Any]:
    return {
        "totals": {"population_count": 1234, "registered_count": 800, "to_register_count": 400, "coverage": 0.648},
        "completeness": {
            "expected": 3,
            "fresh": 2,
            "failed": [{"display_name": name, "remedy": f"Ask {name}."} for name in failed],
        },
    }


class AnApp(BaseHTTPRequestHandler):
    """Answers requests to the host and to the app."""

    server: Any

    def do_GET(self) -> None:
        if self.server.troubles:
            self._trouble(self.server.troubles.pop(0))
        elif self.path.startswith("/admin/host/status"):
            self.server.looks += 1
            counts = {
                "runs": 3 + bool(self.server.fired),
                "running": int(bool(self.server.fired) and self.server.looks < 4),
            }
            self._answer({"functions": {"discover_tenants": counts}})
        elif self.path.startswith("/api/v1/overview"):
            self._answer(an_overview())
        else:
            after = int(parse_qs(urlsplit(self.path).query).get("continuation", ["0"])[0])
            come_in = [a_tenant(str(n), *self.server.become if self.server.swept else ["in_process"]) for n in range(5)]
            following = str(after + 2) if after + 2 < 5 else None
            self._answer({"items": come_in[after : after + 2], "continuation": following})

    def do_POST(self) -> None:
        name = self.path.rsplit("/", 1)[1]
        if name not in ("discover_tenants", "schedule_snapshots"):
            self.send_error(404)
            return
        running = self.server.fired and self.server.looks < 4
        self.server.fired.append((name, "too early") if running else name)
        self.server.swept |= name == "schedule_snapshots"
        self._answer({})

    def _trouble(self, status: int | None) -> None:
        if status is None:
            self.close_connection = True
        else:
            self.send_error(status)

    def _answer(self, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Logs nothing."""


@contextmanager
def an_app() -> Iterator[Any]:
    """The server; it records `fired` functions and answers polls with its `troubles` first."""
    with ThreadingHTTPServer(("127.0.0.1", 0), AnApp) as server:
        state: Any = server
        state.become = ["active"]  # lifecycle and problem of every tenant after the sweep
        state.fired, state.looks, state.swept, state.troubles = [], 0, False, []
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        yield server
        server.shutdown()


def url_of(app: Any) -> str:
    return f"http://127.0.0.1:{app.server_port}"
