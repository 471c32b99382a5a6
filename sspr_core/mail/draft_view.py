"""Drafts as they are answered: as JSON, or as files that open in a mail program."""

from sspr_core.mail.drafts import Draft, Drafts
from sspr_core.mail.eml import eml_files
from sspr_core.mail.mailto import mailto
from sspr_core.model.text import file_name, plain_part


def drafts_view(made: Drafts) -> dict[str, object]:
    """Everything a page or another portal needs to open a draft, to show it, and to say whom it leaves out."""
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
    """Each file's name and content: the tenant, the template, the language, and a number where there are several."""
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
    """A tenant whose name has nothing of ASCII is called `tenant` there."""
    tenant = plain_part(made.tenant_name) or "tenant"
    return file_name(tenant, made.template, *parts, ending=ending)
