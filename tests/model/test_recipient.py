"""Which addresses a mail can reach, and how outside text becomes one line."""

import msgspec
import pytest

from sspr_core.model.recipient import MailTerms, recipient_address
from sspr_core.model.registration import Registration, User
from sspr_core.model.text import has_controls, is_address, one_line
from tests.hostile_names import HOSTILE_NAMES
from tests.snapshot.test_diff import NOT_REGISTERED, a_user

OTHERS = MailTerms(use_other_mails=True)


def reach(terms: MailTerms | None = None, *, mail: str | None, others: tuple[str, ...] = ()) -> str | None:
    user: User = msgspec.structs.replace(a_user(NOT_REGISTERED, "u"), mail=mail, other_mails=others)
    assert user.registration is Registration.NOT_REGISTERED
    return recipient_address(user, terms or MailTerms())


def test_a_user_is_reached_at_mail_and_never_at_the_upn() -> None:
    assert reach(mail="ana@contoso.example") == "ana@contoso.example"
    assert reach(mail=None) is None
    assert reach(OTHERS, mail=None) is None


def test_other_mails_are_used_only_where_the_tenant_says_so_and_only_the_first() -> None:
    assert reach(mail=None, others=("private@home.example",)) is None
    assert reach(OTHERS, mail=None, others=("private@home.example", "b@home.example")) == "private@home.example"
    assert reach(OTHERS, mail="ana@contoso.example", others=("b@home.example",)) == "ana@contoso.example"
    assert reach(OTHERS, mail=None, others=("nonsense", "b@home.example")) is None


@pytest.mark.parametrize(
    "mail", ["", "ana", "ana@contoso.example\r\nBcc: eve@evil.example", "a,b@c.example", *HOSTILE_NAMES]
)
def test_what_cannot_be_an_address_is_none(mail: str) -> None:
    assert reach(mail=mail) is None


@pytest.mark.parametrize("address", ["a@b.de", "o'brien+x@sub.contoso.co.uk", "a=b@xn--mller-kva.example", "%0d@b.de"])
def test_an_address_may_have_every_character_that_is_safe_in_one(address: str) -> None:
    assert is_address(address)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_name_on_one_line_has_no_line_end_no_control_and_no_mark_of_direction(name: str) -> None:
    line = one_line(name, most=60)

    assert len(line) <= 60
    assert not has_controls(line)
    assert line == line.strip()


def test_a_name_keeps_what_belongs_to_it() -> None:
    assert one_line("  Zoë\t 👩\u200d👧  O'Brien ", most=60) == "Zoë 👩\u200d👧 O'Brien"
    assert one_line("Question\u00a0?", most=60) == "Question\u00a0?"


def test_a_long_name_shows_that_it_was_cut() -> None:
    assert one_line("x" * 61, most=60) == "x" * 59 + "…"
    assert one_line("x" * 60, most=60) == "x" * 60
