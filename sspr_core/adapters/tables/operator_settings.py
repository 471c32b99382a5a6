"""Table Settings, a partition per tenant and `default`: operators' settings, one JSON column each."""

from datetime import datetime
from typing import Any

import msgspec
from azure.data.tables import UpdateMode

from sspr_core.adapters.tables.table import Row, Table, text_of, time_of
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.errors import Conflict, NotFound
from sspr_core.model.ids import Scope, TenantId
from sspr_core.model.recipient import MailTerms
from sspr_core.model.report_plan import ReportPlan, StoredPlan

DEFAULT, REPORT = "default", "report"


class TablesOwnSettings:
    """The port OperatorSettings."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def branding(self, scope: Scope, tenant: TenantId | None) -> Branding:
        row = await self._table.find(_partition_in(scope, tenant), "branding")
        return value_of(row, Branding) if row else Branding()

    async def save_branding(self, tenant: TenantId | None, branding: Branding, *, by: str, at: datetime) -> None:
        await self._table.merge(setting_row(tenant, "branding", branding, by=by, at=at))

    async def mail_terms(self, scope: Scope, tenant: TenantId | None) -> MailTerms:
        row = await self._table.find(_partition_in(scope, tenant), "mail")
        return value_of(row, MailTerms) if row else MailTerms()

    async def save_mail_terms(self, tenant: TenantId | None, terms: MailTerms, *, by: str, at: datetime) -> None:
        await self._table.merge(setting_row(tenant, "mail", terms, by=by, at=at))

    async def report_plan(self, scope: Scope, tenant: TenantId | None) -> StoredPlan:
        if not scope.allows_report(tenant):
            raise NotFound(tenant)
        row = await self._table.find(partition_of(tenant), REPORT)
        return plan_of(row) if row else StoredPlan(tenant_id=tenant)

    async def report_plans(self, scope: Scope) -> list[StoredPlan]:
        pages = self._table.pages("RowKey eq @report", {"report": REPORT})
        found = [plan_of(row) async for page in pages for row in page]
        return [one for one in found if scope.allows_report(one.tenant_id)]

    async def save_report_plan(
        self, tenant: TenantId | None, plan: ReportPlan, *, begins_at: datetime, by: str, at: datetime
    ) -> None:
        await self._table.merge(setting_row(tenant, REPORT, plan, by=by, at=at) | {"BeginsAt": text_of(begins_at)})

    async def words(
        self, scope: Scope, tenant: TenantId | None, template: str, language: str, *, version: int | None = None
    ) -> Words:
        partition = _partition_in(scope, tenant)
        if version is not None:
            return value_of(await self._table.get(partition, words_key(template, language, version)), Words)
        row = await self._table.find(partition, words_key(template, language))
        return value_of(row, Words) if row else Words()

    async def save_words(
        self, tenant: TenantId | None, template: str, language: str, words: Words, *, by: str, at: datetime
    ) -> Words:
        """Rows: `words:{template}:{language}:{version}`, created, never overwritten; and the current one, replaced."""
        there = await self._table.find(partition_of(tenant), words_key(template, language))
        if (value_of(there, Words).version if there else 0) != words.version:
            raise Conflict("another version")
        new = msgspec.structs.replace(words, version=words.version + 1)
        current = setting_row(tenant, words_key(template, language), new, by=by, at=at)
        kept = current | {"RowKey": words_key(template, language, new.version)}
        try:
            await self._table.transaction([("create", kept), ("upsert", current, {"mode": UpdateMode.REPLACE})])
        except Conflict:
            if not _is_same(await self._table.find(kept["PartitionKey"], kept["RowKey"]), kept):
                raise
        return new


def partition_of(tenant: TenantId | None) -> str:
    return tenant or DEFAULT


def _partition_in(scope: Scope, tenant: TenantId | None) -> str:
    if tenant is not None and not scope.allows(tenant):
        raise NotFound(tenant)
    return partition_of(tenant)


def words_key(template: str, language: str, version: int | None = None) -> str:
    return f"words:{template}:{language}" + ("" if version is None else f":{version:06d}")


def setting_row(tenant: TenantId | None, key: str, value: msgspec.Struct, *, by: str, at: datetime) -> dict[str, Any]:
    return {
        "PartitionKey": partition_of(tenant),
        "RowKey": key,
        "Value": msgspec.json.encode(value).decode(),
        "By": by,
        "At": text_of(at),
    }


def value_of[T: msgspec.Struct](row: Row, kind: type[T]) -> T:
    """The inverse of setting_row."""
    return msgspec.json.decode(row["Value"], type=kind)


def plan_of(row: Row) -> StoredPlan:
    """The inverse of what save_report_plan writes."""
    return StoredPlan(
        tenant_id=None if row["PartitionKey"] == DEFAULT else TenantId(row["PartitionKey"]),
        plan=value_of(row, ReportPlan),
        by=row["By"],
        at=time_of(row["At"]),
        begins_at=time_of(row["BeginsAt"]),
    )


def _is_same(there: Row | None, row: dict[str, Any]) -> bool:
    """Whether it is our own write, whose answer was lost."""
    return there is not None and all(there[name] == row[name] for name in ("Value", "By", "At"))
