"""Which tenants a caller may see. A required argument of every read, so that forgetting it does not type-check."""

from dataclasses import dataclass

from sspr_core.model.ids import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The tenants a caller may see; `tenants` None means all of them."""

    tenants: frozenset[TenantId] | None

    def allows(self, tenant: TenantId) -> bool:
        return self.tenants is None or tenant in self.tenants

    def allows_report(self, tenant: TenantId | None) -> bool:
        """The report over all tenants (None) is for those alone who may see them all."""
        return self.tenants is None if tenant is None else self.allows(tenant)


EVERY_TENANT = Scope(tenants=None)
