"""Compares what is stored of a tenant with its directory."""

from collections import defaultdict
from typing import Any

import msgspec

from sspr_core.adapters.storage import Storage
from sspr_core.model.graph_rows import DirectoryUser, ReportRow
from sspr_core.model.ids import EVERY_TENANT, TenantId
from sspr_core.model.registration import Change, State, StoredUser, User
from sspr_core.snapshot.reading import NO_ROW, facts_of, join
from tests.local_stack import SimulatedCloud

type States = dict[str, State | None]


def directory_of(cloud: SimulatedCloud, tenant: str) -> dict[str, User]:
    """The whole directory, classified; without licence coverage, which causes no change rows."""
    return {
        str(one["user"]["id"]): _judged(one["user"], one["report"])
        for one in cloud.ask("GET", f"directory/{tenant}")["users"]
    }


def _judged(user: dict[str, Any], report: dict[str, Any] | None) -> User:
    facts = facts_of(msgspec.convert(report, ReportRow)) if report else NO_ROW
    return join(msgspec.convert(user, DirectoryUser), facts, {})


async def stored_of(storage: Storage, tenant: str) -> dict[str, StoredUser]:
    found, after = [], None
    while True:
        some, after = await storage.registrations.users(EVERY_TENANT, TenantId(tenant), after=after, limit=1000)
        found += some
        if after is None:
            return {one.user_id: one for one in found}


async def changes_of(storage: Storage, tenant: str) -> list[Change]:
    """Oldest first."""
    found, after = [], None
    while True:
        some, after = await storage.registrations.changes(EVERY_TENANT, TenantId(tenant), after=after, limit=1000)
        found += some
        if after is None:
            return found[::-1]


async def states_of(storage: Storage, tenant: str) -> States:
    return {user_id: one.user.state for user_id, one in (await stored_of(storage, tenant)).items()}


async def assert_stored_is_the_directory(storage: Storage, cloud: SimulatedCloud, tenant: str) -> None:
    """Every user is stored as in the directory, with none missing and none extra."""
    stored, directory = await stored_of(storage, tenant), directory_of(cloud, tenant)
    assert set(stored) == set(directory)
    for user_id, one in stored.items():
        assert msgspec.structs.replace(one.user, covered=False) == directory[user_id]


async def assert_changes_lead_from(storage: Storage, tenant: str, first: States) -> None:
    """Each change begins where the one before ended: no duplicates, no gaps."""
    now: States = defaultdict(lambda: None, first)
    for change in await changes_of(storage, tenant):
        assert now[change.user_id] == change.before, change
        assert change.before != change.after
        now[change.user_id] = change.after
    assert {user_id: state for user_id, state in now.items() if state} == await states_of(storage, tenant)
