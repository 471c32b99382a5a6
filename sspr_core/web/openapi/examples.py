"""Examples of answers, given by the very functions that answer in earnest, so that they cannot drift from them."""

from collections.abc import Mapping

import msgspec

from sspr_core.health.responses import health_view
from sspr_core.mail.draft_view import drafts_view
from sspr_core.model.limits import Terms
from sspr_core.model.sending import Numbers
from sspr_core.model.times import rfc3339
from sspr_core.status.feed import LATE
from sspr_core.status.feed_rows import user_row
from sspr_core.status.overview import overview
from sspr_core.status.responses import Json, change_view, day_view, tenant_details, user_view
from sspr_core.status.tenant_list import TenantFilter, tenant_list
from sspr_core.web.openapi.example_drafts import some_drafts
from sspr_core.web.openapi.example_health import some_checks
from sspr_core.web.openapi.example_mails import mail_examples
from sspr_core.web.openapi.example_reports import report_examples
from sspr_core.web.openapi.example_runs import run_examples
from sspr_core.web.openapi.example_tenants import LATER, READ_AT, a_change, a_day, ana, contoso, fabrikam


def examples(terms: Terms, numbers: Numbers) -> Mapping[str, Json]:
    """An answer for each shape, by the shape's name, as JSON has it."""
    known = [contoso(), fabrikam()]
    tenants = tenant_list(
        known, terms, TenantFilter(), sort="display_name", limit=len(known), continuation=None, now=LATER
    )
    by_shape: dict[str, Json] = {
        "OverviewShape": _short(overview(known, terms, now=LATER)),
        "TenantsShape": tenants,
        "TenantDetailsShape": tenant_details(known[0], terms, now=LATER),
        "UsersShape": _page([user_view(ana())]) | {"order": "display_name", "search": "substring"},
        "HistoryShape": _page([day_view(a_day())]),
        "ChangesShape": _page([change_view(a_change())]),
        "RegistrationsShape": _round(tenants, [user_row(known[0], ana())]),
        "RefreshShape": {"tenant_id": known[0].tenant_id, "next_due_at": rfc3339(READ_AT)},
        "DraftsShape": drafts_view(some_drafts()),
        "HealthShape": health_view(some_checks(), now=LATER),
        "ImportShape": {"tenant_count": 2, "new_count": 1},
        **mail_examples(),
        **report_examples(terms),
        **run_examples(numbers),
    }
    return msgspec.json.decode(msgspec.json.encode(by_shape), type=dict[str, dict[str, object]])


def _page(items: list[Json]) -> Json:
    return {"items": items, "continuation": None}


def _round(tenants: Json, items: list[Json]) -> Json:
    common = {name: tenants[name] for name in ("as_of", "completeness")}
    return common | {"next_changed_since": rfc3339(LATER - LATE)} | _page(items)


def _short(answer: Json) -> Json:
    """Two days of the course stand for 92."""
    course = answer["course"]
    return answer | {"course": course[-2:] if isinstance(course, list) else course}
