"""Of which tenants everybody who is to register is notified: the way in from the overview."""

from collections.abc import Sequence

from fastapi import Request
from fastapi.responses import Response

from sspr_core.model.tenant import Known, Lifecycle
from sspr_core.ports.services import World
from sspr_core.runs.request import MOST_TENANTS
from sspr_core.status.tenant_list import TenantFilter
from sspr_core.web.caller import Caller, scope_of
from sspr_core.web.pages.render import show


async def choice_page(request: Request, world: World, caller: Caller, chosen: TenantFilter) -> Response:
    tenants = waiting(await world.tenants.known(scope_of(caller)), chosen)
    return show(
        request,
        caller,
        "run_choice.html",
        tenants=[(one.tenant_id, one.display_name, _count(one)) for one in tenants[:MOST_TENANTS]],
        rest=max(0, len(tenants) - MOST_TENANTS),
    )


def waiting(tenants: Sequence[Known], chosen: TenantFilter) -> list[Known]:
    """Those that the filter lets through and in which somebody is to register, the most first."""
    found = [one for one in tenants if one.lifecycle is Lifecycle.ACTIVE and _count(one) and chosen.lets(one)]
    return sorted(found, key=lambda one: (-_count(one), one.display_name.casefold(), one.tenant_id))


def _count(known: Known) -> int:
    return known.status.counts.to_register_count if known.status.counts else 0
