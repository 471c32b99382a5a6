"""The sender address of an email, and which of a branding's addresses are not used."""

import pytest

from sspr_core.model.branding import Branding
from sspr_core.model.mail_service import Senders

USUAL, LISTED = "DoNotReply@register.partner.example", "Security@register.partner.example"
SENDERS = Senders(usual=USUAL, others=(LISTED,))


@pytest.mark.parametrize(
    ("own", "in_effect", "not_used", "pinned"),
    [
        (None, USUAL, None, None),
        (LISTED, LISTED, None, LISTED),
        ("security@REGISTER.partner.example", LISTED, None, LISTED),
        (USUAL.lower(), USUAL, None, USUAL),
        ("it@contoso.example", USUAL, "it@contoso.example", None),
    ],
)
def test_a_brandings_sender_is_used_where_the_settings_name_it(
    own: str | None, in_effect: str, not_used: str | None, pinned: str | None
) -> None:
    branding = Branding(company="Contoso", sender_address=own)

    assert (SENDERS.in_effect(branding), SENDERS.not_used(branding)) == (in_effect, not_used)
    assert SENDERS.pinned(branding) == Branding(company="Contoso", sender_address=pinned)


def test_without_settings_no_address_is_known() -> None:
    assert Senders().known("") is None
    assert Senders().known(None) is None
