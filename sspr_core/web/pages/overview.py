"""The first page: all tenants at once."""

from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from sspr_core.formats.chart import chart
from sspr_core.status.attention import tenant_count, to_do
from sspr_core.status.overview import overview
from sspr_core.status.tenant_list import tenant_list
from sspr_core.web.caller import scope_of
from sspr_core.web.dependencies import Now, Reader, TheWorld
from sspr_core.web.pages.render import show
from sspr_core.web.pages.route import PageRoute, read_query
from sspr_core.web.requests.queries import TenantsQuery

router = APIRouter(route_class=PageRoute, include_in_schema=False)

A_PAGE = 50  # tenants


class OverviewQuery(TenantsQuery):
    limit: int = Field(A_PAGE, ge=1, le=1000)


@router.get("/p")
async def overview_page(request: Request, services: TheWorld, caller: Reader, now: Now) -> Response:
    """Cards, the course of coverage, and the table of tenants."""
    query = read_query(OverviewQuery, request)
    known = await services.tenants.known(scope_of(caller))
    whole = overview(known, services.terms, now=now)
    tenants = tenant_list(
        known,
        services.terms,
        query.chosen(),
        sort=query.sort,
        limit=query.limit,
        continuation=query.continuation,
        now=now,
    )
    groups = to_do(known)
    return show(
        request,
        caller,
        "overview.html",
        overview=whole,
        tenants=tenants,
        chart=chart(days_of(whole["course"]), what="Coverage of all tenants"),
        chosen=query,
        sort=query.sort,
        filtered=bool(set(query.model_fields_set) - {"sort", "limit", "continuation"}),
        groups=groups,
        attention_count=tenant_count(groups),
    )


def days_of(course: object) -> list[tuple[date, float | None]]:
    """Days and coverage from a course in the API's JSON."""
    assert isinstance(course, list)  # noqa: S101 - our own answer
    return [(date.fromisoformat(one["on"]), one["coverage"]) for one in course]
