"""What differed between a tenant's snapshots, page by page."""

from sspr_core.model.ids import TenantId
from sspr_core.model.scope import Scope
from sspr_core.ports import Registrations
from sspr_core.status.paging import TIME_AND_ID, decode, encode
from sspr_core.status.view import Json, change_view


async def change_list(
    registrations: Registrations, scope: Scope, tenant: TenantId, *, limit: int, continuation: str | None
) -> Json:
    """A page of the changes, newest first. Raises NotFound outside the scope."""
    order = f"changes {tenant}"
    after = decode(order, continuation, ids=TIME_AND_ID)[2] if continuation else None
    items, following = await registrations.changes(scope, tenant, after=after, limit=limit)
    return {
        "items": [change_view(change) for change in items],
        "continuation": encode(order, (False, "", following)) if following else None,
    }
