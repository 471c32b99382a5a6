"""Renders a template as a sample, to preview it and to download it as a file."""

from dataclasses import dataclass
from enum import StrEnum

from sspr_core.mail.brand_settings import branding_in_force, check_language, terms_in_force, words_in_force
from sspr_core.mail.compose import compose
from sspr_core.mail.eml import eml
from sspr_core.mail.languages import TEMPLATES, choose
from sspr_core.model import branding as looks
from sspr_core.model import custom_texts as own_words
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.errors import NotFound
from sspr_core.model.ids import Scope, TenantId
from sspr_core.model.recipient import Message
from sspr_core.model.text import file_name
from sspr_core.ports.storage import OperatorSettings, Tenants

NO_TENANT = "Contoso"  # Microsoft's name for a fictional company


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The email, its branding, and its tenant's name (None: for no particular tenant)."""

    template: str
    tenant_name: str | None
    branding: Branding
    message: Message


async def sample(
    template: str,
    scope: Scope,
    tenants: Tenants,
    own: OperatorSettings,
    *,
    tenant: TenantId | None,
    language: str | None,
    branding: Branding | None = None,
    words: Words | None = None,
) -> Sample:
    """The email; given branding or words, not saved yet, replace the saved ones.

    `language` None: the tenant's. Raises NotFound for an unknown template or outside the scope, Invalid for what
    saving would refuse.
    """
    if template not in TEMPLATES:
        raise NotFound(template)
    known = await tenants.get(scope, tenant) if tenant else None
    language = language or choose(None, (await terms_in_force(own, scope, tenant)).language)
    check_language(language)
    if branding is not None:
        looks.check(branding)
    if words is not None:
        own_words.check(words)
    look = await branding_in_force(own, scope, tenant, instead=branding)
    message = compose(
        template,
        language,
        branding=look,
        words=await words_in_force(own, scope, tenant, template, language, instead=words),
        tenant_name=known.display_name if known else NO_TENANT,
        first_name=None,
    )
    return Sample(template=template, tenant_name=known.display_name if known else None, branding=look, message=message)


class Kind(StrEnum):
    """What the file is for."""

    HTML = "html"  # for another mailing tool
    TEXT = "text"
    EML = "eml"  # opens as a draft, with the branding's sender and no recipients


def sample_file(sample: Sample, kind: Kind) -> tuple[str, bytes]:
    """Its name and its content."""
    message = sample.message
    match kind:
        case Kind.HTML:
            ending, content = "html", message.html.encode()
        case Kind.TEXT:
            ending, content = "txt", message.text.encode()
        case Kind.EML:
            ending, content = "eml", eml(message, [], sample.branding, hidden=True)
    return file_name(sample.tenant_name or "", sample.template, message.language, ending=ending), content
