"""The media type of each answer."""

import pytest

from sspr_core.web.api.drafts import preferred

JSON, EML = "application/json", "message/rfc822"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json; charset=utf-8", JSON),
        ("message/rfc822", EML),
        ("Message/RFC822", EML),
        ("message/*", EML),
        ("message/rfc822, */*", EML),
        ("*/*, application/json;q=0.5", EML),
        ("application/json;q=0.9, message/rfc822;q=0.8", JSON),
        ("application/json;q=0, */*", EML),
        ("message/rfc822;q=0", None),
        ("text/html", None),
        ("application/zip", None),
        ("application/json;q=often", None),
        ("application/json;q=-1", None),
        ("application/json;q=1.2.3", None),
        (";;,,q=", None),
    ],
)
def test_the_type_is_the_one_the_caller_likes_best(accept: str | None, expected: str | None) -> None:
    assert preferred(accept, (JSON, EML)) == expected
