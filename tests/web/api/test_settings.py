"""Branding and texts of mails over HTTP: the default's, and each tenant's over it."""

import httpx
import pytest

from sspr_core.ports.services import Services
from tests.fakes.operator_settings import MemoryOwnSettings
from tests.snapshot.snapshot_env import CONTOSO
from tests.web.web_env import UNKNOWN

BRANDING, MAIL = "/api/v1/settings/branding", "/api/v1/settings/mail"
LOGO = {"logo_url": "https://cdn.partner.example/logo.png", "logo_alt": "Partner"}


async def test_branding_nobody_has_set_is_empty_with_a_colour_in_force(reader: httpx.AsyncClient) -> None:
    answer = (await reader.get(BRANDING)).json()

    assert answer["tenant_id"] is None
    assert set(answer["own"].values()) == {None}
    assert {name: value for name, value in answer["in_force"].items() if value} == {"colour": "#0f6cbd"}


async def test_a_tenants_branding_is_shown_beside_what_is_in_force(operator: httpx.AsyncClient) -> None:
    await operator.put(BRANDING, json={"company": "Partner", "footer": "Partner GmbH\r\nBerlin", **LOGO})
    saved = (await operator.put(f"{BRANDING}/{CONTOSO}", json={"company": " Contoso IT "})).json()

    assert saved == (await operator.get(f"{BRANDING}/{CONTOSO}")).json()
    assert {name: value for name, value in saved["own"].items() if value} == {"company": "Contoso IT"}
    assert (saved["in_force"]["company"], saved["in_force"]["footer"]) == ("Contoso IT", "Partner GmbH\nBerlin")
    assert saved["in_force"]["logo_alt"] == "Partner"


async def test_what_is_left_out_of_a_put_is_cleared(operator: httpx.AsyncClient) -> None:
    await operator.put(BRANDING, json={"company": "Partner", "footer": "Berlin"})

    assert (await operator.put(BRANDING, json={"company": "Partner"})).json()["own"]["footer"] is None


async def test_terms_have_a_language_and_say_whether_other_mails_are_used(operator: httpx.AsyncClient) -> None:
    nobody = (await operator.get(MAIL)).json()
    await operator.put(MAIL, json={"language": "fr", "use_other_mails": True})
    tenant = (await operator.put(f"{MAIL}/{CONTOSO}", json={"language": "de"})).json()

    assert nobody["in_force"] == {"language": "en", "use_other_mails": False}
    assert tenant["own"] == {"language": "de", "use_other_mails": None}
    assert tenant["in_force"] == {"language": "de", "use_other_mails": True}
    assert (await operator.get(f"{MAIL}/{CONTOSO}")).json() == tenant


@pytest.mark.parametrize(
    ("path", "content", "field"),
    [
        (BRANDING, {"colour": "#ffff00"}, "colour"),
        (BRANDING, {"colour": "red"}, "colour"),
        (BRANDING, {"logo_url": "http://cdn.partner.example/logo.png", "logo_alt": "Partner"}, "logo_url"),
        (BRANDING, {"logo_url": LOGO["logo_url"]}, "logo_alt"),
        (BRANDING, {"sender_address": "it@partner.example\r\nBcc: eve@evil.example"}, "sender_address"),
        (BRANDING, {"company": "a\nb"}, "company"),
        (BRANDING, {"company": "  "}, "company"),
        (BRANDING, {"footer": "x" * 501}, "footer"),
        (BRANDING, {"slogan": "x"}, "slogan"),
        (f"{BRANDING}/{CONTOSO}", {"reply_to": "nobody"}, "reply_to"),
        (f"{BRANDING}/contoso", {}, "tenant_id"),
        (MAIL, {"language": "xx"}, "language"),
        (f"{MAIL}/{CONTOSO}", {"use_other_mails": "maybe"}, "use_other_mails"),
    ],
)
async def test_what_cannot_be_taken_is_422_and_not_written(
    services: Services, operator: httpx.AsyncClient, path: str, content: dict[str, object], field: str
) -> None:
    answer = await operator.put(path, json=content)

    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert services.own == MemoryOwnSettings()


@pytest.mark.parametrize("path", [f"{BRANDING}/{UNKNOWN}", f"{MAIL}/{UNKNOWN}"])
async def test_settings_of_a_tenant_nobody_knows_are_404(operator: httpx.AsyncClient, path: str) -> None:
    assert (await operator.get(path)).status_code == 404
    assert (await operator.put(path, json={})).status_code == 404


@pytest.mark.parametrize("path", [BRANDING, f"{BRANDING}/{CONTOSO}", MAIL, f"{MAIL}/{CONTOSO}"])
async def test_readers_look_and_operators_write(services: Services, reader: httpx.AsyncClient, path: str) -> None:
    assert (await reader.get(path)).status_code == 200
    assert (await reader.put(path, json={})).status_code == 403
    assert services.own == MemoryOwnSettings()
