"""Reports that cannot be sent, and what to do about it."""

from sspr_core.model.report_state import KeptPlan
from sspr_core.model.scope import Scope
from sspr_core.model.tenant import Lifecycle
from sspr_core.world import World

NO_MAIL_SERVICE, NO_RECIPIENTS, TENANT_CLOSED = "no_mail_service", "no_recipients", "tenant_closed"


class ReportRefused(Exception):
    """Nothing was written. `code` for programs; a sentence on what is wrong, and one on what to do."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.code = code
        self.message = message
        self.remedy = remedy


async def refuse(kept: KeptPlan, scope: Scope, world: World) -> None:
    """Raises ReportRefused unless a report of the plan can be sent, NotFound outside the scope.

    A tenant without a snapshot, or without licences by now, is told of in its report.
    """
    known = await world.tenants.get(scope, kept.tenant_id) if kept.tenant_id else None
    if world.post.mailer is None:
        raise ReportRefused(
            NO_MAIL_SERVICE,
            "No mail service is set.",
            "Set SSPR_MAIL_ENDPOINT or SSPR_MAIL_CONNECTION_STRING, and SSPR_MAIL_SENDER.",
        )
    if not kept.plan.recipients:
        raise ReportRefused(NO_RECIPIENTS, "The report has no recipients.", "Name at least one address.")
    if known and known.lifecycle in (Lifecycle.REMOVED, Lifecycle.INACTIVE):
        raise ReportRefused(
            TENANT_CLOSED,
            f"The tenant is {known.lifecycle}: nothing is read of it any more.",
            "Set it active again, or switch its report off.",
        )
