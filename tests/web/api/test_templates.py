"""Templates over HTTP: preview, download, and an operator's own texts."""

from email import message_from_bytes
from email.policy import SMTP

import httpx
import pytest

from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.ports.services import Services
from tests.builders import MONDAY
from tests.fakes.operator_settings import MemoryOwnSettings
from tests.snapshot.snapshot_env import CONTOSO
from tests.web.web_env import UNKNOWN

API = "/api/v1/templates"
WORDS = f"{API}/reminder/words?language=de"
OF_CONTOSO = f"{WORDS}&tenant={CONTOSO}"


async def test_the_list_has_templates_languages_and_placeholders(reader: httpx.AsyncClient) -> None:
    answer = (await reader.get(API)).json()

    assert [one["id"] for one in answer["items"]] == ["register_now", "reminder", "last_reminder"]
    assert answer["items"][2]["names"]["fr"] == "Dernier rappel"
    assert {one["tag"] for one in answer["languages"]} == {"en", "de", "fr", "es", "nl", "pt-BR"}
    assert [one["placeholder"] for one in answer["placeholders"]] == ["{name}", "{tenant}", "{company}", "{support}"]
    assert answer["default_language"] == "en"


async def test_a_template_is_shown_with_the_tenants_name_and_in_its_language(
    reader: httpx.AsyncClient, operator: httpx.AsyncClient
) -> None:
    await operator.put(f"/api/v1/settings/mail/{CONTOSO}", json={"language": "nl"})

    theirs = (await reader.get(f"{API}/reminder?tenant={CONTOSO}")).json()
    asked_for = (await reader.get(f"{API}/reminder?tenant={CONTOSO}&language=fr")).json()

    assert (theirs["language"], asked_for["language"]) == ("nl", "fr")
    assert theirs["subject"] == "Herinnering: wachtwoordherstel is nog niet ingesteld voor uw account bij Contoso"


@pytest.mark.parametrize(
    ("kind", "media_type", "name"),
    [
        ("html", "text/html; charset=utf-8", "contoso-reminder-de.html"),
        ("text", "text/plain; charset=utf-8", "contoso-reminder-de.txt"),
        ("eml", "message/rfc822", "contoso-reminder-de.eml"),
    ],
)
async def test_a_template_can_be_downloaded_as_a_file_with_a_name(
    reader: httpx.AsyncClient, kind: str, media_type: str, name: str
) -> None:
    url = f"{API}/reminder?tenant={CONTOSO}&language=de"
    shown = (await reader.get(url)).json()

    answer = await reader.get(f"{url}&format={kind}")

    assert answer.headers["content-type"] == media_type
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    if kind != "eml":
        assert answer.text == shown[kind]


async def test_an_eml_has_the_brandings_sender_and_no_recipients(services: Services, reader: httpx.AsyncClient) -> None:
    assert isinstance(services.own, MemoryOwnSettings)
    branding = Branding(company="Partner", sender_address="it@partner.example", reply_to="help@partner.example")
    await services.own.save_branding(None, branding, by="olga", at=MONDAY)

    content = (await reader.get(f"{API}/register_now?tenant={CONTOSO}&format=eml")).content

    mail = message_from_bytes(content, policy=SMTP)
    assert (mail["X-Unsent"], mail["From"], mail["Reply-To"]) == ("1", "it@partner.example", "help@partner.example")
    assert [mail[field] for field in ("To", "Cc", "Bcc")] == [None, None, None]
    assert "Partner" in mail.get_body(("html",)).get_content()


async def test_a_preview_shows_what_a_form_holds_and_saves_nothing(
    services: Services, reader: httpx.AsyncClient
) -> None:
    body = {
        "tenant": CONTOSO,
        "language": "de",
        "words": {"subject": "Bitte, {tenant}", "opening": "Zeile 1\r\nZeile 2\r\n\r\n<b>Absatz</b>"},
        "branding": {"company": "Contoso IT", "colour": "#7a1f3d"},
    }

    answer = (await reader.post(f"{API}/reminder/preview", json=body)).json()

    assert answer["subject"] == "Bitte, Contoso"
    assert "Zeile 1\nZeile 2\n\n<b>Absatz</b>\n" in answer["text"]
    assert "&lt;b&gt;Absatz&lt;/b&gt;" in answer["html"]
    assert "#7a1f3d" in answer["html"]
    assert services.own == MemoryOwnSettings()


