"""The feed: flat rows of all tenants in pages that can be resumed, for programs that keep a copy."""

import re
from datetime import UTC, datetime, timedelta

from sspr_core.model.errors import Invalid
from sspr_core.model.ids import Scope, UserId
from sspr_core.model.limits import OperatingLimits
from sspr_core.model.paging import ID, decode, encode
from sspr_core.model.registration import StoredUser
from sspr_core.model.tenant import TenantRecord
from sspr_core.model.text import rfc3339
from sspr_core.ports.storage import Registrations, Tenants
from sspr_core.status.overview import completeness
from sspr_core.status.responses import Json, user_view
from sspr_core.status.tenant_list import expected

OF_A_USER = (
    "user_id", "display_name", "upn", "mail", "registration", "enabled", "capable", "admin", "methods",
    "excluded_reason", "covered", "seen_registered_at", "registered_after_at", "first_seen_at", "created_at",
)  # fmt: skip

MOST_LOOKED_AT = 500  # tenants per answer: each costs one or two storage requests, and thousands may have no changes
LATE = timedelta(hours=2)  # a row has its snapshot's start, and is written within the platform's limit of an hour

_PLACE = re.compile(rf"{ID.pattern}:(?:{ID.pattern})?")  # the tenant to continue with, and its last user returned


async def rows(
    registrations: Registrations,
    scope: Scope,
    known: TenantRecord,
    since: datetime | None,
    *,
    after: str,
    limit: int,
) -> tuple[list[Json], str | None]:
    """Up to `limit` rows of the tenant, by user id; and the last row's id if there are more."""
    tenant = known.tenant_id
    gone = await registrations.gone(scope, tenant, since=since) if since else {}
    if since and not _is_new(known, since):
        users, last = await registrations.changed(scope, tenant, since=since, after=after or None, limit=limit)
    else:
        users, last = await registrations.users(scope, tenant, after=after or None, limit=limit)
    found = {user: gone_row(known, user, at) for user, at in gone.items() if user > after}
    found |= {one.user_id: user_row(known, one) for one in users}  # a user who came back is not gone
    ids = sorted(found)
    if len(ids) > limit:
        ids, last = ids[:limit], ids[limit - 1]
    return [found[user] for user in ids], last


def _is_new(known: TenantRecord, since: datetime) -> bool:
    """Whether the first complete snapshot is not before `since`, to the day; unfinished tries may have older rows."""
    first = next(iter(known.status.course), None)
    return first is None or first[0] >= since.date().toordinal()


def user_row(known: TenantRecord, stored: StoredUser) -> Json:
    """The tenant, the user as in the tenant's list but with methods as one text, and when the row was written."""
    return (
        _of(known)
        | user_view(stored)
        | {"methods": ",".join(stored.user.methods), "changed_at": rfc3339(stored.changed_at), "gone": False}
    )


def gone_row(known: TenantRecord, user: UserId, at: datetime) -> Json:
    """A user whom the directory no longer lists: of the user's own fields only the id remains."""
    return _of(known) | dict.fromkeys(OF_A_USER) | {"user_id": user, "changed_at": rfc3339(at), "gone": True}


def _of(known: TenantRecord) -> Json:
    return {"tenant_id": known.tenant_id, "tenant_display_name": known.display_name}


async def feed(
    tenants: Tenants,
    registrations: Registrations,
    scope: Scope,
    terms: OperatingLimits,
    *,
    changed_since: datetime | None,
    limit: int,
    continuation: str | None,
    now: datetime,
) -> Json:
    """Up to `limit` rows, by tenant id and user id; a page may have few rows or none, and the feed still continues.

    Covers the tenants in relationship that have a complete snapshot, including stale, switched off or ineligible ones.
    `changed_since` leaves out users whose row was not written since, and adds users who have gone since. Use
    `next_changed_since` for the next round: it is a little before this round began, so that some rows come twice and
    none is missed. Raises Invalid when `changed_since` is so old that some removals since then have been deleted.
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
    """To milliseconds, as the feed writes times: a client that returns one must get the rows that have it."""
    utc = at.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def _is_told(known: TenantRecord) -> bool:
    """Whether the tenant has a complete snapshot: other rows are left from an unfinished first one."""
    return known.tenant.in_relationship and known.status.last_success_at is not None
