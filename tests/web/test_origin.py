"""Changes are accepted only from the app's own pages, or from a program."""

import pytest

from sspr_core.web.middleware import is_foreign

PUBLIC = "https://sspr.partner.example"


@pytest.mark.parametrize(
    ("origin", "host", "scheme", "foreign"),
    [
        ("https://sspr.partner.example", "sspr.partner.example", "https", False),
        ("https://sspr.partner.example", "app.azurewebsites.example", "http", False),
        ("https://app.azurewebsites.example", "app.azurewebsites.example", "https", False),
        ("https://app.azurewebsites.example", "app.azurewebsites.example", "http", False),
        ("http://127.0.0.1:7071", "127.0.0.1:7071", "http", False),
        ("HTTPS://SSPR.partner.example", "x", "https", False),
        ("http://sspr.partner.example", "sspr.partner.example", "https", True),
        ("http://127.0.0.1:7072", "127.0.0.1:7071", "http", True),
        ("https://evil.example", "sspr.partner.example", "https", True),
        ("https://sspr.partner.example.evil.example", "sspr.partner.example", "https", True),
        ("https://evil@sspr.partner.example", "sspr.partner.example", "https", True),
        ("null", "sspr.partner.example", "https", True),
        ("null", "", "https", True),
        ("", "", "https", True),
        ("https://", "", "https", True),
        ("http://[", "sspr.partner.example", "https", True),
        ("http://[", "[", "http", True),
    ],
)
def test_an_origin_is_ours_by_scheme_and_host(origin: str, host: str, scheme: str, foreign: bool) -> None:
    headers = {"origin": origin, "host": host}

    assert is_foreign("POST", headers, scheme=scheme, public_url=PUBLIC) is foreign


@pytest.mark.parametrize("public_url", ["", "not a url"])
def test_without_a_public_address_nothing_empty_matches(public_url: str) -> None:
    assert is_foreign("POST", {"origin": "null", "host": "h"}, scheme="http", public_url=public_url)
    assert not is_foreign("POST", {"origin": "http://h", "host": "h"}, scheme="http", public_url=public_url)


def test_a_program_sends_no_origin_and_reading_may_come_from_anywhere() -> None:
    assert not is_foreign("POST", {"host": "h"}, scheme="https", public_url=PUBLIC)
    assert not is_foreign("GET", {"origin": "https://evil.example"}, scheme="https", public_url=PUBLIC)
    assert is_foreign("POST", {"sec-fetch-site": "cross-site"}, scheme="https", public_url=PUBLIC)
