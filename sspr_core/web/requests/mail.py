"""Bodies of requests about emails: drafts, branding, own words."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool

from sspr_core.mail.drafts import MOST_INDIVIDUAL, DraftRequest, Mode
from sspr_core.mail.languages import TEMPLATES, known
from sspr_core.mail.selection import MOST_IDS
from sspr_core.mail.template_sample import Kind
from sspr_core.model import branding, custom_texts
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.errors import Invalid
from sspr_core.model.ids import TenantId, UserId, tenant_id, user_id
from sspr_core.model.recipient import MailTerms
from sspr_core.model.registration import Excluded, Registration
from sspr_core.model.user_filter import UserFilter
from sspr_core.web.dependencies import GUID
from sspr_core.web.requests.queries import Day, NoQuery, Text

Guid = Annotated[str, Field(pattern=GUID)]


def _line_ends(text: object) -> object:
    """A browser's form sends \\r\\n."""
    return text.replace("\r\n", "\n") if isinstance(text, str) else text


Lines = Annotated[str, BeforeValidator(_line_ends)]


Language = Annotated[str, Field(pattern=f"^({'|'.join(known())})$", examples=["de"])]


TenantQuery = Annotated[
    str | None,
    Field(pattern=GUID, description="unless given: the default", examples=["6f1c5ff5-9d2e-4a6b-8a51-1f8f3e5f7a10"]),
]


class OfOneTenant(NoQuery):
    tenant: TenantQuery = None

    @property
    def tenant_id(self) -> TenantId | None:
        return tenant_id(self.tenant) if self.tenant else None


class TemplateQuery(OfOneTenant):
    language: Language | None = Field(None, description="unless given: the tenant's")
    format: Kind | Literal["json"] = Field("json", description="json, or a file to download")


class WordsQuery(OfOneTenant):
    language: Language


class WordsVersionQuery(WordsQuery):
    version: int | None = Field(None, ge=1, le=999_999, description="unless given: the current one")


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class WordsTexts(_Body):
    """Plain text with the placeholders of the list of templates; null: the default's, or the template's own."""

    subject: str | None = Field(
        None, max_length=custom_texts.MOST_CHARACTERS["subject"], examples=["{tenant}: please set up password reset"]
    )
    opening: Lines | None = Field(
        None,
        max_length=custom_texts.MOST_CHARACTERS["opening"],
        description="an empty line begins a paragraph",
        examples=["From 1 May on, the help desk resets no passwords by phone.\n\nPlease take five minutes before."],
    )
    closing: Lines | None = Field(
        None, max_length=custom_texts.MOST_CHARACTERS["closing"], examples=["Thank you, {company}"]
    )

    def words(self) -> Words:
        return Words(subject=self.subject, opening=self.opening, closing=self.closing)


class WordsBody(WordsTexts):
    version: int | None = Field(
        None, ge=0, le=999_999, description="the version these follow; another one saved meanwhile: 409", examples=[2]
    )


class BrandingBody(_Body):
    """All of it; what is left out or null is the default's."""

    company: str | None = Field(None, max_length=branding.MOST_CHARACTERS["company"], examples=["Partner IT GmbH"])
    logo_url: str | None = Field(
        None,
        max_length=branding.MOST_CHARACTERS["logo_url"],
        description="https; shown 160 px wide on white",
        examples=["https://cdn.partner.example/logo.png"],
    )
    logo_alt: str | None = Field(
        None, max_length=branding.MOST_CHARACTERS["logo_alt"], description="needed with a logo", examples=["Partner IT"]
    )
    colour: str | None = Field(
        None,
        max_length=7,
        description="#rrggbb, its contrast with white at least 4.5",
        examples=["#0f6cbd"],
    )
    support_contact: str | None = Field(
        None, max_length=branding.MOST_CHARACTERS["support_contact"], examples=["Help desk, +49 30 1234"]
    )
    sender_address: str | None = Field(
        None,
        max_length=254,
        description="of prepared mails; of emails that the app sends only where SSPR_MAIL_SENDERS has it",
        examples=["security@partner.example"],
    )
    sender_name: str | None = Field(
        None,
        max_length=branding.MOST_CHARACTERS["sender_name"],
        description="of prepared mails; the app's emails show the name that the mail service has for the address",
        examples=["Partner IT"],
    )
    reply_to: str | None = Field(None, max_length=254, examples=["help@partner.example"])
    footer: Lines | None = Field(
        None, max_length=branding.MOST_CHARACTERS["footer"], examples=["Partner IT GmbH\nBerlin"]
    )

    def branding(self) -> Branding:
        return Branding(**self.model_dump())


