"""The plan of a scheduled report as operators set it, and the state of its last report."""

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

    scheduled: bool = False  # False: nothing goes out by itself; it can still be sent now
    weekday: str | None = None  # of WEEKDAYS
    day_of_month: int | None = None  # 1 to 31; past the month's end it is the month's last day
    hour: int = 8  # 0 to 23
    zone: str = "Etc/UTC"  # IANA
    recipients: tuple[str, ...] = ()
    language: str | None = None  # None: the tenant's; over all, the default's
    names: bool = False  # users' names, not only how many
    attachments: tuple[str, ...] = ()  # of FILES


def check(plan: ReportPlan, languages: Collection[str]) -> None:
    """Raises Invalid with the first field that cannot be taken."""
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
    return frozenset(available_timezones()) - {"localtime", "Factory"}  # a machine's own, and a placeholder


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPlan:
    """A plan as it is kept, of a tenant or (None) over all; `at` None: nobody has set one.

    `begins_at`: since when its timing is this one. Other changes leave it: they do not lose what is due just then.
    """

    tenant_id: TenantId | None
    plan: ReportPlan = field(default_factory=ReportPlan)
    by: str | None = None
    at: datetime | None = None
    begins_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTrouble:
    """Why a report was not sent, and what to do; shown on its plan until one is."""

    code: str  # for programs
    message: str
    remedy: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportState:
    """One writer: preparing. `due_at`: the last occurrence that needs nothing more."""

    tenant_id: TenantId | None
    due_at: datetime | None = None
    trouble: ReportTrouble | None = None
    etag: str | None = None

    def beside(self, kept: StoredPlan) -> "ReportState":
        """As it is shown with the plan: what does not go out by itself any more misses nothing."""
        return self if kept.plan.scheduled else replace(self, trouble=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class SentReport:
    """An archived report, without names; its emails are the run's deliveries.

    Not `mailed`: it was made while sending was off, and its run has none.
    """

    run_id: RunId
    report: Report
    mailed: bool = True