async def test_own_words_are_saved_in_versions_that_stay_readable(operator: httpx.AsyncClient) -> None:
    first = (await operator.put(OF_CONTOSO, json={"subject": "Eins", "version": 0})).json()
    second = (await operator.put(OF_CONTOSO, json={"closing": "Zwei"})).json()

    assert (first["version"], second["version"]) == (1, 2)
    assert (await operator.get(OF_CONTOSO)).json() == second
    assert (await operator.get(f"{OF_CONTOSO}&version=1")).json() == first
    assert second["own"] == {"subject": None, "opening": None, "closing": "Zwei"}
    assert second["in_force"]["subject"].startswith("Erinnerung: ")
    assert (await operator.get(f"{OF_CONTOSO}&version=3")).status_code == 404


async def test_what_is_in_force_is_the_tenants_over_the_defaults_over_the_templates(
    operator: httpx.AsyncClient,
) -> None:
    await operator.put(WORDS, json={"subject": "Alle", "opening": "Alle"})
    answer = (await operator.put(OF_CONTOSO, json={"subject": "Wir"})).json()

    assert answer["in_force"]["subject"] == "Wir"
    assert answer["in_force"]["opening"] == "Alle"
    assert answer["in_force"]["closing"].startswith("Wenn Sie das seit gestern")


async def test_words_saved_by_somebody_else_meanwhile_are_not_overwritten(operator: httpx.AsyncClient) -> None:
    await operator.put(OF_CONTOSO, json={"subject": "Hers", "version": 0})

    answer = await operator.put(OF_CONTOSO, json={"subject": "His", "version": 0})

    assert (answer.status_code, answer.json()["code"]) == (409, "changed_meanwhile")
    assert (await operator.get(OF_CONTOSO)).json()["own"]["subject"] == "Hers"


@pytest.mark.parametrize(
    ("content", "field", "says"),
    [
        ({"opening": "Hello {name},\n\nto {who}"}, "opening", "unknown placeholder {who} in line 3, column 4"),
        ({"subject": "{{7*7}}"}, "subject", "lone brace { in line 1, column 1"),
        ({"subject": "a\nb"}, "subject", "line break"),
        ({"subject": ""}, "subject", "is empty"),
        ({"closing": "x" * 1001}, "closing", "1000"),
        ({"footer": "x"}, "footer", "unknown"),
        ({"version": -1}, "version", ""),
    ],
)
async def test_words_that_cannot_be_taken_are_422_with_their_place(
    services: Services, operator: httpx.AsyncClient, content: dict[str, object], field: str, says: str
) -> None:
    answer = await operator.put(OF_CONTOSO, json=content)

    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert says in answer.json()["errors"][0]["message"]
    assert services.own == MemoryOwnSettings()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{API}/birthday"),
        ("GET", f"{API}/birthday/words?language=de"),
        ("PUT", f"{API}/birthday/words?language=de"),
        ("POST", f"{API}/birthday/preview"),
        ("GET", f"{API}/reminder?tenant={UNKNOWN}"),
        ("GET", f"{WORDS}&tenant={UNKNOWN}"),
        ("PUT", f"{WORDS}&tenant={UNKNOWN}"),
    ],
)
async def test_what_is_not_there_is_404(operator: httpx.AsyncClient, method: str, path: str) -> None:
    assert (await operator.request(method, path, json={})).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("GET", f"{API}/reminder?language=xx", "language"),
        ("GET", f"{API}/reminder?format=pdf", "format"),
        ("GET", f"{API}/reminder?tenant=contoso", "tenant"),
        ("GET", f"{API}/reminder/words", "language"),
        ("GET", f"{WORDS}&version=0", "version"),
        ("GET", f"{API}?tenant={CONTOSO}", "tenant"),
    ],
)
async def test_a_query_that_means_nothing_is_422(
    operator: httpx.AsyncClient, method: str, path: str, field: str
) -> None:
    answer = await operator.request(method, path)

    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_readers_look_and_operators_write(services: Services, reader: httpx.AsyncClient) -> None:
    assert (await reader.get(OF_CONTOSO)).status_code == 200
    assert (await reader.put(OF_CONTOSO, json={"subject": "Mine"})).status_code == 403
    assert services.own == MemoryOwnSettings()


async def test_who_saved_words_is_kept(services: Services, operator: httpx.AsyncClient) -> None:
    await operator.put(OF_CONTOSO, json={"subject": "Bitte"})

    assert isinstance(services.own, MemoryOwnSettings)
    assert [by for by, _ in services.own.saved] == ["olga@partner.example"]
    assert services.own.rows[CONTOSO, "words:reminder:de"] == (Words(subject="Bitte", version=1),)
