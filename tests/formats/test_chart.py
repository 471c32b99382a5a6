"""The layout of a chart of coverage over time."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from sspr_core.formats.chart import PAGE, chart

FIRST = date(2026, 8, 25)
shares = st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=92)


def days(*values: float | None) -> list[tuple[date, float | None]]:
    return [(FIRST + timedelta(days=number), value) for number, value in enumerate(values)]


def points(piece: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (point.split(",") for point in piece.split())]


@given(shares)
def test_every_figure_is_a_point_within_the_picture_from_left_to_right(values: list[float | None]) -> None:
    made = chart(days(*values), what="Coverage")

    placed = [point for piece in made.lines for point in points(piece)]
    assert len(placed) == sum(value is not None for value in values)
    assert placed == sorted(placed, key=lambda point: point[0])
    for x, y in placed:
        assert PAGE.left <= x <= PAGE.width - PAGE.right
        assert PAGE.top - 0.1 <= y <= PAGE.floor + 0.1


@given(shares)
def test_more_is_higher(values: list[float | None]) -> None:
    made = chart(days(*values), what="Coverage")
    heights = [y for piece in made.lines for _, y in points(piece)]
    known = [value for value in values if value is not None]

    for (one, high), (other, low) in pairwise(zip(known, heights, strict=True)):
        assert (one <= other) == (high >= low) or abs(one - other) < 0.001


def test_days_without_a_figure_part_the_line() -> None:
    made = chart(days(0.5, 0.6, None, None, 0.7, None, 0.8), what="Coverage")

    assert [len(points(piece)) for piece in made.lines] == [2, 1, 1]
    assert made.end == points(made.lines[-1])[-1]


def test_a_ripple_does_not_look_like_a_wave() -> None:
    made = chart(days(0.61, 0.62, 0.615), what="Coverage")

    labels = [int(text.rstrip("%")) for _, text in made.rows]
    assert labels[-1] - labels[0] >= 20
    assert labels == sorted(labels)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_the_lines_across_are_at_round_figures(values: list[float]) -> None:
    labels = [int(text.rstrip("%")) for _, text in chart(days(*values), what="Coverage").rows]

    assert all(label % 5 == 0 for label in labels)
    assert len({after - before for before, after in pairwise(labels)}) == 1
    assert labels[0] / 100 <= min(values)
    assert max(values) <= labels[-1] / 100


def test_the_picture_is_said_in_a_sentence() -> None:
    assert chart(days(None, 0.5, 0.75), what="Coverage of Contoso").summary == (
        "Coverage of Contoso: 50.0% on 26 Aug 2026, 75.0% on 27 Aug 2026."
    )
    assert chart(days(None), what="Coverage").summary == "Coverage: no figures yet."
    assert chart([], what="Coverage").lines == []
