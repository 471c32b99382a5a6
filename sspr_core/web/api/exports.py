"""The API of exports and of the feed."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from sspr_core.status import export, export_xlsx
from sspr_core.status.export import TooMany, exported
from sspr_core.status.export_xlsx import About
from sspr_core.status.feed import feed
from sspr_core.web.caller import scope_of
from sspr_core.web.dependencies import Now, Reader, TheTenant, TheWorld, as_json
from sspr_core.web.downloads import attachment
from sspr_core.web.openapi import shapes
from sspr_core.web.openapi.answers import answers
from sspr_core.web.problems import RequestRefused
from sspr_core.web.requests.queries import ExportQuery, RegistrationsQuery

router = APIRouter(prefix="/api/v1", tags=["Status"])

CSV, XLSX = "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _too_large(most: int) -> RequestRefused:
    return RequestRefused(
        413,
        "export_too_large",
        f"Such a file has at most {most:,} rows. Filter the users, or read the feed: GET /api/v1/registrations.",
    )


@router.get(
    "/tenants/{tenant_id}/users/export",
    response_class=Response,
    response_model=None,
    responses=answers(None, 404, 422, refused=_too_large(export.MOST_ROWS), files=[CSV, XLSX]),
)
async def export_users(
    services: TheWorld, caller: Reader, tenant: TheTenant, now: Now, query: Annotated[ExportQuery, Query()]
) -> Response:
    """The users of a tenant as a file, filtered and sorted as the list; by id where they are too many to sort.

    CSV (RFC 4180, UTF-8 with BOM) has at most 200,000 rows; an apostrophe stands before what a spreadsheet would
    take for a formula. XLSX has at most 50,000, cells with types, and a summary with a chart.
    """
    scope = scope_of(caller)
    known = await services.tenants.get(scope, tenant)
    chosen, is_csv = query.chosen(), query.format == "csv"
    users = exported(
        services.registrations,
        scope,
        tenant,
        chosen,
        user_count=known.status.user_count,
        sort=query.sort,
        most=export.MOST_ROWS if is_csv else export_xlsx.MOST_ROWS,
    )
    try:
        content = await (
            export.as_csv(users) if is_csv else export_xlsx.as_xlsx(users, About(known=known, chosen=chosen, at=now))
        )
    except TooMany as error:
        raise _too_large(error.most) from error
    headers = attachment(known.display_name, f"-sspr-users-{now.date()}.{query.format}")
    return Response(content, media_type=CSV if is_csv else XLSX, headers=headers)


@router.get("/registrations", response_model=None, responses=answers(shapes.RegistrationsShape, 422))
async def list_registrations(
    services: TheWorld, caller: Reader, now: Now, query: Annotated[RegistrationsQuery, Query()]
) -> Response:
    """The users of all tenants as flat rows, for programs that keep a copy: whole, or what changed since.

    By tenant id and user id. Read on while there is a continuation, also where a page has no rows. Then begin the
    next round with `next_changed_since`: put each row over the one with its tenant_id and user_id, and drop those
    that are gone. Rows are of tenants in relationship that were read at least once, whatever has become of them
    since; a tenant that leaves takes its rows out of the feed without a word for each: see the list of tenants.
    """
    return as_json(
        await feed(
            services.tenants,
            services.registrations,
            scope_of(caller),
            services.terms,
            changed_since=query.changed_since,
            limit=query.limit,
            continuation=query.continuation,
            now=now,
        )
    )
