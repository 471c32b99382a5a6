"""Deletes once a day what is older than its retention, of every tenant and every run."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime

from sspr_core.model.errors import Conflict, NotFound
from sspr_core.model.ids import EVERY_TENANT, TenantId
from sspr_core.model.limits import Retention
from sspr_core.model.run import RunId, first_run_id
from sspr_core.ports.mail import Mailing
from sspr_core.ports.services import Services

_AT_ONCE = 8  # tenants and runs
_FIRST = first_run_id(datetime(1970, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """How many rows of each kind were deleted; of runs, how many whole runs."""

    changes: int = 0
    days: int = 0
    reports: int = 0
    runs: int = 0

    def __add__(self, other: "Deleted") -> "Deleted":
        return Deleted(
            changes=self.changes + other.changes,
            days=self.days + other.days,
            reports=self.reports + other.reports,
            runs=self.runs + other.runs,
        )


async def expire(services: Services, keep: Retention, *, now: datetime) -> Deleted:
    """Delete what is older than `keep` allows; returns the counts.

    A crash leaves the rest to the next hour; safe to repeat, also by two workers at once. Includes tenants that are
    removed or switched off. An error with one tenant or run does not stop the others; it is raised at the end.
    """
    turns = asyncio.Semaphore(_AT_ONCE)

    async def in_turn(job: Awaitable[Deleted]) -> Deleted:
        async with turns:
            return await job

    ended_before = now - keep.deliveries
    old = await services.post.runs.pinned(first=_FIRST, last=first_run_id(ended_before))
    jobs = [
        _of_tenant(services, known.tenant_id, keep, now=now) for known in await services.tenants.known(EVERY_TENANT)
    ]
    jobs += [_run(run, services.post, ended_before=ended_before) for run in old]
    jobs.append(_of_all_tenants(services, keep, now=now))
    done = await asyncio.gather(*map(in_turn, jobs), return_exceptions=True)
    if troubles := [one for one in done if isinstance(one, BaseException)]:
        raise BaseExceptionGroup("not everything that is old could be deleted", troubles)
    return sum((one for one in done if isinstance(one, Deleted)), Deleted())


async def _of_tenant(services: Services, tenant: TenantId, keep: Retention, *, now: datetime) -> Deleted:
    figures = now - keep.coverage
    return Deleted(
        changes=await services.registrations.delete_changes(tenant, before=now - keep.changes),
        days=await services.coverage.delete_days(tenant, before=figures.date()),
        reports=await services.reports.delete_sent(tenant, before=figures),
    )


async def _of_all_tenants(services: Services, keep: Retention, *, now: datetime) -> Deleted:
    return Deleted(reports=await services.reports.delete_sent(None, before=now - keep.coverage))


async def _run(run_id: RunId, post: Mailing, *, ended_before: datetime) -> Deleted:
    """Deletes its own row first, so that no caller sees half a run; last the recipients, by which it is found."""
    if not await _is_gone(run_id, post, ended_before=ended_before):
        return Deleted()
    await post.deliveries.delete(run_id)
    await post.runs.delete_recipients(run_id)
    return Deleted(runs=1)


async def _is_gone(run_id: RunId, post: Mailing, *, ended_before: datetime) -> bool:
    """Whether the run's row is gone: deleted now, deleted before an interruption, or never written."""
    try:
        run = await post.runs.get(run_id)
        if run.state.unfinished or (run.finished_at or run.touched_at) >= ended_before:
            return False
        await post.runs.delete(run)
    except NotFound:
        return True
    except Conflict:
        return False  # a writer is still at work on this old run: try again tomorrow
    return True
