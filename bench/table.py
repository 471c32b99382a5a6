"""The figures as a table in the terminal."""

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from bench.figure import Figure


def table(figures: Sequence[Figure], *, quick: bool) -> Table:
    """One row per figure: what was measured, the two ratios, and whether the goals are met."""
    heading = "Against a peer and the limit" + (
        " (quick: fewer rounds, and smaller where a row says so)" if quick else ""
    )
    shown = Table(title=heading, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    shown.add_column("What")
    for name in ("Ours", "Peer", "Limit", "Times better than the peer", "Times the limit"):
        shown.add_column(name, justify="right")
    shown.add_column("Goals")
    for one in figures:
        shown.add_row(*_row(one))
    return shown


def _row(one: Figure) -> list[str | Text]:
    what = Text.assemble(one.title, (f"\n{one.remark}", "dim") if one.remark else "")
    return [
        what,
        _value(one.ours, one.unit),
        _value(one.peer, one.unit),
        _value(one.limit, one.unit),
        _ratio(one.ratio_to_peer, one.goal_peer, "≥"),
        _ratio(one.ratio_to_limit, one.goal_limit, "≤"),
        Text("met", style="green") if one.met else Text("missed", style="red"),
    ]


def _value(value: float | None, unit: str) -> str:
    return "–" if value is None else f"{value:,.3g} {unit}" if value < 100 else f"{value:,.0f} {unit}"


def _ratio(ratio: float | None, goal: float | None, sign: str) -> str:
    return "–" if ratio is None or goal is None else f"{ratio:,.3g} ({sign} {goal:g})"
