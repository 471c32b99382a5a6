"""A chart as SVG: shapes and classes only, so that a style sheet colours it, the page's own or that of a picture."""

from markupsafe import Markup, escape

from sspr_core.formats.chart import Chart


def svg(chart: Chart) -> Markup:
    """The same drawing for a page, which puts it among its own markup, and for a picture in a mail."""
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
    return Markup("\n".join(filter(None, parts)))  # noqa: S704 - numbers of ours, and texts that are escaped


def _row(chart: Chart, y: float, text: str) -> str:
    left, right = chart.frame.left, chart.frame.width - chart.frame.right
    line = f'<line class="grid" x1="{left}" x2="{right}" y1="{y}" y2="{y}"/>'
    return f'{line}<text x="{left - 6}" y="{y + 4:g}" text-anchor="end">{escape(text)}</text>'


def _column(chart: Chart, x: float, text: str, *, last: bool) -> str:
    anchor = "end" if last else "middle"
    place = f'x="{x}" y="{chart.frame.height - 6}" text-anchor="{anchor}"'
    return f'<text class="column" {place}>{escape(text)}</text>'
