"""After any kill, stop or duplicate: the stored state equals the directory, and every change is recorded once."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen

import pytest

from dev.azurite import Azurite, on_free_ports
from sspr_core.adapters.storage import Storage, open_storage
from sspr_core.adapters.tables.claims import claim_of
from sspr_core.model.errors import TryAgain
from sspr_core.model.ids import EVERY_TENANT, TenantId
from sspr_core.model.queue_messages import SnapshotJob
from sspr_core.ports.storage import Claim
from tests.conftest import start_azurite
from tests.e2e import quick_app
from tests.e2e.stored_state import States, assert_changes_lead_from, assert_stored_is_the_directory, states_of
from tests.local_stack import Child, SimulatedCloud, ask, simulated_cloud

pytestmark = pytest.mark.timeout(240)


@dataclass
class Workshop:
    """Storage that can be stopped, hosts that can be killed, and a cloud whose users change meanwhile."""

    folder: Path
    cloud: SimulatedCloud
    azurite: Azurite
    storage: Storage
    emulator: "Popen[bytes]"
    hosts: list[Child] = field(default_factory=list)

    def start_host(self) -> Child:
        app = self.folder / "app"
        arguments = ["--app", str(app if app.is_dir() else quick_app.write(app)), "--port", "0", "--no-timers",
                     "--settings", "none.json", "--lease", "2", "--max-poll", "0.3",
                     "--state-dir", str(self.folder / "host")]  # fmt: skip
        host = Child("dev.host", arguments, self.folder / "host.log", self.cloud.settings(self.azurite.connection))
        self.hosts.append(host)
        return host

    async def ask_for_snapshots(self, times: int = 1) -> None:
        """A job for every tenant, each so many times."""
        now = datetime.now(UTC)
        for tenant in self.cloud.tenant_ids:
            await self.storage.jobs.send([SnapshotJob.first(TenantId(tenant), now=now)] * times)

    def users_change(self, count: int = 150) -> None:
        for tenant in self.cloud.tenant_ids:
            self.cloud.change(tenant, count)

    async def all_read_since(self, at: datetime, seconds: float = 90) -> None:
        """Waits until every tenant has a snapshot that began after `at`, and all messages are processed."""
        until = time.monotonic() + seconds
        while True:
            assert time.monotonic() < until, f"not read within {seconds} s:\n{self.log()[-3000:]}"
            try:
                known = await self.storage.tenants.known(EVERY_TENANT)
                waiting = (await self.storage.queue.get_queue_properties()).approximate_message_count
            except TryAgain:
                continue
            started = [one.status.last_started_at for one in known]
            if len(known) == len(self.cloud.tenant_ids) and all(s and s > at for s in started) and not waiting:
                return
            await asyncio.sleep(0.2)

    def readings(self) -> int:
        """How many snapshots began since `forget_readings`: each starts by reading the organization."""
        return int(self.cloud.ask("GET", "stats")["by_kind"].get("organization 200", 0))

    def forget_readings(self) -> None:
        self.cloud.ask("DELETE", "stats")

    async def claims(self) -> list[Claim]:
        found = [await self.storage.claims._table.find("claim", tenant) for tenant in self.cloud.tenant_ids]
        return [claim_of(row) for row in found if row]

    def log(self) -> str:
        return (self.folder / "host.log").read_text()

    async def states(self) -> dict[str, States]:
        return {tenant: await states_of(self.storage, tenant) for tenant in self.cloud.tenant_ids}

    async def first_snapshots(self) -> dict[str, States]:
        """Discovery and a first snapshot without faults: the starting point for changes."""
        at, host = datetime.now(UTC), self.start_host()
        ask(host.says["url"], "/admin/functions/discover_tenants", method="POST", role=None, content={})
        while len(await self.storage.tenants.known(EVERY_TENANT)) < len(self.cloud.tenant_ids):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)
        await self.ask_for_snapshots()
        await self.all_read_since(at)
        host.stop()
        return await self.states()

    async def assert_all_is_well_since(self, first: dict[str, States]) -> None:
        for tenant in self.cloud.tenant_ids:
            await assert_stored_is_the_directory(self.storage, self.cloud, tenant)
            await assert_changes_lead_from(self.storage, tenant, first[tenant])


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedCloud]:
    folder = tmp_path_factory.mktemp("cloud")
    with simulated_cloud(folder, "--tenants", "4", "--users", "600", "--plain", "--page-size", "200") as one:
        yield one


@pytest.fixture
async def shop(tmp_path: Path, cloud: SimulatedCloud) -> AsyncIterator[Workshop]:
    azurite = on_free_ports(tmp_path / "azurite")
    storage = open_storage(connection=azurite.connection)
    one = Workshop(tmp_path, cloud, azurite, storage, start_azurite(azurite))
    yield one
    with ExitStack() as everything:
        everything.callback(one.emulator.wait, 60)
        everything.callback(one.emulator.terminate)
        for host in one.hosts:
            everything.callback(host.kill)
    await storage.close()


async def test_a_host_killed_ten_times_at_random_loses_nothing_and_tells_nothing_twice(shop: Workshop) -> None:
    first = await shop.first_snapshots()
    dice, half_written = random.Random(11), 0
    for _ in range(10):
        shop.users_change()
        await shop.ask_for_snapshots()
        host, at = shop.start_host(), datetime.now(UTC)
        while not any(claim.started_at > at for claim in await shop.claims()):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)
        await asyncio.sleep(dice.uniform(0.0, 1.2))
        host.kill()
        half_written += sum(claim.unfinished for claim in await shop.claims())
    shop.users_change()
    at = datetime.now(UTC)
    shop.start_host()
    await shop.ask_for_snapshots()

    await shop.all_read_since(at)

    assert half_written
    await shop.assert_all_is_well_since(first)


async def test_storage_stopped_and_started_in_the_middle_of_a_snapshot_costs_only_time(shop: Workshop) -> None:
    first = await shop.first_snapshots()
    shop.start_host()
    fence = await shop.storage.registrations._table.find(shop.cloud.tenant_ids[0], "fence")
    shop.users_change(400)
    shop.forget_readings()
    at = datetime.now(UTC)
    await shop.ask_for_snapshots()
    while await shop.storage.registrations._table.find(shop.cloud.tenant_ids[0], "fence") == fence:  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.01)  # until rows are being written

    shop.emulator.terminate()
    shop.emulator.wait(60)
    await asyncio.sleep(1.5)
    shop.emulator = start_azurite(shop.azurite)

    await shop.all_read_since(at)
    assert shop.readings() > len(shop.cloud.tenant_ids)  # at least one was interrupted and restarted
    await shop.assert_all_is_well_since(first)


async def test_two_hosts_and_every_message_twice_do_the_work_once(shop: Workshop) -> None:
    first, rounds, runs = await shop.first_snapshots(), 0, [0, 0]
    hosts = [shop.start_host() for _ in range(2)]
    shop.forget_readings()
    while rounds < 4 or not all(runs):  # the first host is random: until each has had its share
        rounds += 1
        shop.users_change()
        at = datetime.now(UTC)
        await shop.ask_for_snapshots(times=2)
        await shop.all_read_since(at)
        status = [ask(host.says["url"], "/admin/host/status", role=None) for host in hosts]
        runs = [one["functions"]["take_snapshot"]["runs"] for one in status]

    assert sum(runs) >= 2 * rounds * len(shop.cloud.tenant_ids)
    taken_over = shop.log().count("taken over by another worker")  # a host that was slowed down lost its lease
    assert shop.readings() == rounds * len(shop.cloud.tenant_ids) + taken_over
    await shop.assert_all_is_well_since(first)
