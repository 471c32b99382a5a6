"""The feed: the users of all tenants as flat rows, for programs that keep a copy; whole, or what changed since."""

import re
from datetime import UTC, datetime, timedelta

from sspr_core.model.errors import Invalid
from sspr_core.model.limits import Terms
from sspr_core.model.paging import ID, decode, encode
from sspr_core.model.scope import Scope
from sspr_core.model.tenant import Known
from sspr_core.model.times import rfc3339
from sspr_core.ports.storage import Registrations, Tenants
from sspr_core.status.feed_rows import rows
from sspr_core.status.overview import completeness
from sspr_core.status.responses import Json
from sspr_core.status.tenant_list import expected

MOST_LOOKED_AT = 500  # tenants an answer, each a question or two to storage, of thousands that have no news
LATE = timedelta(hours=2)  # a row carries its snapshot's start, and is written within the hour the platform gives it

_PLACE = re.compile(rf"{ID.pattern}:(?:{ID.pattern})?")  # the tenant to go on with, and after which of its users


async def feed(
    tenants: Tenants,
    registrations: Registrations,
    scope: Scope,
    terms: Terms,
    *,
    changed_since: datetime | None,
    limit: int,
    continuation: str | None,
    now: datetime,
) -> Json:
    """Up to `limit` rows, by tenant id and user id; a page may have few, or none, and yet go on.

    Of the tenants in relationship that were ever read whole, be they stale, switched off or ineligible by now.
    `changed_since` leaves out whose row was not written since, and adds who is gone since. `next_changed_since` is
    the one for the next round: a little before this one began, so that some rows come twice and none is missed.
    Raises Invalid when it is so long ago that not everybody who is gone since is still known.
    """
    if changed_since and changed_since < now - terms.keep.changes:
        days = terms.keep.changes.days
        raise Invalid("changed_since", f"changes are kept for {days} days: leave it out, and begin with everybody anew")
    since = changed_since and _in_milliseconds(changed_since)
    order = f"registrations {rfc3339(since)}"
    upcoming: str | float = str(rfc3339(now - LATE))
    first = after = ""
    if continuation:
        _, upcoming, place = decode(order, continuation, ids=_PLACE)
        first, _, after = place.partition(":")
    known = await tenants.known(scope)
    walk = sorted((one for one in known if _is_told(one) and one.tenant_id >= first), key=lambda one: one.tenant_id)
    items: list[Json] = []
    following = None
    for number, one in enumerate(walk, start=1):
        beyond = after if one.tenant_id == first else ""
        some, last = await rows(registrations, scope, one, since, after=beyond, limit=limit - len(items))
        items += some
        if last is not None:
            following = f"{one.tenant_id}:{last}"
        elif number < len(walk) and (len(items) == limit or number == MOST_LOOKED_AT):
            following = f"{walk[number].tenant_id}:"
        if following:
            break
    return {
        "as_of": rfc3339(now),
        "completeness": completeness(expected(known), terms, now=now),
        "next_changed_since": upcoming,
        "items": items,
        "continuation": encode(order, (False, upcoming, following)) if following else None,
    }


def _in_milliseconds(at: datetime) -> datetime:
    """As times are told: whoever gives one back must get what was told with it."""
    utc = at.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def _is_told(known: Known) -> bool:
    """Rows of a tenant never read whole are what an unfinished first snapshot has left."""
    return known.tenant.in_relationship and known.status.last_success_at is not None
