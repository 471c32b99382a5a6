"""Charts as SVG, drawn here: shapes and classes only, so that the style sheet colours them, light and dark."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 760, 260
LEFT, RIGHT, TOP, BOTTOM = 40, 12, 12, 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A line of shares over days, placed: numbers for a template to write."""

    lines: list[str]  # `points` of each piece; days without a figure part them
    areas: list[str]
    rows: list[tuple[float, str]]  # y and label
    columns: list[tuple[float, str]]  # x and label
    end: tuple[float, float] | None
    summary: str


def chart(days: Sequence[tuple[date, float | None]], *, what: str) -> Chart:
    """The course of a share, 0 to 1, over days without gaps in the calendar, oldest first."""
    known = [(on, share) for on, share in days if share is not None]
    low, high = _bounds([share for _, share in known])

    def x(index: int) -> float:
        return round(LEFT + index * (WIDTH - LEFT - RIGHT) / max(len(days) - 1, 1), 1)

    def y(share: float) -> float:
        return round(TOP + (high - share) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)

    pieces = _pieces([None if share is None else (x(index), y(share)) for index, (_, share) in enumerate(days)])
    step = (high - low) / 4
    floor = HEIGHT - BOTTOM
    return Chart(
        lines=[" ".join(f"{a},{b}" for a, b in piece) for piece in pieces],
        areas=[
            f"{piece[0][0]},{floor} {' '.join(f'{a},{b}' for a, b in piece)} {piece[-1][0]},{floor}" for piece in pieces
        ],
        rows=[(y(low + n * step), f"{(low + n * step):.0%}") for n in range(5)],
        columns=[(x(index), f"{on.day} {on:%b}") for index, (on, _) in enumerate(days) if _is_marked(index, len(days))],
        end=pieces[-1][-1] if pieces else None,
        summary=_summary(known, what),
    )


def _bounds(shares: Sequence[float]) -> tuple[float, float]:
    """Four round steps around the shares, at least 20 points, so that a ripple does not look like a wave."""
    if not shares:
        return 0.0, 1.0
    for step in (5, 10, 20, 25):
        low = min(int(min(shares) * 100) // step * step, 100 - 4 * step)
        if max(shares) * 100 <= low + 4 * step:
            break
    return low / 100, (low + 4 * step) / 100


def _pieces(points: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    pieces: list[list[tuple[float, float]]] = [[]]
    for point in points:
        if point is not None:
            pieces[-1].append(point)
        elif pieces[-1]:
            pieces.append([])
    return [piece for piece in pieces if piece]


def _is_marked(index: int, count: int) -> bool:
    return (count - 1 - index) % max(1, round(count / 6)) == 0 and index > 2


def _summary(known: Sequence[tuple[date, float]], what: str) -> str:
    """The chart in a sentence, for whoever does not see it."""
    if not known:
        return f"{what}: no figures yet."
    (first, was), (last, now) = known[0], known[-1]
    return f"{what}: {was:.1%} on {first.day} {first:%b %Y}, {now:.1%} on {last.day} {last:%b %Y}."
