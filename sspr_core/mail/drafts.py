"""Prepares messages that a person will send; stores nothing and sends nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sspr_core.mail.brand_settings import terms_in_force
from sspr_core.mail.compose import compose, first_name, message_settings
from sspr_core.mail.languages import TEMPLATES, known
from sspr_core.mail.selection import MOST_IDS, Chosen, OmittedUser, chosen_by_filter, chosen_by_id, split_recipients
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.errors import Invalid
from sspr_core.model.ids import Scope, TenantId, UserId
from sspr_core.model.recipient import Message, Recipient
from sspr_core.model.user_filter import UserFilter
from sspr_core.ports.storage import OperatorSettings, Registrations, Tenants

MOST_INDIVIDUAL = 200  # drafts: more than a person will open and send by hand


class Mode(StrEnum):
    """How a draft reaches several people."""

    BCC = "bcc"  # one draft per language, its recipients hidden from each other
    INDIVIDUAL = "individual"  # one draft per user, with their name


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRequest:
    """The drafts requested; `language` None: each user's own."""

    tenant: TenantId
    users: Sequence[UserId] | UserFilter
    template: str
    language: str | None
    mode: Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A prepared message, its recipients, and the branding it has."""

    message: Message
    recipients: tuple[Recipient, ...]
    branding: Branding


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafts:
    """The drafts by language, then by name; and the chosen users who are omitted."""

    tenant_name: str
    template: str
    hidden: bool  # recipients of one draft are hidden from each other
    drafts: tuple[Draft, ...]
    left_out: tuple[OmittedUser, ...]


async def prepare(
    wanted: DraftRequest, scope: Scope, tenants: Tenants, registrations: Registrations, own: OperatorSettings
) -> Drafts:
    """The drafts. Raises NotFound outside the scope, Invalid for an unknown template or language, or too many users."""
    if wanted.template not in TEMPLATES:
        raise Invalid("template", f"is none of {', '.join(TEMPLATES)}")
    if wanted.language is not None and wanted.language not in known():
        raise Invalid("language", f"is none of {', '.join(known())}")
    tenant = await tenants.get(scope, wanted.tenant)
    chosen = await _chosen(wanted, scope, registrations, user_count=tenant.status.user_count or 0)
    terms = await terms_in_force(own, scope, wanted.tenant)
    sorted_out = split_recipients(chosen, terms, language=wanted.language)
    recipients = sorted_out.recipients
    if wanted.mode is Mode.INDIVIDUAL and len(recipients) > MOST_INDIVIDUAL:
        many = f"would be {len(recipients)} drafts of at most {MOST_INDIVIDUAL}; choose fewer users, or bcc"
        raise Invalid("mode", many)
    drafts: list[Draft] = []
    for language in sorted({one.language for one in recipients}):
        some = [one for one in recipients if one.language == language]
        look = await message_settings(own, scope, wanted.tenant, wanted.template, language)
        drafts += _composed(wanted, some, look, tenant_name=tenant.display_name)
    return Drafts(
        tenant_name=tenant.display_name,
        template=wanted.template,
        hidden=wanted.mode is Mode.BCC,
        drafts=tuple(drafts),
        left_out=sorted_out.left_out,
    )


async def _chosen(wanted: DraftRequest, scope: Scope, registrations: Registrations, *, user_count: int) -> Chosen:
    if isinstance(wanted.users, UserFilter):
        return await chosen_by_filter(registrations, scope, wanted.tenant, wanted.users, user_count=user_count)
    if len(wanted.users) > MOST_IDS:
        raise Invalid("user_ids", f"are {len(wanted.users)} of at most {MOST_IDS}; a filter may let through more")
    return await chosen_by_id(registrations, scope, wanted.tenant, wanted.users)


def _composed(
    wanted: DraftRequest, recipients: Sequence[Recipient], look: tuple[Branding, Words], *, tenant_name: str
) -> Iterator[Draft]:
    """The drafts of one language: one for all users, or one for each."""
    branding, words = look
    each = wanted.mode is Mode.INDIVIDUAL
    for some in [[one] for one in recipients] if each else [recipients]:
        name = first_name(some[0].display_name) if each else None
        message = compose(
            wanted.template,
            some[0].language,
            branding=branding,
            words=words,
            tenant_name=tenant_name,
            first_name=name,
        )
        yield Draft(message=message, recipients=tuple(some), branding=branding)
