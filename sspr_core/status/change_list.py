"""What differed between a tenant's snapshots, page by page."""

from sspr_core.model.ids import TenantId
from sspr_core.model.paging import TIME_AND_ID, continuation_after, continued_from
from sspr_core.model.scope import Scope
from sspr_core.ports.storage import Registrations
from sspr_core.status.responses import Json, change_view


async def change_list(
    registrations: Registrations, scope: Scope, tenant: TenantId, *, limit: int, continuation: str | None
) -> Json:
    """A page of the changes, newest first. Raises NotFound outside the scope."""
    order = f"changes {tenant}"
    after = continued_from(order, continuation, ids=TIME_AND_ID)
    items, last = await registrations.changes(scope, tenant, after=after, limit=limit)
    return {
        "items": [change_view(change) for change in items],
        "continuation": continuation_after(order, last),
    }
