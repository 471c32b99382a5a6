"""Branding, mail terms and own words: stores what operators set, and finds what is in force for a tenant."""

import asyncio
from datetime import datetime

import msgspec

from sspr_core.mail.languages import known
from sspr_core.model import branding as looks
from sspr_core.model import custom_texts as own_words
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.errors import Conflict, Invalid
from sspr_core.model.ids import Scope, TenantId
from sspr_core.model.recipient import MailTerms
from sspr_core.ports.storage import OperatorSettings, Tenants


async def set_branding(
    tenant: TenantId | None,
    branding: Branding,
    scope: Scope,
    tenants: Tenants,
    own: OperatorSettings,
    *,
    by: str,
    now: datetime,
) -> None:
    """Store the branding. Raises NotFound outside the scope, Invalid with the field at fault; then writes nothing."""
    await _must_be_known(tenant, scope, tenants)
    looks.check(branding)
    await own.save_branding(tenant, branding, by=by, at=now)


async def set_mail_terms(
    tenant: TenantId | None,
    terms: MailTerms,
    scope: Scope,
    tenants: Tenants,
    own: OperatorSettings,
    *,
    by: str,
    now: datetime,
) -> None:
    """Store the mail terms. Raises as set_branding() does."""
    await _must_be_known(tenant, scope, tenants)
    if terms.language is not None:
        check_language(terms.language)
    await own.save_mail_terms(tenant, terms, by=by, at=now)


async def set_words(
    words: Words,
    scope: Scope,
    tenants: Tenants,
    own: OperatorSettings,
    *,
    tenant: TenantId | None,
    template: str,
    language: str,
    version: int | None,
    by: str,
    now: datetime,
) -> Words:
    """Store own words and return them with their new version. `version`: the one they replace; None: the current one.

    Raises as set_branding() does, and Conflict when `version` is not the current one.
    """
    await _must_be_known(tenant, scope, tenants)
    check_language(language)
    own_words.check(words)
    while True:
        before = (await own.words(scope, tenant, template, language)).version if version is None else version
        try:
            return await own.save_words(
                tenant, template, language, msgspec.structs.replace(words, version=before), by=by, at=now
            )
        except Conflict:
            if version is not None:
                raise
            # a concurrent write won; its version stays readable, and this one follows it


def check_language(language: str) -> None:
    """Raises Invalid unless there are email texts in this language."""
    if language not in known():
        raise Invalid("language", f"is none of {', '.join(known())}")


async def _must_be_known(tenant: TenantId | None, scope: Scope, tenants: Tenants) -> None:
    if tenant is not None:
        await tenants.get(scope, tenant)


async def branding_in_force(
    own: OperatorSettings, scope: Scope, tenant: TenantId | None, *, instead: Branding | None = None
) -> Branding:
    if tenant is None:
        return instead or await own.branding(scope, None)
    nearer, default = await asyncio.gather(own.branding(scope, tenant), own.branding(scope, None))
    return (instead or nearer).over(default)


async def terms_in_force(own: OperatorSettings, scope: Scope, tenant: TenantId | None) -> MailTerms:
    if tenant is None:
        return await own.mail_terms(scope, None)
    nearer, default = await asyncio.gather(own.mail_terms(scope, tenant), own.mail_terms(scope, None))
    return nearer.over(default)


async def words_in_force(
    own: OperatorSettings,
    scope: Scope,
    tenant: TenantId | None,
    template: str,
    language: str,
    *,
    instead: Words | None = None,
) -> Words:
    if tenant is None:
        return instead or await own.words(scope, None, template, language)
    nearer, default = await asyncio.gather(
        own.words(scope, tenant, template, language), own.words(scope, None, template, language)
    )
    return (instead or nearer).over(default)
