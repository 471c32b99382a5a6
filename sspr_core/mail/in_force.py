"""What holds for a tenant: its own settings over the default's. `tenant` None: the default alone.

`instead` are a form's, not saved yet. All raise NotFound outside the scope.
"""

import asyncio

from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.ids import TenantId
from sspr_core.model.mail_terms import MailTerms
from sspr_core.model.scope import Scope
from sspr_core.ports.storage import OwnSettings


async def branding_in_force(
    own: OwnSettings, scope: Scope, tenant: TenantId | None, *, instead: Branding | None = None
) -> Branding:
    if tenant is None:
        return instead or await own.branding(scope, None)
    nearer, default = await asyncio.gather(own.branding(scope, tenant), own.branding(scope, None))
    return (instead or nearer).over(default)


async def terms_in_force(own: OwnSettings, scope: Scope, tenant: TenantId | None) -> MailTerms:
    if tenant is None:
        return await own.mail_terms(scope, None)
    nearer, default = await asyncio.gather(own.mail_terms(scope, tenant), own.mail_terms(scope, None))
    return nearer.over(default)


async def words_in_force(
    own: OwnSettings,
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
