"""The HTML part of a report in a branding."""

from pathlib import Path

from sspr_core.formats import mjml
from sspr_core.formats.chart_png import FRAME
from sspr_core.model.branding import Branding
from sspr_core.report.rendering import Content

LIGHT_ID, DARK_ID = "course-light", "course-dark"  # content ids of the picture of the course, one for each look
_SOURCE = Path(__file__).parent / "report.mjml.j2"


def html_part(content: Content, branding: Branding) -> str:
    """HTML that loads nothing but the logo, and the pictures that come with it."""
    return mjml.html(
        _SOURCE,
        content=content,
        colour=branding.colour or mjml.COLOUR,
        logo_url=branding.logo_url,
        logo_alt=branding.logo_alt or "",
        light_id=LIGHT_ID,
        dark_id=DARK_ID,
        shape=FRAME,
    )
