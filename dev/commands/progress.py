"""Waiting for the first snapshots: every tenant ends with data or with a named problem."""

import json
import time
import urllib.error
import urllib.request
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

type Json = dict[str, Any]


class Api:
    """The app's API, as a signed-in person of the local host."""

    def __init__(self, url: str) -> None:
        self._url = url

    def get(self, path: str) -> Json:
        request = urllib.request.Request(self._url + path, headers={"Authorization": "Bearer local-reader"})  # noqa: S310
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - our own address
            content: Json = json.load(answer)
            return content

    def fire(self, function: str) -> None:
        """Run a function now. Raises urllib.error.HTTPError when there is none of that name."""
        request = urllib.request.Request(f"{self._url}/admin/functions/{function}", b"{}", method="POST")  # noqa: S310
        urllib.request.urlopen(request, timeout=10).close()  # noqa: S310 - our own address

    def runs(self, function: str) -> int:
        """How often the function came to its end."""
        counts = self.get("/admin/host/status")["functions"][function]
        return int(counts["runs"]) - int(counts["running"])


def tenants(api: Api) -> list[Json]:
    """All tenants, every page."""
    items: list[Json] = []
    path = "/api/v1/tenants?limit=1000"
    while True:
        page = api.get(path)
        items += page["items"]
        if not page["continuation"]:
            return items
        path = f"/api/v1/tenants?limit=1000&continuation={page['continuation']}"


def is_done(tenant: Json) -> bool:
    """It has data, is out of the question, or says what is wrong."""
    return tenant["lifecycle"] != "in_process" or tenant["problem"] is not None


def first_snapshots(api: Api, expected: set[str], console: Console, *, patience: float) -> bool:
    """Discover, queue, and wait with a progress bar; false when not all came in within `patience` seconds.

    `expected` are tenant ids: the storage may know others, of an earlier demo with another seed.
    """
    before = api.runs("discover_tenants")
    api.fire("discover_tenants")
    until = time.monotonic() + patience
    while api.runs("discover_tenants") <= before and time.monotonic() < until:
        time.sleep(0.05)
    api.fire("schedule_snapshots")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("Snapshots", total=len(expected))
        while time.monotonic() < until:
            done = {tenant["tenant_id"] for tenant in tenants(api) if is_done(tenant)} & expected
            progress.update(task, completed=len(done))
            if done == expected:
                return True
            time.sleep(0.25)
    return False


__all__ = ["Api", "first_snapshots", "is_done", "tenants", "urllib"]
