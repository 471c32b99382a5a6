"""Data older than its limit is deleted, even during concurrent writes, and no other data is."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sspr_core.model.delivery import delivery_key
from sspr_core.model.errors import NotFound, TryAgain
from sspr_core.model.ids import EVERY_TENANT, TenantId, UserId
from sspr_core.model.limits import Retention
from sspr_core.model.registration import Change
from sspr_core.model.report import Letter, PinnedLetter
from sspr_core.model.report_plan import SentReport
from sspr_core.model.run import PinnedRecipient, Run, RunState, new_run_id
from sspr_core.model.tenant import Lifecycle, SwitchedOff
from sspr_core.ports.mail import Accepting
from sspr_core.ports.services import Services
from sspr_core.retention.expire import Deleted, expire
from tests.builders import DAY, MONDAY, a_header, a_known, a_world
from tests.contract.test_mailing import a_row, a_run
from tests.graph_rows import guid
from tests.report.report_builders import a_report
from tests.snapshot.snapshot_env import CONTOSO
from tests.web.web_env import add

KEEP = Retention(changes=timedelta(days=40), coverage=timedelta(days=120), deliveries=timedelta(days=40))
LONG_AGO = MONDAY - 200 * DAY
ANA = UserId(guid("ana"))


@pytest.fixture
def services() -> Services:
    return a_world_with_contoso()


def a_world_with_contoso(**said: Any) -> Services:
    services = a_world()
    add(services.tenants, a_known("contoso", **said))  # type: ignore[arg-type]
    return services


def changed(services: Any, at: datetime, tenant: TenantId = CONTOSO) -> None:
    change = Change(user_id=ANA, changed_at=at, before=None, after=None)
    services.registrations.told.setdefault(tenant, {})[at, ANA] = change


async def read(services: Services, at: datetime, tenant: TenantId = CONTOSO) -> None:
    await services.coverage.save_snapshot(tenant, a_header(at=at))


async def reported(services: Services, at: datetime, tenant: TenantId | None = CONTOSO) -> None:
    await services.reports.archive(SentReport(run_id=new_run_id(at), report=a_report(tenant_id=tenant, as_of=at)))


async def a_finished_run(services: Services, begun_at: datetime, ended_at: datetime | None = None, **said: Any) -> Run:
    """With an email, a stored email text and a caller's key."""
    runs, run_id = services.post.runs, new_run_id(begun_at)
    to_ana = PinnedRecipient(
        tenant_id=CONTOSO, user_id=ANA, address="ana@contoso.example", display_name="Ana", language="en"
    )
    await runs.save_recipients(run_id, 0, [to_ana])
    await runs.save_letter(run_id, PinnedLetter(letter=Letter(subject="", text="", html=""), report=a_report()))
    run = a_run(at=begun_at, run_id=run_id, state=RunState.FINISHED, finished_at=ended_at or begun_at, **said)
    etag = await runs.admission()
    accepted = await runs.accept(Accepting(run=run, key_hash=run_id, body_hash="body", admission_etag=etag))
    await services.post.deliveries.insert([a_row(run_id)])
    return accepted


async def is_whole(services: Services, run: Run) -> bool:
    """True: all of the run exists; False: nothing does. Anything between fails."""
    post, run_id = services.post, run.run_id
    there = [
        run_id in post.runs.rows,  # type: ignore[attr-defined]
        await post.runs.known_key(run_id) is not None,
        await post.deliveries.get(run_id, delivery_key(CONTOSO, ANA)) is not None,
        run_id in await post.runs.pinned(first=run_id, last=new_run_id(MONDAY)),
        run_id in post.runs.letters,  # type: ignore[attr-defined]
    ]
    assert all(there) or not any(there), there
    return all(there)


async def what_is_left(services: Services, tenant: TenantId | None = CONTOSO) -> tuple[int, int, int]:
    """The number of changes, days and reports."""
    sent, _ = await services.reports.sent(EVERY_TENANT, tenant, after=None, limit=100)
    if tenant is None:
        return 0, 0, len(sent)
    changes, _ = await services.registrations.changes(EVERY_TENANT, tenant, after=None, limit=100)
    days = await services.coverage.days(EVERY_TENANT, tenant, first=LONG_AGO.date(), last=MONDAY.date())
    return len(changes), len(days), len(sent)


async def test_what_is_older_than_it_is_kept_is_deleted_and_the_rest_stays(services: Services) -> None:
    for days in (0, 40, 41, 120, 121, 150):
        changed(services, MONDAY - days * DAY)
        await read(services, MONDAY - days * DAY)
        await reported(services, MONDAY - days * DAY)

    deleted = await expire(services, KEEP, now=MONDAY)

    assert deleted == Deleted(changes=4, days=2, reports=2)
    assert await what_is_left(services) == (2, 4, 4)
    assert await expire(services, KEEP, now=MONDAY) == Deleted()


@pytest.mark.parametrize(
    ("gone", "lifecycle"),
    [
        ({"removed_at": LONG_AGO}, Lifecycle.REMOVED),
        ({"switched_off": SwitchedOff(at=LONG_AGO, by="olga", reason="")}, Lifecycle.INACTIVE),
    ],
)
async def test_of_a_customer_who_left_or_is_switched_off_nothing_is_kept_longer(
    gone: dict[str, Any], lifecycle: Lifecycle
) -> None:
    services = a_world_with_contoso(**gone)
    changed(services, LONG_AGO)
    await read(services, LONG_AGO)

    await expire(services, KEEP, now=MONDAY)

    assert (await services.tenants.get(EVERY_TENANT, CONTOSO)).lifecycle is lifecycle
    assert await what_is_left(services) == (0, 0, 0)


