"""Reports' rows and queue in memory; tests/contract runs the same suite on the rows as on Azurite."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sspr_core.model.errors import Conflict, NotFound
from sspr_core.model.ids import Scope, TenantId
from sspr_core.model.queue_messages import ReportJob
from sspr_core.model.report_plan import ReportState, SentReport
from tests.fakes.storage import an_etag


@dataclass
class MemoryReports:
    rows: dict[TenantId | None, ReportState] = field(default_factory=dict)
    archived: dict[tuple[TenantId | None, str], SentReport] = field(default_factory=dict)

    async def state(self, scope: Scope, tenant: TenantId | None) -> ReportState:
        _check(scope, tenant)
        return self.rows.get(tenant, ReportState(tenant_id=tenant))

    async def states(self, scope: Scope) -> list[ReportState]:
        return [self.rows[one] for one in sorted(self.rows, key=str) if scope.allows_report(one)]

    async def save_state(self, state: ReportState) -> ReportState:
        there = self.rows.get(state.tenant_id)
        if (there.etag if there else None) != state.etag:
            raise Conflict(state.tenant_id)
        self.rows[state.tenant_id] = saved = replace(state, etag=an_etag())
        return saved

    async def archive(self, sent: SentReport) -> None:
        self.archived[sent.report.tenant_id, f"{_inverted(sent.report.as_of)}:{sent.run_id}"] = sent

    async def last(self, scope: Scope, tenant: TenantId | None, *, before: datetime) -> SentReport | None:
        some, _ = await self.sent(scope, tenant, after=f"{_inverted(before)};", limit=1)
        return some[0] if some else None

    async def sent(
        self, scope: Scope, tenant: TenantId | None, *, after: str | None, limit: int
    ) -> tuple[list[SentReport], str | None]:
        _check(scope, tenant)
        keys = sorted(key for of, key in self.archived if of == tenant and key > (after or ""))
        return [self.archived[tenant, key] for key in keys[:limit]], keys[limit - 1] if len(keys) > limit else None

    async def delete_sent(self, tenant: TenantId | None, *, before: datetime) -> int:
        old = [key for key, one in self.archived.items() if key[0] == tenant and one.report.as_of < before]
        for key in old:
            del self.archived[key]
        return len(old)


@dataclass
class MemoryReportJobs:
    sent: list[tuple[ReportJob, timedelta]] = field(default_factory=list)

    async def send(self, jobs: Iterable[ReportJob], *, after: timedelta = timedelta(0)) -> None:
        self.sent += [(job, after) for job in jobs]


def _check(scope: Scope, tenant: TenantId | None) -> None:
    if not scope.allows_report(tenant):
        raise NotFound(tenant)


def _inverted(at: datetime) -> str:
    return f"{9_999_999_999_999 - int(at.timestamp() * 1000):013d}"
