"""The operators' settings: one suite for the fake and for the table on Azurite."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.errors import Conflict, NotFound
from sspr_core.model.ids import EVERY_TENANT, Scope, TenantId
from sspr_core.model.recipient import MailTerms
from sspr_core.ports.storage import OperatorSettings
from tests.builders import MONDAY, a_world

NOBODY = Scope(tenants=frozenset())
BY_OLGA = {"by": "olga", "at": MONDAY}
OF = ("reminder", "pt-BR")


@pytest.fixture(params=["memory", "azurite"])
def own(request: pytest.FixtureRequest) -> OperatorSettings:
    opened: Any = a_world() if request.param == "memory" else request.getfixturevalue("storage")
    settings: OperatorSettings = opened.own
    return settings


@pytest.fixture
def tenant() -> TenantId:
    return TenantId(str(uuid4()))


async def test_what_nobody_has_set_is_empty(own: OperatorSettings, tenant: TenantId) -> None:
    assert await own.branding(EVERY_TENANT, tenant) == Branding()
    assert await own.mail_terms(EVERY_TENANT, tenant) == MailTerms()
    assert await own.words(EVERY_TENANT, tenant, *OF) == Words()


async def test_a_tenants_settings_and_the_default_are_kept_apart(own: OperatorSettings, tenant: TenantId) -> None:
    await own.save_branding(tenant, Branding(company="Contoso „Süd“", colour="#0f6cbd"), **BY_OLGA)
    await own.save_branding(None, Branding(company="Partner"), **BY_OLGA)
    await own.save_mail_terms(tenant, MailTerms(language="de", use_other_mails=False), **BY_OLGA)

    assert await own.branding(EVERY_TENANT, tenant) == Branding(company="Contoso „Süd“", colour="#0f6cbd")
    assert await own.branding(EVERY_TENANT, None) == Branding(company="Partner")
    assert await own.mail_terms(EVERY_TENANT, tenant) == MailTerms(language="de", use_other_mails=False)
    assert await own.mail_terms(EVERY_TENANT, None) == MailTerms()


async def test_saving_again_clears_what_is_no_longer_said(own: OperatorSettings, tenant: TenantId) -> None:
    await own.save_branding(tenant, Branding(company="Contoso", footer="Old"), **BY_OLGA)
    await own.save_branding(tenant, Branding(company="Contoso"), **BY_OLGA)

    assert await own.branding(EVERY_TENANT, tenant) == Branding(company="Contoso")


async def test_every_version_of_words_can_be_read_after_the_next(own: OperatorSettings, tenant: TenantId) -> None:
    first = await own.save_words(tenant, *OF, Words(subject="One", opening="Hello {name}\n\nyou"), **BY_OLGA)
    second = await own.save_words(tenant, *OF, Words(closing="Two", version=1), **BY_OLGA)

    assert (first.version, second.version) == (1, 2)
    assert await own.words(EVERY_TENANT, tenant, *OF) == second
    assert await own.words(EVERY_TENANT, tenant, *OF, version=1) == first
    assert await own.words(EVERY_TENANT, tenant, *OF, version=2) == second


async def test_words_belong_to_one_template_and_one_language(own: OperatorSettings, tenant: TenantId) -> None:
    await own.save_words(tenant, *OF, Words(subject="One"), **BY_OLGA)

    assert await own.words(EVERY_TENANT, tenant, "last_reminder", "pt-BR") == Words()
    assert await own.words(EVERY_TENANT, tenant, "reminder", "en") == Words()
    assert await own.words(EVERY_TENANT, None, *OF) == Words()


@pytest.mark.parametrize("version", [0, 2, 999_999])
async def test_a_version_that_never_was_is_not_found(own: OperatorSettings, tenant: TenantId, version: int) -> None:
    await own.save_words(tenant, *OF, Words(subject="One"), **BY_OLGA)

    with pytest.raises(NotFound):
        await own.words(EVERY_TENANT, tenant, *OF, version=version)


@pytest.mark.parametrize("version", [0, 2])
async def test_words_are_only_written_after_the_version_that_was_read(
    own: OperatorSettings, tenant: TenantId, version: int
) -> None:
    await own.save_words(tenant, *OF, Words(subject="One"), **BY_OLGA)

    with pytest.raises(Conflict):
        await own.save_words(tenant, *OF, Words(subject="Stale", version=version), **BY_OLGA)

    assert await own.words(EVERY_TENANT, tenant, *OF) == Words(subject="One", version=1)


async def test_of_writers_at_the_same_time_one_wins_and_the_others_are_told(
    own: OperatorSettings, tenant: TenantId
) -> None:
    texts = ["a", "b", "c", "d"]

    done = await asyncio.gather(
        *(own.save_words(tenant, *OF, Words(subject=text), **BY_OLGA) for text in texts), return_exceptions=True
    )

    [won] = [one for one in done if isinstance(one, Words)]
    assert sum(isinstance(one, Conflict) for one in done) == len(texts) - 1
    assert await own.words(EVERY_TENANT, tenant, *OF, version=1) == won == await own.words(EVERY_TENANT, tenant, *OF)


async def test_a_tenants_settings_are_not_found_outside_the_scope_and_the_default_is_everybodys(
    own: OperatorSettings, tenant: TenantId
) -> None:
    for reading in (own.branding(NOBODY, tenant), own.mail_terms(NOBODY, tenant), own.words(NOBODY, tenant, *OF)):
        with pytest.raises(NotFound):
            await reading

    assert await own.branding(NOBODY, None) == Branding()
    assert await own.mail_terms(NOBODY, None) == MailTerms()
    assert await own.words(NOBODY, None, *OF) == Words()
