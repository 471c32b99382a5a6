"""The ports that only reports use: their rows, and the queue of reports to prepare.

`tenant` None is the report over all tenants, which only a scope of all tenants may read. As in `storage.py`, every
method may raise TryAgain, and readers raise NotFound outside the scope.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from sspr_core.model.ids import Scope, TenantId
from sspr_core.model.queue_messages import ReportJob
from sspr_core.model.report_plan import ReportState, SentReport


class Reports(Protocol):
    """Table Reports: the state of each plan, and the archive."""

    async def state(self, scope: Scope, tenant: TenantId | None) -> ReportState:
        """The plan's state; empty before the first report."""
        ...

    async def states(self, scope: Scope) -> list[ReportState]:
        """The state of every plan that has run, within the scope."""
        ...

    async def save_state(self, state: ReportState) -> ReportState:
        """Write it if the row still has `state.etag`. Raises Conflict."""
        ...

    async def archive(self, sent: SentReport) -> None:
        """Store the report. Safe to repeat."""
        ...

    async def last(self, scope: Scope, tenant: TenantId | None, *, before: datetime) -> SentReport | None:
        """The newest report made before that time."""
        ...

    async def sent(
        self, scope: Scope, tenant: TenantId | None, *, after: str | None, limit: int
    ) -> tuple[list[SentReport], str | None]:
        """Newest first, and where to continue (None: the end)."""
        ...

    async def delete_sent(self, tenant: TenantId | None, *, before: datetime) -> int:
        """Delete archived reports made before that time; returns how many. Safe to repeat, also by two at once."""
        ...


class ReportJobs(Protocol):
    """The queue of reports to prepare. At least once, in any order."""

    async def send(self, jobs: Iterable[ReportJob], *, after: timedelta = timedelta(0)) -> None: ...
