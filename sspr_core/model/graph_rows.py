"""The parts of Microsoft Graph's answers that the app reads; every property but the key may be null or absent.

Decoded straight from the response's bytes, so the fields have Graph's names in camel case.
"""

import msgspec


class ReportRow(msgspec.Struct, frozen=True, rename="camel"):
    """Graph `userRegistrationDetails`. Its lastUpdatedDateTime is the report's own refresh time and is not read."""

    id: str
    is_sspr_registered: bool | None = None
    is_sspr_enabled: bool | None = None
    is_sspr_capable: bool | None = None
    is_admin: bool | None = None
    methods_registered: list[str | None] | None = None


class AssignedLicense(msgspec.Struct, frozen=True, rename="camel"):
    """Graph `assignedLicense`."""

    sku_id: str | None = None
    disabled_plans: list[str] | None = None


class DirectoryUser(msgspec.Struct, frozen=True, rename="camel"):
    """Graph `user`, the properties of `USER_PROPERTIES`."""

    id: str
    display_name: str | None = None
    user_principal_name: str | None = None
    mail: str | None = None
    other_mails: list[str | None] | None = None
    preferred_language: str | None = None
    account_enabled: bool | None = None
    user_type: str | None = None
    assigned_licenses: list[AssignedLicense] | None = None
    created_date_time: str | None = None
    on_premises_sync_enabled: bool | None = None
    usage_location: str | None = None


USER_PROPERTIES = (
    "id", "displayName", "userPrincipalName", "mail", "otherMails", "preferredLanguage", "accountEnabled",
    "userType", "assignedLicenses", "createdDateTime", "onPremisesSyncEnabled", "usageLocation",
)  # fmt: skip


class ServicePlan(msgspec.Struct, frozen=True, rename="camel"):
    """Graph `servicePlanInfo`."""

    service_plan_id: str | None = None
    service_plan_name: str | None = None


class PrepaidUnits(msgspec.Struct, frozen=True, rename="camel"):
    """Graph `licenseUnitsDetail`."""

    enabled: int | None = None
    warning: int | None = None


class SubscribedSku(msgspec.Struct, frozen=True, rename="camel"):
    """Graph `subscribedSku`."""

    sku_id: str | None = None
    sku_part_number: str | None = None
    capability_status: str | None = None
    applies_to: str | None = None
    consumed_units: int | None = None
    prepaid_units: PrepaidUnits | None = None
    service_plans: list[ServicePlan] | None = None


class VerifiedDomain(msgspec.Struct, frozen=True, rename="camel"):
    """Graph `verifiedDomain`."""

    name: str | None = None
    is_default: bool | None = None


class Organization(msgspec.Struct, frozen=True, rename="camel"):
    """Graph `organization`; its id is the tenant's id."""

    id: str
    display_name: str | None = None
    verified_domains: list[VerifiedDomain] | None = None


class Customer(msgspec.Struct, frozen=True, rename="camel"):
    """Graph `delegatedAdminCustomer`: a tenant with an active relationship."""

    tenant_id: str | None = None
    display_name: str | None = None


class RelationshipCustomer(msgspec.Struct, frozen=True, rename="camel"):
    """Graph `delegatedAdminRelationshipCustomerParticipant`."""

    tenant_id: str | None = None


class Relationship(msgspec.Struct, frozen=True, rename="camel"):
    """Graph `delegatedAdminRelationship`, expired and unapproved ones included (their customer may be null)."""

    id: str
    customer: RelationshipCustomer | None = None
    status: str | None = None
    end_date_time: str | None = None
