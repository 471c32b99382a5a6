"""A user's columns in exported files."""

from datetime import UTC, datetime

from sspr_core.formats.csv import Column
from sspr_core.model.registration import StoredUser


def _created_at(stored: StoredUser) -> datetime | None:
    at = stored.user.created_at
    return datetime.fromtimestamp(at, UTC) if at is not None else None


COLUMNS: tuple[Column[StoredUser], ...] = (
    Column(name="display_name", heading="Name", width=30, read=lambda one: one.user.display_name),
    Column(name="upn", heading="User principal name", width=38, read=lambda one: one.user.upn),
    Column(name="mail", heading="Mail", width=38, read=lambda one: one.user.mail),
    Column(name="registration", heading="Registration", width=16, read=lambda one: one.user.registration.value),
    Column(name="enabled", heading="SSPR enabled", width=15, read=lambda one: one.user.enabled),
    Column(name="capable", heading="SSPR capable", width=15, read=lambda one: one.user.capable),
    Column(name="to_register", heading="To register", width=14, read=lambda one: one.user.to_register),
    Column(name="admin", heading="Administrator", width=15, read=lambda one: one.user.admin),
    Column(name="methods", heading="Methods", width=44, read=lambda one: ",".join(one.user.methods)),
    Column(
        name="excluded_reason",
        heading="Excluded because",
        width=19,
        read=lambda one: one.user.excluded.value if one.user.excluded else None,
    ),
    Column(name="covered", heading="Covered by a premium licence", width=30, read=lambda one: one.user.covered),
    Column(
        name="seen_registered_at",
        heading="Seen registered at (UTC)",
        width=26,
        read=lambda one: one.seen_registered_at,
    ),
    Column(
        name="registered_after_at",
        heading="Registered after (UTC)",
        width=24,
        read=lambda one: one.registered_after_at,
    ),
    Column(name="first_seen_at", heading="First seen at (UTC)", width=22, read=lambda one: one.first_seen_at),
    Column(name="changed_at", heading="Changed at (UTC)", width=20, read=lambda one: one.changed_at),
    Column(name="created_at", heading="Created at (UTC)", width=20, read=_created_at),
    Column(name="user_id", heading="User id", width=38, read=lambda one: one.user_id),
)
