"""The email of a delivery, from what was pinned when its run was accepted."""

from sspr_core.model.delivery import Delivery
from sspr_core.model.mail import Mail
from sspr_core.model.run import Run
from sspr_core.notify.compose import compose
from sspr_core.notify.first_name import first_name
from sspr_core.notify.runs.of_tenant import pinned_key


def compose_mail(run: Run, row: Delivery) -> Mail:
    """The same bytes whenever it is asked for: nothing is looked up, and no time is in it."""
    pinned = run.pinned[pinned_key(row.tenant_id, row.language)]
    message = compose(
        run.template,
        row.language,
        branding=pinned.branding,
        words=pinned.words,
        tenant_name=run.tenants[row.tenant_id],
        first_name=first_name(row.display_name),
    )
    return Mail(
        operation_id=row.operation_id,
        sender=pinned.branding.sender_address or run.sender_address,
        to=row.address,
        to_name=row.display_name,
        subject=message.subject,
        text=message.text,
        html=message.html,
        reply_to=pinned.branding.reply_to,
    )
