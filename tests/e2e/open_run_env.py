"""Starts a post office: storage with tenants, the mail service, and the timers."""

import json
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from dev.azurite import on_free_ports
from sspr_core.adapters.storage import open_storage
from tests.conftest import start_azurite
from tests.e2e import quick_sending
from tests.e2e.quick_sending import HOUR, MINUTE, NUMBERS
from tests.e2e.run_env import PostOffice, size
from tests.local_stack import Child, ask, simulated_cloud

TENANTS = 2


@contextmanager
def heart(office: PostOffice) -> Iterator[None]:
    """Runs the timer every second."""
    stopping = threading.Event()

    def beat() -> None:
        while not stopping.wait(1):
            office.watch()

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def stock(folder: Path) -> Path:
    """Storage after the first snapshots of every tenant, on disk, copied for each test."""
    azurite = on_free_ports(folder / "azurite")
    emulator = start_azurite(azurite)
    with simulated_cloud(folder, *_cloud_arguments()) as cloud:
        app = quick_sending.write(folder / "app")
        arguments = ["--app", str(app), "--port", "0", "--settings", "none.json", "--no-timers", "--max-poll", "0.3",
                     "--state-dir", str(folder / "host")]  # fmt: skip
        host = Child("dev.host", arguments, folder / "host.log", cloud.settings(azurite.connection))
        try:
            for function, done in (("discover_tenants", _are_known), ("schedule_snapshots", _are_read)):
                ask(host.says["url"], f"/admin/functions/{function}", method="POST", role=None, content={})
                _until(lambda done=done: done(host))
        finally:
            host.stop()
    emulator.terminate()
    emulator.wait(60)
    return folder / "azurite"


@asynccontextmanager
async def opened(
    folder: Path, stocked: Path, *, quota: tuple[int, int] = (400, 1500), **numbers: float
) -> AsyncIterator[PostOffice]:
    """A post office on a copy of that storage. Its mail service has the same quota, and sends a second email for a
    known id.
    """
    shutil.copytree(stocked, folder / "azurite")
    azurite = on_free_ports(folder / "azurite")
    quick_sending.write(folder / "app")
    modes = {"same_id": "twice", "per_minute": quota[0], "per_hour": quota[1], "minute": MINUTE, "hour": HOUR}
    told = ["--receipts", azurite.connection, "--mail", json.dumps(modes | {"receipts_as": "either"})]
    storage, emulator = open_storage(connection=azurite.connection), start_azurite(azurite)
    with simulated_cloud(folder, *_cloud_arguments(), *told) as cloud:
        office = PostOffice(folder, cloud, azurite, emulator, storage, quota, NUMBERS | numbers)
        try:
            with heart(office):
                yield office
        finally:
            for host in office.hosts:
                host.kill()
            office.stop_storage()
            await storage.close()


def _cloud_arguments() -> list[str]:
    """The same tenants and users every time."""
    return ["--tenants", str(TENANTS), "--users", str(size(600, 2500)), "--plain", "--seed", "5"]


def _tenants(host: Child) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = ask(host.says["url"], "/api/v1/tenants")["items"]
    return items


def _are_known(host: Child) -> bool:
    return len(_tenants(host)) == TENANTS


def _are_read(host: Child) -> bool:
    return all(one["lifecycle"] == "active" for one in _tenants(host))


def _until(holds: Callable[[], Any], seconds: float = 90) -> None:
    end, pause = monotonic() + seconds, threading.Event()
    while not holds():
        assert monotonic() < end, f"not within {seconds} s"
        pause.wait(0.1)
