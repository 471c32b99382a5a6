"""Finds the chosen users, and decides which of them can get an email."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import batched

from sspr_core.mail.languages import choose
from sspr_core.model.errors import Invalid, NotFound
from sspr_core.model.ids import Scope, TenantId, UserId
from sspr_core.model.recipient import MailTerms, Recipient, recipient_address
from sspr_core.model.registration import Registration, StoredUser, User
from sspr_core.model.user_filter import MOST_SORTED, UserFilter
from sspr_core.ports.storage import Registrations

MOST_IDS = 1_000
MOST_CHOSEN = 10_000  # users: Exchange Online's limit of recipients per mailbox and day
_AT_ONCE = 20  # reads of single rows
_CHUNK = 999  # rows: plus one that shows whether there are more: 1,000, a page of storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The chosen users, and the ids that no user of the tenant has."""

    users: tuple[StoredUser, ...]
    missing: tuple[UserId, ...] = ()


async def chosen_by_id(
    registrations: Registrations, scope: Scope, tenant: TenantId, user_ids: Sequence[UserId]
) -> Chosen:
    """The users with these ids, each once, in the order given. Raises NotFound outside the scope."""

    async def find(user_id: UserId) -> StoredUser | None:
        try:
            return await registrations.user(scope, tenant, user_id)
        except NotFound:
            return None

    if not scope.allows(tenant):
        raise NotFound(tenant)
    found: dict[UserId, StoredUser | None] = dict.fromkeys(user_ids)
    for some in batched(list(found), _AT_ONCE, strict=False):
        found.update(zip(some, await asyncio.gather(*map(find, some)), strict=True))
    return Chosen(
        users=tuple(user for user in found.values() if user),
        missing=tuple(user_id for user_id, user in found.items() if not user),
    )


async def chosen_by_filter(
    registrations: Registrations,
    scope: Scope,
    tenant: TenantId,
    chosen: UserFilter,
    *,
    user_count: int,
    most: int | None = None,
) -> Chosen:
    """The users that the user list shows with this filter.

    Raises NotFound outside the scope, Invalid for more than `most` users; None: the limit of a draft.
    """
    most = MOST_CHOSEN if most is None else most
    prefix_only = user_count > MOST_SORTED  # as in the user list
    users: list[StoredUser] = []
    after: str | None = None
    while True:
        some, after = await registrations.users(scope, tenant, after=after, limit=_CHUNK)
        users += [stored for stored in some if chosen.lets(stored, prefix_only=prefix_only)]
        if len(users) > most:
            raise Invalid("filter", f"lets through more than {most} users, the most there can be at once")
        if after is None:
            return Chosen(users=tuple(users))


class Reason(StrEnum):
    """Why a chosen user gets no email; the first reason that applies."""

    UNKNOWN = "unknown"  # the tenant has no user with that id, or no longer has
    EXCLUDED = "excluded"  # from the population
    REGISTERED_MEANWHILE = "registered_meanwhile"
    NO_ADDRESS = "no_address"
    SAME_ADDRESS = "same_address"  # as another user who gets the email


@dataclass(frozen=True, slots=True, kw_only=True)
class OmittedUser:
    """A chosen user who gets no email; `display_name` None: no user has that id."""

    user_id: UserId
    display_name: str | None
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipients:
    """Both by display name; in `left_out`, unknown ids come first."""

    recipients: tuple[Recipient, ...]
    left_out: tuple[OmittedUser, ...]


def split_recipients(chosen: Chosen, terms: MailTerms, *, language: str | None) -> Recipients:
    """Put each chosen user into exactly one of the two lists; `language` is for all, None: each user's own.

    Users whose registration is unknown, and users whom no policy yet allows to use SSPR, do get the email: the
    operator chose them, and registering does no harm.
    """
    recipients: dict[str, Recipient] = {}
    left_out = [OmittedUser(user_id=one, display_name=None, reason=Reason.UNKNOWN) for one in chosen.missing]
    for stored in sorted(chosen.users, key=lambda one: (one.user.display_name.casefold(), one.user_id)):
        name, address = stored.user.display_name, recipient_address(stored.user, terms)
        reason = _unwanted(stored.user) or _unreachable(address, taken=recipients)
        if reason or address is None:
            left_out.append(OmittedUser(user_id=stored.user_id, display_name=name, reason=reason or Reason.NO_ADDRESS))
            continue
        wanted = language or choose(stored.user.preferred_language, terms.language)
        recipient = Recipient(user_id=stored.user_id, address=address, display_name=name, language=wanted)
        recipients[address.casefold()] = recipient
    return Recipients(recipients=tuple(recipients.values()), left_out=tuple(left_out))


def _unwanted(user: User) -> Reason | None:
    if user.excluded:
        return Reason.EXCLUDED
    return Reason.REGISTERED_MEANWHILE if user.registration is Registration.REGISTERED else None


def _unreachable(address: str | None, *, taken: Collection[str]) -> Reason | None:
    if address is None:
        return Reason.NO_ADDRESS
    return Reason.SAME_ADDRESS if address.casefold() in taken else None
