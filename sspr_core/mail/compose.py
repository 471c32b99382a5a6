"""Composes one email for one user from template, branding and language; greets the user by first name."""

import asyncio
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from sspr_core.mail.brand_settings import branding_in_force, words_in_force
from sspr_core.mail.languages import Letter, Texts, known
from sspr_core.mail.rendering import Filled, html_part, text_part
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words, fill, without_name
from sspr_core.model.ids import Scope, TenantId
from sspr_core.model.recipient import Message
from sspr_core.model.text import one_line, subject_line
from sspr_core.ports.storage import OperatorSettings

MOST_BRIEF = 500  # characters: percent-encoded and with some addresses, a link that mail programs still accept
_MOST_NAME = 60  # characters of a person's or an organization's name
_SHORT_NAME = 20  # the same, when the brief would be too long

_MOST = 30  # characters; a longer word is no first name


def compose(
    template: str, language: str, *, branding: Branding, words: Words, tenant_name: str, first_name: str | None
) -> Message:
    """The email. `first_name` None: the greeting has no name, as for BCC."""
    texts = known()[language]
    letter = texts.letter(template)
    of = _Filling.of(texts, branding, tenant_name=tenant_name, first_name=first_name, most=_MOST_NAME)
    shorter = _Filling.of(texts, branding, tenant_name=tenant_name, first_name=first_name, most=_SHORT_NAME)
    filled = _filled(texts, letter, words, of, footer=branding.footer)
    return Message(
        language=language,
        subject=filled.subject,
        text=text_part(filled),
        html=html_part(filled, language, branding),
        brief=_brief(texts, letter, words, of, shorter),
    )


def subject(template: str, language: str, *, branding: Branding, words: Words, tenant_name: str) -> str:
    """Only the email's subject, without a user's name."""
    texts = known()[language]
    of = _Filling.of(texts, branding, tenant_name=tenant_name, first_name=None, most=_MOST_NAME)
    return _subject(texts.letter(template), words, of)


async def message_settings(
    own: OperatorSettings, scope: Scope, tenant: TenantId | None, template: str, language: str
) -> tuple[Branding, Words]:
    """Branding and words to compose with: the tenant's, then the default's. Raises NotFound outside the scope."""
    branding, words = await asyncio.gather(
        branding_in_force(own, scope, tenant), words_in_force(own, scope, tenant, template, language)
    )
    return branding, words


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filling:
    """The values of the placeholders; `name` None: the greeting has no name."""

    name: str | None
    tenant: str
    company: str
    support: str

    @classmethod
    def of(cls, texts: Texts, branding: Branding, *, tenant_name: str, first_name: str | None, most: int) -> "_Filling":
        return cls(
            name=one_line(first_name or "", most=most) or None,
            tenant=one_line(tenant_name, most=most),
            company=branding.company or texts.company_unknown,
            support=branding.support_contact or texts.support_unknown,
        )

    def __call__(self, text: str) -> str:
        values = {"name": self.name or "", "tenant": self.tenant, "company": self.company, "support": self.support}
        return fill(text if self.name else without_name(text), values)


def _filled(texts: Texts, letter: Letter, words: Words, of: _Filling, *, footer: str | None) -> Filled:
    return Filled(
        subject=_subject(letter, words, of),
        preview=of(letter.preview),
        heading=of(letter.heading),
        greeting=of(texts.greeting if of.name else texts.greeting_without_name),
        opening=paragraphs(of(words.opening or letter.opening)),
        steps_heading=of(texts.steps_heading),
        steps=tuple(of(step) for step in texts.steps),
        check_heading=of(texts.check_heading),
        check=tuple(of(one) for one in texts.check),
        help_heading=of(texts.help_heading),
        help=of(texts.help),
        closing=paragraphs(of(words.closing or letter.closing)),
        regards=of(texts.regards),
        company=of.company[:1].upper() + of.company[1:],
        footer=paragraphs(footer or ""),
    )


def _subject(letter: Letter, words: Words, of: _Filling) -> str:
    return subject_line(of(words.subject or letter.subject))


def paragraphs(text: str) -> tuple[str, ...]:
    """The text split at empty lines; single line breaks stay."""
    return tuple(one for one in re.split(r"\n[^\S\n]*(?:\n\s*)", text.strip()) if one)


def _brief(texts: Texts, letter: Letter, words: Words, of: _Filling, shorter: _Filling) -> str:
    """The first version that is short enough: with own words, with the template's, with shortened names."""
    greeting = texts.greeting if of.name else texts.greeting_without_name
    own = [greeting, words.opening or letter.brief, texts.brief_steps, words.closing or "", texts.brief_help]
    usual = [greeting, letter.brief, texts.brief_steps, texts.brief_help]
    choices = (_joined(own, of), _joined(usual, of), _joined(usual, shorter))
    return next((one for one in choices if len(one) <= MOST_BRIEF), choices[-1])


def _joined(texts: Iterable[str], of: _Filling) -> str:
    return "\n\n".join(of(one).strip() for one in texts if one)


def first_name(display_name: str) -> str | None:
    """Ana, from "Ana Silva", "Silva, Ana" and "Ana"; None if it does not look like a person's name: a greeting without
    a name is never wrong.

    Digits and signs show that it is no person ("Room 2.14", "Scanner (EG)"), as does a first word in capitals ("IT
    Support", "SILVA Ana").
    """
    family, comma, given = display_name.partition(",")
    words = (given if comma else family).split()
    if not words or len(words[0]) > _MOST or words[0].isupper() or words[0].endswith("."):
        return None
    return words[0] if all(_is_name(word) for word in (*words, *family.split())) else None


def _is_name(word: str) -> bool:
    letters = word.removesuffix(".").replace("-", "").replace("'", "").replace("’", "")
    return bool(letters) and all(unicodedata.category(char)[0] in "LM" for char in letters)
