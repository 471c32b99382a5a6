"""The page after consent: how it shows Entra's answer, and that it needs no sign-in."""

import re

import pytest

from sspr_core.model.problem import CONSENTED
from sspr_core.web import middleware
from tests.graph_rows import guid
from tests.web.web_env import visiting

GIVEN = f"admin_consent=True&tenant={guid('contoso')}"
DECLINED = (
    "error=consent_required&error_description=AADSTS65004%3a+The+resource+owner+or+authorization+server+denied+the+"
    "request.&admin_consent=True"
)


@pytest.mark.parametrize(
    ("query", "heading"),
    [
        (GIVEN, "Consent is given"),
        (f"{GIVEN}&state=12345&scope=https%3a%2f%2fgraph.microsoft.com%2f.default", "Consent is given"),
        (DECLINED, "Consent was not given"),
        ("admin_consent=True&error=", "Consent was not given"),
        ("error=access_denied&error_subcode=cancel", "Consent was not given"),
        ("", "Consent for your service provider"),
        ("admin_consent=False", "Consent for your service provider"),
        (f"tenant={guid('contoso')}", "Consent for your service provider"),
    ],
)
async def test_it_says_that_consent_is_given_only_when_entra_says_so_and_names_no_error(
    query: str, heading: str
) -> None:
    async with visiting() as nobody:
        page = await nobody.get(f"{CONSENTED}?{query}")

    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert re.findall(r"<h1[^>]*>(.*?)</h1>", page.text) == [heading]


async def test_nothing_of_its_address_is_on_it() -> None:
    async with visiting() as nobody:
        page = await nobody.get(
            f"{CONSENTED}?error=<script>alert(1)</script>&error_description=Call+555&tenant=Contoso"
        )

    assert not [word for word in ("alert", "555", "Contoso") if word in page.text]


@pytest.mark.parametrize("query", [GIVEN, DECLINED, ""])
async def test_it_needs_no_sign_in_no_script_and_nothing_from_elsewhere(query: str) -> None:
    async with visiting() as nobody:
        page = (await nobody.get(f"{CONSENTED}?{query}")).text
        links = re.findall(r'(?:src|href)="([^"]*)"', page)
        found = [(await nobody.get(link)).status_code for link in links]

    assert CONSENTED.startswith(middleware._OPEN)
    assert "<script" not in page
    assert "style=" not in page
    assert found == [200, 200]  # the icon and the style sheet
