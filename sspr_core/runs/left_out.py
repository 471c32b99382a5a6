"""Why a chosen user gets no email of a run."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sspr_core.model.ids import TenantId, UserId


class Why(StrEnum):
    """The first that applies."""

    TENANT_INACTIVE = "tenant_inactive"  # or ineligible, removed, without a first snapshot
    SNAPSHOT_STALE = "snapshot_stale"  # older than 3 days: nobody knows who has registered since
    UNKNOWN = "unknown"  # no user with that id, or not any more
    EXCLUDED = "excluded"  # from the population
    REGISTERED_MEANWHILE = "registered_meanwhile"
    NO_ADDRESS = "no_address"
    SAME_ADDRESS = "same_address"  # as a user of the tenant who was looked at before
    SUPPRESSED = "suppressed"  # the address bounced: each further try prolongs that
    IN_ANOTHER_RUN = "in_another_run"  # which is not finished with them
    COOLED_DOWN = "cooled_down"  # emailed a short while ago


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """`tenant_id` None: an id that none of several tenants has; `user_id` None: a tenant that nobody is chosen of."""

    tenant_id: TenantId | None
    user_id: UserId | None
    display_name: str | None
    reason: Why


def by_reason(left_out: Iterable[LeftOut]) -> dict[str, int]:
    """How many for each reason that occurs, in the order of the reasons."""
    counted = Counter(one.reason for one in left_out)
    return {reason.value: counted[reason] for reason in Why if counted[reason]}
