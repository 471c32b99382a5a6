"""The JSON and the files of drafts and templates."""

import msgspec

from sspr_core.formats.mjml import COLOUR
from sspr_core.mail.drafts import Draft, Drafts
from sspr_core.mail.eml import eml_files
from sspr_core.mail.languages import TEMPLATES, choose, known
from sspr_core.mail.mailto import mailto
from sspr_core.mail.template_sample import Sample
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import PLACEHOLDERS, Words
from sspr_core.model.ids import TenantId
from sspr_core.model.recipient import MailTerms
from sspr_core.model.text import file_name, plain_part

type Json = dict[str, object]

_MEANINGS = {
    "name": "the first name; left out with the comma before it where several people get one mail",
    "tenant": "the tenant's display name",
    "company": "the branding's company",
    "support": "the branding's support contact",
}


def templates_view(terms: MailTerms) -> Json:
    """Every template with its name in every language, the languages, and the placeholders of own words."""
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
    """The words saved here, and those in force: where none are saved, the default's or the template's."""
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


def drafts_view(made: Drafts) -> dict[str, object]:
    """Everything a page or another portal needs to open a draft, to show it, and to list the omitted users."""
    return {
        "drafts": [_draft(one, hidden=made.hidden) for one in made.drafts],
        "left_out": [
            {"user_id": one.user_id, "display_name": one.display_name, "reason": one.reason} for one in made.left_out
        ],
    }


def _draft(draft: Draft, *, hidden: bool) -> dict[str, object]:
    message = draft.message
    links = mailto([one.address for one in draft.recipients], message, hidden=hidden)
    return {
        "language": message.language,
        "subject": message.subject,
        "text": message.text,
        "html": message.html,
        "recipients": [
            {"user_id": one.user_id, "address": one.address, "display_name": one.display_name}
            for one in draft.recipients
        ],
        "mailto": links.links,
        "body_shortened": links.body_shortened,
        "not_in_mailto": links.too_long,
    }


def draft_files(made: Drafts) -> list[tuple[str, bytes]]:
    """Each file's name and content. Names: tenant, template, language, and a number if there are several files."""
    files = [
        (draft.message.language, content)
        for draft in made.drafts
        for content in eml_files(draft.message, draft.recipients, draft.branding, hidden=made.hidden)
    ]
    if len(files) == 1:
        return [(draft_file_name(made, files[0][0], ending="eml"), files[0][1])]
    digits = len(str(len(files)))
    return [
        (draft_file_name(made, language, f"{number:0{digits}d}", ending="eml"), content)
        for number, (language, content) in enumerate(files, start=1)
    ]


def draft_file_name(made: Drafts, *parts: str, ending: str) -> str:
    """The file's name; a tenant whose name has no ASCII letters or digits is called `tenant`."""
    tenant = plain_part(made.tenant_name) or "tenant"
    return file_name(tenant, made.template, *parts, ending=ending)
