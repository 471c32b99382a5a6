"""What is counted of a delivery when its row was written."""

from collections.abc import Iterator

from sspr_core.model.delivery import Delivery, DeliveryState
from sspr_core.ports.telemetry import Metric

_BAD_ADDRESS = (DeliveryState.BOUNCED, DeliveryState.SUPPRESSED)


def became(row: Delivery) -> Iterator[Metric]:
    """Each once in a delivery's life, but for what is tried again or told twice differently."""
    by_answer = row.state is DeliveryState.ACCEPTED and not row.arrived_after_all
    by_receipt = row.receipt_at is not None and row.accepted_at == row.receipt_at  # it came before the answer
    if by_answer or by_receipt:
        yield Metric.MAILS_ACCEPTED
    if row.state in _BAD_ADDRESS:
        yield Metric.MAILS_BOUNCED
    if row.state is DeliveryState.CLAIMED and row.questions == 1:  # the first question after a POST is put off
        yield Metric.MAILS_IN_DOUBT
