"""The HTTP front: the caller's identity, and administration by hand."""

import asyncio
import base64
import json

import pytest

from tests.dev.fronts import Site


@pytest.fixture
def site() -> Site:
    return Site()


async def test_what_a_stranger_says_about_who_he_is_is_stripped(site):
    forged = {"X-MS-CLIENT-PRINCIPAL": "e30=", "x-ms-client-principal-id": "me", "X-Ms-Client-Principal-Name": "me"}

    await site.ask("GET", "/open", headers=forged)

    assert not [name for name in site.asked[0].headers if name.startswith("x-ms-client-principal")]


async def test_a_forged_identity_gives_way_to_the_one_that_signed_in(site):
    await site.ask("GET", "/open", headers={"x-ms-client-principal": "e30=", "authorization": "Bearer local-reader"})

    principal = json.loads(base64.b64decode(site.asked[0].headers["x-ms-client-principal"]))
    assert {"typ": "roles", "val": "Reader"} in principal["claims"]


async def test_without_sign_in_forged_headers_go_through_as_in_azure():
    site = Site(signs_in=False)

    await site.ask("GET", "/open", headers={"x-ms-client-principal": "e30="})

    assert site.asked[0].headers["x-ms-client-principal"] == "e30="
    assert (await site.ask("GET", "/.auth/me")).status_code == 404


async def test_one_signs_in_comes_back_is_known_and_signs_out(site):
    signed = await site.ask("GET", "/.auth/login/local?role=Operator&post_login_redirect_uri=/p")
    cookie = {"cookie": signed.headers["set-cookie"].partition(";")[0]}
    me = await site.ask("GET", "/.auth/me", headers=cookie)
    out = await site.ask("GET", "/.auth/logout?post_login_redirect_uri=//evil.example", headers=cookie)

    assert (signed.status_code, signed.headers["location"]) == (302, "/p")
    assert me.json() == [{"provider_name": "aad", "user_id": "operator@partner.example"}]
    assert (out.headers["location"], "Max-Age=0" in out.headers["set-cookie"]) == ("/", True)


@pytest.mark.parametrize("text", ["", "now, please"])
async def test_a_function_is_fired_by_hand(site, text):
    answer = await site.ask("POST", "/admin/functions/sweep", json={"input": text})
    await asyncio.gather(*site.front.background)

    assert (answer.status_code, site.fired) == (202, [("sweep", text)])


@pytest.mark.parametrize(
    ("path", "body", "status", "why"),
    [
        ("/admin/functions/sweeep", b"", 404, "there is no function of that name"),
        ("/admin/functions/open", b"", 400, "called over HTTP, at its own address /open/{*rest}"),
        ("/admin/functions/tabled", b"", 400, "tabled does not run in this local host"),
        ("/admin/functions/sweep", b"{", 400, "no JSON object"),
        ("/admin/functions/sweep", b"[]", 400, "no JSON object"),
        ("/admin/functions/sweep", b'{"input": 7}', 400, "input is no text"),
        ("/admin/nothing", b"", 404, ""),
    ],
)
async def test_firing_something_else_says_why_not(site, path, body, status, why):
    answer = await site.ask("POST", path, content=body)

    assert (answer.status_code, why in answer.text) == (status, True)
    assert site.fired == []


@pytest.mark.parametrize(("method", "path"), [("POST", "/admin/functions/sweep"), ("GET", "/admin/host/status")])
async def test_no_page_of_another_origin_administers_the_host(site, method, path):
    answer = await site.ask(method, path, headers={"origin": "https://evil.example"})

    assert (answer.status_code, site.fired) == (403, [])


async def test_the_hosts_status_is_readable(site):
    assert (await site.ask("GET", "/admin/host/status")).json()["state"] == "Running"
