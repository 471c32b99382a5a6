"""Chooses the sender of a delivery's email."""

from sspr_core.model.delivery import Delivery
from sspr_core.model.run import Run
from sspr_core.runs.audience import pinned_key


def sender_of(run: Run, row: Delivery) -> str:
    """The tenant's own address, else the mail service's; both as they were when the run was accepted.

    A run pins only senders that the settings named then; a run of an earlier version pinned whatever the branding
    had, and keeps it.
    """
    pinned = run.pinned.get(pinned_key(row.tenant_id, row.language))
    return (pinned and pinned.branding.sender_address) or run.sender_address
