"""The users somebody has chosen, read from a tenant's rows."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import batched

from sspr_core.model.errors import Invalid, NotFound
from sspr_core.model.ids import TenantId, UserId
from sspr_core.model.registration import StoredUser
from sspr_core.model.scope import Scope
from sspr_core.model.user_filter import MOST_SORTED, UserFilter
from sspr_core.ports.storage import Registrations

MOST_IDS = 1_000
MOST_CHOSEN = 10_000  # users: no mailbox of Exchange Online may write to more a day
_AT_ONCE = 20  # reads of single rows
_CHUNK = 999  # rows: with the one that shows that there are more, a page of the service


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The users, and the ids that no user of the tenant has."""

    users: tuple[StoredUser, ...]
    missing: tuple[UserId, ...] = ()


async def chosen_by_id(
    registrations: Registrations, scope: Scope, tenant: TenantId, user_ids: Sequence[UserId]
) -> Chosen:
    """Each id once, in the order given. Raises NotFound outside the scope."""

    async def find(user_id: UserId) -> StoredUser | None:
        try:
            return await registrations.user(scope, tenant, user_id)
        except NotFound:
            return None

    if not scope.allows(tenant):
        raise NotFound(tenant)
    found: dict[UserId, StoredUser | None] = dict.fromkeys(user_ids)
    for some in batched(list(found), _AT_ONCE, strict=False):
        found.update(zip(some, await asyncio.gather(*map(find, some)), strict=True))
    return Chosen(
        users=tuple(user for user in found.values() if user),
        missing=tuple(user_id for user_id, user in found.items() if not user),
    )


async def chosen_by_filter(
    registrations: Registrations,
    scope: Scope,
    tenant: TenantId,
    chosen: UserFilter,
    *,
    user_count: int,
    most: int | None = None,
) -> Chosen:
    """Whom the list of users shows with this filter.

    Raises NotFound outside the scope, Invalid for more than `most`; None: as many as a draft may be for.
    """
    most = MOST_CHOSEN if most is None else most
    prefix_only = user_count > MOST_SORTED  # as the list searches
    users: list[StoredUser] = []
    after: str | None = None
    while True:
        some, after = await registrations.users(scope, tenant, after=after, limit=_CHUNK)
        users += [stored for stored in some if chosen.lets(stored, prefix_only=prefix_only)]
        if len(users) > most:
            raise Invalid("filter", f"lets through more than {most} users, the most there can be at once")
        if after is None:
            return Chosen(users=tuple(users))
