"""Renders an email's parts: text, and HTML from MJML."""

from dataclasses import dataclass
from pathlib import Path

from sspr_core.formats import mjml
from sspr_core.model.branding import Branding

ADDRESS = "aka.ms/mysecurityinfo"  # Microsoft's address, short enough to type; shown as text, never as a link

_SOURCE = Path(__file__).parent / "mail.mjml.j2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """The email's texts, all plain text; line breaks within a paragraph must be kept."""

    subject: str
    preview: str
    heading: str
    greeting: str
    opening: tuple[str, ...]
    steps_heading: str
    steps: tuple[str, ...]
    check_heading: str
    check: tuple[str, ...]
    help_heading: str
    help: str
    closing: tuple[str, ...]
    regards: str
    company: str
    footer: tuple[str, ...]


def text_part(letter: Filled) -> str:
    """Each paragraph is one line: every mail program wraps lines itself, and a phone's lines are shorter than any
    fixed width.
    """
    first, *others = letter.steps
    parts = [
        letter.greeting,
        *letter.opening,
        _heading(letter.steps_heading),
        f"1. {first}",
        f"   {ADDRESS}",
        *(f"{number}. {step}" for number, step in enumerate(others, 2)),
        _heading(letter.check_heading),
        *letter.check,
        _heading(letter.help_heading),
        letter.help,
        *letter.closing,
        f"{letter.regards}\n{letter.company}",
    ]
    if letter.footer:
        parts.append("\n".join(["--", *letter.footer]))
    return "\n\n".join(parts) + "\n"


def _heading(text: str) -> str:
    return f"{text}\n{'-' * len(text)}"


def html_part(letter: Filled, language: str, branding: Branding) -> str:
    """HTML that loads nothing but the logo."""
    return mjml.html(
        _SOURCE,
        letter=letter,
        language=language,
        address=ADDRESS,
        colour=branding.colour or mjml.COLOUR,
        logo_url=branding.logo_url,
        logo_alt=branding.logo_alt or "",
    )
