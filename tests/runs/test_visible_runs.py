"""Which runs a caller may see: those whose tenants are all in the caller's scope."""

import pytest

from sspr_core.model.errors import NotFound
from sspr_core.model.ids import EVERY_TENANT, Scope
from sspr_core.model.run import ALL_TENANTS, RunId
from sspr_core.ports.mail import Mailing
from sspr_core.runs.queries import recent_within, run_within
from tests.fakes.mailing import MemoryRuns, a_post
from tests.runs.delivery_builders import a_run
from tests.runs.run_builders import FABRIKAM
from tests.snapshot.snapshot_env import CONTOSO

CONTOSO_ALONE = Scope(tenants=frozenset({CONTOSO}))
OWN, BOTH, OTHER = (RunId(f"{number:014x}") for number in (1, 2, 3))


def some_runs() -> Mailing:
    post = a_post()
    assert isinstance(post.runs, MemoryRuns)
    for run, tenants in ((OWN, [CONTOSO]), (BOTH, [CONTOSO, FABRIKAM]), (OTHER, [FABRIKAM])):
        post.runs.rows[run] = a_run(run_id=run, tenants=dict.fromkeys(tenants, "name"))
    return post


async def test_a_run_is_seen_by_who_may_see_all_its_tenants() -> None:
    post = some_runs()

    assert (await run_within(EVERY_TENANT, BOTH, post)).run_id == BOTH
    assert (await run_within(CONTOSO_ALONE, OWN, post)).run_id == OWN
    for run in (BOTH, OTHER, RunId("f" * 14)):
        with pytest.raises(NotFound):
            await run_within(CONTOSO_ALONE, run, post)


async def test_a_page_is_filled_from_beyond_runs_that_are_not_the_callers() -> None:
    found, following = await recent_within(CONTOSO_ALONE, some_runs(), before=None, limit=1)

    assert ([run.run_id for run in found], following) == ([OWN], None)


async def test_a_list_goes_on_where_its_page_ended() -> None:
    post = some_runs()

    first, following = await recent_within(EVERY_TENANT, post, before=None, limit=2)
    rest, end = await recent_within(EVERY_TENANT, post, before=following, limit=2)

    assert [run.run_id for run in first + rest] == [OTHER, BOTH, OWN]
    assert end is None


async def test_the_report_over_all_tenants_is_for_who_may_see_them_all() -> None:
    post = some_runs()
    assert isinstance(post.runs, MemoryRuns)
    post.runs.rows[OWN] = a_run(run_id=OWN, report=ALL_TENANTS, tenants={CONTOSO: "all"})

    assert (await run_within(EVERY_TENANT, OWN, post)).report == ALL_TENANTS
    with pytest.raises(NotFound):
        await run_within(CONTOSO_ALONE, OWN, post)
