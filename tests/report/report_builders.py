"""Builders for reports, with defaults."""

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from sspr_core.model.counts import SsprScope
from sspr_core.model.history import Point
from sspr_core.model.ids import TenantId
from sspr_core.model.problem import Access
from sspr_core.model.registration import Excluded
from sspr_core.model.report import AllTenants, NotRead, People, Person, Report, ReportProblem, RunSince, TenantRow
from sspr_core.model.tenant import Lifecycle
from tests.builders import DAY, HOUR, MONDAY, a_point, counts
from tests.graph_rows import guid

NAMES = ("Ana Silva", "Bert Jansen", "Chloé Dubois")
TROUBLE = ReportProblem(
    word=Access.CONSENT_MISSING, since=MONDAY - 2 * DAY, remedy="Grant consent: https://a.example/consent"
)


def a_course(days: int = 60) -> tuple[Point, ...]:
    """Two days in the middle have no figures."""
    return tuple(
        a_point(MONDAY - ago * DAY, counts(registered=800 - 4 * ago, to_register=200 + 4 * ago))
        for ago in range(days, -1, -1)
        if ago not in (30, 31)
    )


def people(count: int = 3, *, named: bool = True) -> People:
    names = NAMES[:count] if named else ()
    return People(
        count=count,
        named=tuple(
            Person(display_name=name, upn=f"{name.split()[0].lower()}@contoso.example", admin=place == 0)
            for place, name in enumerate(names)
        ),
    )


def a_report(**said: Any) -> Report:
    """Of a tenant, the second one, on time and fresh, without names."""
    usual = Report(
        tenant_id=TenantId(guid("contoso")),
        tenant_name="Contoso Dental Practice",
        language="en",
        zone="Europe/Berlin",
        as_of=MONDAY + HOUR,
        since=MONDAY - 7 * DAY,
        due_at=MONDAY + HOUR,
        counts=counts(registered=800, to_register=200, unknown_count=12, not_enabled_count=34, excluded_count=56),
        counts_before=counts(registered=772, to_register=228, unknown_count=12),
        coverage_change=0.028,
        sspr_scope=SsprScope.ALL,
        course=a_course(),
        admin_to_register_count=1,
        to_register=people(200, named=False),
        newly_registered=people(28, named=False),
        single_method=people(40, named=False),
        phone_only=people(30, named=False),
        licence_shortfall_count=5,
        excluded_by_reason={Excluded.GUEST: 41, Excluded.DISABLED: 15},
        runs=(
            RunSince(
                run_id="r1",
                template="register_now",
                created_at=MONDAY - 5 * DAY,
                mailed_count=120,
                looked_at_count=118,
                registered_count=21,
            ),
        ),
        last_success_at=MONDAY,
    )
    return replace(usual, **said)


def a_named_report(**said: Any) -> Report:
    lists = {name: people(17) for name in ("to_register", "newly_registered", "single_method", "phone_only")}
    return a_report(**{"named": True, **lists, **said})


def a_tenant_row(name: str = "Contoso", coverage: float | None = 0.5, **said: Any) -> TenantRow:
    usual = TenantRow(
        tenant_id=TenantId(guid(name)),
        display_name=name,
        coverage=coverage,
        coverage_change=0.01,
        population_count=100,
        to_register_count=50,
        last_success_at=MONDAY,
        fresh=True,
    )
    return replace(usual, **said)


def a_report_over_all(**said: Any) -> Report:
    """Three tenants: one fresh, one stale and failed, one without figures."""
    rows = (
        a_tenant_row("Fabrikam", 0.31, fresh=False, last_success_at=MONDAY - 3 * DAY, problem=Access.CONSENT_MISSING),
        a_tenant_row("Contoso", 0.984, to_register_count=2),
        a_tenant_row("Tailspin", None, coverage_change=None, population_count=None, to_register_count=None),
    )
    whole = AllTenants(
        tenant_count=2,
        expected_count=3,
        fresh_count=1,
        stale_count=1,
        failed_count=1,
        failed=(NotRead(tenant_id=rows[0].tenant_id, display_name="Fabrikam", problem=TROUBLE),),
        tenants_by_lifecycle={Lifecycle.ACTIVE: 2, Lifecycle.IN_PROCESS: 1},
        tenants_by_sspr_scope={SsprScope.ALL: 1, SsprScope.SOME: 1},
        row_count=3,
        rows=rows,
    )
    usual = a_report(tenant_id=None, tenant_name="", all_tenants=whole, fresh=False, last_success_at=MONDAY - 3 * DAY)
    return replace(usual, **said)


LATE = {"late": True, "due_at": MONDAY - timedelta(hours=20)}
