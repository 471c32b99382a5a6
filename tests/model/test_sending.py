"""The protocol's parameters: the values derived from them, and the sets that cannot keep its guarantees."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sspr_core.model.sending import SendingLimits
from tests.runs.delivery_builders import HOUR, MINUTE, NUMBERS, SECOND


@pytest.mark.parametrize(
    ("per_minute", "per_hour", "spacing"),
    [
        (30, 100, timedelta(seconds=37.2)),  # (3600 + 120) / 100
        (30, None, 6 * SECOND),  # (60 + 120) / 30
        (None, 100, timedelta(seconds=37.2)),
        (5, 10, 372 * SECOND),  # a managed domain
        (None, None, 0 * SECOND),
    ],
)
def test_slots_are_as_far_apart_as_the_tightest_limit_wants(
    per_minute: int | None, per_hour: int | None, spacing: timedelta
) -> None:
    assert SendingLimits(per_minute=per_minute, per_hour=per_hour).spacing == spacing


def test_the_spacing_has_room_for_lateness_flight_and_clocks() -> None:
    late = NUMBERS.grace + NUMBERS.budget + NUMBERS.post_timeout + 2 * NUMBERS.clock_error

    assert late == 2 * MINUTE
    assert replace(NUMBERS, grace=2 * NUMBERS.grace).spacing > NUMBERS.spacing


def test_the_numbers_of_the_protocol_keep_its_promises() -> None:
    assert NUMBERS.problems() == []


@pytest.mark.parametrize(
    ("wrong", "right", "rule"),
    [
        ({"lease": 59 * SECOND}, {"lease": 60 * SECOND}, "lease"),  # B + T + 2σ
        ({"settle": 420 * SECOND}, {"settle": 421 * SECOND}, "settle"),  # B + T + Z + lag + 2σ
        ({"lookup_lag": 8 * MINUTE}, {"lookup_lag": 8 * MINUTE - SECOND}, "settle"),
        ({"memory_safe": 24 * HOUR - 10 * MINUTE}, {"memory_safe": 24 * HOUR - 11 * MINUTE}, "memory_safe"),
        ({"remembered": 20 * HOUR}, {"remembered": 21 * HOUR}, "memory_safe"),
        ({"attempts": 0}, {"attempts": 1}, "attempts"),
        ({"grace": 0 * SECOND}, {"grace": SECOND}, "grace"),
    ],
)
def test_a_set_that_breaks_an_inequality_is_told_by_its_rule(
    wrong: dict[str, Any], right: dict[str, Any], rule: str
) -> None:
    problems = SendingLimits(**wrong).problems()

    assert [problem.split()[0] for problem in problems] == [rule]
    assert SendingLimits(**right).problems() == []
