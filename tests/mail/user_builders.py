"""Users of a tenant, as stored."""

from sspr_core.model.ids import TenantId, UserId
from sspr_core.model.registration import StoredUser
from sspr_core.snapshot.reading import facts_of, join
from tests.builders import MONDAY
from tests.fakes.storage import MemoryRegistrations, _UserRow
from tests.graph_rows import a_report_row, a_row, guid
from tests.snapshot.snapshot_env import CONTOSO


def a_stored_user(name: str, *, registered: bool | None = False, **row: object) -> StoredUser:
    """A licensed, enabled member who is not registered; the arguments go to the row of `/users`."""
    user = join(a_row(name, **row), facts_of(a_report_row(name, is_sspr_registered=registered)), {})
    return StoredUser(
        user_id=UserId(guid(name)),
        user=user,
        first_seen_at=MONDAY,
        changed_at=MONDAY,
        seen_registered_at=None,
        registered_after_at=None,
    )


def on_the_books(*users: StoredUser, tenant: TenantId = CONTOSO) -> MemoryRegistrations:
    return MemoryRegistrations(rows={tenant: {one.user_id: _UserRow(one, "", "") for one in users}})
