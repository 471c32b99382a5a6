"""Exports: the users of a tenant as a file."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from sspr_core.status import export_csv, export_xlsx
from sspr_core.status.export import TooMany, exported
from sspr_core.status.export_summary import About
from sspr_core.web.attachment import attachment
from sspr_core.web.caller import scope_of
from sspr_core.web.dependencies import Now, Reader, TheTenant, TheWorld
from sspr_core.web.openapi.answers import answers
from sspr_core.web.problems import Refused
from sspr_core.web.requests.queries import ExportQuery

router = APIRouter(prefix="/api/v1", tags=["Status"])

CSV, XLSX = "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _too_large(most: int) -> Refused:
    return Refused(
        413,
        "export_too_large",
        f"Such a file has at most {most:,} rows. Filter the users, or read the feed: GET /api/v1/registrations.",
    )


@router.get(
    "/tenants/{tenant_id}/users/export",
    response_class=Response,
    response_model=None,
    responses=answers(None, 404, 422, refused=_too_large(export_csv.MOST_ROWS), files=[CSV, XLSX]),
)
async def export_users(
    world: TheWorld, caller: Reader, tenant: TheTenant, now: Now, query: Annotated[ExportQuery, Query()]
) -> Response:
    """The users of a tenant as a file, filtered and sorted as the list; by id where they are too many to sort.

    CSV (RFC 4180, UTF-8 with BOM) has at most 200,000 rows; an apostrophe stands before what a spreadsheet would
    take for a formula. XLSX has at most 50,000, cells with types, and a summary with a chart.
    """
    scope = scope_of(caller)
    known = await world.tenants.get(scope, tenant)
    chosen, is_csv = query.chosen(), query.format == "csv"
    users = exported(
        world.registrations,
        scope,
        tenant,
        chosen,
        user_count=known.status.user_count,
        sort=query.sort,
        most=export_csv.MOST_ROWS if is_csv else export_xlsx.MOST_ROWS,
    )
    try:
        content = await (
            export_csv.as_csv(users)
            if is_csv
            else export_xlsx.as_xlsx(users, About(known=known, chosen=chosen, at=now))
        )
    except TooMany as error:
        raise _too_large(error.most) from error
    headers = attachment(known.display_name, f"-sspr-users-{now.date()}.{query.format}")
    return Response(content, media_type=CSV if is_csv else XLSX, headers=headers)
