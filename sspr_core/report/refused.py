"""Reports that cannot be sent, and what to do about it."""

from sspr_core.model.mail_service import SENDING_IS_OFF, SENDING_OFF, TO_SEND
from sspr_core.model.report_state import KeptPlan
from sspr_core.model.scope import Scope
from sspr_core.model.tenant import Lifecycle
from sspr_core.ports.services import World

NO_RECIPIENTS, TENANT_CLOSED = "no_recipients", "tenant_closed"


class ReportRefused(Exception):
    """Nothing was written. `code` for programs; a sentence on what is wrong, and one on what to do."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.code = code
        self.message = message
        self.remedy = remedy


async def refuse(kept: KeptPlan, scope: Scope, world: World, *, scheduled: bool) -> None:
    """Raises ReportRefused unless a report of the plan can be made, NotFound outside the scope.

    Where sending is off a scheduled one is made all the same, for the archive; who asks for one wants it mailed.
    A tenant without a snapshot, or without licences by now, is told of in its report.
    """
    known = await world.tenants.get(scope, kept.tenant_id) if kept.tenant_id else None
    if world.post.sending_off and not scheduled:
        raise ReportRefused(SENDING_OFF, SENDING_IS_OFF, TO_SEND)
    if not kept.plan.recipients:
        raise ReportRefused(NO_RECIPIENTS, "The report has no recipients.", "Name at least one address.")
    if known and known.lifecycle in (Lifecycle.REMOVED, Lifecycle.INACTIVE):
        raise ReportRefused(
            TENANT_CLOSED,
            f"The tenant is {known.lifecycle}: nothing is read of it any more.",
            "Set it active again, or switch its report off.",
        )
