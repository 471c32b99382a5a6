"""Schedules: every accepted one works on the platform."""

import pytest
from croniter import croniter
from hypothesis import example, given
from hypothesis import strategies as st

from sspr_core.settings.ncrontab import is_schedule


@pytest.mark.parametrize(
    "text",
    [
        "0 0 * * * *",
        "0 */15 * * * *",
        "30 5,35 8-18 * * 1-5",
        "0 0 9 1 Jan Mon",
        "0 0 9 * jan-MAR/2 SUN-SAT",
        "0 5/10 * * * *",
        "59 59 23 31 12 6",
        "  0 0 * * * *  ",
    ],
)
def test_schedules_have_six_fields_of_numbers_names_ranges_steps_and_lists(text: str) -> None:
    assert is_schedule(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "every hour",
        "0 * * * *",
        "0 0 * * * * *",
        "0 61 * * * *",
        "0 0 24 * * *",
        "0 0 0 0 * *",
        "0 0 0 * * 7",
        "0 99/5 * * * *",
        "0 0-99/5 * * * *",
        "0 */0 * * * *",
        "0 5/0 * * * *",
        "0 0 5-1 * * *",
        "0 0 0 * FOO *",
        "0 0 0 MON * *",
        "0 0 0 * MON *",
        "foo */0 * * * *",
        "0 0 0 * * MON-FOO",
        "0 5, * * * *",
        "0 -5 * * * *",
        "0 *-5 * * * *",
        "0 ٣ * * * *",
        f"0 {'9' * 5_000} * * * *",
    ],
)
def test_what_the_platform_could_not_run_is_no_schedule(text: str) -> None:
    assert not is_schedule(text)


def a_field(low: int, high: int, *names: str) -> st.SearchStrategy[str]:
    """Mostly within the limits, and sometimes just outside, or with a range backwards or a step of 0."""
    word = st.integers(low, high).map(str) | st.sampled_from([*names, str(low), str(high + 1)])
    part = st.builds(
        lambda first, last, step: first + (f"-{last}" if last else "") + (f"/{step}" if step is not None else ""),
        word,
        st.none() | word,
        st.none() | st.integers(0, 99),
    )
    return st.just("*") | st.lists(part, min_size=1, max_size=2).map(",".join)


@given(
    st.tuples(
        *(
            a_field(*limits)
            for limits in ((0, 59), (0, 59), (0, 23), (1, 31), (1, 12, "jan", "DEC"), (0, 6, "SUN", "sat"))
        )
    ).map(" ".join)
)
@example("0 0 0 * * SUN/2")
@example("0 */99 * * * *")
def test_whatever_is_taken_another_reader_of_cron_takes_too(text: str) -> None:
    assert not is_schedule(text) or croniter.is_valid(text, second_at_beginning=True)
