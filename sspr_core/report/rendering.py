"""What a report's mail contains, in the reader's words, before it becomes text and HTML."""

from dataclasses import dataclass

from sspr_core.formats.chart import Chart


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What has to be known before any figure is believed."""

    text: str
    grave: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A share as a bar; `share` None: there is no figure, and no bar."""

    label: str
    told: str
    share: float | None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A heading, and of the parts those that it has, in this order. Plain text throughout."""

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
    """The whole mail but its look."""

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
