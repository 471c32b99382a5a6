"""Waiting for the first snapshots: every tenant ends with data or with a named problem."""

import time
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from dev.commands.api import Api, Json, Patience


def is_done(tenant: Json) -> bool:
    """It has data, is not to be read, or has a named problem."""
    return tenant["lifecycle"] != "in_process" or tenant["problem"] is not None


def unread(tenants: list[Json], cloud: Json) -> list[str]:
    """The names of tenants that work in the cloud and were still not read. Disabled tenants do not count."""
    sound = {one["tenant_id"] for one in cloud["tenants"] if one["special"] is None}
    known = {one["tenant_id"]: one for one in tenants}
    read = {key for key, one in known.items() if one["lifecycle"] in ("active", "inactive") and not one["problem"]}
    return [one["display_name"] for one in cloud["tenants"] if one["tenant_id"] in sound - read]


def first_snapshots(api: Api, expected: set[str], console: Console, patience: Patience) -> bool:
    """Starts discovery and snapshots, and waits with a progress bar; false when time ran out first.

    `expected` are tenant ids: the storage may hold others, of an earlier demo with another seed.
    """
    runs = partial(api.runs, "discover_tenants")
    before = patience.ask(runs)
    patience.ask(partial(api.fire, "discover_tenants"))
    while patience.ask(runs) <= before and patience.lasts:
        time.sleep(0.05)
    patience.ask(partial(api.fire, "schedule_snapshots"))
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("Snapshots", total=len(expected))
        while patience.lasts:
            done = {tenant["tenant_id"] for tenant in patience.ask(api.tenants) if is_done(tenant)} & expected
            progress.update(task, completed=len(done))
            if done == expected:
                return True
            time.sleep(0.25)
    return False
