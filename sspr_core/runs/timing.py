"""When the emails of a run would go out, and whether that is soon enough."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sspr_core.model.pacing import Pacing
from sspr_core.model.sending import Numbers
from sspr_core.runs.pacing import first_slot

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Of `count` emails, as far as can be foreseen: other runs may be paused, and the mail service may ask to wait."""

    count: int
    wait: timedelta  # until the first, because of what is queued already
    spacing: timedelta
    first_send_at: datetime
    last_send_at: datetime

    @property
    def sending(self) -> timedelta:
        return self.last_send_at - self.first_send_at


def timing(
    count: int, pacing: Pacing, *, waiting_count: int, not_before: datetime | None, now: datetime, numbers: Numbers
) -> Timing:
    """After every slot that is given out, and after the `waiting_count` emails that still wait for one."""
    begin = max(now, not_before or now)
    first = max(begin, first_slot(pacing, now=now, numbers=numbers) + waiting_count * numbers.spacing)
    return Timing(
        count=count,
        wait=first - begin,
        spacing=numbers.spacing,
        first_send_at=first,
        last_send_at=first + max(0, count - 1) * numbers.spacing,
    )


def too_long(found: Timing, *, longest: timedelta) -> str | None:
    """The arithmetic, and what to do, when the run would take longer than the longest may; else None."""
    if found.wait + found.sending <= longest:
        return None
    queued = f", after what is queued already ({_hours(found.wait)})" if found.wait >= timedelta(minutes=3) else ""
    return (
        f"{found.count:,} emails at one every {found.spacing.total_seconds():.1f} s take {_hours(found.sending)}"
        f"{queued}; a run may take {_hours(longest)}. Ask Microsoft for a higher quota, or choose fewer users."
    )


def _hours(time: timedelta) -> str:
    return f"{time / _HOUR:,.1f} hours"
