"""The plan of a scheduled report, as operators set it, and the state of its last report."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

import msgspec

from sspr_core.model.errors import Invalid
from sspr_core.model.ids import TenantId
from sspr_core.model.report import Report
from sspr_core.model.run import RunId
from sspr_core.model.text import is_address

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FILES = ("csv", "xlsx")
MOST_RECIPIENTS = 20


class ReportPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Either `weekday` or `day_of_month`, at `hour` in `zone`. A Struct: it is stored and answered as JSON."""

    scheduled: bool = False  # False: nothing is sent by schedule; it can still be sent now
    weekday: str | None = None  # of WEEKDAYS
    day_of_month: int | None = None  # 1 to 31; in a shorter month it is the month's last day
    hour: int = 8  # 0 to 23
    zone: str = "Etc/UTC"  # IANA
    recipients: tuple[str, ...] = ()
    language: str | None = None  # None: the tenant's; over all, the default's
    names: bool = False  # users' names, not only how many
    attachments: tuple[str, ...] = ()  # of FILES


def check(plan: ReportPlan, languages: Collection[str]) -> None:
    """Raises Invalid with the first invalid field."""
    if plan.weekday is not None and plan.day_of_month is not None:
        raise Invalid("day_of_month", "is given beside weekday; a report has one of both")
    if plan.weekday is not None and plan.weekday not in WEEKDAYS:
        raise Invalid("weekday", f"is none of {', '.join(WEEKDAYS)}")
    if plan.day_of_month is not None and not 1 <= plan.day_of_month <= 31:
        raise Invalid("day_of_month", "is not from 1 to 31")
    if not 0 <= plan.hour <= 23:
        raise Invalid("hour", "is not from 0 to 23")
    if plan.zone not in _zones():
        raise Invalid("zone", "is no time zone like Europe/Berlin")
    if plan.language is not None and plan.language not in languages:
        raise Invalid("language", f"is none of {', '.join(languages)}")
    _check_recipients(plan.recipients)
    if wrong := [one for one in plan.attachments if one not in FILES]:
        raise Invalid("attachments", f"{wrong[0][:20]!r} is none of {', '.join(FILES)}")
    if len(set(plan.attachments)) < len(plan.attachments):
        raise Invalid("attachments", "names a file twice")
    if plan.scheduled:
        _check_scheduled(plan)


def _check_recipients(recipients: Collection[str]) -> None:
    if len(recipients) > MOST_RECIPIENTS:
        raise Invalid("recipients", f"are {len(recipients)}, {MOST_RECIPIENTS} are possible")
    for address in recipients:
        if not is_address(address):
            raise Invalid("recipients", f"{address[:60]!r} is not a mail address")
    if len({address.casefold() for address in recipients}) < len(recipients):
        raise Invalid("recipients", "name an address twice")


def _check_scheduled(plan: ReportPlan) -> None:
    if plan.weekday is None and plan.day_of_month is None:
        raise Invalid("weekday", "is needed for a scheduled report, or day_of_month")
    if not plan.recipients:
        raise Invalid("recipients", "are needed for a scheduled report")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones()) - {"localtime", "Factory"}  # the machine's own zone, and a placeholder


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPlan:
    """A stored plan, of a tenant or (None) over all; `at` None: no plan has been set.

    `begins_at`: since when its schedule is this one. Other changes leave it, so that a report that is just due is not
    lost.
    """

    tenant_id: TenantId | None
    plan: ReportPlan = field(default_factory=ReportPlan)
    by: str | None = None
    at: datetime | None = None
    begins_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTrouble:
    """Why a report was not sent, and what to do; shown on its plan until a report is sent."""

    code: str  # for programs
    message: str
    remedy: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportState:
    """Only the code that prepares reports writes it. `due_at`: the last occurrence that needs no more work."""

    tenant_id: TenantId | None
    due_at: datetime | None = None
    trouble: ReportTrouble | None = None
    etag: str | None = None

    def beside(self, kept: StoredPlan) -> "ReportState":
        """The state to show with the plan: a plan that is no longer scheduled misses nothing."""
        return self if kept.plan.scheduled else replace(self, trouble=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentReport:
    """An archived report, without names; its emails are the run's deliveries.

    `mailed` False: it was made while sending was off, and its run has no emails.
    """

    run_id: RunId
    report: Report
    mailed: bool = True
