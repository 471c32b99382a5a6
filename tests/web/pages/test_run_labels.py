"""The text of runs' states and figures."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sspr_core.model.delivery import DeliveryState
from sspr_core.model.mail_service import SENDING_OFF
from sspr_core.model.run import RunState
from sspr_core.model.sending import SendingLimits
from sspr_core.runs import request
from sspr_core.runs.request import OmissionReason
from sspr_core.status.responses import rfc3339
from sspr_core.web.pages import run_labels
from tests.builders import MONDAY, TERMS


def test_every_state_and_every_reason_has_its_words() -> None:
    assert set(run_labels.RUNS) == set(RunState)
    assert set(run_labels.DELIVERIES) == set(DeliveryState)
    assert all(run_labels.left_out(why, TERMS) for why in OmissionReason)
    codes = {SENDING_OFF, request.NOBODY, request.TOO_LONG, request.CHANGED}
    assert set(run_labels.REFUSALS) == codes


def test_that_sending_is_off_is_said_so_that_it_is_true_on_every_page() -> None:
    assert "kept under Reports" in run_labels.SENDING_OFF
    assert " here" not in run_labels.SENDING_OFF


def test_the_cool_down_is_told_as_it_is_set() -> None:
    assert run_labels.left_out(OmissionReason.COOLED_DOWN, TERMS) == "was emailed within 7 days"
    sooner = replace(TERMS, cool_down=timedelta(hours=36))
    assert run_labels.left_out(OmissionReason.COOLED_DOWN, sooner) == "was emailed within 1 day 12 h"


@pytest.mark.parametrize(
    ("time", "text"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=37.2), "37 s"),
        (timedelta(seconds=61), "2 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=1, minutes=21, seconds=1), "1 h 22 min"),
        (timedelta(days=2, hours=3, minutes=4), "2 days 3 h"),
    ],
)
def test_a_span_is_never_told_too_short(time: timedelta, text: str) -> None:
    assert run_labels.lasting(time) == text


def test_what_is_over_is_now() -> None:
    assert run_labels.until(rfc3339(MONDAY + timedelta(minutes=12)), MONDAY) == "in 12 min"
    assert run_labels.until(rfc3339(MONDAY - timedelta(minutes=12)), MONDAY) == "now"
    assert run_labels.until(None, MONDAY) == ""


def test_only_limits_that_are_set_are_told() -> None:
    assert run_labels.quota(SendingLimits()) == "30 a minute and 100 an hour"
    assert run_labels.quota(SendingLimits(per_minute=None, per_hour=2000)) == "2,000 an hour"
