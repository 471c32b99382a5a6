"""The chart of a run's outcome."""

from sspr_core.runs.outcome import AFTER_DAYS, ByDay, Outcome
from sspr_core.web.pages.outcome_chart import BOTTOM, HEIGHT, TOP, outcome_chart


def an_outcome(*counts: tuple[int, int], of: int = 100, over: int = 3) -> Outcome:
    """Counts after 1, 3, 7, … days; the first `over` of these times have passed."""
    days = tuple(
        ByDay(days=days, registered_count=sure, at_most_count=most, complete=place < over)
        for place, (days, (sure, most)) in enumerate(zip(AFTER_DAYS, counts, strict=False))
    )
    return Outcome(mailed_count=of, looked_at_count=of, gone_count=0, by_day=days)


def test_bars_stand_on_the_floor_and_reach_their_share() -> None:
    chart = outcome_chart(an_outcome((10, 10), (20, 20), (40, 40)))

    room = HEIGHT - TOP - BOTTOM
    assert [one.height for one in chart.bars] == [room / 4, room / 2, room]
    assert all(one.y + one.height == HEIGHT - BOTTOM for one in chart.bars)
    assert [label for _, label in chart.rows] == ["0%", "10%", "20%", "30%", "40%"]


def test_what_only_the_next_snapshot_saw_stands_on_top() -> None:
    (bar,) = outcome_chart(an_outcome((10, 20))).bars

    assert (bar.told, bar.more_height) == ("10–20", bar.height)
    assert bar.more_y + bar.more_height == bar.y


def test_bars_stand_beside_each_other_within_the_chart() -> None:
    chart = outcome_chart(an_outcome(*[(1, 1)] * 5))

    edges = [edge for one in chart.bars for edge in (one.x, one.x + chart.width)]
    assert edges == sorted(edges)
    assert (edges[0] > 40, edges[-1] < 748) == (True, True)


def test_nobody_registered_is_a_chart_too() -> None:
    chart = outcome_chart(an_outcome((0, 0), of=0))

    assert [one.height for one in chart.bars] == [0]
    assert chart.rows[-1][1] == "4%"


def test_all_is_a_hundred_percent() -> None:
    chart = outcome_chart(an_outcome((100, 100)))

    assert chart.rows[-1] == (TOP, "100%")
    assert chart.bars[0].y == TOP


def test_the_chart_is_told_to_whoever_does_not_see_it() -> None:
    found = an_outcome((9, 9), (21, 23), over=1)

    assert outcome_chart(found).summary == "Of 100 mailed, registered within: 1 day 9, 3 days 21–23 so far."
