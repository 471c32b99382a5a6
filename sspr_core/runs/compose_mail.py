"""Composes a delivery's email from what was pinned when its run was accepted: the same bytes every time."""

from dataclasses import replace

from sspr_core.mail.compose import compose, first_name
from sspr_core.model.branding import Branding
from sspr_core.model.delivery import Delivery
from sspr_core.model.errors import NotFound
from sspr_core.model.mail import Mail
from sspr_core.model.recipient import Message
from sspr_core.model.report import Letter
from sspr_core.model.run import Run
from sspr_core.ports.mail import Runs
from sspr_core.runs.audience import pinned_key
from sspr_core.runs.deliver import Compose
from sspr_core.runs.sender import sender_of


def composing(runs: Runs) -> Compose:
    """The compose function for deliver().

    It raises TryAgain when a report's email cannot be read, NotFound when it was deleted.
    """

    async def compose_any(run: Run, row: Delivery) -> Mail:
        if run.report is None:
            return compose_mail(run, row)
        pinned = await runs.letter(run.run_id)
        if pinned.is_gone:
            raise NotFound(run.run_id)
        return letter_mail(run, row, pinned.letter)

    return compose_any


def compose_mail(run: Run, row: Delivery) -> Mail:
    """Compose without any lookup and without the time, so that repeats are identical."""
    pinned = run.pinned[pinned_key(row.tenant_id, row.language)]
    message = compose(
        run.template,
        row.language,
        branding=pinned.branding,
        words=pinned.words,
        tenant_name=run.tenants[row.tenant_id],
        first_name=first_name(row.display_name),
    )
    return _mail(run, row, message, pinned.branding)


def letter_mail(run: Run, row: Delivery, letter: Letter) -> Mail:
    """A report's email: it was written before the run was accepted and is the same for each recipient."""
    branding = run.pinned[pinned_key(row.tenant_id, row.language)].branding
    return replace(_mail(run, row, letter, branding), pictures=letter.pictures, attachments=letter.attachments)


def _mail(run: Run, row: Delivery, written: Message | Letter, branding: Branding) -> Mail:
    return Mail(
        operation_id=row.operation_id,
        sender=sender_of(run, row),
        to=row.address,
        to_name=row.display_name,
        subject=written.subject,
        text=written.text,
        html=written.html,
        reply_to=branding.reply_to,
    )
