"""Flat rows of the feed, of one tenant."""

from datetime import datetime

from sspr_core.model.ids import UserId
from sspr_core.model.registration import StoredUser
from sspr_core.model.scope import Scope
from sspr_core.model.tenant import Known
from sspr_core.model.times import rfc3339
from sspr_core.ports.storage import Registrations
from sspr_core.status.responses import Json, user_view

OF_A_USER = (
    "user_id", "display_name", "upn", "mail", "registration", "enabled", "capable", "admin", "methods",
    "excluded_reason", "covered", "seen_registered_at", "registered_after_at", "first_seen_at", "created_at",
)  # fmt: skip


async def rows(
    registrations: Registrations,
    scope: Scope,
    known: Known,
    since: datetime | None,
    *,
    after: str,
    limit: int,
) -> tuple[list[Json], str | None]:
    """Up to `limit` rows of the tenant, by user id, and the last one's when there are more."""
    tenant = known.tenant_id
    gone = await registrations.gone(scope, tenant, since=since) if since else {}
    if since and not _is_new(known, since):
        users, last = await registrations.changed(scope, tenant, since=since, after=after or None, limit=limit)
    else:
        users, last = await registrations.users(scope, tenant, after=after or None, limit=limit)
    found = {user: gone_row(known, user, at) for user, at in gone.items() if user > after}
    found |= {one.user_id: user_row(known, one) for one in users}  # who is back is not gone
    ids = sorted(found)
    if len(ids) > limit:
        ids, last = ids[:limit], ids[limit - 1]
    return [found[user] for user in ids], last


def _is_new(known: Known, since: datetime) -> bool:
    """First read whole since then, as far as days tell: its rows may be older, from tries that came to no end."""
    first = next(iter(known.status.course), None)
    return first is None or first[0] >= since.date().toordinal()


def user_row(known: Known, stored: StoredUser) -> Json:
    """The tenant, the user as in the tenant's list with methods in one text, and when the row was written."""
    return (
        _of(known)
        | user_view(stored)
        | {"methods": ",".join(stored.user.methods), "changed_at": rfc3339(stored.changed_at), "gone": False}
    )


def gone_row(known: Known, user: UserId, at: datetime) -> Json:
    """A user whom the directory does not list any more: of the user's own fields only the id is left."""
    return _of(known) | dict.fromkeys(OF_A_USER) | {"user_id": user, "changed_at": rfc3339(at), "gone": True}


def _of(known: Known) -> Json:
    return {"tenant_id": known.tenant_id, "tenant_display_name": known.display_name}
