"""The users of a tenant: filters, search, sort; in key order where they are too many to sort."""

from collections.abc import Callable
from dataclasses import dataclass

from sspr_core.model.errors import Invalid
from sspr_core.model.ids import TenantId
from sspr_core.model.registration import Excluded, Registration, StoredUser
from sspr_core.model.scope import Scope
from sspr_core.ports import Registrations
from sspr_core.status.paging import Key, decode, encode, page
from sspr_core.status.view import Json, user_view

MOST_SORTED = 20_000  # users: beyond, a page would mean reading all of them
_CHUNK = 1_000
_MOST_LOOKED_AT = 20_000  # rows per answer in key order, so that a rare filter does not read for minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFilter:
    """What to show; None: whatever it is."""

    registration: Registration | None = None
    enabled: bool | str | None = None  # "unknown": null
    admin: bool | None = None
    excluded: Excluded | str | None = None  # "none": the population
    method: str | None = None
    to_register: bool | None = None
    text: str | None = None

    def lets(self, stored: StoredUser, *, prefix_only: bool) -> bool:
        user = stored.user
        return (
            (self.registration is None or user.registration is self.registration)
            and (self.enabled is None or user.enabled is (None if self.enabled == "unknown" else self.enabled))
            and (self.admin is None or (user.admin is True) is self.admin)
            and (self.excluded is None or user.excluded == (None if self.excluded == "none" else self.excluded))
            and (self.method is None or self.method in user.methods)
            and (self.to_register is None or user.to_register is self.to_register)
            and (self.text is None or _has(stored, self.text.casefold(), prefix_only=prefix_only))
        )


def _has(stored: StoredUser, text: str, *, prefix_only: bool) -> bool:
    values = (stored.user.display_name, stored.user.upn, stored.user.mail or "", stored.user_id)
    if prefix_only:
        return any(value.casefold().startswith(text) for value in values)
    return any(text in value.casefold() for value in values)


def _time(stored: StoredUser) -> Key:
    at = stored.seen_registered_at
    return (at is None, at.timestamp() if at else 0.0, stored.user_id)


SORTS: dict[str, Callable[[StoredUser], Key]] = {
    "display_name": lambda stored: (False, stored.user.display_name.casefold(), stored.user_id),
    "upn": lambda stored: (False, stored.user.upn.casefold(), stored.user_id),
    "registration": lambda stored: (False, stored.user.registration, stored.user_id),
    "seen_registered_at": _time,
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
    """A page of the tenant's users; `order` and `search` say what was possible for so many.

    `user_count` None: not known yet, while a first snapshot is being written. Raises NotFound outside the scope,
    Invalid for a sort that so many users do not allow.
    """
    every = None
    if user_count is None or user_count <= MOST_SORTED:
        every = await _every(registrations, scope, tenant)
    if every is None:
        if sort is not None:
            raise Invalid("sort", f"Only up to {MOST_SORTED} users can be sorted; this tenant has more.")
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


async def _every(registrations: Registrations, scope: Scope, tenant: TenantId) -> list[StoredUser] | None:
    """All users; None when they are too many to sort, whatever their number was said to be."""
    every: list[StoredUser] = []
    after: str | None = None
    while len(every) <= MOST_SORTED:
        size = min(_CHUNK, MOST_SORTED + 1 - len(every))
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
    """Reads on until the page is full or enough rows were looked at; a page may have few items and yet go on."""
    order = f"users {tenant}"

    def so_far(items: list[StoredUser], last: str | None) -> Json:
        following = encode(order, (False, "", last)) if last else None
        return _answer(items, following, order="user_id", search="prefix")

    after = decode(order, continuation)[2] if continuation else None
    items: list[StoredUser] = []
    looked_at = 0
    while True:
        some, following = await registrations.users(scope, tenant, after=after, limit=_CHUNK)
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
