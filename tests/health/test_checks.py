"""How probe results become health checks."""

from datetime import timedelta

import pytest

from sspr_core.health import checks
from sspr_core.health.checks import Health, ok, warn, worst
from sspr_core.model.mail import KnownOperation, LookupAnswer, NoAnswer, UnknownOperation
from sspr_core.model.problem import Access
from sspr_core.model.sending import Pacing
from sspr_core.model.tenant import Discovery
from sspr_core.ports.monitoring import JobRun, QueueState
from tests.builders import DAY, HOUR, MONDAY, TERMS, a_known, a_problem
from tests.triggers import DOORS

MINUTE = timedelta(minutes=1)


def a_run(job: str = "watch_runs", **said: object) -> JobRun:
    return JobRun(**{"job": job, "finished_at": MONDAY, "took": timedelta(seconds=2), **said})


def a_queue(**said: object) -> QueueState:
    usual = {"name": "snapshots", "waiting_count": 0, "poison_count": 0, "visible_since": None}
    return QueueState(**{**usual, **said})


@pytest.mark.parametrize(
    ("run", "after", "health"),
    [
        (a_run(), 9 * MINUTE, Health.OK),
        (a_run(), 11 * MINUTE, Health.WARN),
        (a_run(failure="TryAgain"), MINUTE, Health.FAIL),
        (a_run("discover_tenants"), 25 * HOUR, Health.OK),
        (a_run("discover_tenants"), 27 * HOUR, Health.WARN),
        (None, MINUTE, Health.WARN),
    ],
)
def test_a_job_is_to_have_run_lately_and_well(run: JobRun | None, after: timedelta, health: Health) -> None:
    check = checks.of_job(run.job if run else "watch_runs", run, now=MONDAY + after)

    assert check.health is health
    assert bool(check.to_do) is (health is not Health.OK)


def test_every_timer_is_known_to_health_and_no_other() -> None:
    timers = {one.get_function_name() for one in DOORS if one.get_trigger().type == "timerTrigger"}

    assert set(checks.LONGEST_PAUSES) == timers


@pytest.mark.parametrize(
    ("queue", "health"),
    [
        (a_queue(), Health.OK),
        (a_queue(waiting_count=900), Health.OK),
        (a_queue(visible_since=MONDAY - 59 * MINUTE), Health.OK),
        (a_queue(visible_since=MONDAY - 61 * MINUTE), Health.FAIL),
        (a_queue(poison_count=1), Health.WARN),
        (a_queue(poison_count=1, visible_since=MONDAY - DAY), Health.FAIL),
    ],
)
def test_a_queue_is_to_be_worked_on_and_nothing_of_it_set_aside(queue: QueueState, health: Health) -> None:
    assert checks.of_queue(queue, now=MONDAY).health is health


def test_discovery_is_to_be_complete() -> None:
    failed = Discovery(last_complete_at=MONDAY, problem=a_problem(Access.PERMISSION_MISSING))

    found = [checks.of_discovery(one) for one in (Discovery(), Discovery(last_complete_at=MONDAY), failed)]

    assert [one.health for one in found] == [Health.WARN, Health.OK, Health.WARN]
    assert "permission_missing" in found[2].said


def test_removals_that_discovery_holds_back_are_told_with_what_to_do() -> None:
    check = checks.of_discovery(Discovery(last_complete_at=MONDAY, held_back_count=12))

    assert check.health is Health.WARN
    assert "12 tenants have been missing" in check.said
    assert "set each of the tenants inactive" in check.to_do


@pytest.mark.parametrize(
    ("ages", "health"),
    [
        ([], Health.OK),
        ([HOUR, 25 * HOUR], Health.OK),
        ([HOUR, 27 * HOUR], Health.WARN),
        ([HOUR, None], Health.WARN),
        ([27 * HOUR, None], Health.FAIL),
    ],
)
def test_every_tenant_is_to_be_fresh(ages: list[timedelta | None], health: Health) -> None:
    tenants = [a_known(f"t{n}", read_at=MONDAY - age if age else None) for n, age in enumerate(ages)]

    assert checks.of_snapshots(tenants, TERMS, now=MONDAY).health is health


@pytest.mark.parametrize(
    ("answer", "pacing", "paused_count", "health"),
    [
        (UnknownOperation(), Pacing(), 0, Health.OK),
        (KnownOperation(), Pacing(hold_until=MONDAY - MINUTE), 0, Health.OK),
        (KnownOperation(), Pacing(hold_until=MONDAY + MINUTE), 0, Health.WARN),
        (NoAnswer(), Pacing(), 0, Health.WARN),
        (KnownOperation(), Pacing(), 1, Health.WARN),
    ],
)
def test_the_mail_service_is_to_answer_to_hold_nothing_back_and_to_refuse_no_run(
    answer: LookupAnswer, pacing: Pacing, paused_count: int, health: Health
) -> None:
    assert checks.of_mail(answer, pacing, paused_count=paused_count, now=MONDAY).health is health


def test_of_paused_runs_no_more_is_said_than_that_they_have_a_problem() -> None:
    """An operator may have paused a run that the mail service would accept again."""
    check = checks.of_mail(KnownOperation(), Pacing(), paused_count=2, now=MONDAY)

    assert check.said.startswith("Runs are paused with a problem (2)")
    assert "refuses" not in check.said


def test_the_whole_is_as_well_as_its_worst_part() -> None:
    assert worst([ok("a", ""), warn("b", "", ""), ok("c", "")]) is Health.WARN
    assert worst([]) is Health.OK
