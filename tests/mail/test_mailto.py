"""Links for mail programs: whole addresses, within the length limit, nothing dropped silently."""

from itertools import pairwise
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sspr_core.mail.mailto import MOST_CHARACTERS, MOST_IN_SUBJECT, mailto
from sspr_core.model.recipient import Message
from sspr_core.model.text import one_line
from tests.hostile_names import HOSTILE_NAMES


def a_message(**said: str) -> Message:
    usual = {
        "language": "en",
        "subject": "Register",
        "text": "Text.",
        "html": "<p>Text.</p>",
        "brief": "Please register.",
    }
    return Message(**{**usual, **said})


def people(count: int) -> list[str]:
    return [f"somebody.number{one}@contoso.example" for one in range(count)]


def read(link: str) -> tuple[list[str], str, str]:
    """The addresses, subject and body that a mail program reads from a link; the link may contain nothing else."""
    scheme, _, rest = link.partition(":")
    to, _, query = rest.partition("?")
    fields = [tuple(field.split("=")) for field in query.split("&")]
    assert scheme == "mailto"
    assert {name for name, _ in fields} <= {"bcc", "subject", "body"}
    found = dict(fields)
    assert len(found) == len(fields)
    addresses = [unquote(one) for one in (found.get("bcc") or to).split(",")]
    return addresses, unquote(found["subject"]), unquote(found.get("body", ""))


def test_addresses_that_are_hidden_from_each_other_are_all_in_one_link_when_they_fit() -> None:
    made = mailto(["ana@contoso.example", "ben@contoso.example"], a_message(), hidden=True)

    assert made.links == (
        "mailto:?bcc=ana@contoso.example,ben@contoso.example&subject=Register&body=Please%20register.",
    )
    assert (made.body_shortened, made.too_long) == (False, ())


def test_those_that_are_not_have_a_link_each() -> None:
    made = mailto(["ana@contoso.example", "ben@contoso.example"], a_message(), hidden=False)

    assert made.links == (
        "mailto:ana@contoso.example?subject=Register&body=Please%20register.",
        "mailto:ben@contoso.example?subject=Register&body=Please%20register.",
    )


def test_four_hundred_people_take_several_links_each_once_and_in_their_order() -> None:
    made = mailto(people(400), a_message(), hidden=True)

    assert [one for link in made.links for one in read(link)[0]] == people(400)
    assert 5 < len(made.links) < 12
    assert max(map(len, made.links)) <= MOST_CHARACTERS


def test_a_space_is_percent_20_a_line_break_is_both_characters_and_a_plus_stays_one() -> None:
    (link,) = mailto(["a+b@x.example"], a_message(brief="One two.\nThree + four\r\n"), hidden=False).links

    assert link.endswith("&body=One%20two.%0D%0AThree%20%2B%20four")
    assert link.startswith("mailto:a%2Bb@x.example?")


def test_what_separates_addresses_and_fields_is_encoded_within_an_address() -> None:
    odd = ['"a,b"@x.example', "a&bcc=eve@x.example", "a?b#c%d@x.example", "jörg@müller.example", '"a@b"@x.example']

    (link,) = mailto(odd, a_message(), hidden=True).links

    assert read(link)[0] == odd


def test_a_line_break_in_a_subject_begins_no_header() -> None:
    (link,) = mailto(["a@x.example"], a_message(subject="Register\r\nBcc: eve@evil.example"), hidden=True).links

    assert read(link)[1] == "Register Bcc: eve@evil.example"
    assert "%0D" not in link.split("&body=")[0]


def test_a_body_that_leaves_no_room_ends_after_a_sentence_and_says_so() -> None:
    sentences = [f"This is sentence number {one} of the message." for one in range(80)]

    made = mailto(people(3), a_message(brief=" ".join(sentences)), hidden=True)
    body = read(made.links[0])[2]

    assert made.body_shortened
    assert body == " ".join(sentences[: body.count(".")])
    assert 20 < body.count(".") < 50
    assert [one for link in made.links for one in read(link)[0]] == people(3)


def test_the_number_of_a_step_is_no_end_of_a_sentence() -> None:
    brief = "Do this:\n1. " + "Open the page and then go on " * 100 + ". Done."

    assert read(mailto(["a@x.example"], a_message(brief=brief), hidden=True).links[0])[2] == ""


def test_a_body_without_an_end_that_fits_is_dropped_and_says_so() -> None:
    made = mailto(["a@x.example"], a_message(brief="word " * 1_000), hidden=True)

    assert made.links == ("mailto:?bcc=a@x.example&subject=Register",)
    assert made.body_shortened


def test_an_address_too_long_for_any_link_is_named_and_shortens_nothing() -> None:
    long = f"{'ü' * 400}@x.example"

    made = mailto(["a@x.example", long], a_message(), hidden=True)

    assert made.too_long == (long,)
    assert [read(link) for link in made.links] == [(["a@x.example"], "Register", "Please register.")]


def test_where_the_subject_leaves_no_room_everybody_is_named() -> None:
    made = mailto(["a@x.example"], a_message(subject="😀" * 190), hidden=True)

    assert (made.links, made.too_long) == ((), ("a@x.example",))


def test_nobody_has_no_link() -> None:
    assert mailto([], a_message(), hidden=True).links == ()


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_in_subject_and_body_comes_out_as_text(name: str) -> None:
    made = mailto(["ana@contoso.example"], a_message(subject=f"For {name}", brief=f"Hello {name}"), hidden=True)

    addresses, subject, body = read(made.links[0])
    assert addresses == ["ana@contoso.example"]
    assert subject == one_line(f"For {name}", most=MOST_IN_SUBJECT)
    assert made.body_shortened or body.split() == f"Hello {name}".split()
    assert dict(parse_qsl(made.links[0].split("?")[1]))["bcc"] == "ana@contoso.example"
    assert made.links[0].isascii()


addresses_of_any_kind = st.builds(
    "{}@{}.example".format, st.text(min_size=1, max_size=150).filter(lambda text: text.isprintable()), st.just("x")
)


@given(
    addresses=st.lists(addresses_of_any_kind, unique=True, max_size=60),
    subject=st.text(max_size=250),
    brief=st.text(max_size=600) | st.lists(st.sampled_from(["Do this. ", "Ü! ", "word "]), max_size=400).map("".join),
    hidden=st.booleans(),
)
def test_whatever_the_message_every_address_is_in_a_link_or_named_and_no_link_is_too_long(
    addresses: list[str], subject: str, brief: str, hidden: bool
) -> None:
    made = mailto(addresses, a_message(subject=subject, brief=brief), hidden=hidden)
    found = [read(link) for link in made.links]

    assert all(len(link) <= MOST_CHARACTERS for link in made.links)
    assert [one for group, _, _ in found for one in group] == [one for one in addresses if one not in made.too_long]
    assert hidden or all(len(group) == 1 for group, _, _ in found)
    for _, _, body in found:
        assert "\r\n".join(brief.splitlines()).startswith(body)
        assert made.body_shortened or body == "\r\n".join(brief.splitlines())


@given(st.lists(addresses_of_any_kind, unique=True, min_size=2, max_size=60))
def test_a_link_ends_only_where_the_next_address_does_not_fit(addresses: list[str]) -> None:
    links = mailto(addresses, a_message(), hidden=True).links

    for link, following in pairwise(links):
        first = following.removeprefix("mailto:?bcc=").split("&")[0].split(",")[0]
        assert len(link) + 1 + len(first) > MOST_CHARACTERS
