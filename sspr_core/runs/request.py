"""The request for a run, and the reasons for which a recipient or the whole run is refused."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sspr_core.mail.brand_settings import check_language
from sspr_core.mail.languages import TEMPLATES
from sspr_core.mail.selection import MOST_IDS
from sspr_core.model.errors import Invalid
from sspr_core.model.ids import TenantId, UserId
from sspr_core.model.user_filter import UserFilter

MOST_TENANTS = 200
MOST_LOOK_UPS = 20_000  # ids are looked for in every tenant, and an answer must come within 230 s
LATEST = timedelta(days=30)  # recipients were checked when the run was accepted

NOBODY = "nobody_to_send_to"
TOO_LONG = "too_long"
CHANGED = "recipients_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """`users` None: no users, allowed only for a sample; `language` None: each user's own."""

    tenants: Sequence[TenantId]
    users: Sequence[UserId] | UserFilter | None
    template: str
    language: str | None = None
    not_before: datetime | None = None
    sample: bool = False  # one email, only to the caller

    def begins_at(self, now: datetime) -> datetime:
        return max(now, self.not_before or now)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestedBy:
    """The caller; `address` is where a sample goes."""

    object_id: str
    name: str
    display_name: str = ""
    address: str | None = None


def check(wanted: RunRequest, *, now: datetime) -> None:
    """Raises Invalid with the field at fault."""
    if wanted.template not in TEMPLATES:
        raise Invalid("template", f"is none of {', '.join(TEMPLATES)}")
    if wanted.language is not None:
        check_language(wanted.language)
    if not 1 <= len(wanted.tenants) <= MOST_TENANTS:
        raise Invalid("tenant_ids", f"are {len(wanted.tenants)}; a run is for 1 to {MOST_TENANTS} tenants")
    if wanted.not_before is not None and wanted.not_before > now + LATEST:
        raise Invalid("not_before", f"is more than {LATEST.days} days away")
    if wanted.users is None and not wanted.sample:
        raise Invalid("user_ids", "give either user_ids or filter")
    if isinstance(wanted.users, Sequence):
        _check_ids(len(wanted.users), len(wanted.tenants))


def _check_ids(ids: int, tenants: int) -> None:
    if ids > MOST_IDS:
        raise Invalid("user_ids", f"are {ids} of at most {MOST_IDS}; a filter may let through more")
    if ids * tenants > MOST_LOOK_UPS:
        raise Invalid("user_ids", f"are {ids} to look for in {tenants} tenants; choose fewer, or a filter")


class OmissionReason(StrEnum):
    """Why a recipient is omitted; the first reason that applies."""

    TENANT_INACTIVE = "tenant_inactive"  # or ineligible, removed, without a first snapshot
    SNAPSHOT_STALE = "snapshot_stale"  # older than 3 days: users may have registered since
    UNKNOWN = "unknown"  # no user with that id, or no longer
    EXCLUDED = "excluded"  # from the population
    REGISTERED_MEANWHILE = "registered_meanwhile"
    NO_ADDRESS = "no_address"
    SAME_ADDRESS = "same_address"  # as an earlier user of the tenant in the list
    SUPPRESSED = "suppressed"  # the address bounced: each further try prolongs that
    IN_ANOTHER_RUN = "in_another_run"  # which may still mail the user
    COOLED_DOWN = "cooled_down"  # emailed a short while ago


@dataclass(frozen=True, slots=True, kw_only=True)
class OmittedRecipient:
    """`tenant_id` None: an id that none of several tenants has; `user_id` None: a tenant without any chosen user."""

    tenant_id: TenantId | None
    user_id: UserId | None
    display_name: str | None
    reason: OmissionReason


def by_reason(left_out: Iterable[OmittedRecipient]) -> dict[str, int]:
    """The number of omitted recipients per reason that occurs, in the order of the reasons."""
    counted = Counter(one.reason for one in left_out)
    return {reason.value: counted[reason] for reason in OmissionReason if counted[reason]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """`code` is for programs, `detail` for users."""

    code: str
    detail: str


class RunRefused(Exception):
    """The run was refused; nothing was written."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal
