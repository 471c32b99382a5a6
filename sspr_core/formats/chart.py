"""A chart of coverage over time: layout, and drawing as SVG."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup, escape

type Points = Sequence[tuple[date, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartLayout:
    """The picture's size, and the margins around the lines for their labels."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    days_named: int = 6  # about so many labels along the bottom

    @property
    def floor(self) -> int:
        return self.height - self.bottom


PAGE = ChartLayout(width=760, height=260, left=40, right=12, top=12, bottom=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartLocale:
    """How a language writes the labels and the summary of a chart."""

    percent: Callable[[float], str]  # of a round share
    day: Callable[[date], str]  # without the year
    summary: Callable[[str, Points], str]  # the chart in a sentence, for readers who do not see it


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A line of shares over days, with coordinates."""

    frame: ChartLayout
    lines: list[str]  # `points` of each piece; days without a figure separate the pieces
    areas: list[str]
    rows: list[tuple[float, str]]  # y and label
    columns: list[tuple[float, str]]  # x and label
    end: tuple[float, float] | None
    summary: str


def chart(
    days: Sequence[tuple[date, float | None]],
    *,
    what: str,
    frame: ChartLayout = PAGE,
    saying: ChartLocale | None = None,
) -> Chart:
    """Lays out a share, 0 to 1, over consecutive calendar days, oldest first. `saying` None: English."""
    saying = saying or ENGLISH
    known = [(on, share) for on, share in days if share is not None]
    low, high = _bounds([share for _, share in known])

    def x(index: int) -> float:
        return round(frame.left + index * (frame.width - frame.left - frame.right) / max(len(days) - 1, 1), 1)

    def y(share: float) -> float:
        return round(frame.top + (high - share) / (high - low) * (frame.floor - frame.top), 1)

    pieces = _pieces([None if share is None else (x(index), y(share)) for index, (_, share) in enumerate(days)])
    step = (high - low) / 4
    return Chart(
        frame=frame,
        lines=[" ".join(f"{a},{b}" for a, b in piece) for piece in pieces],
        areas=[
            f"{piece[0][0]},{frame.floor} {' '.join(f'{a},{b}' for a, b in piece)} {piece[-1][0]},{frame.floor}"
            for piece in pieces
        ],
        rows=[(y(low + n * step), saying.percent(low + n * step)) for n in range(5)],
        columns=[
            (x(index), saying.day(on)) for index, (on, _) in enumerate(days) if _is_marked(index, len(days), frame)
        ],
        end=pieces[-1][-1] if pieces else None,
        summary=saying.summary(what, known),
    )


def _bounds(shares: Sequence[float]) -> tuple[float, float]:
    """Four round steps around the shares, at least 20 points, so that small changes do not look large."""
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


def _is_marked(index: int, count: int, frame: ChartLayout) -> bool:
    return (count - 1 - index) % max(1, round(count / frame.days_named)) == 0 and index > 2


def _summary(what: str, known: Points) -> str:
    if not known:
        return f"{what}: no figures yet."
    (first, was), (last, now) = known[0], known[-1]
    return f"{what}: {was:.1%} on {first.day} {first:%b %Y}, {now:.1%} on {last.day} {last:%b %Y}."


ENGLISH = ChartLocale(
    percent=lambda share: f"{share:.0%}",
    day=lambda on: f"{on.day} {on:%b}",
    summary=_summary,
)


def svg(chart: Chart) -> Markup:
    """The drawing, the same for a page, which inlines it, and for a picture in a mail."""
    frame = chart.frame
    box = f'width="{frame.width}" height="{frame.height}" viewBox="0 0 {frame.width} {frame.height}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" {box} role="img" aria-label="{escape(chart.summary)}">',
        *(_row(chart, y, text) for y, text in chart.rows),
        *(_column(chart, x, text, last=place == 0) for place, (x, text) in enumerate(reversed(chart.columns))),
        *(f'<polygon class="area" points="{points}"/>' for points in chart.areas),
        *(f'<polyline class="line" points="{points}"/>' for points in chart.lines),
        f'<circle class="end" cx="{chart.end[0]}" cy="{chart.end[1]}" r="4"/>' if chart.end else "",
        "</svg>",
    ]
    return Markup("\n".join(filter(None, parts)))  # noqa: S704 - our own numbers, and escaped texts


def _row(chart: Chart, y: float, text: str) -> str:
    left, right = chart.frame.left, chart.frame.width - chart.frame.right
    line = f'<line class="grid" x1="{left}" x2="{right}" y1="{y}" y2="{y}"/>'
    return f'{line}<text x="{left - 6}" y="{y + 4:g}" text-anchor="end">{escape(text)}</text>'


def _column(chart: Chart, x: float, text: str, *, last: bool) -> str:
    anchor = "end" if last else "middle"
    place = f'x="{x}" y="{chart.frame.height - 6}" text-anchor="{anchor}"'
    return f'<text class="column" {place}>{escape(text)}</text>'
