"""What operators set: for known tenants only, validated before it is written, and no version lost."""

import asyncio
from datetime import datetime

import pytest

from sspr_core.mail.brand_settings import set_branding, set_mail_terms, set_words
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.errors import Conflict, Invalid, NotFound
from sspr_core.model.ids import EVERY_TENANT, Scope, TenantId
from sspr_core.model.recipient import MailTerms
from tests.builders import MONDAY, a_known
from tests.fakes.operator_settings import MemoryOwnSettings
from tests.fakes.storage import MemoryTenants
from tests.graph_rows import guid

CONTOSO = a_known("contoso")
ID = CONTOSO.tenant_id
NOBODY = Scope(tenants=frozenset())
BY_OLGA = {"by": "olga", "now": MONDAY}


class Site:
    def __init__(self) -> None:
        self.own = MemoryOwnSettings()
        self.tenants = MemoryTenants(rows={ID: CONTOSO.tenant})

    async def brand(self, branding: Branding, tenant: TenantId | None = ID, scope: Scope = EVERY_TENANT) -> None:
        await set_branding(tenant, branding, scope, self.tenants, self.own, **BY_OLGA)

    async def settle(self, terms: MailTerms, tenant: TenantId | None = ID, scope: Scope = EVERY_TENANT) -> None:
        await set_mail_terms(tenant, terms, scope, self.tenants, self.own, **BY_OLGA)

    async def say(
        self,
        words: Words,
        tenant: TenantId | None = ID,
        scope: Scope = EVERY_TENANT,
        *,
        language: str = "de",
        version: int | None = None,
    ) -> Words:
        return await set_words(
            words,
            scope,
            self.tenants,
            self.own,
            tenant=tenant,
            template="reminder",
            language=language,
            version=version,
            **BY_OLGA,
        )


@pytest.fixture
def site() -> Site:
    return Site()


async def test_what_an_operator_sets_is_kept_with_who_and_when(site: Site) -> None:
    await site.brand(Branding(company="Contoso IT"))
    await site.settle(MailTerms(language="de"))
    await site.say(Words(subject="Bitte"))

    assert await site.own.branding(EVERY_TENANT, ID) == Branding(company="Contoso IT")
    assert await site.own.mail_terms(EVERY_TENANT, ID) == MailTerms(language="de")
    assert await site.own.words(EVERY_TENANT, ID, "reminder", "de") == Words(subject="Bitte", version=1)
    assert site.own.saved == [("olga", MONDAY)] * 3


async def test_the_default_is_nobodys_tenant(site: Site) -> None:
    await site.brand(Branding(company="Partner"), tenant=None)

    assert await site.own.branding(EVERY_TENANT, None) == Branding(company="Partner")


@pytest.mark.parametrize(("tenant", "scope"), [(TenantId(guid("unknown")), EVERY_TENANT), (ID, NOBODY)])
async def test_a_tenant_that_is_unknown_or_not_the_callers_gets_nothing(
    site: Site, tenant: TenantId, scope: Scope
) -> None:
    for setting in (
        site.brand(Branding(), tenant, scope),
        site.settle(MailTerms(), tenant, scope),
        site.say(Words(), tenant, scope),
    ):
        with pytest.raises(NotFound):
            await setting

    assert site.own.rows == {}


async def test_what_cannot_be_taken_is_told_by_field_and_not_written(site: Site) -> None:
    for setting, field in (
        (site.brand(Branding(colour="#ffff00")), "colour"),
        (site.settle(MailTerms(language="xx")), "language"),
        (site.say(Words(opening="{nmae}")), "opening"),
        (site.say(Words(), language="xx"), "language"),
    ):
        with pytest.raises(Invalid) as caught:
            await setting
        assert caught.value.field == field

    assert site.own.rows == {}


async def test_words_come_after_the_version_that_was_looked_at_or_not_at_all(site: Site) -> None:
    await site.say(Words(subject="Eins"), version=0)

    with pytest.raises(Conflict):
        await site.say(Words(subject="Zwei"), version=0)
    assert (await site.say(Words(subject="Zwei"), version=1)).version == 2


async def test_who_does_not_say_a_version_comes_after_whoever_was_quicker(site: Site) -> None:
    really, overtaken_by = site.own.save_words, [Words(subject="Quicker")]

    async def overtaken(
        tenant: TenantId | None, template: str, language: str, words: Words, *, by: str, at: datetime
    ) -> Words:
        if overtaken_by:
            await really(tenant, template, language, overtaken_by.pop(), by="eva", at=at)
        return await really(tenant, template, language, words, by=by, at=at)

    site.own.save_words = overtaken  # type: ignore[method-assign]

    assert (await site.say(Words(subject="Slower"))).version == 2
    assert (await site.own.words(EVERY_TENANT, ID, "reminder", "de", version=1)).subject == "Quicker"


async def test_of_many_who_save_at_once_none_is_lost(site: Site) -> None:
    saved = await asyncio.gather(*(site.say(Words(subject=f"No. {number}")) for number in range(5)))

    assert sorted(one.version for one in saved) == [1, 2, 3, 4, 5]