async def test_reports_over_all_tenants_go_with_the_others(services: Services) -> None:
    for at in (LONG_AGO, MONDAY):
        await reported(services, at, None)

    await expire(services, KEEP, now=MONDAY)

    assert await what_is_left(services, None) == (0, 0, 1)


async def test_a_run_goes_with_its_emails_its_recipients_its_letter_and_its_key(services: Services) -> None:
    old, new = await a_finished_run(services, LONG_AGO), await a_finished_run(services, MONDAY - DAY)

    assert await expire(services, KEEP, now=MONDAY) == Deleted(runs=1)

    assert not await is_whole(services, old)
    assert await is_whole(services, new)


async def test_a_run_is_kept_from_its_end_on(services: Services) -> None:
    late = await a_finished_run(services, LONG_AGO, ended_at=MONDAY - 40 * DAY)
    paused = await a_finished_run(services, LONG_AGO)
    await services.post.runs.save(replace(paused, state=RunState.PAUSED, finished_at=None))

    await expire(services, KEEP, now=MONDAY)

    assert await is_whole(services, late)
    assert await is_whole(services, paused)


class Interrupted(BaseException):
    """The process was killed."""


class Counting:
    """A port that counts its calls; one of them fails, before it is done or after, and so do all later ones if that
    ends the process.
    """

    def __init__(self, port: Any, counted: list[str], at: int, *, done: bool, error: BaseException) -> None:
        self._port, self._counted, self._at, self._done, self._error = port, counted, at, done, error

    def __getattr__(self, name: str) -> Any:
        async def call(*arguments: Any, **said: Any) -> Any:
            self._counted.append(name)
            here = len(self._counted) == self._at
            dead = len(self._counted) > self._at and isinstance(self._error, Interrupted)
            if dead or (here and not self._done):
                raise self._error
            answer = await getattr(self._port, name)(*arguments, **said)
            if here:
                raise self._error
            return answer

        return call


def interrupted(services: Services, counted: list[str], at: int, *, done: bool, error: BaseException) -> Services:
    def around(port: Any) -> Any:
        return Counting(port, counted, at, done=done, error=error)

    post = replace(services.post, runs=around(services.post.runs), deliveries=around(services.post.deliveries))
    return replace(
        services,
        post=post,
        **{name: around(getattr(services, name)) for name in ("tenants", "registrations", "coverage", "reports")},
    )


@pytest.mark.parametrize("done", [False, True])
async def test_interrupted_anywhere_it_shows_nobody_half_a_run_and_the_next_day_does_the_rest(done: bool) -> None:
    for at in range(1, 100):
        services, counted = a_world_with_contoso(), list[str]()
        changed(services, LONG_AGO)
        await read(services, LONG_AGO)
        run = await a_finished_run(services, LONG_AGO)
        try:
            await expire(interrupted(services, counted, at, done=done, error=Interrupted()), KEEP, now=MONDAY)
        except (Interrupted, BaseExceptionGroup):
            if run.run_id in services.post.runs.rows:  # type: ignore[attr-defined]
                assert await is_whole(services, run)
        else:
            break

        await expire(services, KEEP, now=MONDAY + DAY)

        assert not await is_whole(services, run)
        assert await what_is_left(services) == (0, 0, 0)
    assert at == len(counted) + 1
    assert {"delete_changes", "delete_days", "delete_sent", "delete", "delete_recipients"} <= set(counted)


@pytest.mark.parametrize("what", ["delete_changes", "get"])
async def test_trouble_with_one_keeps_nobody_from_the_others_and_is_raised(services: Services, what: str) -> None:
    runs = [await a_finished_run(services, LONG_AGO - days * DAY) for days in range(2)]
    changed(services, LONG_AGO)
    at = ["pinned", "known", "delete_changes", "delete_days", "delete_sent", "get"].index(what) + 1
    away = interrupted(services, counted := [], at, done=False, error=TryAgain())

    with pytest.raises(ExceptionGroup) as raised:
        await expire(away, KEEP, now=MONDAY)

    assert counted[at - 1] == what
    assert [type(one) for one in raised.value.exceptions] == [TryAgain]
    whole = [run.run_id in services.post.runs.rows for run in runs]  # type: ignore[attr-defined]
    left, _, _ = await what_is_left(services)
    assert sum(whole) + left == 1


async def test_a_run_that_somebody_is_at_meanwhile_stays_for_today(services: Services) -> None:
    run = await a_finished_run(services, LONG_AGO)
    runs: Any = services.post.runs
    get = runs.get

    async def get_and_somebody_writes(run_id: Any) -> Run:
        found = await get(run_id)
        await runs.save(found)
        return found  # type: ignore[no-any-return]

    runs.get = get_and_somebody_writes
    assert await expire(services, KEEP, now=MONDAY) == Deleted()
    assert await is_whole(services, run)

    runs.get = get
    await expire(services, KEEP, now=MONDAY)
    with pytest.raises(NotFound):
        await runs.get(run.run_id)
