"""Drafts as JSON and as files."""

import re

import pytest

from sspr_core.mail.drafts import Draft, Drafts
from sspr_core.mail.responses import draft_files, drafts_view
from sspr_core.mail.selection import OmittedUser, Reason
from sspr_core.model.branding import Branding
from sspr_core.model.ids import UserId
from tests.graph_rows import guid
from tests.hostile_names import HOSTILE_NAMES
from tests.mail.test_eml import a_recipient, mailboxes, parsed
from tests.mail.test_mailto import a_message


def made(*drafts: Draft, **said: object) -> Drafts:
    usual: dict[str, object] = {
        "tenant_name": "Contoso Ltd.",
        "template": "register_now",
        "hidden": True,
        "left_out": (),
    }
    return Drafts(**{**usual, **said}, drafts=drafts)


def a_draft(*names: str, language: str = "en", **said: str) -> Draft:
    return Draft(
        message=a_message(language=language, **said),
        recipients=tuple(a_recipient(name) for name in names),
        branding=Branding(),
    )


def test_a_draft_has_its_message_its_recipients_and_links_that_open_it() -> None:
    (draft,) = drafts_view(made(a_draft("ana", "ben")))["drafts"]

    assert draft == {
        "language": "en",
        "subject": "Register",
        "text": "Text.",
        "html": "<p>Text.</p>",
        "recipients": [
            {"user_id": guid("ana"), "address": "ana@contoso.example", "display_name": "Ana"},
            {"user_id": guid("ben"), "address": "ben@contoso.example", "display_name": "Ben"},
        ],
        "mailto": ("mailto:?bcc=ana@contoso.example,ben@contoso.example&subject=Register&body=Please%20register.",),
        "body_shortened": False,
        "not_in_mailto": (),
    }


def test_a_draft_for_one_is_to_them() -> None:
    (draft,) = drafts_view(made(a_draft("ana"), hidden=False))["drafts"]

    assert draft["mailto"] == ("mailto:ana@contoso.example?subject=Register&body=Please%20register.",)


def test_what_links_cannot_carry_is_said() -> None:
    (shortened,) = drafts_view(made(a_draft("ana", brief="Do this. " * 300)))["drafts"]
    (without,) = drafts_view(made(a_draft("ana", subject="😀" * 190)))["drafts"]

    assert shortened["body_shortened"] is True
    assert (without["mailto"], without["not_in_mailto"]) == ((), ("ana@contoso.example",))


def test_those_left_out_are_named_with_the_reason() -> None:
    left = OmittedUser(user_id=UserId(guid("eva")), display_name="Eva", reason=Reason.NO_ADDRESS)

    assert drafts_view(made(left_out=(left,))) == {
        "drafts": [],
        "left_out": [{"user_id": guid("eva"), "display_name": "Eva", "reason": "no_address"}],
    }


def test_one_file_is_named_after_tenant_template_and_language() -> None:
    ((name, content),) = draft_files(made(a_draft("ana", language="pt-BR")))

    assert name == "contoso-ltd-register-now-pt-br.eml"
    assert mailboxes(parsed(content), "Bcc") == [("Ana", "ana@contoso.example")]


def test_several_files_are_numbered_so_that_they_sort_as_the_drafts_do() -> None:
    many = [f"user{one}" for one in range(4_001)]

    files = draft_files(made(a_draft("ana", language="de"), a_draft(*many)))

    assert [name for name, _ in files][:2] == [
        "contoso-ltd-register-now-de-01.eml",
        "contoso-ltd-register-now-en-02.eml",
    ]
    assert len(files) == 12
    assert [len(parsed(content)["Bcc"].addresses) for _, content in files] == [1, *[400] * 10, 1]


def test_drafts_for_each_are_a_file_each_whose_names_are_nobodys() -> None:
    files = draft_files(made(a_draft("ana"), a_draft("ben"), hidden=False))

    assert [name for name, _ in files] == ["contoso-ltd-register-now-en-1.eml", "contoso-ltd-register-now-en-2.eml"]
    assert [mailboxes(parsed(content), "To")[0][0] for _, content in files] == ["Ana", "Ben"]


@pytest.mark.parametrize("name", [*HOSTILE_NAMES, "Zoë & Söhne", "../../etc/passwd", "山田"])
def test_a_file_has_a_name_that_every_system_takes(name: str) -> None:
    ((found, _),) = draft_files(made(a_draft("ana"), tenant_name=name))

    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*\.eml", found)
    assert len(found) < 80
