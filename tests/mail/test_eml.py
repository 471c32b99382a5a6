"""Files that open as drafts: exactly the chosen recipients, and no header injected by a name."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sspr_core.mail.eml import MOST_RECIPIENTS, eml, eml_files, zip_of
from sspr_core.model.branding import Branding
from sspr_core.model.ids import UserId
from sspr_core.model.recipient import Recipient
from sspr_core.model.text import one_line
from tests.graph_rows import guid
from tests.hostile_names import HOSTILE_NAMES
from tests.mail.test_mailto import a_message

PLAIN = Branding()


def a_recipient(name: str = "ana", *, address: str | None = None, display_name: str | None = None) -> Recipient:
    return Recipient(
        user_id=UserId(guid(name)),
        address=address or f"{name}@contoso.example",
        display_name=name.title() if display_name is None else display_name,
        language="en",
    )


def parsed(content: bytes) -> EmailMessage:
    found = message_from_bytes(content, policy=SMTP)
    assert isinstance(found, EmailMessage)
    return found


def mailboxes(of: EmailMessage, field: str) -> list[tuple[str, str]]:
    assert not of[field].defects
    return [(one.display_name, one.addr_spec) for one in of[field].addresses]


def test_a_draft_to_many_hides_them_and_opens_unsent() -> None:
    mail = parsed(eml(a_message(), [a_recipient("ana"), a_recipient("ben")], PLAIN, hidden=True))

    assert mail.keys() == ["X-Unsent", "Bcc", "Subject", "MIME-Version", "Content-Type"]
    assert (mail["X-Unsent"], mail["Subject"]) == ("1", "Register")
    assert mailboxes(mail, "Bcc") == [("Ana", "ana@contoso.example"), ("Ben", "ben@contoso.example")]


def test_a_draft_to_one_is_to_them() -> None:
    mail = parsed(eml(a_message(), [a_recipient("ana")], PLAIN, hidden=False))

    assert mailboxes(mail, "To") == [("Ana", "ana@contoso.example")]
    assert mail["Bcc"] is None


def test_sender_and_reply_to_are_the_brandings() -> None:
    branding = Branding(sender_address="it@msp.example", sender_name='Help, "IT"', reply_to="help@msp.example")

    mail = parsed(eml(a_message(), [a_recipient()], branding, hidden=True))

    assert mailboxes(mail, "From") == [('Help, "IT"', "it@msp.example")]
    assert mailboxes(mail, "Reply-To") == [("", "help@msp.example")]


def test_the_parts_are_text_then_html_in_lines_that_every_server_takes() -> None:
    message = a_message(text="Grüße\n\nzweitens\n", html=f"<p>Grüße 😀 {'x' * 3_000}</p>")

    content = eml(message, [a_recipient()], PLAIN, hidden=True)
    text, html = parsed(content).iter_parts()

    assert parsed(content).get_content_type() == "multipart/alternative"
    assert (text.get_content_type(), text.get_content()) == ("text/plain", "Grüße\r\n\r\nzweitens\r\n")
    assert (html.get_content_type(), html.get_content().rstrip()) == ("text/html", message.html)
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")


def test_the_same_draft_is_the_same_bytes() -> None:
    assert eml(a_message(), [a_recipient()], PLAIN, hidden=True) == eml(
        a_message(), [a_recipient()], PLAIN, hidden=True
    )


@pytest.mark.parametrize(("count", "sizes"), [(400, [400]), (401, [400, 1]), (1_000, [400, 400, 200])])
def test_a_file_has_at_most_four_hundred_recipients(count: int, sizes: list[int]) -> None:
    everybody = [a_recipient(f"user{one}") for one in range(count)]

    files = [mailboxes(parsed(one), "Bcc") for one in eml_files(a_message(), everybody, PLAIN, hidden=True)]

    assert MOST_RECIPIENTS == 400
    assert [len(one) for one in files] == sizes
    assert [address for one in files for _, address in one] == [one.address for one in everybody]


def test_drafts_for_each_are_a_file_each() -> None:
    files = eml_files(a_message(), [a_recipient("ana"), a_recipient("ben")], PLAIN, hidden=False)

    assert [mailboxes(parsed(one), "To") for one in files] == [
        [("Ana", "ana@contoso.example")],
        [("Ben", "ben@contoso.example")],
    ]


def as_seen(name: str) -> str:
    """Without spaces: Python's parser adds some between encoded words, which RFC 2047 forbids."""
    return "".join(one_line(name, most=200).split())


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("hidden", [True, False])
def test_a_hostile_name_is_a_name_wherever_it_stands(name: str, hidden: bool) -> None:
    message = a_message(subject=f"For {name}", text=f"Hello {name}", html=f"<p>{name}</p>")
    branding = Branding(sender_address="it@msp.example", sender_name=name)
    chosen = [a_recipient("ana", display_name=name), a_recipient("ben"), a_recipient("cas", display_name=name)][
        : 3 if hidden else 1
    ]

    content = eml(message, chosen, branding, hidden=hidden)
    mail = parsed(content)

    field = "Bcc" if hidden else "To"
    assert mail.keys() == ["X-Unsent", "From", field, "Subject", "MIME-Version", "Content-Type"]
    found = mailboxes(mail, field)
    assert [address for _, address in found] == [one.address for one in chosen]
    assert ["".join(seen.split()) for seen, _ in found] == [as_seen(one.display_name) for one in chosen]
    assert [address for _, address in mailboxes(mail, "From")] == ["it@msp.example"]
    assert mail["Subject"] == one_line(f"For {name}", most=200)
    assert max(map(len, content.split(b"\r\n"))) <= 998


