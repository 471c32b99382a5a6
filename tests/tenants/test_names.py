from datetime import UTC, datetime

from sspr_core.model.graph_rows import Customer, Relationship, RelationshipCustomer
from sspr_core.model.ids import TenantId
from sspr_core.tenants.discovery import found
from tests.graph_rows import guid

CONTOSO, FABRIKAM = TenantId(guid("contoso")), TenantId(guid("fabrikam"))


def a_relationship(tenant: str | None, status: str, ends: str | None = None) -> Relationship:
    return Relationship(
        id="r",
        customer=RelationshipCustomer(tenant_id=tenant) if tenant else None,
        status=status,
        end_date_time=ends,
    )


def test_a_customer_of_gdap_is_found_by_its_tenant_id_in_lower_case():
    tenants = found([Customer(tenant_id=CONTOSO.upper(), display_name="Contoso")], [], {})

    assert tenants[CONTOSO].gdap_name == "Contoso"


def test_relationships_never_make_a_tenant():
    assert found([], [a_relationship(CONTOSO, "active"), a_relationship(None, "approvalPending")], {}) == {}


def test_a_relationship_adds_its_status_and_end():
    customer = Customer(tenant_id=CONTOSO, display_name="Contoso")

    tenants = found([customer], [a_relationship(CONTOSO, "active", "2027-03-01T00:00:00.0000000Z")], {})

    assert tenants[CONTOSO].relationship_status == "active"
    assert tenants[CONTOSO].relationship_ends_at == datetime(2027, 3, 1, tzinfo=UTC)


def test_of_several_relationships_the_living_one_that_lasts_longest_counts():
    several = [
        a_relationship(CONTOSO, "terminated", "2029-01-01T00:00:00Z"),
        a_relationship(CONTOSO, "active", "2027-01-01T00:00:00Z"),
        a_relationship(CONTOSO, "expiring", "2026-12-01T00:00:00Z"),
    ]

    tenants = found([Customer(tenant_id=CONTOSO)], several, {})

    assert tenants[CONTOSO].relationship_status == "active"


def test_tenants_of_the_settings_need_no_gdap_and_keep_their_name():
    tenants = found([Customer(tenant_id=CONTOSO, display_name="Contoso")], [], {FABRIKAM: "Fabrikam", CONTOSO: None})

    assert tenants[FABRIKAM].setting_name == "Fabrikam"
    assert (tenants[CONTOSO].gdap_name, tenants[CONTOSO].setting_name) == ("Contoso", None)


def test_customers_without_a_usable_id_are_left_out():
    assert found([Customer(tenant_id=None), Customer(tenant_id="contoso.example")], [], {}) == {}
