"""Which of the chosen users get a mail, in which language, and why the others do not."""

import pytest

from sspr_core.mail.selection import Chosen, Reason, Recipients, split_recipients
from sspr_core.model.ids import UserId
from sspr_core.model.recipient import MailTerms
from sspr_core.model.registration import StoredUser
from tests.graph_rows import guid
from tests.mail.user_builders import a_stored_user


def sorted_out(*users: StoredUser, language: str | None = None, terms: MailTerms | None = None) -> Recipients:
    return split_recipients(Chosen(users=users), terms or MailTerms(), language=language)


def who(found: Recipients) -> list[str]:
    return [one.address.split("@")[0] for one in found.recipients]


def why(found: Recipients) -> list[tuple[str | None, Reason]]:
    return [(one.display_name, one.reason) for one in found.left_out]


def test_recipients_come_by_name_with_address_and_language() -> None:
    found = sorted_out(a_stored_user("ben"), a_stored_user("ana", preferred_language="de-AT"))

    assert [(one.display_name, one.address, one.language) for one in found.recipients] == [
        ("Ana", "ana@contoso.example", "de"),
        ("Ben", "ben@contoso.example", "en"),
    ]
    assert found.left_out == ()


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        (a_stored_user("ana", registered=True), Reason.REGISTERED_MEANWHILE),
        (a_stored_user("ana", user_type="Guest"), Reason.EXCLUDED),
        (a_stored_user("ana", account_enabled=False, registered=True, mail=None), Reason.EXCLUDED),
        (a_stored_user("ana", mail=None), Reason.NO_ADDRESS),
        (a_stored_user("ana", mail=""), Reason.NO_ADDRESS),
        (a_stored_user("ana", mail="ana"), Reason.NO_ADDRESS),
        (a_stored_user("ana", mail="ana@x.example\r\nBcc: eve@evil.example"), Reason.NO_ADDRESS),
        (a_stored_user("ana", mail=None, registered=True), Reason.REGISTERED_MEANWHILE),
    ],
)
def test_whoever_is_left_out_is_named_with_the_first_reason_that_applies(user: StoredUser, reason: Reason) -> None:
    found = sorted_out(user, a_stored_user("ben"))

    assert who(found) == ["ben"]
    assert why(found) == [("Ana", reason)]


def test_an_id_that_nobody_has_is_unknown() -> None:
    found = split_recipients(Chosen(users=(), missing=(UserId(guid("gone")),)), MailTerms(), language=None)

    assert [(one.user_id, one.display_name, one.reason) for one in found.left_out] == [
        (guid("gone"), None, Reason.UNKNOWN)
    ]


def test_a_user_whose_registration_is_unknown_was_chosen_and_gets_it() -> None:
    assert who(sorted_out(a_stored_user("ana", registered=None))) == ["ana"]


def test_an_address_gets_the_mail_once_however_it_is_written() -> None:
    found = sorted_out(
        a_stored_user("ben", mail="Sales@contoso.example"), a_stored_user("ana", mail="sales@contoso.example")
    )

    assert [(one.display_name, one.address) for one in found.recipients] == [("Ana", "sales@contoso.example")]
    assert why(found) == [("Ben", Reason.SAME_ADDRESS)]


def test_other_mails_are_used_only_where_the_tenant_says_so() -> None:
    ana = a_stored_user("ana", mail=None, other_mails=["ana@home.example"])

    assert why(sorted_out(ana)) == [("Ana", Reason.NO_ADDRESS)]
    assert [one.address for one in sorted_out(ana, terms=MailTerms(use_other_mails=True)).recipients] == [
        "ana@home.example"
    ]


@pytest.mark.parametrize(
    ("language", "preferred", "tenants", "expected"),
    [
        (None, None, None, "en"),
        (None, None, "nl", "nl"),
        (None, "tlh", "nl", "nl"),
        (None, "fr-CA", "nl", "fr"),
        (None, "pt-PT", None, "pt-BR"),
        ("es", "fr", "nl", "es"),
    ],
)
def test_the_language_is_the_one_asked_for_else_the_users_else_the_tenants_else_english(
    language: str | None, preferred: str | None, tenants: str | None, expected: str
) -> None:
    found = sorted_out(
        a_stored_user("ana", preferred_language=preferred), language=language, terms=MailTerms(language=tenants)
    )

    assert [one.language for one in found.recipients] == [expected]
