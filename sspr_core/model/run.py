"""A run: messages that the app itself sends, one delivery per user."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NewType

from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.ids import TenantId, UserId

RunId = NewType("RunId", str)  # 14 hexadecimal digits: 48 bits of milliseconds since 1970, 8 random bits

MOST_DIGITS = 14
ALL_TENANTS = "all-tenants"  # in place of a tenant's id: the report over all tenants


def new_run_id(now: datetime) -> RunId:
    """Ascending with time; two ids of the same millisecond differ in 255 of 256 cases."""
    return RunId(f"{(int(now.timestamp() * 1000) << 8 | secrets.randbelow(256)):014x}")


def first_run_id(at: datetime) -> RunId:
    """An id not above that of any run created then or later."""
    return RunId(f"{int(at.timestamp() * 1000) << 8:014x}")


def run_id(text: str) -> RunId:
    """The run id in `text`, in lower case. Raises ValueError unless it is one."""
    if len(text) != MOST_DIGITS or any(one not in "0123456789abcdef" for one in text):
        raise ValueError("not a run id")
    return RunId(text)


class RunState(StrEnum):
    """Where a run is."""

    QUEUED = "queued"  # accepted; expanding has not begun
    EXPANDING = "expanding"  # deliveries are being written, and sent when their slots come
    SENDING = "sending"  # every delivery is written
    PAUSED = "paused"
    CANCELLED = "cancelled"  # final; rows in doubt are still looked up
    FINISHED = "finished"  # every delivery has a final state, and none of these is a failure
    FINISHED_WITH_FAILURES = "finished_with_failures"  # some failed, unsure, bounced or suppressed

    @property
    def sends(self) -> bool:
        """Whether a POST may begin."""
        return self in (RunState.QUEUED, RunState.EXPANDING, RunState.SENDING)

    @property
    def unfinished(self) -> bool:
        return self.sends or self is RunState.PAUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """The content of every mail of one tenant and language: rendered at any time, it gives the same bytes."""

    branding: Branding
    words: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedRecipient:
    """A recipient as accepted; it becomes a delivery."""

    tenant_id: TenantId
    user_id: UserId
    address: str
    display_name: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The row of a run; one transaction accepts it, every later write is on condition of `etag`."""

    run_id: RunId
    template: str
    created_at: datetime
    created_by: str  # object id of the caller
    created_by_name: str
    tenants: Mapping[TenantId, str]  # names at that time, for subject and greeting
    pinned: Mapping[str, Pinned]  # by "{tenant id}:{language}"
    digests: Mapping[TenantId, str] = field(default_factory=dict)  # of each tenant's users when it was accepted
    sender_address: str  # of the mail service, unless a tenant's branding has its own
    recipient_count: int
    page_count: int  # pages of pinned recipients
    left_out: Mapping[str, int] = field(default_factory=dict)  # chosen users who get no mail, by reason
    first_send_at: datetime | None = None  # as answered when it was accepted, and
    last_send_at: datetime | None = None  # the same: both follow from earlier queued emails and the quota
    not_before: datetime | None = None
    test: bool = False  # a sample to the caller's own address
    report: str | None = None  # the emails are a report: of the tenant with this id, or ALL_TENANTS
    mailed: bool = True  # False: a report made while sending was off; its emails are never sent
    state: RunState = RunState.QUEUED
    touched_at: datetime  # the last progress of expand, or when it continues; once this is old, the sweep requeues it
    cursor: int = 0  # recipients whose rows are written and queued
    expanded: bool = False
    number_of_pass: int = 0  # raised by retry-failed
    unsure_too: bool = False  # this pass also retries emails that may have arrived: an operator accepted that
    scheduled: bool = False  # every row has had a slot
    finished_at: datetime | None = None
    looked_at: datetime | None = None  # the last scan of its rows
    counts: Mapping[str, int] = field(default_factory=dict)  # deliveries by state, at the last scan, and
    in_doubt_count: int = 0  # at the same scan: how many of them are being looked up in the mail service
    poisoned_count: int = 0
    problem: str | None = None  # why nothing is sent, for example that the mail service refuses its sender
    etag: str | None = None

    @property
    def goes_first(self) -> bool:
        """Few emails that a person waits for: they get slots before those of other runs."""
        return self.test or self.report is not None
