"""The content of one report, of one tenant or of all: figures already decided, without layout.

Structs because reports are stored and answered as JSON. Rendering the email adds only words: it reads no clock and
calls no service, so that the same report in the same branding always gives the same mail.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from sspr_core.model.counts import Counts, SsprScope
from sspr_core.model.history import Point
from sspr_core.model.ids import TenantId
from sspr_core.model.problem import Access
from sspr_core.model.registration import Excluded
from sspr_core.model.tenant import Lifecycle

MOST_NAMED = 50  # people in one list of a mail; the rest is only counted, and is in the attachment
MOST_TENANTS = 50  # rows of tenants in a mail; also of tenants that could not be read
MOST_RUNS = 20


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A named user; both texts come from the directory and may hold anything."""

    display_name: str
    upn: str
    admin: bool = False


class People(msgspec.Struct, frozen=True, kw_only=True):
    """How many users, and the first of them by name; no names if the plan wants only counts."""

    count: int
    named: tuple[Person, ...] = ()

    @property
    def rest_count(self) -> int:
        """How many are not listed by name."""
        return self.count - len(self.named)


class ReportProblem(msgspec.Struct, frozen=True, kw_only=True):
    """Why a tenant could not be read, since when, and what to do: a sentence, a colon and a link (in English)."""

    word: Access
    since: datetime
    remedy: str


class RunSince(msgspec.Struct, frozen=True, kw_only=True):
    """A run since the last report. Of `looked_at_count` users emailed, so many were registered afterwards."""

    run_id: str
    template: str
    created_at: datetime
    mailed_count: int
    looked_at_count: int
    registered_count: int


class TenantRow(msgspec.Struct, frozen=True, kw_only=True):
    """One tenant in the report over all; its figures are None before its first snapshot."""

    tenant_id: TenantId
    display_name: str
    coverage: float | None
    coverage_change: float | None  # since the last report over all; None if either is
    population_count: int | None
    to_register_count: int | None
    last_success_at: datetime | None
    fresh: bool
    problem: Access | None = None


class NotRead(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant with an access problem now."""

    tenant_id: TenantId
    display_name: str
    problem: ReportProblem


class AllTenants(msgspec.Struct, frozen=True, kw_only=True):
    """What only the report over all has. Active tenants are `fresh` or `stale`; `failed` overlaps both."""

    tenant_count: int  # in the sums: the active ones
    expected_count: int
    fresh_count: int
    stale_count: int
    failed_count: int
    failed: tuple[NotRead, ...]  # at most MOST_TENANTS, by name
    tenants_by_lifecycle: Mapping[Lifecycle, int]
    tenants_by_sspr_scope: Mapping[SsprScope, int]
    row_count: int  # the number of `rows` without a limit
    rows: tuple[TenantRow, ...]  # at most MOST_TENANTS, the lowest coverage first, then those without figures


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report of the tenant, or over all (`tenant_id` None; then `all_tenants` is set).

    The period is from `since` (when the last report was made; None: this is the first) to `as_of`. `due_at` is the
    planned time; None: an operator requested it. `late`: it was missed at that time and is sent now.
    `counts` None: no snapshot yet, and every other figure is empty.
    """

    tenant_id: TenantId | None
    tenant_name: str  # empty over all tenants
    language: str
    zone: str  # IANA; times are shown in it
    as_of: datetime
    since: datetime | None = None
    due_at: datetime | None = None
    late: bool = False
    counts: Counts | None = None
    counts_before: Counts | None = None  # the last report's
    coverage_change: float | None = None  # since the last report, over the tenants that have both
    sspr_scope: SsprScope | None = None
    course: tuple[Point, ...] = ()  # oldest first, one point per day, as in the API; over all tenants their sums
    named: bool = False  # the plan wants users' names
    admin_to_register_count: int = 0
    to_register: People = People(count=0)  # administrators first
    newly_registered: People = People(count=0)  # seen registered since the last report
    single_method: People = People(count=0)
    phone_only: People = People(count=0)
    licence_shortfall_count: int | None = None
    excluded_by_reason: Mapping[Excluded, int] = {}
    runs: tuple[RunSince, ...] = ()  # newest first, at most MOST_RUNS
    last_success_at: datetime | None = None  # of the tenant; over all: of the one whose data are oldest
    fresh: bool = True  # over all: no tenant's data are stale
    problem: ReportProblem | None = None  # of the tenant
    all_tenants: AllTenants | None = None

    @property
    def coverage(self) -> float | None:
        """0 to 1; None when SSPR is not enabled, or nothing has been read yet."""
        return self.counts.coverage if self.counts else None

    def without_names(self) -> "Report":
        """The report as archived: figures are kept for years, users' names are not."""
        lists = ("to_register", "newly_registered", "single_method", "phone_only")
        bare = {name: People(count=getattr(self, name).count) for name in lists}
        return msgspec.structs.replace(self, **bare)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture inside a mail, shown by `cid:{content_id}`."""

    name: str
    content_type: str
    content: bytes
    content_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file attached to a mail."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What `report/letter.py` makes: `letter(report, branding, *, left_out, public_url) -> Letter`.

    `left_out` names the files that the plan wants but that would make the mail too large ("csv", "xlsx"): the email
    says that they are in the portal. `attachments` are empty there; preparing the report adds those from
    `report/attachments.py`.
    """

    subject: str
    text: str
    html: str
    pictures: tuple[Picture, ...] = ()
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedLetter:
    """The content of the emails of a report's run, and the figures to archive, without names."""

    letter: Letter
    report: Report

    @property
    def is_gone(self) -> bool:
        """Erased, because it may have named a user who had to be forgotten: no more emails can be sent from it."""
        return not self.letter.html

    def without_letter(self) -> "PinnedLetter":
        return replace(self, letter=Letter(subject="", text="", html=""))
