"""Many tenants as they are stored after a hundred days, written without reading anything."""

import asyncio
import random
from datetime import datetime, timedelta
from uuid import UUID

from sspr_core.model.counts import Counts, SsprScope
from sspr_core.model.history import KEPT, Course, Point
from sspr_core.model.ids import TenantId
from sspr_core.model.problem import Access, Problem
from sspr_core.model.registration import Excluded
from sspr_core.model.tenant import Eligibility, Licence, Tenant, TenantStatus
from sspr_core.ports.services import Services


async def store(services: Services, count: int, *, now: datetime) -> None:
    """So many tenants, each with a status and the longest possible history, some with gaps; one in 50 has a problem."""
    dice = random.Random(1)
    tenants = [a_tenant(dice, number, now) for number in range(count)]
    await services.tenants.save_found(tenants)
    statuses = [a_status(dice, one, now) for one in tenants]
    for i in range(0, count, 32):
        await asyncio.gather(*map(services.tenants.save_status, statuses[i : i + 32]))


def a_tenant(dice: random.Random, number: int, now: datetime) -> Tenant:
    return Tenant(
        tenant_id=TenantId(str(UUID(int=dice.getrandbits(128), version=4))),
        found_at=now - timedelta(days=KEPT),
        listed=True,
        gdap_name=f"Customer {number}",
        relationship_status="active",
        relationship_ends_at=now + timedelta(days=300),
    )


def a_status(dice: random.Random, tenant: Tenant, now: datetime) -> TenantStatus:
    population = dice.randrange(20, 900)
    course = Course()
    missed = dice.sample(range(1, KEPT), dice.choices((0, 1, 3), (85, 10, 5))[0])  # days with a problem
    for day in range(KEPT - 1, -1, -1):
        if day not in missed:
            course = course.with_point(a_point(population, now - timedelta(days=day), KEPT - day))
    trouble = Problem(word=Access.UNAVAILABLE, code="502", message="Status 502.", since=now)
    return TenantStatus(
        tenant_id=tenant.tenant_id,
        eligibility=Eligibility.ELIGIBLE,
        premium_seat_count=population,
        licences=tuple(a_licence(dice, name) for name in ("SPB", "O365_BUSINESS_PREMIUM", "FLOW_FREE")),
        licences_read_at=now,
        organization_name=tenant.gdap_name,
        default_domain="customer.example",
        counts=counts_of(a_point(population, now, KEPT)),
        excluded_by_reason={Excluded.GUEST: 12, Excluded.DISABLED: 20},
        licence_shortfall_count=3,
        sspr_scope=SsprScope.ALL,
        user_count=population + 32,
        digest=f"1..{population}.{dice.getrandbits(64):016x}",
        last_started_at=now - timedelta(hours=2),
        last_success_at=now - timedelta(hours=2),
        problem=trouble if dice.random() < 0.02 else None,
        next_due_at=now + timedelta(hours=22),
        course=course,
    )


def a_licence(dice: random.Random, part_number: str) -> Licence:
    sku_id = str(UUID(int=dice.getrandbits(128), version=4))
    return Licence(sku_id=sku_id, sku_part_number=part_number, premium=True, seat_count=100, consumed_count=90)


def a_point(population: int, at: datetime, days: int) -> Point:
    """Half of the users are registered at first, nearly all at the end."""
    registered = round(population * (0.5 + 0.4 * days / KEPT))
    return Point(
        on=at.date(),
        population_count=population,
        registered_count=registered,
        registered_enabled_count=registered,
        to_register_count=population - registered,
    )


def counts_of(point: Point) -> Counts:
    return Counts(
        population_count=point.population_count,
        registered_count=point.registered_count,
        registered_enabled_count=point.registered_enabled_count,
        not_registered_count=point.to_register_count,
        to_register_count=point.to_register_count,
        excluded_count=32,
    )
