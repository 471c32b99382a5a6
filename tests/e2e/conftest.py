"""The whole product as a user runs it: Azurite, the simulated cloud, the Functions host with the app."""

import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dev.azurite import ROOT, Azurite
from dev.bootstrap import is_ours
from sspr_core.adapters.storage import Storage, open_storage
from tests.conftest import an_azurite
from tests.e2e.open_run_env import stock
from tests.local_stack import Child, SimulatedCloud, ask, child, simulated_cloud


def wait_until[T](true: Callable[[], T], what: str, seconds: float = 60) -> T:
    """Polls `true` until its result is true; returns the result."""
    until = time.monotonic() + seconds
    while True:
        found = true()
        if found:
            return found
        assert time.monotonic() < until, f"not within {seconds} s: {what}"
        time.sleep(0.1)


@dataclass(frozen=True)
class Product:
    """The app in its host, with its cloud and storage."""

    azurite: Azurite
    cloud: SimulatedCloud
    host: Child
    folder: Path

    @property
    def url(self) -> str:
        return str(self.host.says["url"])

    def get(self, path: str, **said: Any) -> Any:
        return ask(self.url, f"/api/v1/{path}", **said)

    def fire(self, function: str) -> None:
        """Runs a function and waits for its end."""
        before = self.runs(function)
        ask(self.url, f"/admin/functions/{function}", method="POST", role=None, content={})
        wait_until(lambda: self.runs(function) > before, f"{function} has run")

    def runs(self, function: str) -> int:
        counts = ask(self.url, "/admin/host/status", role=None)["functions"][function]
        return int(counts["runs"]) if not counts["running"] else -1

    def tenants(self) -> dict[str, dict[str, Any]]:
        return {one["tenant_id"]: one for one in self.get("tenants?limit=1000")["items"]}

    def snapshot(self, *tenants: str) -> None:
        """Refreshes these tenants and waits until they are read."""
        before = self.tenants()
        for tenant in tenants:
            self.get(f"tenants/{tenant}/refresh", method="POST", role="operator")

        def read() -> bool:
            now = self.tenants()
            return all(now[tenant]["last_success_at"] != before[tenant]["last_success_at"] for tenant in tenants)

        wait_until(read, f"snapshots of {tenants}")


def host_arguments(folder: Path, *more: str) -> list[str]:
    return ["--app", str(ROOT), "--port", "0", "--settings", "none.json", "--state-dir", str(folder / "host"),
            "--no-timers", "--max-poll", "0.3", *more]  # fmt: skip


@contextmanager
def running(folder: Path, *of_the_cloud: str, **more_settings: str) -> Iterator[Product]:
    """The product on such a cloud, after the first snapshots of every tenant."""
    with an_azurite() as azurite, simulated_cloud(folder, *of_the_cloud) as cloud:
        settings = cloud.settings(azurite.connection) | more_settings
        with child("dev.host", host_arguments(folder), folder / "host.log", settings) as host:
            one = Product(azurite, cloud, host, folder)
            one.fire("discover_tenants")
            one.fire("schedule_snapshots")
            wait_until(
                lambda: all(t["lifecycle"] != "in_process" or t["problem"] for t in one.tenants().values()),
                "every tenant has come in or has a problem",
                120,
            )
            yield one


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Forty tenants, including every special kind, after their first snapshots."""
    with running(tmp_path_factory.mktemp("product"), "--tenants", "40", "--users", "40", "--seed", "3") as one:
        yield one


@pytest.fixture
async def stored(product: Product) -> AsyncIterator[Storage]:
    opened = open_storage(connection=product.azurite.connection)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def stocked(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Storage with two tenants, copied by each post office at its start; shared by all test processes."""
    mine = tmp_path_factory.getbasetemp()
    folder = (mine if worker_id == "master" else mine.parent) / "stocked"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("a") as lock:
        while not is_ours(lock.fileno()):
            time.sleep(0.2)
        done = folder / "done"
        if not done.exists():  # another process may have started and failed
            shutil.rmtree(folder / "stock", ignore_errors=True)
            (folder / "stock").mkdir()
            done.write_text(str(stock(folder / "stock")))
        return Path(done.read_text())
