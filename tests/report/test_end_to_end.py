"""From the timer to the run, and to the poison queue: the triggers, on services in memory."""

from types import SimpleNamespace
from typing import Any

import azure.functions as func
import pytest

import function_app
from sspr_core import wiring
from sspr_core.model.ids import EVERY_TENANT
from sspr_core.ports.services import Services
from tests.report.report_env import EIGHT, a_bureau, a_job, jobs_of, runs_of
from tests.snapshot.snapshot_env import CONTOSO
from tests.triggers import DOORS

TRACE = SimpleNamespace(trace_parent="", trace_state="")


@pytest.fixture
async def services(monkeypatch: pytest.MonkeyPatch) -> Services:
    """Monday, eight o'clock."""
    bureau = await a_bureau()
    monkeypatch.setattr(wiring, "services", lambda: bureau)
    monkeypatch.setattr(function_app, "now", lambda: EIGHT)
    return bureau


async def call(name: str, body: bytes | None = None) -> None:
    [door] = [one.get_user_function() for one in DOORS if one.get_function_name() == name]
    context = SimpleNamespace(function_name=name, invocation_id="1", trace_context=TRACE)
    trigger: dict[str, Any] = (
        {"timer": SimpleNamespace()} if body is None else {"message": func.QueueMessage(body=body)}
    )
    await door(context=context, **trigger)


async def test_what_the_timer_finds_due_becomes_a_run_each(services: Services) -> None:
    await call("schedule_reports")
    for job, _ in jobs_of(services).sent:
        await call("prepare_report", job.to_json())

    assert sorted(run.report or "" for run in runs_of(services)) == [CONTOSO, "all-tenants"]


async def test_a_message_that_is_none_fails_and_becomes_poison(services: Services) -> None:
    with pytest.raises(ValueError, match="JSON"):
        await call("prepare_report", b"\xff")

    await call("record_poison_preparation", b"\xff")
    assert runs_of(services) == []


async def test_what_failed_five_times_is_on_its_plan(services: Services) -> None:
    await call("record_poison_preparation", a_job().to_json())

    trouble = (await services.reports.state(EVERY_TENANT, CONTOSO)).trouble
    assert trouble is not None
    assert trouble.code == "poison_message"
