"""What is remembered of a user as a recipient, over all runs."""

from dataclasses import dataclass
from datetime import datetime

from sspr_core.model.ids import TenantId, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Row of table Contacts; an address that bounced is left alone until it is another."""

    tenant_id: TenantId
    user_id: UserId
    last_emailed_at: datetime | None = None
    emailed_count: int = 0
    bounced_at: datetime | None = None
    bounced_address: str | None = None
    bounce: str | None = None  # the receipt's word: bounced, suppressed
    etag: str | None = None

    def is_suppressed(self, address: str) -> bool:
        """Whether writing to the address would make it worse."""
        return self.bounced_address is not None and self.bounced_address.casefold() == address.casefold()
