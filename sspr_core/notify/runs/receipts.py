"""What the mail service says later: proof, whatever was believed (protocol, section 7)."""

import logging
from datetime import datetime

from sspr_core.mail_ports import Post
from sspr_core.model.delivery import Delivery, DeliveryState, of_operation
from sspr_core.model.errors import Conflict
from sspr_core.model.mail import Receipt
from sspr_core.notify.runs.numbers import Numbers
from sspr_core.notify.runs.transitions import Reported, after

log = logging.getLogger(__name__)

_SURPRISING = (DeliveryState.CANCELLED, DeliveryState.SKIPPED, DeliveryState.UNSURE)


async def record(receipt: Receipt, post: Post, *, now: datetime, numbers: Numbers) -> bool:
    """Write it over the row until it stands; False: it is none of ours. Safe to repeat, in any order."""
    try:
        run, key, epoch = of_operation(receipt.operation_id)
        datetime.fromisoformat(receipt.at)
    except ValueError:
        return False
    row = await post.deliveries.get(run, key)
    if row is None or row.address.casefold() != receipt.recipient.strip().casefold():
        return False
    while row is not None:
        changed = after(row, Reported(receipt, epoch), now=now, numbers=numbers)
        if changed is None:
            break
        if row.state in _SURPRISING:
            log.error("run %s: delivery %s was %s, and its receipt says otherwise", run, key, row.state)
        try:
            row = await post.deliveries.replace(changed)
        except Conflict:
            row = await post.deliveries.get(run, key)
        else:
            break
    if row is not None:
        await _feed_contacts(row, receipt, post)
    return True


async def _feed_contacts(row: Delivery, receipt: Receipt, post: Post) -> None:
    """So that the next run leaves bad addresses out: each further try would prolong the suppression."""
    at = datetime.fromisoformat(receipt.at)
    await post.contacts.emailed(row.tenant_id, row.user_id, at=row.posted_at or at)
    if row.state in (DeliveryState.BOUNCED, DeliveryState.SUPPRESSED):
        await post.contacts.bounced(row.tenant_id, row.user_id, address=row.address, word=row.state, at=at)
