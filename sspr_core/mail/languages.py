"""Reads the email texts of each language, and chooses a user's language."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

_FOLDER = Path(__file__).parent / "languages"
FALLBACK = "en"

REGISTER_NOW, REMINDER, LAST_REMINDER = "register_now", "reminder", "last_reminder"
TEMPLATES = (REGISTER_NOW, REMINDER, LAST_REMINDER)


class Letter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The texts of one template only. Empty lines separate paragraphs."""

    name: str
    subject: str
    preview: str  # shown beside the subject in a list of emails
    heading: str
    opening: str  # why the user gets it
    closing: str
    brief: str


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All texts of one language; a file that lacks one cannot be read."""

    name: str
    greeting: str
    greeting_without_name: str
    company_unknown: str
    support_unknown: str
    steps_heading: str
    steps: tuple[str, str, str]
    check_heading: str
    check: tuple[str, ...]
    help_heading: str
    help: str
    regards: str
    brief_steps: str
    brief_help: str
    register_now: Letter
    reminder: Letter
    last_reminder: Letter

    def letter(self, template: str) -> Letter:
        """The template's texts. Raises KeyError for an unknown template."""
        return {"register_now": self.register_now, "reminder": self.reminder, "last_reminder": self.last_reminder}[
            template
        ]


@cache
def known() -> Mapping[str, Texts]:
    """Every language's texts by its tag (BCP 47, as in `preferredLanguage`); each file is one language."""
    return {path.stem: msgspec.toml.decode(path.read_bytes(), type=Texts) for path in sorted(_FOLDER.glob("*.toml"))}


def choose(preferred: str | None, tenant: str | None) -> str:
    """The user's language, else the tenant's, else English; for each, the tag itself, else one with the same base."""
    return _nearest(preferred) or _nearest(tenant) or FALLBACK


def _nearest(tag: str | None) -> str | None:
    """de-AT gets de, pt-PT gets pt-BR: another country's variant is closer than another language."""
    if not tag:
        return None
    wanted = tag.strip().replace("_", "-").lower()
    by_tag = {one.lower(): one for one in known()}
    by_base = {one.split("-")[0]: tag for one, tag in by_tag.items()}
    return by_tag.get(wanted) or by_base.get(wanted.split("-")[0])
