"""The plans that operators set."""

import pytest
from msgspec.structs import replace as but

from sspr_core.model.errors import Invalid, NotFound
from sspr_core.model.ids import EVERY_TENANT, Scope, TenantId
from sspr_core.model.report_plan import StoredPlan
from sspr_core.ports.services import Services
from sspr_core.report.plans import begins_at, kept_plan, set_plan
from tests.builders import DAY, MONDAY
from tests.graph_rows import guid
from tests.report.report_env import PLAN, a_bureau
from tests.snapshot.snapshot_env import CONTOSO

SET = StoredPlan(tenant_id=CONTOSO, plan=PLAN, by="olga", at=MONDAY, begins_at=MONDAY)


async def set_by_ben(
    services: Services, plan=PLAN, tenant: TenantId | None = CONTOSO, scope: Scope = EVERY_TENANT
) -> None:
    await set_plan(tenant, plan, scope, services.tenants, services.own, by="ben", now=MONDAY + DAY)


@pytest.mark.parametrize(
    "changed",
    [{"recipients": ("other@contoso.example",)}, {"names": True}, {"language": "de"}, {"attachments": ("csv",)}],
)
def test_other_changes_leave_the_timing_as_it_was(changed):
    assert begins_at(SET, but(PLAN, **changed), now=MONDAY + DAY) == MONDAY


@pytest.mark.parametrize(
    "changed", [{"scheduled": False}, {"weekday": "friday"}, {"hour": 9}, {"zone": "Europe/Berlin"}]
)
def test_another_timing_begins_when_it_is_set(changed):
    assert begins_at(SET, but(PLAN, **changed), now=MONDAY + DAY) == MONDAY + DAY
    assert begins_at(StoredPlan(tenant_id=CONTOSO), PLAN, now=MONDAY) == MONDAY


async def test_a_plan_is_kept_with_who_set_it_and_when():
    services = await a_bureau()

    await set_by_ben(services, but(PLAN, hour=9))

    kept = await kept_plan(CONTOSO, EVERY_TENANT, services.tenants, services.own)
    assert (kept.plan.hour, kept.by, kept.at, kept.begins_at) == (9, "ben", MONDAY + DAY, MONDAY + DAY)


async def test_a_plan_that_cannot_be_is_not_kept():
    services = await a_bureau()

    with pytest.raises(Invalid):
        await set_by_ben(services, but(PLAN, hour=24))

    assert (await services.own.report_plan(EVERY_TENANT, CONTOSO)).by == "olga"


async def test_plans_are_set_within_the_scope_for_tenants_that_are_known():
    services = await a_bureau()
    some = Scope(tenants=frozenset({CONTOSO}))

    with pytest.raises(NotFound):
        await set_by_ben(services, tenant=None, scope=some)
    with pytest.raises(NotFound):
        await set_by_ben(services, tenant=TenantId(guid("fabrikam")))
    await set_by_ben(services, scope=some)
    assert (await services.own.report_plan(some, CONTOSO)).by == "ben"


async def test_files_of_users_need_a_plan_that_names_them():
    services = await a_bureau()
    nameless = but(PLAN, attachments=("csv",), names=False)

    with pytest.raises(Invalid) as refused:
        await set_by_ben(services, nameless)

    assert refused.value.field == "attachments"
    await set_by_ben(services, but(nameless, names=True))
    await set_by_ben(services, nameless, tenant=None)  # its attached files belong to tenants
