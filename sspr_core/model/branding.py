"""How a tenant's mails look and whom they name; each field may be left to the default."""

import re
from urllib.parse import urlsplit

import msgspec

from sspr_core.model.errors import Invalid
from sspr_core.model.text import has_controls, is_address

LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3: white text on the colour


class Branding(msgspec.Struct, frozen=True, kw_only=True):
    """None: not set here. A Struct because it is stored and answered as JSON."""

    company: str | None = None
    logo_url: str | None = None
    logo_alt: str | None = None
    colour: str | None = None  # `#rrggbb`
    support_contact: str | None = None  # as readers see it: name, number, address
    sender_address: str | None = None
    sender_name: str | None = None
    reply_to: str | None = None
    footer: str | None = None

    def over(self, default: "Branding") -> "Branding":
        """This tenant's fields, else the default's. A logo never gets another logo's alt text."""
        merged = {
            field: getattr(default, field) if getattr(self, field) is None else getattr(self, field)
            for field in self.__struct_fields__
        }
        if self.logo_url is not None:
            merged["logo_alt"] = self.logo_alt
        return Branding(**merged)


MOST_CHARACTERS = {
    "company": 80,
    "logo_url": 500,
    "logo_alt": 120,
    "support_contact": 100,
    "sender_name": 80,
    "footer": 500,
}


def check(branding: Branding) -> None:
    """Raises Invalid with the first invalid field."""
    for field, most in MOST_CHARACTERS.items():
        _check_text(field, getattr(branding, field), most)
    for field in ("sender_address", "reply_to"):
        address = getattr(branding, field)
        if address is not None and not is_address(address):
            raise Invalid(field, "is not a mail address")
    _check_logo(branding.logo_url, branding.logo_alt)
    if branding.colour is not None:
        _check_colour(branding.colour)


def _check_text(field: str, text: str | None, most: int) -> None:
    if text is None:
        return
    if not text.strip():
        raise Invalid(field, "is empty; leave it out to have the default's")
    if len(text) > most:
        raise Invalid(field, f"has {len(text)} characters, {most} are possible")
    if has_controls(text.replace("\n", " ") if field == "footer" else text):
        raise Invalid(field, "has a line break, or another character that cannot be seen")


def _check_logo(url: str | None, alt: str | None) -> None:
    if url is None:
        if alt is not None:
            raise Invalid("logo_alt", "says what a logo shows, and no logo is given")
        return
    if not _is_https(url):
        raise Invalid("logo_url", "is not an https:// address")
    if alt is None:
        raise Invalid("logo_alt", "is needed with a logo: many mail programs do not show pictures")


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    plain = parts.scheme == "https" and not parts.username and re.fullmatch(r"[A-Za-z0-9.-]+\.[A-Za-z]{2,63}", host)
    return bool(plain) and not re.search(r"[\s\"'<>\\`]", url)


def _check_colour(colour: str) -> None:
    if not re.fullmatch("#[0-9a-fA-F]{6}", colour):
        raise Invalid("colour", "is not of the form #rrggbb")
    if (found := contrast_with_white(colour)) < LEAST_CONTRAST:
        raise Invalid("colour", f"is too light for white text: contrast {found:.2f}, at least {LEAST_CONTRAST}")


def contrast_with_white(colour: str) -> float:
    """The contrast of `#rrggbb` with white, 1 to 21 (WCAG 2.2, relative luminance)."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)
