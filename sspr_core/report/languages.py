"""The texts of reports in each language, with its numbers and dates."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from sspr_core.model.counts import SsprScope
from sspr_core.model.problem import Access
from sspr_core.model.registration import Excluded
from sspr_core.model.tenant import Lifecycle

_FOLDER = Path(__file__).parent / "languages"


class NumberFormat(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a language groups digits, marks decimals and places its percent sign."""

    decimal: str
    group: str
    percent: str
    points: str

    def count(self, number: int) -> str:
        return f"{number:,}".replace(",", self.group)

    def change(self, number: int) -> str:
        """With its sign; 0 has none."""
        return f"{_sign(number)}{self.count(abs(number))}"

    def share(self, share: float) -> str:
        """As on the web pages: one decimal; 0% and 100% only if exact."""
        written = f"{share:.0%}" if share in (0, 1) else f"{min(max(share, 0.001), 0.999):.1%}"
        return self.percent.replace("{number}", self._marked(written.rstrip("%")))

    def round_share(self, share: float) -> str:
        return self.percent.replace("{number}", f"{share * 100:.0f}")

    def point_change(self, change: float) -> str:
        """A change of a share, in percentage points, with its sign."""
        points = round(change * 100, 1)
        return self.points.replace("{number}", f"{_sign(points)}{self._marked(f'{abs(points):.1f}')}")

    def _marked(self, written: str) -> str:
        return written.replace(".", self.decimal)


def _sign(number: float) -> str:
    return "+" if number > 0 else "−" if number < 0 else ""


class Dates(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Month names as they are written within a date."""

    months: tuple[str, ...]
    short_months: tuple[str, ...]
    long_date: str
    short_date: str
    moment: str

    def day(self, on: date) -> str:
        written = self.long_date.replace("{day}", str(on.day)).replace("{month}", self.months[on.month - 1])
        return written.replace("{year}", str(on.year))

    def short_day(self, on: date) -> str:
        return self.short_date.replace("{day}", str(on.day)).replace("{month}", self.short_months[on.month - 1])

    def at(self, at: datetime, zone: str) -> str:
        """Date and time of day in the zone."""
        there = at.astimezone(ZoneInfo(zone))
        return self.moment.replace("{date}", self.day(there)).replace("{time}", f"{there:%H:%M}")

    def on(self, at: datetime, zone: str) -> str:
        """The date in the zone."""
        return self.day(at.astimezone(ZoneInfo(zone)))


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All texts of one language; `say` fills their placeholders."""

    name: str
    subject_tenant: str
    subject_all: str
    preview: str
    preview_without_figures: str
    heading_tenant: str
    heading_all: str
    period_first: str
    period_since: str
    intro: str
    late: str
    no_snapshot: str
    stale: str
    problem: str
    incomplete: str
    complete: str
    coverage: str
    nobody_enabled: str
    of_how_many: str
    change_since: str
    no_change_known: str
    population: str
    registered: str
    to_register: str
    unknown: str
    not_enabled: str
    course: str
    course_sentence: str
    course_of_one_day: str
    admin_to_register: str
    administrator: str
    newly_registered: str
    more: str
    weak: str
    weak_why: str
    single_method: str
    phone_only: str
    runs: str
    run: str
    tenants: str
    tenant_note: str
    no_figures: str
    stale_mark: str
    not_read: str
    not_read_line: str
    lifecycles_heading: str
    scopes_heading: str
    not_counted: str
    licence_shortfall: str
    about: str
    made: str
    read: str
    oldest_read: str
    zone: str
    file_left_out: str
    names_people: str
    questions: str
    numbers: NumberFormat
    dates: Dates
    problems: Mapping[Access, str]
    excluded: Mapping[Excluded, str]
    lifecycles: Mapping[Lifecycle, str]
    scopes: Mapping[SsprScope, str]
    columns: Mapping[str, str]


@cache
def known() -> Mapping[str, Texts]:
    """Every language's texts by its tag (BCP 47); the same languages as for emails to users."""
    return {path.stem: msgspec.toml.decode(path.read_bytes(), type=Texts) for path in sorted(_FOLDER.glob("*.toml"))}


def say(text: str, **values: str) -> str:
    """The text with every placeholder filled once; placeholders inside a value are not filled."""
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], text)
