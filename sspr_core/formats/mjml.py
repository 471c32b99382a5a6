"""MJML: Jinja2 renders it, and mrml turns it into HTML that mail programs understand, including Outlook's tables."""

import string
from functools import cache
from pathlib import Path

import mrml
from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

COLOUR = "#0f6cbd"  # for a mail whose branding has none
_PLAIN = frozenset(string.ascii_letters + string.digits + " ./:-_")


def html(source: Path, **values: object) -> str:
    """The template's HTML. mrml does not escape what it is given, so every value is escaped before."""
    return str(mrml.to_html(_template(source).render(**values)).content)


@cache
def _template(source: Path) -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["in_attribute"] = in_attribute
    return environment.from_string(source.read_text(encoding="utf-8"))


def in_attribute(text: str) -> Markup:
    """For values that mrml puts into an attribute: it escapes them by Rust's rules, so none may be left to escape."""
    return Markup("".join(char if char in _PLAIN else f"&#{ord(char)};" for char in text))  # noqa: S704 - all encoded
