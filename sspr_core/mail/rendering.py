"""Renders an email's parts: text, and HTML from MJML."""

from dataclasses import dataclass
from pathlib import Path

from sspr_core.formats import mjml
from sspr_core.model.branding import Branding

ADDRESS = "aka.ms/mysecurityinfo"  # Microsoft's own, short enough to type; shown as text and never as a link

_SOURCE = Path(__file__).parent / "mail.mjml.j2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """Plain text throughout; line ends within a paragraph are to be kept."""

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
    """Paragraphs are one line each: every mail program folds lines, and a phone's are shorter than ours would be."""
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
