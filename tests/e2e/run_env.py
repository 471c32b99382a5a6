"""A run in the real host; its storage and mail service can be stopped, slowed down and made to fail."""

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from subprocess import Popen
from time import monotonic
from typing import Any

import pytest

from dev.azurite import Azurite
from sspr_core.adapters.storage import Storage
from sspr_core.model.delivery import Delivery, DeliveryState
from sspr_core.model.errors import TryAgain
from sspr_core.model.run import Run, RunId
from tests.conftest import start_azurite
from tests.e2e.queues import count_messages
from tests.e2e.quick_sending import CLOCK, MISCHIEF
from tests.local_stack import Child, SimulatedCloud, ask

FULL = os.environ.get("SSPR_TESTS_FULL") == "1"
FULL_ONLY = pytest.mark.skipif(not FULL, reason="long: SSPR_TESTS_FULL=1, see tests/README.md")
LIMIT = pytest.mark.timeout(1800 if FULL else 400)


def size(usual: int, full: int) -> int:
    """A test size: usually enough to check the guarantee, in the full run as large as promised."""
    return full if FULL else usual


@dataclass
class PostOffice:
    """Hosts that can be killed and frozen; `quota`: emails per short minute and per short hour."""

    folder: Path
    cloud: SimulatedCloud
    azurite: Azurite
    emulator: "Popen[bytes]"
    storage: Storage
    quota: tuple[int, int]
    numbers: dict[str, float]
    hosts: list[Child] = field(default_factory=list)
    frozen: set[int] = field(default_factory=set)
    used: Counter[str] = field(default_factory=Counter)  # users of a tenant who are in a run

    # Hosts

    def start_host(self, mischief: str = "", *, skew: float = 0, only: Sequence[str] = ()) -> Child:
        """Starts one more worker; `mischief`: faults of quick_sending; `skew`: seconds its clock is ahead; `only`:
        kinds of its functions, all unless given.
        """
        arguments = ["--app", str(self.folder / "app"), "--port", "0", "--no-timers", "--settings", "none.json",
                     "--lease", "3", "--max-poll", "0.3", "--state-dir", str(self.folder / "host"),
                     *(f"--only={kind}" for kind in only)]  # fmt: skip
        settings = self.cloud.settings(self.azurite.connection) | {
            "SSPR_MAIL_CONNECTION_STRING": self.cloud.says["mail_connection_string"],
            "SSPR_MAIL_SENDER": self.cloud.says["mail_sender"],
            "SSPR_MAIL_PER_MINUTE": str(self.quota[0]),
            "SSPR_MAIL_PER_HOUR": str(self.quota[1]),
            "SSPR_MAIL_NUMBERS": json.dumps(self.numbers),
            MISCHIEF: mischief,
            CLOCK: str(skew),
        }
        host = Child("dev.host", arguments, self.folder / "host.log", settings)
        self.hosts.append(host)
        return host

    def freeze(self, host: Child) -> None:
        self.frozen.add(host.process.pid)
        host.process.send_signal(signal.SIGSTOP)

    def thaw(self, host: Child) -> None:
        host.process.send_signal(signal.SIGCONT)
        self.frozen.discard(host.process.pid)

    def alive(self) -> list[Child]:
        return [one for one in self.hosts if one.process.poll() is None and one.process.pid not in self.frozen]

    def ask(self, path: str, *, content: object = None, method: str = "POST") -> Any:
        return ask(self.alive()[-1].says["url"], path, method=method, role="operator", content=content)

    def watch(self) -> None:
        """Does what the timer does every minute."""
        for host in self.alive()[:1]:
            with suppress(OSError):  # killed in the meantime
                ask(host.says["url"], "/admin/functions/watch_runs", method="POST", role=None, content={})

    def stop_storage(self) -> None:
        self.emulator.terminate()
        self.emulator.wait(60)

    def start_storage(self) -> None:
        self.emulator = start_azurite(self.azurite)

    def functions(self, name: str) -> list[dict[str, Any]]:
        """How often the function ran in each host, and its maximum duration in seconds."""
        hosts = [ask(one.says["url"], "/admin/host/status", role=None) for one in self.alive()]
        return [one["functions"][name] for one in hosts]

    # Runs

    def begin(self, count: int, *, tenant: int = 0) -> RunId:
        """Starts a run to so many users of that tenant who are in no run yet."""
        name = self.cloud.tenant_ids[tenant]
        users = self._users(name)[self.used[name] :][:count]
        assert len(users) == count, f"only {len(users)} users to send to"
        self.used[name] += count
        wanted = {"tenant_ids": [name], "user_ids": users, "template": "register_now"}
        run = self.ask("/api/v1/runs", content=wanted)
        assert run["recipient_count"] == count, run
        return RunId(run["run_id"])

    def _users(self, tenant: str) -> list[str]:
        """Users to register with an address."""
        found: list[str] = []
        following = ""
        while True:
            path = f"/api/v1/tenants/{tenant}/users?to_register=true&limit=1000{following}"
            page = self.ask(path, method="GET")
            found += [one["user_id"] for one in page["items"] if one["mail"]]
            if not page["continuation"]:
                return found
            following = f"&continuation={page['continuation']}"

    def tell(self, run: RunId, what: str) -> Any:
        """Pauses, resumes or cancels it."""
        return self.ask(f"/api/v1/runs/{run}/{what}")

    async def run(self, run: RunId) -> Run:
        return await self._patiently(lambda: self.storage.runs.get(run))

    async def rows(self, run: RunId) -> list[Delivery]:
        async def read() -> list[Delivery]:
            return [row async for page in self.storage.deliveries.pages(run) for row in page]

        return await self._patiently(read)

    async def open_rows(self, run: RunId) -> list[Delivery]:
        return [row for row in await self.rows(run) if not row.state.final]

    async def until(self, holds: Callable[[], Any], what: str, seconds: float = 60) -> None:
        """Waits until an awaitable or plain call returns true."""
        end = monotonic() + seconds
        while True:
            found = holds()
            if await found if asyncio.iscoroutine(found) else found:
                return
            assert monotonic() < end, f"not within {seconds} s: {what}\n{await self._looks()}"
            await asyncio.sleep(0.05)

    async def _looks(self) -> str:
        """The current state, for the failure message."""
        runs, _ = await self.storage.runs.recent(before=None, limit=5)
        pacing, messages = await self.storage.pacing.read(), await count_messages(self.storage)
        open_rows = [row for run in runs for row in await self.open_rows(run.run_id)]
        told = [replace(run, tenants={}, pinned={}) for run in runs]
        return f"{told}\n{pacing}\n{messages} messages\n{open_rows}\n{self.log()[-3000:]}"

    async def until_sent(self, run: RunId, count: int, seconds: float = 60) -> None:
        """Waits until so many of its rows are past waiting."""

        async def enough() -> bool:
            return sum(row.state is not DeliveryState.PENDING for row in await self.rows(run)) >= count

        await self.until(enough, f"{count} emails have gone out", seconds)

    async def until_working(self) -> None:
        """Waits until the newest host has sent an email: its connections are open."""
        await self.until(lambda: self.functions("send_email")[-1]["runs"], "the host works")

    async def until_claimed(self, run: RunId) -> None:
        """Waits until one of its rows is claimed."""

        async def claimed() -> bool:
            return any(row.state is DeliveryState.CLAIMED for row in await self.open_rows(run))

        await self.until(claimed, "a delivery is claimed")

    async def until_ended(self, run: RunId, seconds: float = 120) -> None:
        """Waits until the run and every delivery have ended."""

        async def ended() -> bool:
            known = await self.run(run)
            return not known.state.unfinished and known.expanded and not await self.open_rows(run)

        await self.until(ended, f"run {run} ends", seconds)

    async def _patiently(self, read: Callable[[], Any]) -> Any:
        while True:
            try:
                return await read()
            except TryAgain:
                await asyncio.sleep(0.2)  # the test has stopped storage

    # What the mail service saw

    def mail(self, **modes: Any) -> None:
        """Sets the mail service's modes."""
        self.cloud.ask("POST", "mail", modes)

    def accepted(self) -> dict[str, list[datetime]]:
        """Every acceptance time of each operation."""
        mailbox = self.cloud.ask("GET", "mailbox")
        return {one["operation_id"]: [datetime.fromisoformat(at) for at in one["accepted_at"]] for one in mailbox}

    def posts(self) -> list[tuple[datetime, int]]:
        """The arrival time of each POST, and its answer."""
        return [(datetime.fromisoformat(one["at"]), one["status"]) for one in self.cloud.ask("GET", "posts")]

    def log(self) -> str:
        return (self.folder / "host.log").read_text()
