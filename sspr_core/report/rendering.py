"""Renders a report's email: text, and HTML from MJML."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sspr_core.formats import mjml
from sspr_core.formats.chart import Chart
from sspr_core.formats.chart_png import FRAME
from sspr_core.model.branding import Branding

LIGHT_ID, DARK_ID = "course-light", "course-dark"  # content ids of the course's chart, light and dark
_SOURCE = Path(__file__).parent / "report.mjml.j2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A warning to read before the figures."""

    text: str
    grave: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A share drawn as a bar; `share` None: no figure, so no bar."""

    label: str
    told: str
    share: float | None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading and the parts that are set, in this order. All plain text."""

    heading: str
    figure: str = ""  # the one number that matters, large
    lines: tuple[str, ...] = ()
    chart: Chart | None = None
    bars: tuple[Bar, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    items: tuple[str, ...] = ()
    rest: str = ""  # after the items: how many more there are
    link: str = ""  # the one address to go to


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The whole email without its layout."""

    language: str
    subject: str
    preview: str
    heading: str
    period: str
    notices: tuple[Notice, ...]
    intro: str
    sections: tuple[Section, ...]
    help: str
    company: str
    footer: tuple[str, ...]


def html_part(content: Content, branding: Branding) -> str:
    """HTML that loads nothing but the logo and the pictures attached to the email."""
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


def text_part(content: Content) -> str:
    """Paragraphs are one line each: every mail program folds lines."""
    parts = [
        f"{content.heading}\n{'=' * len(content.heading)}",
        content.period,
        *(f"! {notice.text}" for notice in content.notices),
        content.intro,
        *("\n\n".join(_section(section)) for section in content.sections),
        content.help,
        content.company,
    ]
    if content.footer:
        parts.append("\n".join(["--", *content.footer]))
    return "\n\n".join(filter(None, parts)) + "\n"


def _section(section: Section) -> Iterator[str]:
    yield f"{section.heading}\n{'-' * len(section.heading)}"
    if section.figure:
        yield section.figure
    yield from section.lines
    if section.bars:
        yield "\n".join(map(_bar, section.bars))
    if section.facts:
        yield "\n".join(f"{label}: {value}" for label, value in section.facts)
    if section.items or section.rest:
        yield "\n".join([*(f"- {item}" for item in section.items), *filter(None, [section.rest])])
    if section.link:
        yield section.link


def _bar(bar: Bar) -> str:
    return f"{bar.label}: {bar.told}{f' ({bar.note})' if bar.note else ''}"
