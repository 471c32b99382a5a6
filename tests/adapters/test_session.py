"""The wait that an answer asks for."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from sspr_core.adapters.http_session import retry_after
from sspr_core.model import clock
from tests.builders import DAY, MONDAY


def http_date(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17),
        ({"retry-after": "2.5"}, 2.5),
        ({"Retry-After": "17, 20"}, 17),
        ({"Retry-After": "-5"}, 0),
        ({"Retry-After": "99999999"}, 86_400),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": ""}, None),
        ({}, None),
    ],
)
def test_retry_after_in_seconds_is_taken_within_reason(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("later", "after"),
    [
        (timedelta(seconds=90), timedelta(seconds=90)),
        (timedelta(seconds=-90), timedelta(0)),
        (timedelta(days=40), timedelta(days=1)),
    ],
)
def test_retry_after_as_a_date_is_from_the_answers_own_date_within_reason(later: timedelta, after: timedelta) -> None:
    assert retry_after({"Retry-After": http_date(MONDAY + later), "Date": http_date(MONDAY)}) == after


@pytest.mark.parametrize("date", [{}, {"Date": "yesterday"}])
def test_without_such_a_date_it_is_from_now_on(date: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "real", lambda: MONDAY + DAY)

    assert retry_after({"Retry-After": http_date(MONDAY + DAY + timedelta(minutes=2)), **date}) == timedelta(minutes=2)
