"""The HTML part: Jinja2 writes MJML, mrml makes of it what mail programs understand, Outlook's tables included."""

import string
from functools import cache
from pathlib import Path

import mrml
from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from sspr_core.model.branding import Branding
from sspr_core.notify.letter import ADDRESS, Filled

_SOURCE = Path(__file__).parent / "mail.mjml.j2"
COLOUR = "#0f6cbd"
_PLAIN = frozenset(string.ascii_letters + string.digits + " ./:-_")


def html_part(letter: Filled, language: str, branding: Branding) -> str:
    """HTML that loads nothing but the logo."""
    # mrml lets through whatever it is given, so every value is escaped before: autoescape stays on.
    mjml = _template().render(
        letter=letter,
        language=language,
        address=ADDRESS,
        colour=branding.colour or COLOUR,
        logo_url=branding.logo_url,
        logo_alt=branding.logo_alt or "",
    )
    return str(mrml.to_html(mjml).content)


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["in_attribute"] = in_attribute
    return environment.from_string(_SOURCE.read_text(encoding="utf-8"))


def in_attribute(text: str) -> Markup:
    """For values that mrml puts into an attribute: it escapes there as Rust does, so nothing is left to escape."""
    return Markup("".join(char if char in _PLAIN else f"&#{ord(char)};" for char in text))  # noqa: S704 - all encoded
