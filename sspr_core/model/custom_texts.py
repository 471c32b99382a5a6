"""An operator's own words in a mail: plain text with placeholders, which are replaced literally."""

import re

import msgspec

from sspr_core.model.errors import Invalid
from sspr_core.model.text import has_controls

PLACEHOLDERS = ("name", "tenant", "company", "support")
MOST_CHARACTERS = {"subject": 150, "opening": 2_000, "closing": 1_000}
_KNOWN = re.compile(r"\{(" + "|".join(PLACEHOLDERS) + r")\}")
_SUSPECT = re.compile(r"\{\w{0,30}\}|[{}]")


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """None: the template's own text. `version` 0: no words saved yet."""

    subject: str | None = None
    opening: str | None = None
    closing: str | None = None
    version: int = 0

    def over(self, default: "Words") -> "Words":
        """These words, else the default's; the version is that of the nearest saved ones."""
        return Words(
            subject=default.subject if self.subject is None else self.subject,
            opening=default.opening if self.opening is None else self.opening,
            closing=default.closing if self.closing is None else self.closing,
            version=self.version or default.version,
        )


def check(words: Words) -> None:
    """Raises Invalid with the field and, for a placeholder or a brace, its place in the text."""
    for field, most in MOST_CHARACTERS.items():
        text = getattr(words, field)
        if text is not None:
            _check(field, text, most)


def _check(field: str, text: str, most: int) -> None:
    if not text.strip():
        raise Invalid(field, "is empty; leave it out to have the template's")
    if len(text) > most:
        raise Invalid(field, f"has {len(text)} characters, {most} are possible")
    if has_controls(text if field == "subject" else text.replace("\n", " ")):
        raise Invalid(field, "has a line break, or another character that cannot be seen")
    # Replaces known placeholders by as many stars, so that other braces keep their place.
    rest = _KNOWN.sub(lambda found: "*" * len(found[0]), text)
    if wrong := _SUSPECT.search(rest):
        raise Invalid(field, _sentence(wrong[0], *_place(text, wrong.start())))


def _place(text: str, at: int) -> tuple[int, int]:
    """Line and column, both from 1."""
    before = text[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1


def _sentence(wrong: str, line: int, column: int) -> str:
    known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    what = f"unknown placeholder {wrong}" if len(wrong) > 1 else f"lone brace {wrong}"
    return f"{what} in line {line}, column {column}; the placeholders are {known}"


def fill(text: str, values: dict[str, str]) -> str:
    """The text with every placeholder replaced once: an inserted value is not searched for placeholders."""
    return _KNOWN.sub(lambda found: values[found[1]], text)


def without_name(text: str) -> str:
    """The text as written without a name: "Hello {name}," becomes "Hello,"; a line's leading name is dropped."""
    begun = re.sub(r"(?m)^\{name\}[,:!]?[ ]*(\w?)", lambda found: found[1].upper(), text)
    return re.sub(r",?[ ]*\{name\}", "", begun)