class MailTermsBody(_Body):
    """All of it; what is left out or null is the default's."""

    language: Language | None = Field(None, description="for users whose own is unknown or not among ours")
    use_other_mails: bool | None = Field(
        None, description="write to the first of a user's other mails where mail is missing", examples=[False]
    )

    def terms(self) -> MailTerms:
        return MailTerms(language=self.language, use_other_mails=self.use_other_mails)


class PreviewBody(_Body):
    """What a form holds now; `words` or `branding` left out: as saved."""

    tenant: TenantQuery = None
    language: Language | None = Field(None, description="unless given: the tenant's")
    words: WordsTexts | None = None
    branding: BrandingBody | None = None

    @property
    def tenant_id(self) -> TenantId | None:
        return tenant_id(self.tenant) if self.tenant else None


class UserChoice(BaseModel):
    """The filter of the list of users, with JSON's own truth values; empty: everybody."""

    model_config = ConfigDict(extra="forbid")

    registration: Registration | None = None
    enabled: StrictBool | Literal["unknown"] | None = None
    admin: StrictBool | None = None
    excluded_reason: Excluded | Literal["none"] | None = Field(None, description="none: the population")
    method: Text = None
    to_register: StrictBool | None = Field(None, examples=[True])
    single_method: StrictBool | None = Field(None, description="registered with exactly one method")
    created_since: Day | None = Field(None, description="UTC day", examples=["2026-11-16"])
    q: Text = Field(None, description="in name, UPN, mail or id; from its beginning in tenants too large to sort")

    def chosen(self) -> UserFilter:
        return UserFilter(
            registration=self.registration,
            enabled=self.enabled,
            admin=self.admin,
            excluded=self.excluded_reason,
            method=self.method,
            to_register=self.to_register,
            single_method=self.single_method,
            created_since=self.created_since,
            text=self.q,
        )


class DraftsWanted(BaseModel):
    """Who of a tenant's users is to get which mail; either `user_ids` or `filter` says who."""

    model_config = ConfigDict(extra="forbid")

    tenant_id: Guid = Field(examples=["6f1c5ff5-9d2e-4a6b-8a51-1f8f3e5f7a10"])
    user_ids: list[Guid] | None = Field(
        None, min_length=1, max_length=MOST_IDS, examples=[["1d0f3a52-7c3b-4f0e-9f57-2c9b7a1e4d88"]]
    )
    filter: UserChoice | None = None
    template: str = Field(pattern=f"^({'|'.join(TEMPLATES)})$", examples=["register_now"])
    language: str | None = Field(
        None, pattern=f"^({'|'.join(known())})$", description="for all; unless given, each user's own", examples=["de"]
    )
    mode: Mode = Field(
        Mode.BCC, description=f"bcc: a draft per language; individual: one per user, at most {MOST_INDIVIDUAL}"
    )

    def wanted(self) -> DraftRequest:
        return DraftRequest(
            tenant=tenant_id(self.tenant_id),
            users=self._users(),
            template=self.template,
            language=self.language,
            mode=self.mode,
        )

    def _users(self) -> list[UserId] | UserFilter:
        match self.user_ids, self.filter:
            case None, UserChoice() as choice:
                return choice.chosen()
            case list() as ids, None:
                return [user_id(one) for one in ids]
            case _:
                raise Invalid("user_ids", "give either user_ids or filter")
