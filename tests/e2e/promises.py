"""Checks a run's guarantees in the rows and at the mail service."""

from datetime import datetime, timedelta

from sspr_core.model.delivery import DeliveryState
from sspr_core.model.run import RunId
from tests.e2e.quick_sending import HOUR, MINUTE
from tests.e2e.run_env import PostOffice

_OUT = {DeliveryState.ACCEPTED, DeliveryState.DELIVERED, DeliveryState.BOUNCED, DeliveryState.SUPPRESSED}


async def assert_each_accepted_once(office: PostOffice, *runs: RunId) -> None:
    """Every recipient has one email with a known outcome, and no one else has any."""
    rows = [row for run in runs for row in await office.rows(run)]
    assert len(rows) == sum([(await office.run(run)).recipient_count for run in runs])
    accepted = office.accepted()
    assert {one: len(times) for one, times in accepted.items()} == {row.operation_id: 1 for row in rows}
    given_up = [row for row in rows if row.state is DeliveryState.FAILED and row.accepted_at]  # as a receipt says
    assert [row for row in rows if row.state not in _OUT and row not in given_up] == []
    assert_within_quota(office)


def assert_within_quota(office: PostOffice) -> None:
    """No sliding window has more POSTs than its limit; refused ones count too."""
    times = [at for at, _ in office.posts()]
    for window, most in zip((MINUTE, HOUR), office.quota, strict=True):
        assert most_within(times, timedelta(seconds=window)) <= most


def most_within(times: list[datetime], window: timedelta) -> int:
    """The maximum count in any window of that length."""
    most = first = 0
    for last, at in enumerate(times):
        while at - times[first] >= window:
            first += 1
        most = max(most, last - first + 1)
    return most
