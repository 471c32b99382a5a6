"""Exports of users: which users, how many at most, and the CSV file."""

import io
from collections.abc import AsyncIterator, Iterable
from itertools import batched

from sspr_core.formats.csv import MARK, csv_lines
from sspr_core.formats.user_columns import COLUMNS
from sspr_core.model.ids import Scope, TenantId
from sspr_core.model.paging import page
from sspr_core.model.registration import StoredUser
from sspr_core.model.user_filter import UserFilter
from sspr_core.ports.storage import Registrations
from sspr_core.status.user_list import CHUNK, SORTS, sortable

MOST_ROWS = 200_000  # some 60 MB: this platform keeps a whole answer in memory


class TooMany(Exception):
    """More users than this kind of file may have rows."""

    def __init__(self, most: int) -> None:
        super().__init__(f"more than {most} users")
        self.most = most


async def exported(
    registrations: Registrations,
    scope: Scope,
    tenant: TenantId,
    chosen: UserFilter,
    *,
    user_count: int | None,
    sort: str | None,
    most: int,
) -> AsyncIterator[tuple[StoredUser, ...]]:
    """The users as their list shows them: sorted and searched in the same way, in key order if too many to sort.

    Raises NotFound outside the scope, Invalid for a sort that is not possible for so many users, and TooMany: at once
    if all users are exported, else as soon as the limit is passed.
    """
    if chosen == UserFilter() and (user_count or 0) > most:
        raise TooMany(most)
    every = await sortable(registrations, scope, tenant, user_count=user_count, sort=sort)
    if every is None:
        pages = _in_key_order(registrations, scope, tenant, chosen)
    else:
        pages = _sorted(every, chosen, sort or "display_name")
    count = 0
    async for some in pages:
        count += len(some)
        if count > most:
            raise TooMany(most)
        yield some


async def _sorted(every: list[StoredUser], chosen: UserFilter, sort: str) -> AsyncIterator[tuple[StoredUser, ...]]:
    users, _ = page(
        [stored for stored in every if chosen.lets(stored, prefix_only=False)],
        SORTS[sort.removeprefix("-")],
        order="",
        descending=sort.startswith("-"),
        limit=len(every),
        continuation=None,
    )
    for some in batched(users, CHUNK, strict=False):
        yield some


async def _in_key_order(
    registrations: Registrations, scope: Scope, tenant: TenantId, chosen: UserFilter
) -> AsyncIterator[tuple[StoredUser, ...]]:
    after: str | None = None
    while True:
        some, after = await registrations.users(scope, tenant, after=after, limit=CHUNK)
        yield tuple(stored for stored in some if chosen.lets(stored, prefix_only=True))
        if after is None:
            return


async def as_csv(pages: AsyncIterator[Iterable[StoredUser]]) -> bytes:
    """The whole file; its header has the API's names."""
    file = io.BytesIO()
    file.write(MARK + csv_lines([[column.name for column in COLUMNS]]))
    async for users in pages:
        file.write(csv_lines([column.read(stored) for column in COLUMNS] for stored in users))
    return file.getvalue()
