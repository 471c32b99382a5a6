"""Templates and settings of mails as they are answered."""

import msgspec

from sspr_core.formats.mjml import COLOUR
from sspr_core.mail.languages import choose, known
from sspr_core.mail.template_sample import Sample
from sspr_core.mail.templates import TEMPLATES
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import PLACEHOLDERS, Words
from sspr_core.model.ids import TenantId
from sspr_core.model.mail_terms import MailTerms

type Json = dict[str, object]

_MEANINGS = {
    "name": "the first name; left out with the comma before it where several people get one mail",
    "tenant": "the tenant's display name",
    "company": "the branding's company",
    "support": "the branding's support contact",
}


def templates_view(terms: MailTerms) -> Json:
    """Every template with its name in every language, the languages, and what own words may hold."""
    return {
        "items": [
            {"id": template, "names": {tag: texts.letter(template).name for tag, texts in known().items()}}
            for template in TEMPLATES
        ],
        "languages": [{"tag": tag, "name": texts.name} for tag, texts in known().items()],
        "default_language": choose(None, terms.language),
        "placeholders": [{"placeholder": f"{{{name}}}", "meaning": _MEANINGS[name]} for name in PLACEHOLDERS],
    }


def sample_view(sample: Sample) -> Json:
    message = sample.message
    return {
        "template": sample.template,
        "language": message.language,
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "brief": message.brief,
    }


def words_view(tenant: TenantId | None, template: str, language: str, words: Words, in_force: Words) -> Json:
    """The words saved here, and beside them those in force: the default's or the template's where none are."""
    letter = known()[language].letter(template)
    own = Words(subject=letter.subject, opening=letter.opening, closing=letter.closing)
    return {
        "tenant_id": tenant,
        "template": template,
        "language": language,
        "version": words.version,
        "own": _texts(words),
        "in_force": _texts(in_force.over(own)),
    }


def _texts(words: Words) -> Json:
    return {"subject": words.subject, "opening": words.opening, "closing": words.closing}


def branding_view(tenant: TenantId | None, own: Branding, in_force: Branding) -> Json:
    return {
        "tenant_id": tenant,
        "own": msgspec.to_builtins(own),
        "in_force": msgspec.to_builtins(in_force.over(Branding(colour=COLOUR))),
    }


def mail_terms_view(tenant: TenantId | None, own: MailTerms, in_force: MailTerms) -> Json:
    usual = MailTerms(language=choose(None, None), use_other_mails=False)
    return {
        "tenant_id": tenant,
        "own": msgspec.to_builtins(own),
        "in_force": msgspec.to_builtins(in_force.over(usual)),
    }
