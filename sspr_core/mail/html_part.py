"""The HTML part of a letter in a branding."""

from pathlib import Path

from sspr_core.formats import mjml
from sspr_core.mail.letter import ADDRESS, Filled
from sspr_core.model.branding import Branding

_SOURCE = Path(__file__).parent / "mail.mjml.j2"


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
