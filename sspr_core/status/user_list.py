"""The users of a tenant: filters, search, sort; in key order if there are too many to sort."""

from collections.abc import Callable

from sspr_core.model.errors import Invalid
from sspr_core.model.ids import Scope, TenantId
from sspr_core.model.paging import ID, Key, continuation_after, continued_from, page
from sspr_core.model.registration import StoredUser
from sspr_core.model.user_filter import MOST_SORTED, UserFilter
from sspr_core.ports.storage import Registrations
from sspr_core.status.responses import Json, user_view

CHUNK = 999  # rows: with the one that shows that there are more, one page of the service
_MOST_LOOKED_AT = 20_000  # rows read per answer in key order, so that a rare filter does not read for minutes


def _seen_registered(stored: StoredUser) -> Key:
    at = stored.seen_registered_at
    return (at is None, at.timestamp() if at else 0.0, stored.user_id)


def _created(stored: StoredUser) -> Key:
    at = stored.user.created_at
    return (at is None, float(at or 0), stored.user_id)


SORTS: dict[str, Callable[[StoredUser], Key]] = {
    "display_name": lambda stored: (False, stored.user.display_name.casefold(), stored.user_id),
    "upn": lambda stored: (False, stored.user.upn.casefold(), stored.user_id),
    "registration": lambda stored: (False, stored.user.registration, stored.user_id),
    "seen_registered_at": _seen_registered,
    "created_at": _created,
}


async def user_list(
    registrations: Registrations,
    scope: Scope,
    tenant: TenantId,
    chosen: UserFilter,
    *,
    user_count: int | None,
    sort: str | None,
    limit: int,
    continuation: str | None,
) -> Json:
    """A page of the tenant's users; `order` and `search` say which order and search were possible.

    `user_count` None: not known yet, while the first snapshot is being written. Raises NotFound outside the scope,
    Invalid for a sort that is not possible for so many users.
    """
    every = await sortable(registrations, scope, tenant, user_count=user_count, sort=sort)
    if every is None:
        return await _in_key_order(registrations, scope, tenant, chosen, limit=limit, continuation=continuation)
    by = sort or "display_name"
    items, following = page(
        [stored for stored in every if chosen.lets(stored, prefix_only=False)],
        SORTS[by.removeprefix("-")],
        order=f"users {tenant} {by}",
        descending=by.startswith("-"),
        limit=limit,
        continuation=continuation,
    )
    return _answer(items, following, order=by, search="substring")


async def sortable(
    registrations: Registrations, scope: Scope, tenant: TenantId, *, user_count: int | None, sort: str | None
) -> list[StoredUser] | None:
    """All users; None if they are too many to sort, even if `user_count` said otherwise.

    Raises NotFound outside the scope, Invalid when a sort is requested for too many users.
    """
    every = await _every(registrations, scope, tenant) if (user_count or 0) <= MOST_SORTED else None
    if every is None and sort is not None:
        raise Invalid("sort", f"Only up to {MOST_SORTED} users can be sorted; this tenant has more.")
    return every


async def _every(registrations: Registrations, scope: Scope, tenant: TenantId) -> list[StoredUser] | None:
    every: list[StoredUser] = []
    after: str | None = None
    while len(every) <= MOST_SORTED:
        size = min(CHUNK, MOST_SORTED + 1 - len(every))
        some, after = await registrations.users(scope, tenant, after=after, limit=size)
        every += some
        if after is None:
            break
    return every if len(every) <= MOST_SORTED else None


async def _in_key_order(
    registrations: Registrations,
    scope: Scope,
    tenant: TenantId,
    chosen: UserFilter,
    *,
    limit: int,
    continuation: str | None,
) -> Json:
    """Reads until the page is full or the read limit is reached; a page may have few items and still continue."""
    order = f"users {tenant}"

    def so_far(items: list[StoredUser], last: str | None) -> Json:
        return _answer(items, continuation_after(order, last), order="user_id", search="prefix")

    after = continued_from(order, continuation, ids=ID)
    items: list[StoredUser] = []
    looked_at = 0
    while True:
        some, following = await registrations.users(scope, tenant, after=after, limit=CHUNK)
        for stored in some:
            if chosen.lets(stored, prefix_only=True):
                items.append(stored)
                if len(items) == limit:
                    more = following is not None or stored is not some[-1]
                    return so_far(items, stored.user_id if more else None)
        looked_at += len(some)
        after = following
        if after is None or looked_at >= _MOST_LOOKED_AT:
            return so_far(items, after)


def _answer(items: list[StoredUser], following: str | None, *, order: str, search: str) -> Json:
    return {"items": [user_view(one) for one in items], "continuation": following, "order": order, "search": search}
