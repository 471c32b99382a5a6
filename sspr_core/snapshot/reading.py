"""Reads a tenant from Microsoft Graph and builds its users and counts."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from sspr_core.model.counts import Attention, Counts, SsprScope, Tally
from sspr_core.model.errors import GiveUp
from sspr_core.model.graph_rows import DirectoryUser, ReportRow
from sspr_core.model.problem import Access, AccessError
from sspr_core.model.registration import Excluded, Registration, User
from sspr_core.ports.storage import TenantDirectory
from sspr_core.snapshot import diff
from sspr_core.snapshot.classification import excluded, is_covered
from sspr_core.snapshot.concurrency import LargeTenantSlot

LONGEST_READING = timedelta(minutes=45)  # shorter than the platform's limit of an hour and the token's lifetime


class Facts(msgspec.Struct, frozen=True):
    """What the report says of one user. Few combinations occur, so users with equal facts share one object."""

    registration: Registration
    enabled: bool | None
    capable: bool | None
    admin: bool | None
    methods: tuple[str, ...]


NO_ROW = Facts(Registration.UNKNOWN, None, None, None, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A complete reading: packed users by id, and the counts taken while reading."""

    packed: Mapping[str, bytes]
    counts: Counts
    excluded_by_reason: Mapping[Excluded, int]
    licence_shortfall_count: int
    sspr_scope: SsprScope
    attention: Attention
    digest: str
    dropped_count: int  # rows of the report whose user the directory does not list (guests removed in between)
    page_count: int = 0


class SnapshotBuilder:
    """Collects the pages of both lists. Add the report first: it is the smaller one to keep in memory."""

    def __init__(self, premium_plans: Mapping[str, frozenset[str]], *, started_at: datetime) -> None:
        self._premium_plans = premium_plans
        self._facts: dict[str, Facts] = {}
        self._alike: dict[Facts, Facts] = {}
        self._packed: dict[str, bytes] = {}
        self._tally = Tally(started_at)
        self._digests = 0
        self._page_count = 0
        self._encode = msgspec.msgpack.Encoder().encode

    @property
    def row_count(self) -> int:
        return max(len(self._facts), len(self._packed))

    def add_report(self, rows: Iterable[ReportRow]) -> None:
        """Add rows of the report; of a repeated row the last one counts."""
        self._page_count += 1
        for row in rows:
            facts = facts_of(row)
            self._facts[row.id.lower()] = self._alike.setdefault(facts, facts)

    def add_users(self, rows: Iterable[DirectoryUser]) -> None:
        """Add users; of a repeated user the first one counts."""
        self._page_count += 1
        for row in rows:
            user_id = row.id.lower()
            if user_id in self._packed:
                continue
            user = join(row, self._facts.pop(user_id, NO_ROW), self._premium_plans)
            packed = self._encode(user)
            self._packed[user_id] = packed
            self._tally.add(user)
            self._digests += diff.row_digest(user_id, packed)

    def reading(self) -> Reading:
        return Reading(
            packed=self._packed,
            counts=self._tally.counts,
            excluded_by_reason=self._tally.excluded_by_reason,
            licence_shortfall_count=self._tally.licence_shortfall_count,
            sspr_scope=self._tally.sspr_scope,
            attention=self._tally.attention,
            digest=diff.of_all(self._digests, len(self._packed)),
            dropped_count=len(self._facts),
            page_count=self._page_count,
        )


def facts_of(row: ReportRow) -> Facts:
    """The facts in a row of the report; null stays different from false."""
    registration = {
        True: Registration.REGISTERED,
        False: Registration.NOT_REGISTERED,
        None: Registration.UNKNOWN,
    }[row.is_sspr_registered]
    methods = tuple(sorted({method for method in row.methods_registered or () if method}))
    return Facts(registration, row.is_sspr_enabled, row.is_sspr_capable, row.is_admin, methods)


def join(row: DirectoryUser, facts: Facts, premium_plans: Mapping[str, frozenset[str]]) -> User:
    """Joins directory, report and licences to one classified user."""
    return User(
        display_name=row.display_name or "",
        upn=row.user_principal_name or "",
        mail=row.mail or None,
        registration=facts.registration,
        enabled=facts.enabled,
        capable=facts.capable,
        admin=facts.admin,
        methods=facts.methods,
        excluded=excluded(row),
        covered=is_covered(row.assigned_licenses, premium_plans),
        account_enabled=row.account_enabled,
        synced=row.on_premises_sync_enabled,
        user_type=row.user_type,
        preferred_language=row.preferred_language,
        usage_location=row.usage_location,
        other_mails=tuple(mail for mail in row.other_mails or () if mail),
        created_at=_seconds(row.created_date_time),
    )


def _seconds(text: str | None) -> int | None:
    """Whole seconds since 1970; None for a date that cannot be read, so that the user is still kept."""
    if not text:
        return None
    try:
        return int(datetime.fromisoformat(text).timestamp())
    except ValueError:
        return None


async def read(
    directory: TenantDirectory,
    premium_plans: Mapping[str, frozenset[str]],
    *,
    started_at: datetime,
    room: LargeTenantSlot,
    keep: Callable[[], Awaitable[None]],
) -> Reading:
    """Read all pages of the report, then of the users, for a snapshot that began at `started_at`.

    Calls `keep` at every page. Raises what the directory and the slot raise, and GiveUp(too_large) after 45 minutes.
    """
    gathering = SnapshotBuilder(premium_plans, started_at=started_at)

    async def page_taken() -> None:
        await keep()
        waited = await room.grow(gathering.row_count, keep)
        if waited and (ends := limit.when()):
            limit.reschedule(ends + waited)

    try:
        async with asyncio.timeout(LONGEST_READING.total_seconds()) as limit:
            async for report in directory.report():
                gathering.add_report(report)
                await page_taken()
            async for users in directory.users():
                gathering.add_users(users)
                await page_taken()
    except TimeoutError as error:
        raise GiveUp(_TOO_LARGE) from error
    return gathering.reading()


_TOO_LARGE = AccessError(
    word=Access.TOO_LARGE,
    code="reading_time",
    message=f"Reading took longer than {LONGEST_READING.total_seconds() / 60:.0f} minutes.",
)
