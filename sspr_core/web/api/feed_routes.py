"""The feed."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from sspr_core.status.feed import feed
from sspr_core.web.caller import scope_of
from sspr_core.web.dependencies import Now, Reader, TheWorld, as_json
from sspr_core.web.openapi import shapes
from sspr_core.web.openapi.answers import answers
from sspr_core.web.requests.queries import RegistrationsQuery

router = APIRouter(prefix="/api/v1", tags=["Status"])


@router.get("/registrations", response_model=None, responses=answers(shapes.RegistrationsShape, 422))
async def list_registrations(
    world: TheWorld, caller: Reader, now: Now, query: Annotated[RegistrationsQuery, Query()]
) -> Response:
    """The users of all tenants as flat rows, for programs that keep a copy: whole, or what changed since.

    By tenant id and user id. Read on while there is a continuation, also where a page has no rows. Then begin the
    next round with `next_changed_since`: put each row over the one with its tenant_id and user_id, and drop those
    that are gone. Rows are of tenants in relationship that were read at least once, whatever has become of them
    since; a tenant that leaves takes its rows out of the feed without a word for each: see the list of tenants.
    """
    return as_json(
        await feed(
            world.tenants,
            world.registrations,
            scope_of(caller),
            world.terms,
            changed_since=query.changed_since,
            limit=query.limit,
            continuation=query.continuation,
            now=now,
        )
    )
