"""Two customers for the description's examples: one read this morning, one that has not let us in yet."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sspr_core.model.counts import Attention, Counts, SsprScope
from sspr_core.model.history import Course, Day, SnapshotHeader
from sspr_core.model.ids import TenantId, UserId
from sspr_core.model.problem import Access, Problem
from sspr_core.model.registration import Change, Excluded, Registration, State, StoredUser, User
from sspr_core.model.tenant import Eligibility, Licence, Tenant, TenantRecord, TenantStatus

READ_AT = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)
LATER = READ_AT + timedelta(hours=3)
_DAY = timedelta(days=1)
_CONTOSO = TenantId("6f1c5ff5-9d2e-4a6b-8a51-1f8f3e5f7a10")
_FABRIKAM = TenantId("0b8e4a17-52d6-4c3f-8f0b-6a7d1c9e2f34")
_ANA = UserId("1d0f3a52-7c3b-4f0e-9f57-2c9b7a1e4d88")


def _counts(registered: int) -> Counts:
    return Counts(
        population_count=120,
        registered_count=registered,
        registered_enabled_count=registered,
        not_registered_count=118 - registered,
        unknown_count=2,
        not_enabled_count=6,
        to_register_count=112 - registered,
        excluded_count=23,
    )


_EXCLUDED = {Excluded.SYSTEM: 1, Excluded.GUEST: 14, Excluded.DISABLED: 5, Excluded.UNLICENSED: 3}
_HEADER = SnapshotHeader(
    snapshot_id="",
    started_at=READ_AT,
    finished_at=READ_AT + timedelta(seconds=9),
    user_count=143,
    counts=_counts(92),
    excluded_by_reason=_EXCLUDED,
    licence_shortfall_count=4,
    digest="",
)
_PREMIUM = Licence(
    sku_id="cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46",
    sku_part_number="SPB",
    premium=True,
    seat_count=125,
    consumed_count=116,
)


def contoso() -> TenantRecord:
    """Four more of its users are registered than a month ago."""
    course = Course()
    for days, registered in ((30, 88), (7, 91), (0, 92)):
        header = replace(_HEADER, started_at=READ_AT - days * _DAY, counts=_counts(registered))
        course = course.with_point(header.point)
    return TenantRecord(
        tenant=Tenant(
            tenant_id=_CONTOSO,
            found_at=READ_AT - 40 * _DAY,
            listed=True,
            gdap_name="Contoso Dental",
            relationship_status="active",
            relationship_ends_at=READ_AT + 300 * _DAY,
        ),
        status=TenantStatus(
            tenant_id=_CONTOSO,
            eligibility=Eligibility.ELIGIBLE,
            premium_seat_count=125,
            licences=(_PREMIUM,),
            licences_read_at=READ_AT,
            default_domain="contoso-dental.example",
            counts=_HEADER.counts,
            excluded_by_reason=_EXCLUDED,
            licence_shortfall_count=4,
            sspr_scope=SsprScope.SOME,
            attention=Attention(
                admin_to_register_count=1, single_method_count=17, phone_only_count=21, new_to_register_count=2
            ),
            user_count=143,
            last_started_at=READ_AT,
            last_success_at=_HEADER.finished_at,
            next_due_at=READ_AT + _DAY,
            course=course,
        ),
    )


def fabrikam() -> TenantRecord:
    problem = Problem(
        word=Access.CONSENT_MISSING,
        code="AADSTS700016",
        message="The application was not found in the directory.",
        since=READ_AT - 2 * _DAY,
    )
    return TenantRecord(
        tenant=Tenant(tenant_id=_FABRIKAM, found_at=READ_AT - 2 * _DAY, listed=True, gdap_name="Fabrikam Legal"),
        status=TenantStatus(tenant_id=_FABRIKAM, problem=problem, next_due_at=READ_AT + _DAY),
    )


def ana() -> StoredUser:
    """Registered between yesterday's snapshot and this morning's."""
    return StoredUser(
        user_id=_ANA,
        user=User(
            display_name="Ana Silva",
            upn="ana.silva@contoso-dental.example",
            mail="ana.silva@contoso-dental.example",
            registration=Registration.REGISTERED,
            enabled=True,
            capable=True,
            admin=False,
            methods=("microsoftAuthenticatorPush", "mobilePhone"),
            excluded=None,
            covered=True,
            account_enabled=True,
            synced=None,
            user_type="Member",
            preferred_language=None,
            usage_location="PT",
            other_mails=(),
            created_at=1_700_000_000,
        ),
        first_seen_at=READ_AT - 40 * _DAY,
        changed_at=READ_AT,
        seen_registered_at=READ_AT,
        registered_after_at=READ_AT - _DAY,
    )


def a_change() -> Change:
    before = State(registration=Registration.NOT_REGISTERED, enabled=True, excluded=None)
    return Change(user_id=_ANA, changed_at=READ_AT, before=before, after=ana().user.state)


def a_day() -> Day:
    return Day(on=READ_AT.date(), snapshot=_HEADER)
