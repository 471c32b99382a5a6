"""A chart as PNG, because no mail program shows SVG: one picture for light mode, one for dark."""

from pathlib import Path

import resvg_py

from sspr_core.formats.chart import Chart, ChartLayout, svg

FRAME = ChartLayout(
    width=440, height=200, left=52, right=12, top=12, bottom=30, days_named=4
)  # readable on a phone too
ZOOM = 2  # pixels of the picture per pixel shown, for sharp screens
FONT = Path(__file__).parent / "fonts" / "NotoSans-Latin.ttf"

LIGHT = {"ground": "#ffffff", "text": "#616161", "grid": "#e0e0e0", "line": "#0f6cbd", "area": "#cfe4fa"}
DARK = {"ground": "#1f1f1f", "text": "#adadad", "grid": "#525252", "line": "#479ef5", "area": "#0c3b5e"}


def png(chart: Chart, colours: dict[str, str]) -> bytes:
    """The page's drawing in these colours, with its own background: a picture cannot know what is behind it.

    Uses only the font in this package: a host may have none, and searching for fonts takes a fifth of a second.
    """
    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=str(svg(chart)),
            style_sheet=_sheet(colours),
            background=colours["ground"],
            zoom=ZOOM,
            font_files=[str(FONT)],
            font_family="Noto Sans",
            skip_system_fonts=True,
        )
    )


def _sheet(colours: dict[str, str]) -> str:
    return f"""
        text {{ fill: {colours["text"]}; font-family: "Noto Sans"; font-size: 15px; }}
        .grid {{ stroke: {colours["grid"]}; stroke-width: 1; }}
        .area {{ fill: {colours["area"]}; fill-opacity: 0.5; }}
        .line {{ fill: none; stroke: {colours["line"]}; stroke-width: 2.5; stroke-linejoin: round; }}
        .end {{ fill: {colours["line"]}; }}
    """
