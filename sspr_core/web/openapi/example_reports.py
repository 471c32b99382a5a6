"""The description's examples of reports: a tenant's, a week after the one before."""

from datetime import timedelta

from msgspec.structs import replace

from sspr_core.mail.languages import REGISTER_NOW
from sspr_core.model.delivery import NEVER, Delivery, DeliveryState, delivery_key
from sspr_core.model.limits import OperatingLimits
from sspr_core.model.report import Report, RunSince
from sspr_core.model.report_plan import ReportPlan, ReportState, SentReport, StoredPlan
from sspr_core.model.run import RunId
from sspr_core.report.activity import ActivityCollector, Named
from sspr_core.report.figures import ReportInput, report_over_all, tenant_report
from sspr_core.report.prepare import id_of
from sspr_core.report.responses import Json, plan_details, plan_view, sent_details, sent_view
from sspr_core.web.openapi.example_tenants import LATER, contoso, fabrikam

_RUN = RunId("19cad3f2a0b47f")
_ADDRESS = "it@contoso-dental.example"
_PLAN = ReportPlan(scheduled=True, weekday="monday", zone="Europe/Berlin", recipients=(_ADDRESS,))


def report_examples(terms: OperatingLimits) -> dict[str, Json]:
    """By the shape's name."""
    tenant = contoso().tenant_id
    set_at = LATER - timedelta(days=30)
    kept = StoredPlan(tenant_id=tenant, plan=_PLAN, by="olga@partner.example", at=set_at, begins_at=set_at)
    state = ReportState(tenant_id=tenant, due_at=LATER)
    sent = SentReport(run_id=_RUN, report=_of_contoso(terms))
    over_all = SentReport(
        run_id=_RUN, report=report_over_all([contoso(), fabrikam()], _asked(), ActivityCollector(), terms)
    )
    shown = plan_view(kept, state, now=LATER)
    whole = sent_details(sent)
    whole["course"] = whole["course"][-2:] if isinstance(whole["course"], list) else whole["course"]
    return {
        "ReportPlansShape": {"items": [shown | {"display_name": contoso().display_name}]},
        "ReportPlanDetailsShape": plan_details(kept, state, sent, [_bounced()], now=LATER),
        "ReportSentNowShape": {"run_id": _RUN, "recipient_count": 1},
        "SentReportsShape": {"items": [sent_view(sent)], "continuation": None},
        "SentReportDetailsShape": whole | {"all_tenants": sent_details(over_all)["all_tenants"]},
    }


def _asked() -> ReportInput:
    return ReportInput(plan=_PLAN, language="en", now=LATER, due_at=LATER)


def _of_contoso(terms: OperatingLimits) -> Report:
    run = RunSince(
        run_id="19cad3f2a0b47e",
        template=REGISTER_NOW,
        created_at=LATER - timedelta(days=3),
        mailed_count=38,
        looked_at_count=38,
        registered_count=12,
    )
    report = tenant_report(contoso(), _asked(), Named(), ActivityCollector(runs=(run,)), terms)
    return replace(report, since=LATER - timedelta(days=7)).without_names()


def _bounced() -> Delivery:
    tenant, user = contoso().tenant_id, id_of(_ADDRESS)
    return Delivery(
        run_id=_RUN,
        key=delivery_key(tenant, user),
        tenant_id=tenant,
        user_id=user,
        address=_ADDRESS,
        display_name=_ADDRESS,
        language="en",
        due_at=NEVER,
        state=DeliveryState.BOUNCED,
        reason="The address is not known.",
        to_user=False,
    )
