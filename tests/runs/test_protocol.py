"""The delivery protocol's guarantees S1 to S5 under faults: the real code of sending in a simulation.

Each example is a service, a quota, some recipients and a tape that decides turn by turn which worker continues and
which fault occurs (simulation/random_run.py): workers that crash or stall at any call, answers that are lost, messages
lost, duplicated, late, early and poisoned, clocks that are wrong, a mail service that fails in every way, operators who
change their minds, receipts in any order. Then the faults stop, and everything must come to its end.
`DELIVERY_EXAMPLES=20000` runs as many.
"""

import asyncio
import os
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given, note, settings
from hypothesis import strategies as st

from sspr_core.model.run import RunId
from sspr_core.model.sending import SendingLimits
from tests.runs.delivery_builders import MINUTE, TENANT, a_recipient
from tests.runs.simulation.convergence import settle
from tests.runs.simulation.random_run import play
from tests.runs.simulation.simulation import Stage

LONG = "DELIVERY_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("DELIVERY_EXAMPLES", "400"))

# Either the lookup is correct in time (A1), or the service recognises a known id (A2); nothing else is assumed.
SERVICES: dict[str, dict[str, Any]] = {
    "knows its ids": {"same_id": "dedup"},
    "knows its ids, and its lookup nothing": {"same_id": "dedup", "lookup_lag": None},
    "refuses known ids": {"same_id": "reject"},
    "refuses known ids, its lookup late": {"same_id": "reject", "lookup_lag": 4 * MINUTE},
    "refuses known ids, and its lookup knows nothing": {"same_id": "reject", "lookup_lag": None},
    "sends twice": {"same_id": "twice"},
    "sends twice, its lookup a minute late": {"same_id": "twice", "lookup_lag": MINUTE},
    "sends twice, its lookup as late as can be": {"same_id": "twice", "lookup_lag": 5 * MINUTE},
    "knows its ids, workers freeze": {"same_id": "dedup", "lookup_lag": None, "freezes": True},
    "refuses known ids, workers freeze": {"same_id": "reject", "lookup_lag": None, "freezes": True},
}
QUOTAS = {
    "none": SendingLimits(per_minute=None, per_hour=None),
    "one a minute": SendingLimits(per_minute=1, per_hour=None),
    "two a minute": SendingLimits(per_minute=2, per_hour=None),
    "two an hour": SendingLimits(per_minute=None, per_hour=2, horizon=timedelta(minutes=40)),
}
NAMES = ("ana", "ben", "cleo", "dora")
TURNS = 200  # bytes


async def to_the_end(stage: Stage, tape: bytes) -> None:
    try:
        await play(stage, tape)
        await settle(stage)
    except BaseException:
        note("\n".join(stage.log))
        raise
    finally:
        await stage.close()


async def played(service: str, quota: str, recipients: int, recalls: bool, tape: bytes) -> None:
    stage = Stage(QUOTAS[quota], recalls=recalls, **SERVICES[service])
    stage.add_run(*NAMES[:recipients])
    await to_the_end(stage, tape)


@pytest.mark.usefixtures("quiet")
@pytest.mark.timeout(0 if LONG else 600)
@settings(max_examples=EXAMPLES, derandomize=not LONG)
@given(
    st.sampled_from(sorted(SERVICES)),
    st.sampled_from(sorted(QUOTAS)),
    st.integers(1, len(NAMES)),
    st.booleans(),
    st.binary(min_size=TURNS, max_size=TURNS),
)
@example("sends twice", "two a minute", 3, False, bytes(TURNS))
def test_the_promises_hold_whatever_happens(
    service: str, quota: str, recipients: int, recalls: bool, tape: bytes
) -> None:
    asyncio.run(played(service, quota, recipients, recalls, tape))


REPORT = RunId("0019a1b2c3d4f0")


async def played_beside_a_report(service: str, quota: str, recipients: int, tape: bytes) -> Stage:
    stage = Stage(QUOTAS[quota], **SERVICES[service])
    stage.add_run(*NAMES[:recipients])
    stage.add_run("it", run_id=REPORT, report=TENANT)
    await to_the_end(stage, tape)
    return stage


@pytest.mark.usefixtures("quiet")
@pytest.mark.timeout(0 if LONG else 600)
@settings(max_examples=EXAMPLES // 4, derandomize=not LONG)
@given(
    st.sampled_from(sorted(SERVICES)),
    st.sampled_from(sorted(QUOTAS)),
    st.integers(1, len(NAMES)),
    st.binary(min_size=TURNS, max_size=TURNS),
)
def test_they_hold_when_a_report_takes_slots_before_the_run(
    service: str, quota: str, recipients: int, tape: bytes
) -> None:
    stage = asyncio.run(played_beside_a_report(service, quota, recipients, tape))

    assert (TENANT, a_recipient("it").user_id) not in stage.contacts.rows
