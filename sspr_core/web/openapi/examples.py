"""Examples of answers, made by the functions that answer, so that they cannot drift from them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import msgspec

from sspr_core.health import checks
from sspr_core.health.checks import Check, ok
from sspr_core.health.responses import health_view
from sspr_core.mail.compose import compose
from sspr_core.mail.drafts import Draft, Drafts
from sspr_core.mail.languages import REGISTER_NOW, REMINDER
from sspr_core.mail.responses import (
    branding_view,
    drafts_view,
    mail_terms_view,
    sample_view,
    templates_view,
    words_view,
)
from sspr_core.mail.selection import OmittedUser, Reason
from sspr_core.mail.template_sample import Sample
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.ids import UserId
from sspr_core.model.limits import OperatingLimits
from sspr_core.model.recipient import MailTerms, Recipient
from sspr_core.model.sending import SendingLimits
from sspr_core.model.tenant import Discovery
from sspr_core.model.text import rfc3339
from sspr_core.ports.monitoring import JobRun, QueueState
from sspr_core.status.feed import LATE, user_row
from sspr_core.status.overview import overview
from sspr_core.status.responses import Json, change_view, day_view, tenant_details, user_view
from sspr_core.status.tenant_list import TenantFilter, tenant_list
from sspr_core.web.openapi.example_reports import report_examples
from sspr_core.web.openapi.example_runs import run_examples
from sspr_core.web.openapi.example_tenants import LATER, READ_AT, a_change, a_day, ana, contoso, fabrikam

_BEN = UserId("7f2a9c40-5b1e-4d3a-8c66-0e4d1b9a2f57")
_LANGUAGE = "en"

_DEFAULT = Branding(
    company="Partner IT GmbH", support_contact="Help desk, +49 30 1234", footer="Partner IT GmbH\nBerlin"
)
_OWN = Branding(company="Contoso IT", colour="#7a1f3d")
_WORDS = Words(subject="{tenant}: five minutes before 1 May", version=2)


def some_drafts() -> Drafts:
    branding = Branding(company="Northwind IT", support_contact="the help desk, ext. 100")
    name = contoso().display_name
    message = compose(REGISTER_NOW, _LANGUAGE, branding=branding, words=Words(), tenant_name=name, first_name=None)
    recipient = Recipient(
        user_id=_BEN, address="ben.weber@contoso-dental.example", display_name="Ben Weber", language=_LANGUAGE
    )
    left_out = OmittedUser(
        user_id=ana().user_id, display_name=ana().user.display_name, reason=Reason.REGISTERED_MEANWHILE
    )
    # The mail's whole HTML would be most of the description.
    short = replace(message, html="<!doctype html>…")
    return Drafts(
        tenant_name=name,
        template=REGISTER_NOW,
        hidden=True,
        drafts=(Draft(message=short, recipients=(recipient,), branding=branding),),
        left_out=(left_out,),
    )


def some_checks() -> list[Check]:
    """All is well but for three messages that were set aside."""
    snapshots = QueueState(name="snapshots", waiting_count=4, poison_count=3, visible_since=None)
    sweep = JobRun(job="schedule_snapshots", finished_at=LATER, took=timedelta(seconds=2))
    return [
        ok("settings", "All are there, and right."),
        checks.of_queue(snapshots, now=LATER),
        checks.of_job(sweep.job, sweep, now=LATER),
        checks.of_discovery(Discovery(last_complete_at=READ_AT)),
    ]


def mail_examples() -> dict[str, Json]:
    """By the shape's name."""
    tenant, look = contoso(), _OWN.over(_DEFAULT)
    message = compose(REMINDER, "en", branding=look, words=_WORDS, tenant_name=tenant.display_name, first_name=None)
    short = replace(message, html="<!doctype html>…")  # the mail's whole HTML would be most of the description
    shown = Sample(template=REMINDER, tenant_name=tenant.display_name, branding=look, message=short)
    terms = MailTerms(language="de")
    return {
        "TemplatesShape": templates_view(MailTerms()),
        "SampleShape": sample_view(shown),
        "WordsShape": words_view(tenant.tenant_id, REMINDER, "en", _WORDS, _WORDS),
        "BrandingShape": branding_view(tenant.tenant_id, _OWN, look),
        "MailTermsShape": mail_terms_view(tenant.tenant_id, terms, terms),
    }


def examples(terms: OperatingLimits, numbers: SendingLimits) -> Mapping[str, Json]:
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
