"""Directories from lists of rows, with failures where a test asks for them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sspr_core.model.errors import GiveUp, TryAgain
from sspr_core.model.graph_rows import Customer, DirectoryUser, Organization, Relationship, ReportRow, SubscribedSku
from sspr_core.model.ids import TenantId
from tests.graph_rows import a_sku

type Trouble = TryAgain | GiveUp


@dataclass
class FakeDirectory:
    """One tenant's directory. `trouble` is raised at the named step: open, organization, licences, report, users."""

    tenant_id: str
    report_rows: list[ReportRow] = field(default_factory=list)
    user_rows: list[DirectoryUser] = field(default_factory=list)
    skus: list[SubscribedSku] = field(default_factory=lambda: [a_sku()])
    answers_as: str | None = None
    trouble: dict[str, Trouble] = field(default_factory=dict)
    page: int = 2
    between_pages: Callable[[], Awaitable[None] | None] = lambda: None
    asked: list[str] = field(default_factory=list)

    def _may(self, what: str) -> None:
        self.asked.append(what)
        if what in self.trouble:
            raise self.trouble[what]

    async def organization(self) -> Organization:
        self._may("organization")
        return Organization(id=self.answers_as or self.tenant_id, display_name="Contoso")

    async def licences(self) -> list[SubscribedSku]:
        self._may("licences")
        return self.skus

    async def report(self) -> AsyncIterator[list[ReportRow]]:
        async for page in self._pages(self.report_rows, "report"):
            yield page

    async def users(self) -> AsyncIterator[list[DirectoryUser]]:
        async for page in self._pages(self.user_rows, "users"):
            yield page

    async def _pages[T](self, rows: list[T], what: str) -> AsyncIterator[list[T]]:
        """An empty page first; the failure comes after the first full page."""
        yield []
        for start in range(0, len(rows), self.page):
            meanwhile = self.between_pages()
            if meanwhile is not None:
                await meanwhile
            yield rows[start : start + self.page]
            self._may(what)
        self._may(what)


@dataclass
class FakeDirectories:
    """Microsoft Graph."""

    tenants: dict[TenantId, FakeDirectory] = field(default_factory=dict)
    customer_rows: list[Customer] = field(default_factory=list)
    relationship_rows: list[Relationship] = field(default_factory=list)
    trouble: Trouble | None = None

    @asynccontextmanager
    async def open(self, tenant: TenantId) -> AsyncIterator[FakeDirectory]:
        directory = self.tenants[tenant]
        directory._may("open")
        yield directory

    async def customers(self) -> list[Customer]:
        if self.trouble:
            raise self.trouble
        return self.customer_rows

    async def relationships(self) -> list[Relationship]:
        return self.relationship_rows
