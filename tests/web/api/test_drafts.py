"""Drafts over HTTP: as JSON, as files, and the refusals."""

from collections.abc import AsyncIterator
from io import BytesIO
from zipfile import ZipFile

import httpx
import pytest

from sspr_core.mail import drafts
from sspr_core.web.requests.mail import UserChoice
from sspr_core.web.requests.queries import UsersQuery
from tests.graph_rows import a_report_row, a_row, guid
from tests.hostile_names import HOSTILE_NAMES
from tests.mail.test_eml import mailboxes, parsed
from tests.snapshot.snapshot_env import CONTOSO, Shop
from tests.web.web_env import READER, UNKNOWN, visiting

DRAFTS = "/api/v1/drafts"
EML = {"accept": "message/rfc822"}
NAMES = ("ana", "ben", "cas", "dee", "eva")


@pytest.fixture
async def shop() -> Shop:
    """Two to register, one of them German; one registered, one a guest, one without an address."""
    shop = Shop()
    directory = shop.knows(gdap_name="Contoso Dental")
    said = {"ana": {"preferred_language": "de-DE"}, "dee": {"user_type": "Guest"}, "eva": {"mail": None}}
    directory.user_rows = [a_row(name, **said.get(name, {})) for name in NAMES]
    directory.report_rows = [a_report_row(name, is_sspr_registered=name == "cas") for name in NAMES]
    await shop.take()
    return shop


@pytest.fixture
async def reader(shop: Shop) -> AsyncIterator[httpx.AsyncClient]:
    async with visiting(shop.services, **READER) as client:
        yield client


def asked(**said: object) -> dict[str, object]:
    usual = {"tenant_id": CONTOSO, "user_ids": [guid(name) for name in NAMES], "template": "register_now"}
    return {name: value for name, value in {**usual, **said}.items() if value is not None}


async def test_a_mixed_selection_is_a_draft_for_each_language_and_says_whom_it_leaves_out(
    reader: httpx.AsyncClient,
) -> None:
    gone = guid("gone")

    answer = (await reader.post(DRAFTS, json=asked(user_ids=[*map(guid, NAMES), gone]))).json()

    assert [(one["language"], [to["address"] for to in one["recipients"]]) for one in answer["drafts"]] == [
        ("de", ["ana@contoso.example"]),
        ("en", ["ben@contoso.example"]),
    ]
    assert [(one["user_id"], one["display_name"], one["reason"]) for one in answer["left_out"]] == [
        (gone, None, "unknown"),
        (guid("cas"), "Cas", "registered_meanwhile"),
        (guid("dee"), "Dee", "excluded"),
        (guid("eva"), "Eva", "no_address"),
    ]


async def test_a_draft_has_all_it_takes_to_send_it(reader: httpx.AsyncClient) -> None:
    (draft,) = (await reader.post(DRAFTS, json=asked(user_ids=[guid("ben")]))).json()["drafts"]

    assert draft["subject"]
    assert "aka.ms/mysecurityinfo" in draft["text"]
    assert draft["html"].lower().startswith("<!doctype html>")
    assert draft["mailto"][0].startswith("mailto:?bcc=ben@contoso.example&subject=")
    assert len(draft["mailto"]) == 1
    assert draft["body_shortened"] is False


async def test_a_filter_chooses_whom_the_list_of_users_shows(reader: httpx.AsyncClient) -> None:
    answer = await reader.post(DRAFTS, json=asked(user_ids=None, filter={"to_register": True}, language="nl"))

    assert [(one["language"], [to["display_name"] for to in one["recipients"]]) for one in answer.json()["drafts"]] == [
        ("nl", ["Ana", "Ben"])
    ]
    assert [one["display_name"] for one in answer.json()["left_out"]] == ["Eva"]


def test_a_filter_knows_what_the_list_of_users_knows() -> None:
    paging = {"limit", "continuation", "sort"}

    assert set(UserChoice.model_fields) == set(UsersQuery.model_fields) - paging


@pytest.mark.parametrize(
    ("chosen", "names"),
    [
        ({}, {"Ana", "Ben", "Cas", "Dee", "Eva"}),
        ({"enabled": True, "q": "an"}, {"Ana"}),
        ({"enabled": "unknown"}, set()),
        ({"registration": "registered"}, {"Cas"}),
        ({"excluded_reason": "guest"}, {"Dee"}),
        ({"excluded_reason": "none", "admin": False}, {"Ana", "Ben", "Cas", "Eva"}),
        ({"to_register": False}, {"Cas", "Dee"}),
        ({"method": "email"}, set()),
        ({"single_method": True}, set()),
        ({"created_since": "2026-11-16"}, set()),
    ],
)
async def test_every_condition_of_a_filter_counts(
    reader: httpx.AsyncClient, chosen: dict[str, object], names: set[str]
) -> None:
    answer = (await reader.post(DRAFTS, json=asked(user_ids=None, filter=chosen))).json()

    recipients = {to["display_name"] for one in answer["drafts"] for to in one["recipients"]}
    assert recipients | {one["display_name"] for one in answer["left_out"]} == names


async def test_one_draft_as_a_file_opens_in_a_mail_program(reader: httpx.AsyncClient) -> None:
    answer = await reader.post(DRAFTS, json=asked(user_ids=[guid("ben")]), headers=EML)

    assert answer.headers["content-type"] == "message/rfc822"
    assert answer.headers["content-disposition"] == ('attachment; filename="contoso-dental-register-now-en.eml"')
    mail = parsed(answer.content)
    assert mail["X-Unsent"] == "1"
    assert mailboxes(mail, "Bcc") == [("Ben", "ben@contoso.example")]


