"""A delivery: one email to one user, from its slot to its outcome."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import NewType
from uuid import UUID

from sspr_core.model.ids import TenantId, UserId
from sspr_core.model.run import RunId

DeliveryKey = NewType("DeliveryKey", str)  # 15 hexadecimal digits: 60 bits of a hash of tenant and user

NEVER = datetime(9999, 12, 31, tzinfo=UTC)  # the due time of a row without a slot
MOST_EPOCHS = 63


class DeliveryState(StrEnum):
    """Where a delivery is (delivery protocol, section 3)."""

    PENDING = "pending"  # not being sent; `due_at` is its slot
    CLAIMED = "claimed"  # a POST was intended: it may be going on, or accepted already
    ACCEPTED = "accepted"  # the mail service has it
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    SUPPRESSED = "suppressed"
    FAILED = "failed"  # certainly not sent, or accepted and then dropped by the service
    SKIPPED = "skipped"  # never accepted: a check before sending excluded it
    CANCELLED = "cancelled"  # never accepted
    UNSURE = "unsure"  # unknown whether it was accepted

    @property
    def final(self) -> bool:
        """Nothing more happens to it without a request; a receipt may still change it."""
        return self not in (DeliveryState.PENDING, DeliveryState.CLAIMED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The row of a delivery. `due_at`: nothing acts on it before (slot, end of the claim, next lookup)."""

    run_id: RunId
    key: DeliveryKey
    tenant_id: TenantId
    user_id: UserId
    address: str
    display_name: str
    language: str
    due_at: datetime
    state: DeliveryState = DeliveryState.PENDING
    claim: str | None = None
    doubt_since: datetime | None = None  # the first POST intent whose outcome is not certain
    posted_at: datetime | None = None  # the last POST intent
    attempts: int = 0  # POSTs of this operation id that ended in doubt, including the current one
    contradicted: bool = False  # the service refused a known operation: it knows one that its lookup denies
    epoch: int = 0
    failed_in: int | None = None  # the run's pass in which it failed or became unsure
    reason: str | None = None
    asked_at: datetime | None = None  # the last lookup, and
    questions: int = 0  # how many lookups since the last POST intent
    receipt: str | None = None
    receipt_at: datetime | None = None
    arrived_after_all: bool = False  # a receipt of an earlier epoch
    poisonings: int = 0
    accepted_at: datetime | None = None
    to_user: bool = True  # False: to a report's recipient; its `user_id` is made from the address and is no user's
    etag: str | None = None

    @property
    def in_doubt(self) -> bool:
        return self.doubt_since is not None

    @property
    def asked_about(self) -> bool:
        """In doubt, and no POST is going on: a claimed row counts as being posted until its first lookup."""
        waits = self.state is DeliveryState.PENDING or (self.state is DeliveryState.CLAIMED and self.questions > 0)
        return self.in_doubt and waits

    @property
    def operation_id(self) -> str:
        return operation_id(self.run_id, self.key, self.epoch)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many deliveries of a run are in each state that occurs; `in_doubt_count` of them are being looked up."""

    by_state: Mapping[DeliveryState, int] = field(default_factory=dict)
    in_doubt_count: int = 0


def delivery_key(tenant: TenantId, user: UserId) -> DeliveryKey:
    """The same for the same user in every run; two users have the same key once in 2^60."""
    return DeliveryKey(sha256(f"{tenant}:{user}".encode()).hexdigest()[:15])


def operation_id(run: RunId, key: DeliveryKey, epoch: int) -> str:
    """A UUID that identifies the delivery: 56 bits of the run, 60 of the row, 6 of the epoch (version 4)."""
    bits = (int(run, 16) << 66) | (int(key, 16) << 6) | epoch
    high, middle, low = bits >> 74, bits >> 62 & 0xFFF, bits & (1 << 62) - 1
    return str(UUID(int=high << 80 | 4 << 76 | middle << 64 | 2 << 62 | low))


def of_operation(text: str) -> tuple[RunId, DeliveryKey, int]:
    """The inverse. Raises ValueError for text that is not an operation id of this app."""
    number = UUID(text).int
    if number >> 76 & 0xF != 4 or number >> 62 & 3 != 2:
        raise ValueError("not an operation id of ours")
    bits = (number >> 80) << 74 | (number >> 64 & 0xFFF) << 62 | number & (1 << 62) - 1
    return RunId(f"{bits >> 66:014x}"), DeliveryKey(f"{bits >> 6 & (1 << 60) - 1:015x}"), bits & 0x3F