@given(name=st.text(max_size=300), subject=st.text(max_size=300), text=st.text(max_size=300))
def test_whatever_the_name_the_recipients_are_the_chosen_ones(name: str, subject: str, text: str) -> None:
    chosen = [a_recipient("ana", display_name=name), a_recipient("ben", display_name=name)]

    mail = parsed(eml(a_message(subject=subject, text=text, html=text), chosen, PLAIN, hidden=True))

    assert mail.keys() == ["X-Unsent", "Bcc", "Subject", "MIME-Version", "Content-Type"]
    assert [address for _, address in mailboxes(mail, "Bcc")] == ["ana@contoso.example", "ben@contoso.example"]
    assert {"".join(seen.split()) for seen, _ in mailboxes(mail, "Bcc")} == {as_seen(name)}
    assert mail["Subject"] == one_line(subject, most=200)


@pytest.mark.parametrize("address", ["o'brien+1/2=3@x-y.example", ".a..b.@x.example", "jörg@müller.example"])
def test_an_odd_address_arrives_as_it_is(address: str) -> None:
    content = eml(a_message(subject="Grüße"), [a_recipient(address=address)], PLAIN, hidden=True)

    (found,) = parsed(content)["Bcc"].addresses
    assert found.addr_spec.encode("utf-8", "surrogateescape").decode() == address
    assert parsed(content)["Subject"] == "Grüße"


@pytest.mark.parametrize(
    "address", ["a@x.example, eve@evil.example", "a@x.example\r\nBcc: eve@evil.example", "a", "a@", "<a@x.example>"]
)
def test_what_could_be_more_than_one_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="not a mail address"):
        eml(a_message(), [a_recipient(address=address)], PLAIN, hidden=True)


def test_a_zip_has_the_files_in_their_order_and_is_always_the_same() -> None:
    files = [("b.eml", b"two"), ("a.eml", b"one" * 1_000)]

    with ZipFile(BytesIO(zip_of(files))) as made:
        assert [(name, made.read(name)) for name in made.namelist()] == files
        assert made.infolist()[1].compress_size < 100
    assert zip_of(files) == zip_of(iter(files))
