"""Timer triggers: NCRONTAB in UTC; one run at a time, on one of several hosts."""

import asyncio
import json
import logging
import os
from datetime import datetime, timedelta
from pathlib import Path

from croniter import croniter

from dev.host.calls import Caller
from dev.host.messages import TypedData
from dev.host.settings import expanded
from dev.host.worker import Function, FunctionFailed
from sspr_core.model.clock import utc_now
from sspr_core.settings.ncrontab import is_schedule

log = logging.getLogger("host.timers")


def next_occurrence(schedule: str, *, after: datetime) -> datetime:
    """NCRONTAB: six fields, seconds first; day of month AND day of week. Raises ValueError."""
    turns = croniter(schedule, after, second_at_beginning=True, day_or=False)
    found: datetime = turns.get_next(datetime)
    return found


class Timer:
    """One function's timer. Its past runs are kept in a folder that the hosts of one machine share."""

    def __init__(self, function: Function, caller: Caller, state_dir: Path) -> None:
        self.function = function
        self._caller = caller
        self._schedule = expanded(function.trigger["schedule"])
        if not is_schedule(self._schedule):  # croniter accepts more than the platform: @hourly, L, a seventh day
            raise ValueError(f"{function.name}: {self._schedule!r} is no NCRONTAB schedule")
        self._file = state_dir / f"{function.name}.json"
        self._turns = state_dir / "turns"
        self._turns.mkdir(parents=True, exist_ok=True)

    async def run(self, stopping: asyncio.Event) -> None:
        """Runs at every occurrence until `stopping`; first runs an occurrence that was missed while no host ran."""
        if self._missed(utc_now()):
            await self.fire(past_due=True)
        while not stopping.is_set():
            at = next_occurrence(self._schedule, after=utc_now())
            try:
                await asyncio.wait_for(stopping.wait(), max(0.0, (at - utc_now()).total_seconds()))
            except TimeoutError:
                if self._is_ours(at):
                    await self.fire(past_due=False)

    async def fire(self, *, past_due: bool) -> None:
        """Runs the function now. A failure is logged; the next occurrence tries again."""
        last = utc_now()
        following = next_occurrence(self._schedule, after=last)
        info = {
            "IsPastDue": past_due,
            "Schedule": {"AdjustForDST": True},
            "ScheduleStatus": {
                "Last": last.isoformat(),
                "Next": following.isoformat(),
                "LastUpdated": last.isoformat(),
            },
        }
        self._remember(json.dumps(info["ScheduleStatus"]))
        try:
            await self._caller.call(self.function, TypedData(json=json.dumps(info)))
        except FunctionFailed:
            log.warning("%s: runs again at %s", self.function.name, following.isoformat())

    def _remember(self, text: str) -> None:
        """Writes the file atomically: readers, or a kill in the middle, never see half of it."""
        fresh = self._file.with_suffix(f".{os.getpid()}")
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(self._file)

    def _missed(self, now: datetime) -> bool:
        """Monitors the schedule as the platform does: an occurrence between the last run and now was missed."""
        if not self._file.is_file():
            return False
        last = datetime.fromisoformat(json.loads(self._file.read_text(encoding="utf-8"))["Last"])
        missed = next_occurrence(self._schedule, after=last)
        return missed <= now - timedelta(seconds=1) and self._is_ours(missed)

    def _is_ours(self, at: datetime) -> bool:
        """Whether this host is the first to claim the occurrence: creating a file is atomic."""
        for old in self._turns.glob(f"{self.function.name}@*"):
            if int(old.name.rpartition("@")[2]) < at.timestamp() - 3600:
                old.unlink(missing_ok=True)  # another host may delete it at the same time
        try:
            os.close(os.open(self._turns / f"{self.function.name}@{int(at.timestamp())}", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return False
        return True
