"""Drafts as they are answered: as JSON, or as files that open in a mail program."""

import re
import unicodedata

from sspr_core.notify.drafts import Draft, Drafts
from sspr_core.notify.eml import eml_files
from sspr_core.notify.mailto import mailto


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
        return [(file_name(made, files[0][0], ending="eml"), files[0][1])]
    digits = len(str(len(files)))
    return [
        (file_name(made, language, f"{number:0{digits}d}", ending="eml"), content)
        for number, (language, content) in enumerate(files, start=1)
    ]


def file_name(made: Drafts, *parts: str, ending: str) -> str:
    """Small letters, digits and hyphens: fit for every file system and for a header."""
    return f"{'-'.join(_plain(part) for part in (made.tenant_name, made.template, *parts))}.{ending}"


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "-", letters)[:40].strip("-") or "tenant"
