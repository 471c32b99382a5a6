"""The description's examples of templates and of what operators set of mails."""

from dataclasses import replace

from sspr_core.mail.compose import compose
from sspr_core.mail.responses import branding_view, mail_terms_view, sample_view, templates_view, words_view
from sspr_core.mail.template_sample import Sample
from sspr_core.mail.templates import REMINDER
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.mail_terms import MailTerms
from sspr_core.status.responses import Json
from sspr_core.web.openapi.example_tenants import contoso

_DEFAULT = Branding(
    company="Partner IT GmbH", support_contact="Help desk, +49 30 1234", footer="Partner IT GmbH\nBerlin"
)
_OWN = Branding(company="Contoso IT", colour="#7a1f3d")
_WORDS = Words(subject="{tenant}: five minutes before 1 May", version=2)


def mail_examples() -> dict[str, Json]:
    """By the shape's name."""
    tenant, look = contoso(), _OWN.over(_DEFAULT)
    message = compose(REMINDER, "en", branding=look, words=_WORDS, tenant_name=tenant.display_name, first_name=None)
    short = replace(message, html="<!doctype html>…")  # the mail's whole HTML would be most of the description
    shown = Sample(template=REMINDER, tenant_name=tenant.display_name, branding=look, message=short)
    terms = MailTerms(language="de")
    return {
        "TemplatesShape": templates_view(MailTerms()),
        "SampleShape": sample_view(shown),
        "WordsShape": words_view(tenant.tenant_id, REMINDER, "en", _WORDS, _WORDS),
        "BrandingShape": branding_view(tenant.tenant_id, _OWN, look),
        "MailTermsShape": mail_terms_view(tenant.tenant_id, terms, terms),
    }
