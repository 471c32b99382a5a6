"""The effect of a run: how many users mailed on day D were registered by D + n."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from sspr_core.mail.selection import chosen_by_id
from sspr_core.model.delivery import Delivery, DeliveryState
from sspr_core.model.ids import Scope
from sspr_core.model.registration import StoredUser
from sspr_core.model.run import Run
from sspr_core.ports.mail import Mailing
from sspr_core.ports.storage import Registrations
from sspr_core.runs.audience import Person

AFTER_DAYS = (1, 3, 7, 14, 30)
MOST_LOOKED_AT = 5_000  # users, each a row to read
_MAILED = frozenset({DeliveryState.ACCEPTED, DeliveryState.DELIVERED})  # not bounced ones: their users never read them


@dataclass(frozen=True, slots=True, kw_only=True)
class ByDay:
    """Of the users looked at, how many were registered `days` after their email.

    A snapshot gives only a time span: `registered_count` users were seen registered by then; `at_most_count` adds
    those seen registered only in the next snapshot, who may have registered in time.
    """

    days: int
    registered_count: int
    at_most_count: int
    complete: bool  # so many days have passed for every user


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`looked_at_count` below `mailed_count`: only a sample was looked at, and it stands for all."""

    mailed_count: int
    looked_at_count: int
    gone_count: int  # no longer in the directory
    by_day: tuple[ByDay, ...]


async def outcome(run: Run, scope: Scope, post: Mailing, registrations: Registrations, *, now: datetime) -> Outcome:
    """Looks at the first 5,000 in the order of their keys, which are hashes: a fair sample, and always the same."""
    mailed: list[Delivery] = []
    mailed_count = 0
    async for page in post.deliveries.pages(run.run_id, states=_MAILED):
        rows = [row for row in page if row.to_user]
        mailed_count += len(rows)
        mailed += rows[: MOST_LOOKED_AT - len(mailed)]
    users = await _users(mailed, scope, registrations)
    return Outcome(
        mailed_count=mailed_count,
        looked_at_count=len(mailed),
        gone_count=sum((row.tenant_id, row.user_id) not in users for row in mailed),
        by_day=tuple(by_day(days, mailed, users, now=now) for days in AFTER_DAYS),
    )


async def _users(mailed: Sequence[Delivery], scope: Scope, registrations: Registrations) -> dict[Person, StoredUser]:
    users: dict[Person, StoredUser] = {}
    of_tenant = attrgetter("tenant_id")
    for tenant, rows in groupby(sorted(mailed, key=of_tenant), key=of_tenant):
        found = await chosen_by_id(registrations, scope, tenant, [row.user_id for row in rows])
        users |= {(tenant, user.user_id): user for user in found.users}
    return users


def by_day(days: int, mailed: Sequence[Delivery], users: Mapping[Person, StoredUser], *, now: datetime) -> ByDay:
    """Count for one span. A user seen registered before the email is in neither count: the email was not the cause."""
    span = timedelta(days=days)
    registered_count = at_most_count = 0
    for row in mailed:
        user, at = users.get((row.tenant_id, row.user_id)), _mailed_at(row)
        if user is None or user.seen_registered_at is None or user.seen_registered_at <= at:
            continue
        registered_count += user.seen_registered_at <= at + span
        at_most_count += (user.registered_after_at or at) < at + span
    return ByDay(
        days=days,
        registered_count=registered_count,
        at_most_count=at_most_count,
        complete=all(_mailed_at(row) + span <= now for row in mailed),
    )


def _mailed_at(row: Delivery) -> datetime:
    return row.accepted_at or row.posted_at or row.due_at


def outcome_view(run: Run, found: Outcome) -> dict[str, object]:
    return {
        "run_id": run.run_id,
        "mailed_count": found.mailed_count,
        "looked_at_count": found.looked_at_count,
        "gone_count": found.gone_count,
        "by_day": [
            {
                "days": one.days,
                "registered_count": one.registered_count,
                "at_most_count": one.at_most_count,
                "complete": one.complete,
            }
            for one in found.by_day
        ],
    }
