"""The operators' settings in memory; tests/contract runs the same suite on it as on Azurite."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.errors import Conflict, NotFound
from sspr_core.model.ids import Scope, TenantId
from sspr_core.model.recipient import MailTerms
from sspr_core.model.report_plan import ReportPlan, StoredPlan


@dataclass
class MemoryOwnSettings:
    rows: dict[tuple[TenantId | None, str], Any] = field(default_factory=dict)
    saved: list[tuple[str, datetime]] = field(default_factory=list)

    async def branding(self, scope: Scope, tenant: TenantId | None) -> Branding:
        branding: Branding = self._row(scope, tenant, "branding", Branding())
        return branding

    async def save_branding(self, tenant: TenantId | None, branding: Branding, *, by: str, at: datetime) -> None:
        self.rows[tenant, "branding"] = branding
        self.saved.append((by, at))

    async def mail_terms(self, scope: Scope, tenant: TenantId | None) -> MailTerms:
        terms: MailTerms = self._row(scope, tenant, "mail", MailTerms())
        return terms

    async def save_mail_terms(self, tenant: TenantId | None, terms: MailTerms, *, by: str, at: datetime) -> None:
        self.rows[tenant, "mail"] = terms
        self.saved.append((by, at))

    async def report_plan(self, scope: Scope, tenant: TenantId | None) -> StoredPlan:
        if not scope.allows_report(tenant):
            raise NotFound(tenant)
        kept: StoredPlan = self.rows.get((tenant, "report"), StoredPlan(tenant_id=tenant))
        return kept

    async def report_plans(self, scope: Scope) -> list[StoredPlan]:
        plans = [kept for (tenant, key), kept in self.rows.items() if key == "report" and scope.allows_report(tenant)]
        return sorted(plans, key=lambda kept: kept.tenant_id or "default")

    async def save_report_plan(
        self, tenant: TenantId | None, plan: ReportPlan, *, begins_at: datetime, by: str, at: datetime
    ) -> None:
        self.rows[tenant, "report"] = StoredPlan(tenant_id=tenant, plan=plan, by=by, at=at, begins_at=begins_at)
        self.saved.append((by, at))

    async def words(
        self, scope: Scope, tenant: TenantId | None, template: str, language: str, *, version: int | None = None
    ) -> Words:
        versions: tuple[Words, ...] = self._row(scope, tenant, f"words:{template}:{language}", ())
        if version is None:
            return versions[-1] if versions else Words()
        if not 1 <= version <= len(versions):
            raise NotFound(version)
        return versions[version - 1]

    async def save_words(
        self, tenant: TenantId | None, template: str, language: str, words: Words, *, by: str, at: datetime
    ) -> Words:
        key = (tenant, f"words:{template}:{language}")
        versions: tuple[Words, ...] = self.rows.get(key, ())
        if words.version != len(versions):
            raise Conflict("another version")
        new = msgspec.structs.replace(words, version=words.version + 1)
        self.rows[key] = (*versions, new)
        self.saved.append((by, at))
        return new

    def _row(self, scope: Scope, tenant: TenantId | None, key: str, empty: object) -> Any:
        if tenant is not None and not scope.allows(tenant):
            raise NotFound(tenant)
        return self.rows.get((tenant, key), empty)
