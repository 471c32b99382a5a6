"""Drafts for the description's examples: one that reaches one customer's user and leaves another out."""

from dataclasses import replace

from sspr_core.mail.compose import compose
from sspr_core.mail.drafts import Draft, Drafts
from sspr_core.mail.selection import LeftOut, Reason
from sspr_core.mail.templates import REGISTER_NOW
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.ids import UserId
from sspr_core.model.recipient import Recipient
from sspr_core.web.openapi.example_tenants import ana, contoso

_BEN = UserId("7f2a9c40-5b1e-4d3a-8c66-0e4d1b9a2f57")
_LANGUAGE = "en"


def some_drafts() -> Drafts:
    branding = Branding(company="Northwind IT", support_contact="the help desk, ext. 100")
    name = contoso().display_name
    message = compose(REGISTER_NOW, _LANGUAGE, branding=branding, words=Words(), tenant_name=name, first_name=None)
    recipient = Recipient(
        user_id=_BEN, address="ben.weber@contoso-dental.example", display_name="Ben Weber", language=_LANGUAGE
    )
    left_out = LeftOut(user_id=ana().user_id, display_name=ana().user.display_name, reason=Reason.REGISTERED_MEANWHILE)
    # The mail's whole HTML would be most of the description.
    short = replace(message, html="<!doctype html>…")
    return Drafts(
        tenant_name=name,
        template=REGISTER_NOW,
        hidden=True,
        drafts=(Draft(message=short, recipients=(recipient,), branding=branding),),
        left_out=(left_out,),
    )
