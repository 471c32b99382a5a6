"""How the messages in the queues of sending are read."""

import re

import msgspec

from sspr_core.model.delivery import DeliveryKey
from sspr_core.model.run import RunId, run_id

_KEY = re.compile("[0-9a-f]{15}")


class _Delivery(msgspec.Struct, frozen=True):
    run: str
    key: str


class _Run(msgspec.Struct, frozen=True):
    run: str


def delivery_in(body: bytes) -> tuple[RunId, DeliveryKey] | None:
    """Which delivery to look at; None: the message is none of ours."""
    try:
        message = msgspec.json.decode(body, type=_Delivery)
        run = run_id(message.run)
    except ValueError:
        return None
    return (run, DeliveryKey(message.key)) if _KEY.fullmatch(message.key) else None


def run_in(body: bytes) -> RunId | None:
    """Which run to expand; None: the message is none of ours."""
    try:
        return run_id(msgspec.json.decode(body, type=_Run).run)
    except ValueError:
        return None
