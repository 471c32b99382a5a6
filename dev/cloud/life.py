"""Changes the directories over time: people register, join, leave, are disabled."""

import random

from dev.cloud import skus
from dev.cloud.people import Person
from dev.cloud.tenants import SimTenant

REGISTERS_A_DAY = 0.02
REGISTERS_A_DAY_WHEN_MAILED = 0.2
JOINS, LEAVES, IS_SWITCHED_OFF = 0.002, 0.001, 0.001  # share of the people, per day


def advance(tenants: list[SimTenant], days: int, mailed: set[str]) -> None:
    """Advances by so many days; the result depends only on the state before."""
    for tenant in tenants:
        for _ in range(days):
            _one_day(tenant, mailed)
        tenant.changed()


def _one_day(tenant: SimTenant, mailed: set[str]) -> None:
    dice = tenant.dice
    for person in tenant.people:
        _may_register(person, dice, mailed)
    for person in tenant.people:
        if person.account_enabled and dice.random() < IS_SWITCHED_OFF:
            person.account_enabled = False
    tenant.people = [person for person in tenant.people if dice.random() >= LEAVES]
    tenant.people += [tenant.maker.person() for _ in range(len(tenant.people)) if dice.random() < JOINS]


def _may_register(person: Person, dice: random.Random, mailed: set[str]) -> None:
    if person.registered or not person.sspr_enabled or not person.account_enabled:
        return
    chance = REGISTERS_A_DAY_WHEN_MAILED if person.mail in mailed else REGISTERS_A_DAY
    if dice.random() < chance:
        person.register(dice)


STAGES = {"ending": ("Warning", "warning"), "ended": ("Suspended", "suspended"), "renewed": ("Enabled", "enabled")}


def subscribe(tenant: SimTenant, stage: str) -> int:
    """Ends the tenant's premium products, or buys them again; returns how many.

    `ended` comes without `ending` before it, as in the Cloud Solution Provider programme since May 2026.
    """
    status, unit = STAGES[stage]
    premium = [row for row in tenant.sku_rows if skus.is_premium(row)]
    tenant.sku_rows = [skus.with_status(row, status, unit) if row in premium else row for row in tenant.sku_rows]
    return len(premium)


def flip(tenant: SimTenant, count: int) -> list[str]:
    """Changes the registration of so many people in the report; returns their ids."""
    some = tenant.dice.sample([person for person in tenant.people if person.reported], count)
    for person in some:
        person.registered = not person.registered
    tenant.changed()
    return [person.id for person in some]
