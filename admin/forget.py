"""Erases names and addresses of one user, or of all users of a tenant, from the app's tables; ids and counts stay."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from azure.core import MatchConditions
from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableServiceClient, UpdateMode

from admin.forget_letters import blank as blank_letter
from admin.forget_letters import letters_with_names
from sspr_core.adapters.tables.deliveries import delivery_of, delivery_row
from sspr_core.adapters.tables.packing import packed_columns, packed_of
from sspr_core.adapters.tables.run_rows import (
    AFTER_RUNS,
    BEFORE_RUNS,
    LETTER,
    PARTITION,
    StoredLetter,
    recipients_of,
    run_of,
)
from sspr_core.adapters.tables.table import RANGE
from sspr_core.adapters.tables.user_rows import USER
from sspr_core.model.delivery import Delivery
from sspr_core.model.ids import TenantId, UserId
from sspr_core.model.run import PinnedRecipient, Run, RunId

_UNREAD = StoredLetter(tenants={}, pinned={}, digests={})


class StillSending(Exception):
    """An email to them may still be in progress; its row prevents a second email."""


def forget(tables: TableServiceClient, tenant: TenantId, user: UserId) -> Counter[str]:
    """Returns how many rows of each table were blanked or deleted. Safe to repeat. Raises StillSending."""
    done = forget_emails(tables, tenant, user)
    done["Contacts"] += _delete(tables, "Contacts", tenant, user)
    done["Registrations"] += _delete(tables, "Registrations", tenant, USER + user)
    return done


def forget_emails(tables: TableServiceClient, tenant: TenantId, user: UserId | None = None) -> Counter[str]:
    """As `forget`, for what emails have left in the tables; None: all users."""
    deliveries = list(_deliveries(tables, tenant, user))
    written = [row.run_id for row in deliveries]
    unwritten = [run for run in _unwritten(tables, tenant, user) if run.run_id not in written]
    waiting = [row.run_id for row in deliveries if not row.state.final]
    waiting += [run.run_id for run in unwritten if run.state.unfinished]
    if waiting:
        raise StillSending(f"run {waiting[0]} has an email to {_whom(user)} that is not done; cancel it or wait")
    letters = list(letters_with_names(tables, tenant))
    if sending := [one.run.run_id for one in letters if one.run.state.unfinished]:
        raise StillSending(f"run {sending[0]} is sending a report that may name {_whom(user)}; cancel it or wait")
    done: Counter[str] = Counter()
    for row in deliveries:
        blank = replace(row, address="", display_name="")
        if blank != row:
            _replace(tables, "Deliveries", delivery_row(blank), row.etag)
            done["Deliveries"] += 1
    for run in (*written, *(run.run_id for run in unwritten)):
        done["Runs"] += _blank_recipients(tables, run, tenant, user)
    for letter in letters:
        blank_letter(tables, letter)
        done["Runs"] += len(letter.rows)
    return done


def _whom(user: UserId | None) -> str:
    return "this user" if user else "a user of this tenant"


def _deliveries(tables: TableServiceClient, tenant: TenantId, user: UserId | None) -> Iterator[Delivery]:
    """Deliveries of every run: scans the whole table, which takes a minute for a million emails."""
    where = "TenantId eq @tenant and UserId eq @user" if user else "TenantId eq @tenant"
    for row in query(tables, "Deliveries", where, {"tenant": tenant, "user": user or ""}):
        yield delivery_of(row)


def _unwritten(tables: TableServiceClient, tenant: TenantId, user: UserId | None) -> Iterator[Run]:
    """Runs with these recipients that may lack a delivery for them: not yet expanded, or cancelled before."""
    runs = {"partition": PARTITION, "first": BEFORE_RUNS, "last": AFTER_RUNS}
    for row in query(tables, "Runs", RANGE, runs):
        run = run_of(row, _UNREAD)
        if not run.expanded and any(
            _is_of(one, tenant, user) for _, pinned in _pages(tables, run.run_id) for one in pinned
        ):
            yield run


def _pages(tables: TableServiceClient, run: RunId) -> Iterator[tuple[Any, list[PinnedRecipient]]]:
    """The rows of a run's recipients, with the users in each; the run's stored email is beside them."""
    for row in query(tables, "Runs", "PartitionKey eq @run", {"run": recipients_of(run)}):
        if row["RowKey"] != LETTER:
            yield row, packed_of(row, list[PinnedRecipient])


def _is_of(one: PinnedRecipient, tenant: TenantId, user: UserId | None) -> bool:
    return one.tenant_id == tenant and user in (None, one.user_id)


def _blank_recipients(tables: TableServiceClient, run: RunId, tenant: TenantId, user: UserId | None) -> int:
    changed = 0
    for row, pinned in _pages(tables, run):
        blank = [replace(one, address="", display_name="") if _is_of(one, tenant, user) else one for one in pinned]
        if blank != pinned:
            keys = {"PartitionKey": row["PartitionKey"], "RowKey": row["RowKey"]}
            _replace(tables, "Runs", keys | packed_columns(blank), row.metadata["etag"])
            changed += 1
    return changed


def query(tables: TableServiceClient, name: str, query: str, given: dict[str, Any]) -> list[Any]:
    try:
        return list(tables.get_table_client(name).query_entities(query, parameters=given))
    except ResourceNotFoundError:  # the table was never created
        return []


def _replace(tables: TableServiceClient, name: str, row: dict[str, Any], etag: str | None) -> None:
    how = {"mode": UpdateMode.REPLACE, "etag": etag, "match_condition": MatchConditions.IfNotModified}
    tables.get_table_client(name).update_entity(row, **how)  # type: ignore[arg-type]


def _delete(tables: TableServiceClient, name: str, partition: str, row: str) -> int:
    table = tables.get_table_client(name)
    try:
        table.get_entity(partition, row)
    except ResourceNotFoundError:
        return 0
    table.delete_entity(partition, row)
    return 1