async def test_several_are_a_zip_of_files(reader: httpx.AsyncClient) -> None:
    answer = await reader.post(DRAFTS, json=asked(), headers=EML)
    again = await reader.post(DRAFTS, json=asked(), headers=EML)

    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="contoso-dental-register-now.zip"'
    with ZipFile(BytesIO(answer.content)) as made:
        assert {name: mailboxes(parsed(made.read(name)), "Bcc") for name in made.namelist()} == {
            "contoso-dental-register-now-de-1.eml": [("Ana", "ana@contoso.example")],
            "contoso-dental-register-now-en-2.eml": [("Ben", "ben@contoso.example")],
        }
    assert answer.content == again.content


async def test_individual_drafts_are_to_each_by_name(reader: httpx.AsyncClient) -> None:
    body = asked(mode="individual", language="en")

    (ana, ben) = (await reader.post(DRAFTS, json=body)).json()["drafts"]
    zipped = await reader.post(DRAFTS, json=body, headers=EML)

    assert ("Ana" in ana["text"], "Ben" in ben["text"]) == (True, True)
    assert ana["mailto"][0].startswith("mailto:ana@contoso.example?subject=")
    with ZipFile(BytesIO(zipped.content)) as made:
        assert [mailboxes(parsed(made.read(name)), "To") for name in made.namelist()] == [
            [("Ana", "ana@contoso.example")],
            [("Ben", "ben@contoso.example")],
        ]


async def test_too_many_individual_drafts_are_refused_with_the_limit(
    reader: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MOST_INDIVIDUAL", 1)

    answer = await reader.post(DRAFTS, json=asked(mode="individual"))

    assert (answer.status_code, answer.json()["field"]) == (422, "mode")
    assert "at most 1" in answer.json()["detail"]


async def test_when_everybody_is_left_out_there_is_no_file_and_json_says_why(reader: httpx.AsyncClient) -> None:
    body = asked(user_ids=[guid("cas")])

    file, told = await reader.post(DRAFTS, json=body, headers=EML), await reader.post(DRAFTS, json=body)

    assert (file.status_code, file.json()["code"]) == (409, "nobody_to_write_to")
    assert (told.json()["drafts"], told.json()["left_out"][0]["reason"]) == ([], "registered_meanwhile")


@pytest.mark.parametrize("accept", ["text/html", "application/zip", "message/rfc822;q=0"])
async def test_other_media_types_are_refused(reader: httpx.AsyncClient, accept: str) -> None:
    answer = await reader.post(DRAFTS, json=asked(), headers={"accept": accept})

    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"user_ids": None}, "user_ids"),
        ({"filter": {}}, "user_ids"),
        ({"user_ids": []}, "user_ids"),
        ({"user_ids": ["ana"]}, "user_ids"),
        ({"user_ids": [guid(f"u{one}") for one in range(1_001)]}, "user_ids"),
        ({"tenant_id": "contoso"}, "tenant_id"),
        ({"template": "poem"}, "template"),
        ({"template": "register_now\n"}, "template"),
        ({"language": "tlh"}, "language"),
        ({"mode": "fax"}, "mode"),
        ({"colour": "red"}, "colour"),
        ({"user_ids": None, "filter": {"colour": "red"}}, "filter"),
        ({"user_ids": None, "filter": {"enabled": "perhaps"}}, "filter"),
        ({"user_ids": None, "filter": {"q": ""}}, "filter"),
        ({"user_ids": None, "filter": {"to_register": "true"}}, "filter"),
        ({"user_ids": None, "filter": {"created_since": 86_400}}, "filter"),
    ],
)
async def test_a_bad_value_is_422_and_named(reader: httpx.AsyncClient, said: dict[str, object], field: str) -> None:
    answer = await reader.post(DRAFTS, json=asked(**said))

    assert answer.status_code == 422, answer.text
    assert answer.json()["field"] == field


async def test_ids_are_taken_however_they_are_written(reader: httpx.AsyncClient) -> None:
    body = asked(tenant_id=CONTOSO.upper(), user_ids=[guid("ben").upper(), guid("ben")])

    (draft,) = (await reader.post(DRAFTS, json=body)).json()["drafts"]

    assert [one["user_id"] for one in draft["recipients"]] == [guid("ben")]


async def test_a_tenant_nobody_knows_is_404(reader: httpx.AsyncClient) -> None:
    assert (await reader.post(DRAFTS, json=asked(tenant_id=UNKNOWN))).status_code == 404


@pytest.mark.parametrize("name", HOSTILE_NAMES)
async def test_a_hostile_name_changes_neither_recipients_nor_headers(name: str) -> None:
    shop = Shop()
    directory = shop.knows(gdap_name=name)
    directory.user_rows, directory.report_rows = [a_row("ana", display_name=name)], [a_report_row("ana")]
    await shop.take()
    body = asked(user_ids=[guid("ana")], mode="individual")

    async with visiting(shop.services, **READER) as client:
        answer, file = await client.post(DRAFTS, json=body), await client.post(DRAFTS, json=body, headers=EML)

    (draft,) = answer.json()["drafts"]
    assert draft["recipients"] == [{"user_id": guid("ana"), "address": "ana@contoso.example", "display_name": name}]
    assert [link.split("?")[0] for link in draft["mailto"]] == ["mailto:ana@contoso.example"]
    assert [field.split("=")[0] for field in draft["mailto"][0].split("?")[1].split("&")] == ["subject", "body"]
    assert "<script>" not in draft["html"]
    mail = parsed(file.content)
    assert mail.keys() == ["X-Unsent", "To", "Subject", "MIME-Version", "Content-Type"]
    assert [address for _, address in mailboxes(mail, "To")] == ["ana@contoso.example"]
