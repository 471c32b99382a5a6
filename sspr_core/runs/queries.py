"""Finds runs within a caller's scope, and computes a run's progress."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sspr_core.model.delivery import NEVER, Delivery, DeliveryState
from sspr_core.model.errors import NotFound
from sspr_core.model.ids import Scope
from sspr_core.model.run import ALL_TENANTS, Run, RunId
from sspr_core.model.sending import Pacing, SendingLimits
from sspr_core.ports.mail import Mailing

MOST_COUNTED = 5_000  # deliveries: a few result pages of storage; the web page polls every few seconds

_WAITING = (DeliveryState.PENDING, DeliveryState.CLAIMED)

_CHUNK = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """`counts` by state and `in_doubt_count` are from `counted_at`; the rest is None unless it was counted just now.

    In flight: a POST may be going on. In doubt: the mail service gave no clear answer and its lookup is being asked.
    """

    counts: Mapping[DeliveryState, int]
    counted_at: datetime | None
    in_flight_count: int | None = None
    in_doubt_count: int | None = None
    unslotted_count: int | None = None  # pending and without a slot
    last_slot_at: datetime | None = None

    @property
    def written_count(self) -> int:
        return sum(self.counts.values())

    @property
    def waiting_count(self) -> int:
        return sum(self.counts[state] for state in _WAITING)


def at_last_scan(run: Run) -> Progress:
    counts = {state: run.counts.get(state, 0) for state in DeliveryState}
    in_doubt_count = None if run.looked_at is None else run.in_doubt_count
    return Progress(counts=counts, counted_at=run.looked_at, in_doubt_count=in_doubt_count)


async def progress(run: Run, post: Mailing, *, now: datetime) -> Progress:
    if run.recipient_count > MOST_COUNTED:
        return at_last_scan(run)
    rows = [row async for page in post.deliveries.pages(run.run_id) for row in page]
    return counted(rows, now=now)


def counted(rows: list[Delivery], *, now: datetime) -> Progress:
    pending = [row.due_at for row in rows if row.state is DeliveryState.PENDING]
    states = [row.state for row in rows]
    return Progress(
        counts={state: states.count(state) for state in DeliveryState},
        counted_at=now,
        in_flight_count=sum(is_in_flight(row, now=now) for row in rows),
        in_doubt_count=sum(is_in_doubt(row, now=now) for row in rows),
        unslotted_count=pending.count(NEVER),
        last_slot_at=max((at for at in pending if at != NEVER), default=None),
    )


async def in_flight_count(run: RunId, post: Mailing, *, now: datetime) -> int:
    """Counted for a run of any size: few rows are claimed at a time."""
    pages = post.deliveries.pages(run, states={DeliveryState.CLAIMED})
    return sum([is_in_flight(row, now=now) async for page in pages for row in page])


def is_in_flight(row: Delivery, *, now: datetime) -> bool:
    """Claimed, the claim not expired, and the lookup not asked yet."""
    return row.state is DeliveryState.CLAIMED and row.due_at > now and not row.questions


def is_in_doubt(row: Delivery, *, now: datetime) -> bool:
    return row.state in _WAITING and row.in_doubt and not is_in_flight(row, now=now)


def eta(run: Run, found: Progress, pacing: Pacing, *, now: datetime, numbers: SendingLimits) -> datetime | None:
    """Roughly when the last email goes out; None when nothing waits, or the run does not send (paused, ended)."""
    unwritten_count = max(0, run.recipient_count - found.written_count) if not run.expanded else 0
    if not run.state.sends or found.waiting_count + unwritten_count == 0:
        return None
    begin = max(now, run.not_before or now, pacing.hold_until or now)
    if found.unslotted_count is None:  # large run: it is not known which have slots, so count all from now on
        return begin + (found.waiting_count + unwritten_count) * numbers.spacing
    left_count = found.unslotted_count + unwritten_count
    if left_count:
        return max(begin, pacing.next_free or begin) + (left_count - 1) * numbers.spacing
    return max(begin, found.last_slot_at or begin)


async def run_within(scope: Scope, run: RunId, post: Mailing) -> Run:
    """Raises NotFound, also for a run with a tenant outside the scope."""
    known = await post.runs.get(run)
    if not is_within(scope, known):
        raise NotFound(run)
    return known


async def recent_within(
    scope: Scope, post: Mailing, *, before: RunId | None, limit: int
) -> tuple[list[Run], RunId | None]:
    """Newest first, and where the next page starts; None: no more."""
    found: list[Run] = []
    while True:
        some, following = await post.runs.recent(before=before, limit=min(_CHUNK, limit - len(found)))
        found += [run for run in some if is_within(scope, run)]
        if following is None or len(found) >= limit:
            return found, following
        before = following


def is_within(scope: Scope, run: Run) -> bool:
    """The report over all tenants is only for callers who may see all of them."""
    if run.report == ALL_TENANTS and not scope.allows_report(None):
        return False
    return all(scope.allows(tenant) for tenant in run.tenants)
