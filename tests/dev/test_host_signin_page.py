"""The page on which the user picks an identity."""

import re
from html import unescape
from urllib.parse import quote

import pytest

from dev.host.signin import ROLES
from dev.host.signin_page import FILES, page
from tests.dev.fronts import Site


@pytest.fixture
def site() -> Site:
    return Site()


def asked_for(path: str) -> str:
    return page(f"post_login_redirect_uri={quote(path, safe='')}")


def test_the_page_has_a_button_for_every_role_and_keeps_where_one_was_going():
    shown = asked_for("/p?search=a&sort=b")

    assert re.findall(r'<button name="role" value="(\w+)">', shown) == list(ROLES)
    assert [unescape(one) for one in re.findall(r'type="hidden" name="(.+?)" value="(.+?)"', shown)[0]] == [
        "post_login_redirect_uri",
        "/p?search=a&sort=b",
    ]


@pytest.mark.parametrize("path", ["/<script>alert(1)</script>", '/"><script>alert(1)</script>'])
def test_the_page_shows_nothing_of_what_it_was_asked_as_markup(path):
    assert "<script" not in asked_for(path)


async def test_the_page_has_a_policy_that_allows_no_inline_style_and_keeps_to_it(site):
    answer = await site.ask("GET", "/.auth/login/aad")

    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "unsafe" not in policy
    assert not re.search(r"<style|\sstyle=|<script|\son\w+=", answer.text)


async def test_its_style_sheet_and_icon_are_where_the_page_looks_for_them(site):
    wanted = re.findall(r'<link [^>]*href="(.+?)"', page(""))

    answers = [await site.ask("GET", path) for path in wanted]

    assert set(wanted) == set(FILES)
    assert [one.headers["content-type"] for one in answers] == ["image/svg+xml", "text/css; charset=utf-8"]
    assert answers[0].text.startswith("<svg ")
    assert "prefers-color-scheme: dark" in answers[1].text


async def test_pressing_a_button_signs_in_and_leads_back(site):
    answer = await site.ask("GET", "/.auth/login/local?post_login_redirect_uri=%2Fp%3Fa%3D1&role=Admin")

    assert (answer.status_code, answer.headers["location"]) == (302, "/p?a=1")
    assert answer.headers["set-cookie"].startswith("AppServiceAuthSession=Admin.")
