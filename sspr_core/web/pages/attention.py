"""The to-do page: what needs action, the most important first."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from sspr_core.model.counts import NEW_FOR
from sspr_core.model.limits import OperatingLimits
from sspr_core.model.problem import consent_link
from sspr_core.model.tenant import TenantRecord
from sspr_core.status.attention import Group, tenant_count, to_do
from sspr_core.status.responses import Json, entra_links, remedy_of
from sspr_core.web.caller import scope_of
from sspr_core.web.dependencies import Reader, TheWorld
from sspr_core.web.pages.render import show
from sspr_core.web.pages.route import PageRoute, read_query
from sspr_core.web.requests.queries import NoQuery

router = APIRouter(route_class=PageRoute, include_in_schema=False)

SHOWN, MOST = 8, 2_000  # tenants shown per group: at first, and when all are requested


class ToDoQuery(NoQuery):
    all: str | None = None  # the group to show in full


@router.get("/p/to-do")
async def to_do_page(request: Request, services: TheWorld, caller: Reader) -> Response:
    query = read_query(ToDoQuery, request)
    groups = to_do(await services.tenants.known(scope_of(caller)))
    return show(
        request,
        caller,
        "to_do.html",
        groups=[_shown(group, services.terms, most=MOST if group.name == query.all else SHOWN) for group in groups],
        tenant_count=tenant_count(groups),
    )


def _shown(group: Group, terms: OperatingLimits, *, most: int) -> Json:
    return {
        "name": group.name,
        "rest": max(0, len(group.tasks) - most),
        "count": sum(task.count or 0 for task in group.tasks),
        "tasks": [
            {
                "tenant_id": task.known.tenant_id,
                "display_name": task.known.display_name,
                "count": task.count,
                "new_since": _new_since(task.known),
                "scope": task.known.status.sspr_scope,
                "problem": task.known.status.problem,
                "remedy": remedy_of(task.known, problem, terms) if (problem := task.known.status.problem) else None,
                "consent": consent_link(task.known.tenant_id, terms.client_id, terms.authority, terms.public_url),
                "links": entra_links(task.known.tenant_id, terms.authority),
            }
            for task in group.tasks[:most]
        ],
    }


def _new_since(known: TenantRecord) -> str:
    """The time after which a user counted as new at the last snapshot."""
    at = known.status.last_started_at
    return (at - NEW_FOR).date().isoformat() if at else ""
