"""Draws as bars how many mailed users had registered after a number of days."""

from dataclasses import dataclass

from sspr_core.runs.outcome import ByDay, Outcome

WIDTH, HEIGHT = 760, 220
LEFT, RIGHT, TOP, BOTTOM = 40, 12, 20, 24
_TOPS = (4, 8, 20, 40, 60, 80, 100)  # percent: four round steps each


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A placed bar: its lower part are users seen registered by then, its upper part those who may have been."""

    x: float
    middle: float
    y: float
    height: float
    more_y: float
    more_height: float
    told: str
    under: str
    complete: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeChart:
    bars: list[Bar]
    width: float
    rows: list[tuple[float, str]]  # y and label
    summary: str


def outcome_chart(found: Outcome) -> OutcomeChart:
    whole = max(found.looked_at_count, 1)
    highest = max((one.at_most_count / whole * 100 for one in found.by_day), default=0)
    top = next(one for one in _TOPS if one >= min(highest, 100))
    room = HEIGHT - TOP - BOTTOM
    step = (WIDTH - LEFT - RIGHT) / max(len(found.by_day), 1)

    def high(count: int) -> float:
        return round(count / whole * 100 / top * room, 1)

    def bar(place: int, one: ByDay) -> Bar:
        middle = LEFT + (place + 0.5) * step
        return Bar(
            x=round(middle - step / 4, 1),
            middle=round(middle, 1),
            y=HEIGHT - BOTTOM - high(one.registered_count),
            height=high(one.registered_count),
            more_y=HEIGHT - BOTTOM - high(one.at_most_count),
            more_height=round(high(one.at_most_count) - high(one.registered_count), 1),
            told=told(one),
            under=f"{one.days} day{'' if one.days == 1 else 's'}",
            complete=one.complete,
        )

    return OutcomeChart(
        bars=[bar(place, one) for place, one in enumerate(found.by_day)],
        width=round(step / 2, 1),
        rows=[(round(TOP + room * (4 - n) / 4, 1), f"{top * n // 4}%") for n in range(5)],
        summary=f"Of {found.looked_at_count:,} mailed, registered within: {', '.join(map(_in_words, found.by_day))}.",
    )


def told(one: ByDay) -> str:
    """The number, or its range."""
    more = one.at_most_count > one.registered_count
    return f"{one.registered_count:,}–{one.at_most_count:,}" if more else f"{one.registered_count:,}"


def _in_words(one: ByDay) -> str:
    so_far = "" if one.complete else " so far"
    return f"{one.days} day{'' if one.days == 1 else 's'} {told(one)}{so_far}"
