"""What a caller asks of templates, and sets of mails. What a value must be beyond its length, the model checks."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from sspr_core.mail.languages import known
from sspr_core.mail.sample_file import Kind
from sspr_core.model import branding, custom_texts
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.ids import TenantId, tenant_id
from sspr_core.model.mail_terms import MailTerms
from sspr_core.web.dependencies import GUID
from sspr_core.web.requests.queries import NoQuery


def _line_ends(text: object) -> object:
    """A browser's form sends \\r\\n."""
    return text.replace("\r\n", "\n") if isinstance(text, str) else text


Lines = Annotated[str, BeforeValidator(_line_ends)]
Language = Annotated[str, Field(pattern=f"^({'|'.join(known())})$", examples=["de"])]
OfTenant = Annotated[
    str | None,
    Field(pattern=GUID, description="unless given: the default", examples=["6f1c5ff5-9d2e-4a6b-8a51-1f8f3e5f7a10"]),
]


class OfOneTenant(NoQuery):
    tenant: OfTenant = None

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

    tenant: OfTenant = None
    language: Language | None = Field(None, description="unless given: the tenant's")
    words: WordsTexts | None = None
    branding: BrandingBody | None = None

    @property
    def tenant_id(self) -> TenantId | None:
        return tenant_id(self.tenant) if self.tenant else None
