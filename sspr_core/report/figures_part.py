"""Numbers and dates as a language writes them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec


class Numbers(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a language groups and marks, and where its percent sign stands."""

    decimal: str
    group: str
    percent: str
    points: str

    def count(self, number: int) -> str:
        return f"{number:,}".replace(",", self.group)

    def change(self, number: int) -> str:
        """With its sign; nothing has none."""
        return f"{_sign(number)}{self.count(abs(number))}"

    def share(self, share: float) -> str:
        """As the pages write it: with one decimal, and a whole only where it is one."""
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
    """Months as they stand within a date."""

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
