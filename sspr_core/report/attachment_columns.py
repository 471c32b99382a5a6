"""The columns of the files attached to a report, with headings in the report's language."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from sspr_core.formats import user_columns
from sspr_core.formats.csv import Column
from sspr_core.model.registration import StoredUser
from sspr_core.model.report import TenantRow
from sspr_core.model.report_plan import ReportPlan
from sspr_core.report.attachments import AttachmentContext, AttachmentWriter
from sspr_core.report.languages import Texts, known

_OF_USERS = ("display_name", "upn", "mail", "admin", "first_seen_at", "created_at", "user_id")


def users_attached(
    plan: ReportPlan, language: str, tenant_name: str, *, made_at: datetime, most_bytes: int
) -> AttachmentWriter[StoredUser]:
    """Files of a tenant's users to register; add only those. No file if the plan wants no names."""
    texts = known()[language]
    about = AttachmentContext(name=f"{tenant_name} {texts.to_register}", sheet=texts.to_register, made_at=made_at)
    kinds = plan.attachments if plan.names else ()
    return AttachmentWriter(kinds, about, user_columns_in(texts), most_bytes=most_bytes)


def to_register(users: Iterable[StoredUser]) -> Iterator[StoredUser]:
    return (stored for stored in users if stored.user.to_register)


def tenants_attached(
    plan: ReportPlan, language: str, *, made_at: datetime, most_bytes: int
) -> AttachmentWriter[TenantRow]:
    """Files of the tenants: all rows, also those that do not fit into the email."""
    texts = known()[language]
    about = AttachmentContext(name=f"sspr {texts.columns['tenant']}", sheet=texts.columns["tenant"], made_at=made_at)
    return AttachmentWriter(plan.attachments, about, tenant_columns_in(texts), most_bytes=most_bytes)


def user_columns_in(texts: Texts) -> tuple[Column[StoredUser], ...]:
    by_name = {column.name: column for column in user_columns.COLUMNS}
    return tuple(
        Column(name=name, heading=texts.columns[name], width=by_name[name].width, read=by_name[name].read)
        for name in _OF_USERS
    )


def tenant_columns_in(texts: Texts) -> tuple[Column[TenantRow], ...]:
    said = texts.columns
    return (
        Column(name="display_name", heading=said["tenant"], width=38, read=lambda row: row.display_name),
        Column(name="coverage", heading=said["coverage"], width=14, read=lambda row: row.coverage, share=True),
        Column(
            name="coverage_change",
            heading=said["coverage_change"],
            width=34,
            read=lambda row: row.coverage_change,
            share=True,
        ),
        Column(
            name="population_count",
            heading=said["population_count"],
            width=24,
            read=lambda row: row.population_count,
        ),
        Column(
            name="to_register_count",
            heading=said["to_register_count"],
            width=24,
            read=lambda row: row.to_register_count,
        ),
        Column(
            name="last_success_at",
            heading=said["last_success_at"],
            width=26,
            read=lambda row: row.last_success_at,
        ),
        Column(name="fresh", heading=said["fresh"], width=12, read=lambda row: row.fresh),
        Column(
            name="problem",
            heading=said["problem"],
            width=44,
            read=lambda row: texts.problems[row.problem] if row.problem else None,
        ),
        Column(name="tenant_id", heading=said["tenant_id"], width=38, read=lambda row: row.tenant_id),
    )
